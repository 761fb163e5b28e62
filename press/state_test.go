package press

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var editorial = []State{Draft, Submitted, Returned, Approved, Withdrawn}

var roles = []Role{Drafter, Registrar, Reviewer, SecrecyReviewer, Publisher, NewMediaEditor, GazetteEditor, Supervisor, Operator, System}

var verbs = []Verb{Submit, Save, Sign, Approve, Return, Revise, Hold, Release, Reschedule, Retry, Publish, Amend, Withdraw, Annotate}

func TestMoves(t *testing.T) {
	for _, tc := range []struct {
		from State
		verb Verb
		by   Role
		to   State // empty: refused
	}{
		{Draft, Submit, Drafter, Submitted},
		{Draft, Approve, System, ""},
		{Submitted, Sign, Reviewer, Submitted},
		{Submitted, Approve, System, Approved},
		{Submitted, Approve, Publisher, ""},
		{Submitted, Approve, Operator, ""},
		{Submitted, Return, SecrecyReviewer, Returned},
		{Returned, Revise, Drafter, Submitted},
		{Approved, Revise, Registrar, Submitted},
		{Approved, Hold, GazetteEditor, Approved},
		{Approved, Sign, Reviewer, ""},
		{Approved, Withdraw, Publisher, Withdrawn},
		{Approved, Withdraw, Drafter, ""},
		{Withdrawn, Revise, Registrar, Submitted},
		{Withdrawn, Submit, Publisher, ""},
		{Approved, Amend, Publisher, Approved},
		{Approved, Amend, Operator, Approved},
		{Approved, Amend, Registrar, ""},
		{Submitted, Amend, Publisher, ""},
		{Withdrawn, Amend, Publisher, ""},
		{Approved, Annotate, Publisher, Approved},
		{Returned, Annotate, Publisher, Returned},
		{Approved, Annotate, NewMediaEditor, ""},
		{Withdrawn, Annotate, Publisher, ""},
		{Everyone, Withdraw, Publisher, ""},
	} {
		to, err := tc.from.Move(tc.verb, tc.by)
		switch {
		case tc.to == "" && (err == nil || to != tc.from):
			t.Errorf("%s %s by %s should be refused and change nothing, got %s", tc.from, tc.verb, tc.by, to)
		case tc.to != "" && (err != nil || to != tc.to):
			t.Errorf("%s %s by %s: got %s, %v", tc.from, tc.verb, tc.by, to, err)
		case err != nil && strings.Contains(err.Error(), string(tc.verb)):
			t.Errorf("the refusal should be in Chinese: %v", err)
		}
	}
}

// Every state can be reached from a draft, and from every state an approval can be reached again: there is no dead end.
func TestMovesHaveNoDeadEnds(t *testing.T) {
	for _, from := range editorial {
		if !slices.Contains(reach(Draft), from) {
			t.Errorf("%s is never reached", from)
		}
		if !slices.Contains(reach(from), Approved) {
			t.Errorf("%s is a dead end", from)
		}
	}
}

func reach(from State) []State {
	seen := []State{from}
	for i := 0; i < len(seen); i++ {
		for _, m := range Moves() {
			if m.From == seen[i] && !slices.Contains(seen, m.To) {
				seen = append(seen, m.To)
			}
		}
	}
	return seen
}

func TestMovesAreOneTable(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Moves() {
		key := string(m.From) + " " + string(m.Verb)
		if seen[key] {
			t.Errorf("%s stands twice", key)
		}
		seen[key] = true
		if !slices.Contains(editorial, m.From) || !slices.Contains(editorial, m.To) || len(m.By) == 0 {
			t.Errorf("bad line %+v", m)
		}
		if slices.Contains(m.By, Supervisor) {
			t.Errorf("%s: a supervisor moves nothing", key)
		}
		if slices.Contains(m.By, System) != (m.Verb == Approve) {
			t.Errorf("%s: the program does approve, and nothing else", key)
		}
	}
}

func TestEveryWordHasAName(t *testing.T) {
	all := map[string]string{}
	for _, s := range slices.Concat(editorial, []State{Scheduled, GoingOut, Everyone, Partly, Hand, Corrected}) {
		all[string(s)] = s.Name()
	}
	for _, r := range roles {
		all["role "+string(r)] = r.Name()
	}
	for _, v := range verbs {
		all["verb "+string(v)] = v.Name()
	}
	for _, s := range CopyStates() {
		all["copy "+string(s)] = s.Name()
	}
	for _, s := range []Step{SecrecyReview, FirstReview, SecondReview, FinalReview} {
		all["step "+string(s)] = s.Name()
	}
	for _, s := range []Status{Absent, CannotTell, HandedOver, Live, Gone, Refused, NeedsHand, PutOff} {
		all["status "+string(s)] = s.Name()
	}
	for _, s := range []SightingStatus{SeenEqual, SeenDiffers, SeenGone, SeenBanned, SeenMoved, SeenBlind} {
		all["sighting "+string(s)] = s.Name()
	}
	for _, s := range []Severity{Stop, Warn, Info} {
		all["severity "+string(s)] = s.Name()
	}
	for _, k := range Kinds() {
		all["kind "+string(k.Kind)] = k.Kind.Name()
	}
	for key, name := range all {
		if name == "" || name[0] < 0x80 {
			t.Errorf("%s is called %q", key, name)
		}
	}
	glyphs := map[string]bool{}
	for _, s := range CopyStates() {
		if g := s.Glyph(); g == "" || glyphs[g] {
			t.Errorf("%s has the glyph %q of another state", s, g)
		} else {
			glyphs[g] = true
		}
	}
}

func TestOverall(t *testing.T) {
	in := func(states ...CopyState) (cs []Copy) {
		for _, s := range states {
			cs = append(cs, Copy{State: s, Revision: 1})
		}
		return cs
	}
	claimed := in(CopyVerified, Waiting)
	claimed[1].Edition = "site@x#1"
	later := in(CopyVerified, CopyVerified)
	later[1].Revision = 2
	task, amending, kept, late := in(CopyVerified), in(CopyVerified), in(CopyVerified), in(CopyVerified)
	task[0].Task = "请在后台修改"
	amending[0].Amending = 2
	kept[0].Kept = 2
	late[0].Kept, late[0].Amending = 2, 2
	for _, tc := range []struct {
		name   string
		item   State
		copies []Copy
		want   State
		head   int
	}{
		{"draft", Draft, nil, Draft, 1},
		{"submitted", Submitted, in(Waiting), Submitted, 1},
		{"approved, nowhere wanted", Approved, nil, Scheduled, 1},
		{"approved, waiting", Approved, in(Waiting, Waiting), Scheduled, 1},
		{"claimed", Approved, claimed, GoingOut, 1},
		{"handed over", Approved, in(CopyHanded, CopyLive), GoingOut, 1},
		{"live here, waiting there", Approved, in(CopyLive, Waiting), Partly, 1},
		{"live everywhere", Approved, in(CopyLive, CopyVerified), Everyone, 1},
		{"one withdrawn, one live", Approved, in(CopyWithdrawn, CopyVerified), Everyone, 1},
		{"corrected", Approved, later, Corrected, 1},
		{"differs", Approved, in(CopyVerified, CopyDiffers), Hand, 1},
		{"unknown", Approved, in(CopyUnknown, Waiting), Hand, 1},
		{"refused", Approved, in(CopyVerified, CopyRefused), Hand, 1},
		{"new draft while the old is live", Submitted, in(CopyVerified), Everyone, 1},
		{"a later text is approved, the old one is out", Approved, in(CopyVerified), Hand, 2},
		{"the later text is out", Approved, later[1:], Corrected, 2},
		{"a person has something to do about a public copy", Approved, task, Hand, 1},
		{"a correction is under way", Approved, amending, GoingOut, 2},
		{"the older text was left where it is", Approved, kept, Everyone, 2},
		{"what was decided was about an older text", Approved, late, Hand, 3},
		{"withdrawn", Withdrawn, in(CopyWithdrawn), Withdrawn, 1},
		{"withdrawn, never out", Withdrawn, nil, Withdrawn, 1},
		{"withdrawn, one still out", Withdrawn, in(CopyWithdrawn, CopyLive), Hand, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Overall(Item{State: tc.item, Head: tc.head}, tc.copies); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// Overall knows an answer for everything, a published item never looks unpublished, and trouble is never hidden.
func TestOverallIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := Item{State: rapid.SampledFrom(editorial).Draw(t, "item")}
		var copies []Copy
		for range rapid.IntRange(0, 4).Draw(t, "copies") {
			copies = append(copies, Copy{State: rapid.SampledFrom(CopyStates()).Draw(t, "copy"), Revision: rapid.IntRange(0, 3).Draw(t, "revision"), Edition: rapid.SampledFrom([]string{"", "e"}).Draw(t, "edition")})
		}
		got := Overall(it, copies)
		if n := got.Name(); n == string(got) || n == "" {
			t.Fatalf("no state: %q", got)
		}
		public := slices.ContainsFunc(copies, func(c Copy) bool { return c.State.Public() })
		if public && slices.Contains([]State{Draft, Submitted, Returned, Approved, Scheduled, Withdrawn}, got) {
			t.Fatalf("%v is public and looks %s", copies, got)
		}
		trouble := slices.ContainsFunc(copies, func(c Copy) bool {
			return slices.Contains([]CopyState{CopyRefused, CopyNeedsHand, CopyUnknown, CopyDiffers}, c.State)
		})
		if trouble && got != Hand {
			t.Fatalf("%v is in trouble and looks %s", copies, got)
		}
	})
}
