package desk

import (
	"net/url"
	"slices"
	"strings"

	"tongfa/ledger"
)

// todoLine is something open about an item, with what a person can do about it: here, or by a command.
type todoLine struct {
	ledger.Todo
	Here []helpLink
	Type []ledger.Help
}

// helpLink is a form of the desk.
type helpLink struct{ Name, URL string }

func todoLines(s ledger.Story) []todoLine {
	var out []todoLine
	for _, t := range s.Todo {
		l := todoLine{Todo: t}
		for _, h := range t.Help {
			switch to := helpURL(s, t, h); {
			case to != "":
				l.Here = append(l.Here, helpLink{h.Name, to})
			case h.Command != "": // to wait: what comes next is said
				l.Type = append(l.Type, h)
			}
		}
		out = append(out, l)
	}
	return out
}

// helpURL is the form of the desk that does what a command does; "" where the desk has none.
func helpURL(s ledger.Story, t ledger.Todo, h ledger.Help) string {
	words := strings.Fields(h.Command)
	if len(words) < 3 || words[0] != "tongfa" {
		return ""
	}
	switch words[1] {
	case "channel":
		return to("channels", t.Channel)
	case "stranger":
		return "/strangers?" + url.Values{"channel": {t.Channel}}.Encode()
	case "retry":
		return retryURL(s, t, words)
	}
	return ""
}

// retryURL is the form of retry with the answer chosen that the words of a command give.
func retryURL(s ledger.Story, t ledger.Todo, words []string) string {
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
				return to("items", string(s.Item.ID), "retry") + "?" + url.Values{"channel": {c.Channel}, "hint": {a.Value}}.Encode()
			}
		}
	}
	return ""
}
