package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// todoLine is something open about an item, with what a person can do about it.
type todoLine struct {
	ledger.Todo
	Here   []helpLink
	Others []string // what could be done by somebody else, or is waited for
}

// helpLink is a form of the desk.
type helpLink struct{ Name, URL string }

// todoLines are what is open, each with the forms that do what the ledger says can be done, as far as who looks may.
func (d *desk) todoLines(r *http.Request, s ledger.Story, offers []offer) []todoLine {
	var out []todoLine
	for _, t := range s.Todo {
		l := todoLine{Todo: t}
		for _, c := range s.Copies {
			if c.Channel == t.Channel && t.What != "" && t.What == c.Behind(s.Item) {
				l.What = "" // what the page says itself, see Behind
			}
		}
		for _, h := range t.Help {
			switch to := d.helpURL(r, s, t, h, offers); {
			case to != "":
				l.Here = append(l.Here, helpLink{h.Name, to})
			case h.Command != "": // to wait: what comes next is said
				l.Others = append(l.Others, h.Name)
			}
		}
		out = append(out, l)
	}
	return out
}

// Behind is the revision that is public where a newer one is approved; 0 where that is not what is open.
func (l todoLine) Behind(copies []press.Copy) int {
	for _, c := range copies {
		if l.What == "" && l.Verb == press.Amend && c.Channel == l.Channel {
			return c.Revision
		}
	}
	return 0
}

// helpURL is the form of the desk that does what a command does; "" where the desk has none, or not for who looks.
func (d *desk) helpURL(r *http.Request, s ledger.Story, t ledger.Todo, h ledger.Help, offers []offer) string {
	words := strings.Fields(h.Command)
	if len(words) < 3 || words[0] != "tongfa" {
		return ""
	}
	p := personOf(r)
	switch words[1] {
	case "channel":
		return given(p.May(press.MayRun), to("channels", t.Channel))
	case "stranger":
		return given(p.May(press.MayAnswer), "/strangers?"+url.Values{"channel": {t.Channel}}.Encode())
	case "edition":
		return editionURL(p, t, words)
	case "retry":
		return retryURL(s, t, words, offers)
	case "correct":
		return correctURL(t, words, offers)
	case "withdraw":
		o, _ := offered(offers, moveWithdraw, "")
		return o.URL
	case "add":
		o, _ := offered(offers, moveRevise, "")
		return o.URL
	}
	return ""
}

// editionURL is where an edition is frozen, issued or begun, or where what may not go out is taken out of a frozen one.
func editionURL(p ledger.Person, t ledger.Todo, words []string) string {
	on := url.Values{"channel": {t.Channel}}.Encode()
	switch {
	case words[2] == "new":
		return given(p.May(press.MayCompose), "/editions/new?"+on)
	case words[2] == "drop":
		return given(p.May(press.MayCompose) && p.May(press.MayIssue), to("editions", words[3], "issue"))
	case len(words) > 3:
		return given(p.May(press.MayIssue), to("editions", words[3], words[2]))
	}
	return ""
}

// given is an address for who may go there.
func given(may bool, address string) string {
	if !may {
		return ""
	}
	return address
}

// correctURL is the form of a correction with the way chosen that the words of a command give.
func correctURL(t ledger.Todo, words []string, offers []offer) string {
	move := moveCorrect
	if slices.Contains(words, "--restore") {
		move = moveRestore
	}
	o, ok := offered(offers, move, "")
	if i := slices.Index(words, "--way"); ok && i >= 0 && i+1 < len(words) {
		_, chosen, _ := strings.Cut(words[i+1], "=")
		return o.URL + "?" + url.Values{way(t.Channel): {chosen}}.Encode()
	}
	return o.URL
}

// retryURL is the form of retry with the answer chosen that the words of a command give.
func retryURL(s ledger.Story, t ledger.Todo, words []string, offers []offer) string {
	o, ok := offered(offers, moveRetry, t.Channel)
	if !ok {
		return ""
	}
	hint := hintLook
	for option, value := range map[string]string{"--link": hintLink, "--absent": hintAbsent, "--done": hintDone, "--leave": hintLeave} {
		if slices.Contains(words, option) {
			hint = value
		}
	}
	for _, c := range s.Copies {
		if c.Channel != t.Channel {
			continue
		}
		for _, a := range answers(s, c) {
			if a.Value == hint || hint == hintAbsent && a.Value == hintFree || hint == hintLook && a.Value == hintAgain {
				return o.URL + "&" + url.Values{"hint": {a.Value}}.Encode()
			}
		}
	}
	return ""
}
