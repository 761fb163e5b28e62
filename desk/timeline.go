package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// event is one line of an item's history: a move, a step of an act, a receipt or a sighting.
type event struct {
	At      time.Time
	Sort    string // 流转 动作 回执 核验
	Channel string
	What    string
	Change  string // from one state to another
	By      string
	Detail  string
	Edition string // key of the edition that it is about
	URL     string
	Raw     string // the outside's own words
	Digest  string // of the text that a sighting saw
	Changes []press.Change
	Bad     bool
}

// timeline is the history, newest first.
func timeline(s ledger.Story, acts []actLine) []event {
	var out []event
	for _, m := range s.Moves {
		out = append(out, moveEvent(m))
	}
	for _, a := range acts {
		out = append(out, stepEvents(a)...)
	}
	for _, r := range s.Receipts {
		out = append(out, receiptEvent(r))
	}
	for _, v := range s.Sightings {
		out = append(out, sightingEvent(v))
	}
	slices.SortStableFunc(out, func(a, b event) int { return cmp.Compare(a.At.UnixMicro(), b.At.UnixMicro()) })
	slices.Reverse(out)
	return out
}

func moveEvent(m ledger.Moved) event {
	e := event{At: m.At, Sort: "流转", Channel: m.Channel, What: m.What(), By: m.By, Detail: m.Detail}
	if m.Role != string(press.System) {
		e.By += "（" + press.Role(m.Role).Name() + "）"
	}
	switch m.Verb {
	case "reschedule", "bind":
		e.Detail = cmp.Or(m.Was, "未定") + " → " + cmp.Or(m.Now, "未定")
		return e
	case "compose", "freeze", "issue":
		e.Edition, e.Detail, _ = strings.Cut(m.Detail, " ")
	}
	e.Change = m.Turn()
	if first, _, _ := strings.Cut(m.Detail, " "); web(first) != "" {
		e.URL, e.Detail = first, "" // what the channel calls it stands beside the copy
	}
	if m.Channel != "" {
		now := press.CopyState(m.Now)
		e.Bad = now == press.CopyDiffers || now == press.CopyRefused || now == press.CopyNeedsHand
	}
	return e
}

// stepEvents tells the steps of an act. One that was intended and not done is an outcome that nobody knows.
func stepEvents(a actLine) []event {
	var out []event
	for _, s := range a.Steps {
		e := event{At: s.Intended, Sort: "动作", Channel: a.Edition.Slot.Channel, What: a.Verb.Name() + "：" + stepName(s.Name)}
		if s.Done.IsZero() {
			e.Change, e.Bad = "已开始，结果待核实", true
		} else {
			e.Change = "完成于 " + s.Done.Format("15:04:05")
			e.Detail = s.Ref
			if code, refused := strings.CutPrefix(s.Ref, "!"); refused {
				e.Detail, e.Bad = "对方没有接受，代码 "+code, true
			}
		}
		out = append(out, e)
	}
	return out
}

func receiptEvent(r ledger.Received) event {
	e := event{At: r.At, Sort: "回执", Channel: r.Channel, What: r.Verb.Name() + "：" + r.Status.Name(), Detail: r.Note, URL: r.URL, Raw: r.Raw}
	e.Bad = r.Status == press.Refused || r.Status == press.NeedsHand || r.Status == press.CannotTell
	if r.Code != "" {
		e.Change = "代码 " + r.Code
	}
	return e
}

func sightingEvent(v ledger.Seen) event {
	e := event{At: v.At, Sort: "核验", Channel: v.Channel, What: v.Status.Name(), Detail: v.Detail, URL: v.URL, Digest: v.Digest, Changes: v.Changes}
	e.Bad = v.Status != press.SeenEqual && v.Status != press.SeenBlind
	if v.Times > 1 {
		e.Change = fmt.Sprintf("共%d次，最近 %s", v.Times, v.LastAt.Format(time.DateTime))
	}
	return e
}
