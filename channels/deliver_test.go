package channels

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongfa/press"
)

// script is a channel whose answers are written down, and which notes what it was asked.
type script struct {
	look     press.Receipt
	lookErr  error
	make     press.Receipt
	makeErr  error
	withdraw bool
	amend    bool
	givesUp  bool
	asked    []string
}

func (s *script) Lookup(context.Context, press.Act, Journal) (press.Receipt, error) {
	s.asked = append(s.asked, "look")
	return s.look, s.lookErr
}

func (s *script) Publish(context.Context, press.Act, Journal) (press.Receipt, error) {
	s.asked = append(s.asked, "publish")
	return s.make, s.makeErr
}

type withdrawer struct{ *script }

func (w withdrawer) Withdraw(context.Context, press.Act, Journal) (press.Receipt, error) {
	w.asked = append(w.asked, "withdraw")
	return w.make, w.makeErr
}

type givingUp struct{ *script }

func (g givingUp) GiveUp(context.Context, press.Act, Journal) (press.Receipt, error) {
	g.asked = append(g.asked, "give up")
	return g.make, g.makeErr
}

type amender struct{ *script }

func (m amender) Amend(context.Context, press.Act, Journal) (press.Receipt, error) {
	m.asked = append(m.asked, "amend")
	return m.make, m.makeErr
}

// memory is a journal of which only Steps is asked here.
type memory struct {
	Journal
	steps []Step
	err   error
}

func (m memory) Steps(context.Context) ([]Step, error) { return m.steps, m.err }

func TestDeliver(t *testing.T) {
	begun := []Step{{Name: "submit", Intended: time.Unix(1, 0)}}
	again := &press.Trouble{Remedy: press.TryAgain, What: "没有连上"}
	broken := errors.New("disk")
	for name, c := range map[string]struct {
		act     press.Act
		steps   []Step
		stepErr error
		s       script
		asked   []string
		status  press.Status
		remedy  press.Remedy
	}{
		"nothing begun: it acts":                    {s: script{make: press.Receipt{Status: press.Live}}, asked: []string{"publish"}, status: press.Live},
		"begun: it looks":                           {steps: begun, s: script{look: press.Receipt{Status: press.Live}}, asked: []string{"look"}, status: press.Live},
		"begun and not to be told: it waits":        {steps: begun, s: script{look: press.Receipt{Status: press.CannotTell}}, asked: []string{"look"}, status: press.CannotTell},
		"begun and proved absent: it acts":          {steps: begun, s: script{look: press.Receipt{Status: press.Absent}, make: press.Receipt{Status: press.HandedOver}}, asked: []string{"look", "publish"}, status: press.HandedOver},
		"a failed look never permits the act":       {steps: begun, s: script{lookErr: again}, asked: []string{"look"}, remedy: press.LookFirst},
		"a surprise while looking is unknown":       {steps: begun, s: script{lookErr: broken}, asked: []string{"look"}, remedy: press.LookFirst},
		"a limit while looking is a limit":          {steps: begun, s: script{lookErr: &press.Trouble{Remedy: press.TryLater}}, asked: []string{"look"}, remedy: press.TryLater},
		"an attempt that did nothing may be again":  {s: script{makeErr: again}, asked: []string{"publish"}, remedy: press.TryAgain},
		"look only: nothing begun, nothing done":    {act: press.Act{LookOnly: true}, status: press.Absent},
		"look only: proved absent is the answer":    {act: press.Act{LookOnly: true}, steps: begun, s: script{look: press.Receipt{Status: press.Absent}}, asked: []string{"look"}, status: press.Absent},
		"look only: what was prepared is given up":  {act: press.Act{LookOnly: true}, steps: begun, s: script{givesUp: true, look: press.Receipt{Status: press.Absent}, make: press.Receipt{Status: press.NeedsHand}}, asked: []string{"look", "give up"}, status: press.NeedsHand},
		"and if that fails it is looked for again":  {act: press.Act{LookOnly: true}, steps: begun, s: script{givesUp: true, look: press.Receipt{Status: press.Absent}, makeErr: again}, asked: []string{"look", "give up"}, remedy: press.LookFirst},
		"what is to be made is not given up":        {steps: begun, s: script{givesUp: true, look: press.Receipt{Status: press.CannotTell}}, asked: []string{"look"}, status: press.CannotTell},
		"nor what was made":                         {act: press.Act{LookOnly: true}, steps: begun, s: script{givesUp: true, look: press.Receipt{Status: press.Live}}, asked: []string{"look"}, status: press.Live},
		"a journal that cannot be read stops it":    {stepErr: broken, remedy: press.LookFirst},
		"who has acted cannot have proved absence":  {s: script{make: press.Receipt{Status: press.Absent}}, asked: []string{"publish"}, status: press.CannotTell},
		"an empty answer is no answer":              {s: script{}, asked: []string{"publish"}, status: press.CannotTell},
		"what a channel cannot do is a person's":    {act: press.Act{Verb: press.Withdraw}, status: press.NeedsHand},
		"what it can do is done":                    {act: press.Act{Verb: press.Withdraw}, s: script{withdraw: true, make: press.Receipt{Status: press.Gone}}, asked: []string{"withdraw"}, status: press.Gone},
		"what is public is amended where it is":     {act: press.Act{Verb: press.Amend, Way: press.InPlace}, s: script{amend: true, make: press.Receipt{Status: press.Live}}, asked: []string{"amend"}, status: press.Live},
		"an annotation is an amendment":             {act: press.Act{Verb: press.Annotate}, s: script{amend: true, make: press.Receipt{Status: press.Live}}, asked: []string{"amend"}, status: press.Live},
		"an amendment that was begun is looked at":  {act: press.Act{Verb: press.Amend}, steps: begun, s: script{amend: true, look: press.Receipt{Status: press.CannotTell}}, asked: []string{"look"}, status: press.CannotTell},
		"and made whole if it is not shown":         {act: press.Act{Verb: press.Amend}, steps: begun, s: script{amend: true, look: press.Receipt{Status: press.Absent}, make: press.Receipt{Status: press.Live}}, asked: []string{"look", "amend"}, status: press.Live},
		"by hand it asks nothing of the channel":    {act: press.Act{Verb: press.Amend, Way: press.ByHand, Task: "请改"}, s: script{amend: true}, status: press.NeedsHand},
		"by hand it looks at nothing either":        {act: press.Act{Verb: press.Amend, Way: press.ByHand, Task: "请改", Look: true}, s: script{amend: true, look: press.Receipt{Status: press.Live}}, status: press.NeedsHand},
		"nor where no interface could have made it": {act: press.Act{Verb: press.Amend, Way: press.ByHand, Task: "请改", Look: true}, s: script{look: press.Receipt{Status: press.Live}}, status: press.NeedsHand},
		"nor for a remark":                          {act: press.Act{Verb: press.Annotate, Task: "请加说明"}, steps: begun, s: script{look: press.Receipt{Status: press.Live}}, status: press.NeedsHand},
		"nor for a withdrawal":                      {act: press.Act{Verb: press.Withdraw, Look: true}, s: script{look: press.Receipt{Status: press.Gone}}, status: press.NeedsHand},
		"no interface, but a task":                  {act: press.Act{Verb: press.Annotate, Task: "请加说明"}, status: press.NeedsHand},
		"no interface and no task":                  {act: press.Act{Verb: press.Amend}, status: press.NeedsHand},
		"after a restore it looks at everything":    {act: press.Act{Look: true}, s: script{look: press.Receipt{Status: press.Live}}, asked: []string{"look"}, status: press.Live},
		"and sends what is proved absent":           {act: press.Act{Look: true}, s: script{look: press.Receipt{Status: press.Absent}, make: press.Receipt{Status: press.Live}}, asked: []string{"look", "publish"}, status: press.Live},
	} {
		t.Run(name, func(t *testing.T) {
			if c.act.Verb == "" {
				c.act.Verb = press.Publish
			}
			var ch Channel = &c.s
			if c.s.withdraw {
				ch = withdrawer{&c.s}
			}
			if c.s.givesUp {
				ch = givingUp{&c.s}
			}
			if c.s.amend {
				ch = amender{&c.s}
			}
			r, err := Deliver(t.Context(), ch, c.act, memory{steps: c.steps, err: c.stepErr})
			if !slices.Equal(c.s.asked, c.asked) {
				t.Errorf("asked %v, want %v", c.s.asked, c.asked)
			}
			if c.remedy != "" {
				if err == nil || press.RemedyOf(err) != c.remedy {
					t.Errorf("error %v, want remedy %s", err, c.remedy)
				}
				return
			}
			if err != nil || r.Status != c.status {
				t.Errorf("status %q, error %v, want %q", r.Status, err, c.status)
			}
			if c.act.Task != "" && r.Note != c.act.Task {
				t.Errorf("the person is told %q, want %q", r.Note, c.act.Task)
			}
		})
	}
}

// Whatever the network answers, what was begun is made again only after a look has proved it absent.
func TestNothingIsSentWhileItIsUnknown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answers := []press.Status{press.Absent, press.CannotTell, press.HandedOver, press.Live, press.Gone, press.Refused, press.NeedsHand, ""}
		answer := func(what string) (press.Receipt, error) {
			switch rapid.IntRange(0, 3).Draw(t, what+" fails") {
			case 0:
				remedy := rapid.SampledFrom([]press.Remedy{press.TryAgain, press.TryLater, press.AskPerson, press.ChangeText, press.LookFirst}).Draw(t, what)
				return press.Receipt{}, &press.Trouble{Remedy: remedy}
			case 1:
				return press.Receipt{}, errors.New("connection reset")
			}
			return press.Receipt{Status: rapid.SampledFrom(answers).Draw(t, what)}, nil
		}
		a := press.Act{Verb: rapid.SampledFrom([]press.Verb{press.Publish, press.Amend, press.Annotate, press.Withdraw}).Draw(t, "verb"),
			Look: rapid.Bool().Draw(t, "look"), LookOnly: rapid.Bool().Draw(t, "look only")}
		var m memory
		if rapid.Bool().Draw(t, "begun") {
			m.steps = []Step{{Name: "submit", Intended: time.Unix(1, 0)}}
		}
		var s script
		s.look, s.lookErr = answer("look")
		s.make, s.makeErr = answer("act")
		r, err := Deliver(context.Background(), able{&s}, a, m)
		acted := slices.ContainsFunc(s.asked, func(what string) bool { return what != "look" })
		unknown := len(m.steps) > 0 || a.Look
		proved := s.lookErr == nil && s.look.Status == press.Absent
		switch {
		case acted && (a.LookOnly || unknown && !proved):
			t.Fatalf("%s: asked %v", a.Verb, s.asked)
		case acted && err == nil && r.Status == press.Absent:
			t.Fatal("who has just acted says that nothing is there")
		case !acted && unknown && s.lookErr != nil && (press.RemedyOf(err) == press.TryAgain || press.RemedyOf(err) == press.ChangeText):
			t.Fatalf("a look that failed reads as an act that did nothing: %v", err)
		}
	})
}

// able is a channel that can do everything.
type able struct{ *script }

func (s able) Amend(ctx context.Context, a press.Act, j Journal) (press.Receipt, error) {
	return amender(s).Amend(ctx, a, j)
}

func (s able) Withdraw(ctx context.Context, a press.Act, j Journal) (press.Receipt, error) {
	return withdrawer(s).Withdraw(ctx, a, j)
}

func TestStepNamedIsTheLast(t *testing.T) {
	steps := []Step{{Name: "a", Ref: "1"}, {Name: "b"}, {Name: "a", Ref: "2"}}
	if s, ok := StepNamed(steps, "a"); !ok || s.Ref != "2" {
		t.Errorf("got %v %v", s, ok)
	}
	if _, ok := StepNamed(steps, "c"); ok {
		t.Error("found a step that is not there")
	}
}

// full is a journal whose disk is full from a moment on.
type full struct{ memory }

func (full) Keep(context.Context, string, string) error {
	return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "台账所在磁盘已满", Err: errors.New("full")}
}

// spent is a journal of a day whose calls are used up.
type spent struct{ memory }

func (spent) Spend(context.Context, Quota, int) error {
	return &press.Trouble{Remedy: press.TryLater, What: "今日次数已用完"}
}

// uploading keeps and spends before it publishes.
type uploading struct{ *script }

func (u uploading) Publish(ctx context.Context, a press.Act, j Journal) (press.Receipt, error) {
	if err := errors.Join(j.Spend(ctx, Quota{}, 1), j.Keep(ctx, "digest", "ref")); err != nil {
		return press.Receipt{}, &press.Trouble{Remedy: press.RemedyOf(err), What: "上传失败", Err: err}
	}
	return u.script.Publish(ctx, a, j)
}

type quiet struct{ memory }

func (quiet) Keep(context.Context, string, string) error { return nil }
func (quiet) Spend(context.Context, Quota, int) error    { return nil }
func (full) Spend(context.Context, Quota, int) error     { return nil }
func (spent) Keep(context.Context, string, string) error { return nil }

// A ledger that cannot be written makes nobody's task of a copy: it goes on by itself. What a limit says stays as it is.
func TestALedgerThatIsFullIsNobodysTaskAtAnItem(t *testing.T) {
	t.Parallel()
	for want, j := range map[press.Remedy]Journal{press.LookFirst: full{}, press.TryLater: spent{}, "": quiet{}} {
		_, err := Deliver(t.Context(), uploading{&script{make: press.Receipt{Status: press.Live}}}, press.Act{Verb: press.Publish}, j)
		if want == "" && err != nil || want != "" && press.RemedyOf(err) != want {
			t.Errorf("%T: %v, want %q", j, err, want)
		}
	}
}
