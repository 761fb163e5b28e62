package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"tongfa/config"
	"tongfa/ledger"
	"tongfa/press"
)

func TestWrapped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"短句", 20, "短句"},
		{"正文含有身份证号，请删去", 16, "正文含有身份证|号，请删去"},
		{"请核对（附件一）后再发布", 10, "请核对（附|件一）后再|发布"},
		{"见 http://127.0.0.1/a.html 的页面", 20, "见|http://127.0.0.1/a|.html 的页面"},
		{"", 20, ""},
	} {
		if got := strings.Join(wrapped(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
	long := strings.Repeat("依法必须公开的，由有权限的人写明理由后准许放行（第12345678号）。", 20)
	for width := 10; width < 120; width++ {
		got := wrapped(long, width)
		if all := strings.Join(got, ""); all != long {
			t.Fatalf("at %d something is lost: %q", width, all)
		}
		for i, l := range got {
			if w := runewidth.StringWidth(l); w > width {
				t.Errorf("line %d at %d is %d wide: %q", i, width, w, l)
			}
		}
	}
}

func TestTitled(t *testing.T) {
	t.Parallel()
	if got, want := titled("关于印发《办法》的通知"), "《关于印发〈办法〉的通知》"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestFittedTablesAreNotWiderThanTheScreen(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	table(&b, fitted(&b, [][]string{{"编号", "标题"}, {"20261126-aaaaaa", strings.Repeat("很长的标题", 30)}}))
	for l := range strings.Lines(b.String()) {
		if w := runewidth.StringWidth(strings.TrimSpace(l)); w > plainWidth {
			t.Errorf("%d columns: %s", w, l)
		}
	}
	if !strings.Contains(b.String(), "…") {
		t.Error("nothing says that the title was shortened")
	}
}

// TestLiveTableStaysOnTheScreen: what is taller than the terminal cannot be written over, so it is not shown before the end.
func TestLiveTableStaysOnTheScreen(t *testing.T) {
	t.Parallel()
	const columns, rows = 80, 10
	var b bytes.Buffer
	p := newProgress(&b, &house{cfg: &config.Config{Timezone: time.UTC, Channels: []config.Channel{{Name: "site"}, {Name: "wechat"}}}})
	var lines []ledger.Line
	for i := range 40 {
		c := press.Copy{ID: int64(i), Channel: "site", State: press.Waiting}
		if i%2 == 0 {
			c.State = press.CopyVerified
		}
		lines = append(lines, ledger.Line{Item: press.Item{State: press.Approved}, Title: strings.Repeat("标题", 40), Copies: []press.Copy{c}})
	}
	for _, n := range []int{3, 8, 9, 40} {
		b.Reset()
		p.draw(lines[:n], time.Now(), columns, rows, false)
		if got := strings.Count(b.String(), "\n"); got != p.drawn || got >= rows {
			t.Errorf("%d items: %d lines, %d to go back, on a terminal of %d", n, got, p.drawn, rows)
		}
		if told := strings.Contains(b.String(), "另有"); told != (n > rows-2) {
			t.Errorf("%d items: the others are mentioned: %t", n, told)
		}
	}
	b.Reset()
	p.drawn = 0
	p.draw(lines, time.Now(), columns, rows, true)
	if got := strings.Count(b.String(), "\n"); got != len(lines)+1 {
		t.Errorf("the whole table has %d lines", got)
	}
	plain := strings.NewReplacer("\x1b[32m", "", "\x1b[0m", "", "\x1b[J", "", "\x1b[K", "", "\r", "", "\n", "")
	for l := range strings.Lines(b.String()) {
		if w := runewidth.StringWidth(plain.Replace(l)); w >= columns {
			t.Errorf("a line of %d columns: %q", w, l)
		}
	}
}
