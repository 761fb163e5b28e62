package desk

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// event is one line of an item's history: a move, a review, a step of an act, a receipt or a sighting. Its words are Chinese, and the page says them
// in its own language.
type event struct {
	At       time.Time
	Sort     string // 流转 审签 动作 回执 核验
	Channel  string
	Verb     string // what the act is for, before What
	What     string
	From, To string    // a change of state
	Ended    time.Time // of a step
	Open     bool      // a step of which nobody knows the outcome
	Code     string    // of an answer
	Times    int       // how often it was seen so
	LastAt   time.Time
	By, Role string // a person and the part she played; "" for the program
	Office   string
	Detail   string
	Edition  string // key of the edition that it is about
	URL      string
	Raw      string // the outside's own words
	Digest   string // of the text that a sighting saw
	Changes  []press.Change
	Apart    string // address of a page that has its raw answer and its differences, where this page has enough of them
	Bad      bool
}

// timeline is the history, newest first.
func timeline(s ledger.Story, acts []actLine) []event {
	var out []event
	for _, a := range s.Approvals {
		out = append(out, approvalEvent(a))
	}
	for _, r := range s.Receipts {
		out = append(out, receiptEvent(r))
	}
	for _, v := range s.Sightings {
		out = append(out, sightingEvent(v))
	}
	outside := map[onChannel]int{} // an answer or a look, and where it is told
	for i, e := range out {
		outside[onChannel{e.Channel, e.At.UnixMicro()}] = i
	}
	for _, m := range s.Moves {
		i, found := outside[onChannel{m.Channel, m.At.UnixMicro()}]
		switch {
		case told(m, s.Approvals):
		case found && m.Channel != "" && m.Role == string(press.System) && m.Verb != "compose":
			out[i].From, out[i].To = turn(m) // what the answer or the look made of the copy
		default:
			out = append(out, moveEvent(m))
		}
	}
	for _, a := range acts {
		out = append(out, stepEvents(a)...)
	}
	slices.SortStableFunc(out, func(a, b event) int { return cmp.Compare(a.At.UnixMicro(), b.At.UnixMicro()) })
	slices.Reverse(out)
	return out
}

// onChannel is when something happened on a channel.
type onChannel struct {
	channel string
	at      int64
}

// told reports whether a move is the record of a review that is told by itself.
func told(m ledger.Moved, list []press.Approval) bool {
	return m.Verb == string(press.Sign) && slices.ContainsFunc(list, func(a press.Approval) bool {
		return a.RecordedBy == m.By && strings.HasPrefix(m.Detail, a.Step.Name())
	})
}

func approvalEvent(a press.Approval) event {
	e := event{At: a.At, Sort: "审签", Verb: a.Step.Name(), What: "通过", By: a.By, Office: a.Office, Detail: a.Ground, Bad: !a.Pass}
	if !a.Pass {
		e.What = "未通过"
	}
	return e
}

func moveEvent(m ledger.Moved) event {
	e := event{At: m.At, Sort: "流转", Channel: m.Channel, What: m.What(), Detail: m.Detail}
	if m.Role != string(press.System) {
		e.By, e.Role = m.By, press.Role(m.Role).Name()
	}
	switch m.Verb {
	case "reschedule", "bind":
		e.Detail = cmp.Or(m.Was, "未定") + " → " + cmp.Or(m.Now, "未定")
		return e
	case "compose", "freeze", "issue":
		e.Edition, e.Detail, _ = strings.Cut(m.Detail, " ")
	}
	e.From, e.To = turn(m)
	if first, _, _ := strings.Cut(m.Detail, " "); web(first) != "" {
		e.URL, e.Detail = first, "" // what the channel calls it stands beside the copy
	}
	e.Detail = fingerprint.ReplaceAllString(e.Detail, "$1…")
	if m.Channel != "" {
		now := press.CopyState(m.Now)
		e.Bad = now == press.CopyDiffers || now == press.CopyRefused || now == press.CopyNeedsHand
	}
	return e
}

// fingerprint finds the digest of a revision, of which a line of history shows the beginning.
var fingerprint = regexp.MustCompile(`\b([0-9a-f]{12})[0-9a-f]{52}\b`)

// turn is the change of state in a line of history: of a copy where it names a channel, else of the item.
func turn(m ledger.Moved) (from, to string) {
	name := func(s string) string {
		if m.Channel != "" {
			return press.CopyState(s).Name()
		}
		return press.State(s).Name()
	}
	switch {
	case m.Was == m.Now || m.Now == "":
		return "", ""
	case m.Was == "":
		return "", name(m.Now)
	}
	return name(m.Was), name(m.Now)
}

// stepEvents tells the steps of an act. One that was intended and not done is an outcome that nobody knows.
func stepEvents(a actLine) []event {
	var out []event
	for _, s := range a.Steps {
		e := event{At: s.Intended, Sort: "动作", Channel: a.Edition.Slot.Channel, Verb: a.Verb.Name(), What: stepName(s.Name)}
		if s.Done.IsZero() {
			e.Open, e.Bad = true, true
		} else {
			e.Ended, e.Detail = s.Done, s.Ref
			if code, refused := strings.CutPrefix(s.Ref, "!"); refused {
				e.Detail, e.Code, e.Bad = "对方没有接受", code, true
			}
		}
		out = append(out, e)
	}
	return out
}

func receiptEvent(r ledger.Received) event {
	e := event{At: r.At, Sort: "回执", Channel: r.Channel, Verb: r.Verb.Name(), What: r.Status.Name(), Detail: r.Note, URL: r.URL, Raw: r.Raw, Code: r.Code}
	e.Bad = r.Status == press.Refused || r.Status == press.NeedsHand || r.Status == press.CannotTell
	return e
}

func sightingEvent(v ledger.Seen) event {
	e := event{At: v.At, Sort: "核验", Channel: v.Channel, What: v.Status.Name(), Detail: v.Detail, URL: v.URL, Digest: v.Digest, Changes: v.Changes}
	e.Bad = v.Status != press.SeenEqual && v.Status != press.SeenBlind
	if v.Times > 1 {
		e.Times, e.LastAt = v.Times, v.LastAt
	}
	return e
}

// Raw answers are shown up to so many bytes: a page that a platform sent instead of an answer is a page too many.
const mostRaw = 4000

// secretValue finds what may be a secret in an answer. Drivers take secrets out before they hand an answer in; this is the second lock.
var secretValue = regexp.MustCompile(`(?i)("[a-z_-]*(?:token|secret|ticket|password|authorization|session_?key)[a-z_-]*"\s*:\s*")[^"]*|((?:access_token|token|secret|ticket|password|key|signature)=)[^&\s"'<>]+`)

// Pretty is the outside's own words for a person: JSON with a line for each value, cut where it is long, and without what may be a secret.
func (e event) Pretty() string {
	raw := e.Raw
	var out bytes.Buffer
	if len(raw) < 1<<20 && json.Indent(&out, []byte(raw), "", "  ") == nil {
		raw = out.String()
	}
	if len(raw) > 2*mostRaw {
		raw = strings.ToValidUTF8(raw[:2*mostRaw], "")
	}
	return shortened(secretValue.ReplaceAllString(raw, "${1}${2}＊＊＊"), mostRaw)
}

// Auto reports whether the program did it by itself.
func (e event) Auto() bool { return e.By == "" }
