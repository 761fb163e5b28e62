package alarm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// Message is what a receiver shows.
type Message struct {
	Subject string
	Text    string
}

// Words is what a message says besides the alarms.
type Words struct {
	Office string
	Desk   string         // the address of the page of alarms
	Zone   *time.Location // nil means UTC
}

// Trial is the message by which an operator finds out whether a receiver can be reached.
func (w Words) Trial(now time.Time) Message {
	return Message{Subject: "【同发告警】试发：" + w.Office,
		Text: fmt.Sprintf("【同发告警】试发\n%s的同发在%s发出这条消息，收到即表示告警能够送到这里。\n编辑台：%s", w.Office, w.when(now), w.Desk)}
}

// Digest puts what is to be told into one message of at most so many bytes: incidents first, what is over last.
func (w Words) Digest(news []press.AlarmNews, most int) Message {
	news = slices.Clone(news)
	slices.SortStableFunc(news, func(a, b press.AlarmNews) int { return cmp.Compare(rank(a), rank(b)) })
	head := w.head(news)
	foot := "编辑台：" + w.Desk
	var b strings.Builder
	b.WriteString("【同发告警】" + head + "\n")
	room := most - b.Len() - len(foot) - len("另有00000条没有列出\n\n")
	for i, n := range news {
		part := "\n" + w.line(n, i+1, len(news)) + "\n"
		if len(part) > room {
			if i == 0 {
				b.WriteString(cut(part, room) + "\n")
				i++
			}
			if rest := len(news) - i; rest > 0 {
				fmt.Fprintf(&b, "\n另有%d条没有列出\n", rest)
			}
			break
		}
		b.WriteString(part)
		room -= len(part)
	}
	b.WriteString(foot)
	return Message{Subject: "【同发告警】" + w.Office + "：" + head, Text: b.String()}
}

// rank orders what is told.
func rank(n press.AlarmNews) int {
	switch {
	case n.About == press.AboutClosed:
		return 2
	case n.Level == press.Incident:
		return 0
	}
	return 1
}

// head counts what is told.
func (w Words) head(news []press.AlarmNews) string {
	counts := [3]int{}
	for _, n := range news {
		counts[rank(n)]++
	}
	var parts []string
	for i, word := range []string{"紧急", "提醒", "已恢复"} {
		if counts[i] > 0 {
			parts = append(parts, fmt.Sprintf("%s%d条", word, counts[i]))
		}
	}
	return strings.Join(parts, "，")
}

// line tells one alarm: what, where, since when, what to do.
func (w Words) line(n press.AlarmNews, i, of int) string {
	number := ""
	if of > 1 {
		number = fmt.Sprintf("%d. ", i)
	}
	if n.About == press.AboutClosed {
		return fmt.Sprintf("%s[已恢复] %s\n自%s起，%s恢复", number, n.Text, w.when(n.Opened), w.when(n.Closed))
	}
	word := n.Level.Name() + "·" + n.Kind.Name()
	if n.About == press.AboutReminded {
		word += "·仍未有人认领"
	}
	s := fmt.Sprintf("%s[%s] %s\n自%s起", number, word, n.Text, w.when(n.Opened))
	if n.Times > 1 {
		s += fmt.Sprintf("（时好时坏，第%d次出现）", n.Times)
	}
	if n.URL != "" {
		s += "　" + n.URL
	}
	if n.Remedy != "" {
		s += "\n怎么办：" + n.Remedy
	}
	return s
}

func (w Words) when(t time.Time) string {
	if w.Zone != nil {
		t = t.In(w.Zone)
	}
	return t.Format("1月2日15:04")
}

// cut shortens a text to so many bytes at the boundary of a character.
func cut(s string, most int) string {
	const dots = "……"
	if len(s) <= most {
		return s
	}
	most = max(0, most-len(dots))
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most] + dots
}
