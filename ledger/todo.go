package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"tongfa/press"
)

// Todo (待办) is something open about one copy: what is not known or waited for, what the program does next, and what a person can do.
type Todo struct {
	Channel string          `json:"channel"`
	Verb    press.Verb      `json:"verb"`
	Way     press.Way       `json:"way,omitempty"` // of a correction
	State   press.CopyState `json:"state"`
	Since   time.Time       `json:"since"`
	What    string          `json:"what"`
	Next    string          `json:"next"`          // what happens next by itself
	At      time.Time       `json:"at,omitzero"`   // when; zero: at once, or when a person has acted
	Tries   int             `json:"tries"`         // how often it was tried
	Help    []Help          `json:"help,omitzero"` // what a person can do
}

// Help is one thing that a person can do, and the command for it.
type Help struct {
	Name    string `json:"name"`
	Command string `json:"command"` // "" where it needs none
}

// openWork is an open act on a copy, with the last answer to it.
type openWork struct {
	copy     int64
	verb     press.Verb
	way      press.Way
	revision int
	task     string
	tries    int
	begun    bool
	opened   time.Time
	due      time.Time // zero: in hands
	paused   bool
	status   press.Status
	note     string
}

// todo is everything open about an item, channel by channel.
func (l *Ledger) todo(ctx context.Context, q querier, it press.Item, cs []press.Copy) ([]Todo, error) {
	works, err := l.openWorks(ctx, q, it.ID)
	if err != nil {
		return nil, err
	}
	var out []Todo
	for _, c := range cs {
		open := 0
		for _, w := range works {
			if w.copy == c.ID {
				out = append(out, w.todo(it, c))
				open++
			}
		}
		if t, ok := unowned(it, c, open); ok {
			out = append(out, t)
		}
		t, ok, err := l.doubted(ctx, q, it, c)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, t)
		}
		if t, ok, err = l.inIssue(ctx, q, c, open); err != nil {
			return nil, err
		}
		if ok {
			out = append(out, t)
		}
		if t, ok, err = l.erratumOf(ctx, q, it, c); err != nil {
			return nil, err
		}
		if ok {
			out = append(out, t)
		}
	}
	return out, nil
}

func (l *Ledger) openWorks(ctx context.Context, q querier, id press.ItemID) ([]openWork, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT c.id, a.verb, a.way, a.revision, a.task, a.attempt, EXISTS (SELECT 1 FROM step WHERE act = a.id), a.opened_at, a.due_at,
			EXISTS (SELECT 1 FROM channel WHERE name = a.channel AND paused), COALESCE(r.status, ''), COALESCE(r.note, '')
		FROM copy c
		CROSS JOIN act a ON a.edition = c.edition
		LEFT JOIN receipt r ON r.id = (SELECT MAX(id) FROM receipt WHERE act = a.id)
		WHERE c.item = $1 AND c.newest AND a.state = 'open'
			AND (a.verb = 'publish' AND c.state NOT IN ('live', 'verified', 'differs', 'withdrawn')
				OR EXISTS (SELECT 1 FROM act_copy k WHERE k.act = a.id AND k.copy = c.id))
		ORDER BY c.id, a.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read open acts: %w", err)
	}
	defer rows.Close()
	var out []openWork
	for rows.Next() {
		var w openWork
		var opened, due sql.NullInt64
		err := rows.Scan(&w.copy, &w.verb, &w.way, &w.revision, &w.task, &w.tries, &w.begun, &opened, &due, &w.paused, &w.status, &w.note)
		if err != nil {
			return nil, fmt.Errorf("read open acts: %w", err)
		}
		w.opened, w.due = l.moment(opened), l.moment(due)
		out = append(out, w)
	}
	return out, rows.Err()
}

// todo tells an open act.
func (w openWork) todo(it press.Item, c press.Copy) Todo {
	t := Todo{Channel: c.Channel, Verb: w.verb, Way: w.way, State: c.State, Since: w.opened, At: w.due, Tries: w.tries}
	if w.verb == press.Publish && c.Since.After(t.Since) {
		t.Since = c.Since
	}
	t.What = w.what(c)
	switch {
	case w.paused:
		t.Next, t.At = "渠道已暂停，恢复以后继续", time.Time{}
	case w.way == press.ByHand:
		t.Next, t.At = "等人完成", time.Time{}
	case w.due.IsZero():
		t.Next = "正在进行"
	case w.begun:
		t.Next = "先查明再决定，查明以前不会重发"
	case w.tries > 0:
		t.Next = "再试"
	default:
		t.Next = "开始"
	}
	t.Help = w.help(it, c)
	return t
}

// what is not known, or waited for.
func (w openWork) what(c press.Copy) string {
	said := cmp.Or(w.task, w.note)
	switch {
	case w.task != "":
		return said
	case w.status == press.CannotTell:
		return cmp.Or(said, w.verb.Name()+"的结果还不知道")
	case w.verb == press.Publish && c.State == press.CopyHanded:
		return cmp.Or(said, "已提交，还没有公开")
	case w.verb == press.Amend:
		return cmp.Or(said, fmt.Sprintf("正在更正为第%d版（%s）", c.Amending, w.way.Name()))
	case w.way == press.Republish:
		return cmp.Or(said, "正在撤下旧版，撤下以后发布新版")
	}
	return cmp.Or(said, "正在"+w.verb.Name())
}

func patience() Help { return Help{Name: "等待"} }

// help is what a person can do about an open act.
func (w openWork) help(it press.Item, c press.Copy) []Help {
	retry := fmt.Sprintf("tongfa retry %s --channel %s", it.ID, c.Channel)
	again := Help{"现在就查", retry}
	switch {
	case w.paused:
		return []Help{{"恢复渠道", "tongfa channel resume " + c.Channel}}
	case w.due.IsZero():
		return []Help{patience()}
	case w.verb == press.Publish && (c.State == press.CopyUnknown || c.State == press.CopyNeedsHand):
		return []Help{{"登记链接", retry + " --link 网址"}, {"认定未发布", retry + " --absent"}, again, patience()}
	case w.verb == press.Publish && c.State == press.CopyHanded:
		return []Help{{"登记链接", retry + " --link 网址"}, again, patience()}
	case w.verb == press.Withdraw && c.State == press.CopyNeedsHand:
		return []Help{{"撤下以后再查", retry}, {"认定已撤下", retry + " --absent"}}
	case w.task != "" && w.begun:
		return []Help{{"标记已完成", retry + " --done"}, {"再试", retry}}
	case w.task != "":
		return []Help{{"标记已完成", retry + " --done"}, {"保留原样", retry + " --leave"}}
	}
	return []Help{again, patience()}
}

// unowned tells a copy that only a person moves on: no act does.
func unowned(it press.Item, c press.Copy, open int) (Todo, bool) {
	t := Todo{Channel: c.Channel, Verb: press.Publish, State: c.State, Since: c.Since, What: c.Note}
	retry := fmt.Sprintf("tongfa retry %s --channel %s", it.ID, c.Channel)
	switch {
	case c.State == press.CopyRefused:
		t.Next, t.Help = "等人处理", []Help{{"修改后重新报送", "tongfa add 文件"}, {"再试", retry}}
	case c.Behind(it) != "":
		t.Verb, t.What, t.Next = press.Amend, c.Behind(it), "等人决定"
		t.Help = []Help{{"更正", fmt.Sprintf("tongfa correct %s --reason 理由", it.ID)},
			{"保留原文", fmt.Sprintf("tongfa correct %s --reason 理由 --way %s=%s", it.ID, c.Channel, press.Leave)}}
	case c.State == press.CopyDiffers && open == 0:
		t.Verb, t.Next, t.At = press.Amend, "再次核验", c.NextLook
		t.Help = []Help{{"恢复公开文本", fmt.Sprintf("tongfa correct %s --restore", it.ID)}, {"现在就核验", retry}, {"撤回", fmt.Sprintf("tongfa withdraw %s --reason 理由", it.ID)}}
	default:
		return t, false
	}
	return t, true
}

// Waits reports whether something of a line is open that a person has to move on: by what a page of the matrix holds already.
func (x Line) Waits() bool {
	return slices.ContainsFunc(x.Copies, func(c press.Copy) bool {
		return c.Task != "" || c.Behind(x.Item) != "" || c.State == press.CopyDiffers || c.State == press.CopyUnknown ||
			c.State == press.CopyNeedsHand || c.State == press.CopyRefused
	})
}
