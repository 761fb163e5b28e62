package channeltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"tongfa/channels"
	"tongfa/press"
)

// errCrash is what a journal answers once the program is supposed to have crashed.
var errCrash = errors.New("the journal is gone: the program crashed here")

// outcome is how an act stands after some rounds.
type outcome struct {
	receipt press.Receipt
	trouble *press.Trouble // of the last round; nil when that had a receipt
	rounds  int
}

func (o outcome) String() string {
	if o.trouble != nil {
		return fmt.Sprintf("after %d rounds: %v", o.rounds, o.trouble)
	}
	return fmt.Sprintf("after %d rounds: %s", o.rounds, o.receipt.Status)
}

// final reports whether the scheduler would ask no more.
func (o outcome) final() bool {
	if o.trouble != nil {
		return o.trouble.Remedy == press.AskPerson || o.trouble.Remedy == press.ChangeText
	}
	return o.receipt.Status != press.HandedOver && o.receipt.Status != press.CannotTell
}

// finish drives an act as the scheduler does, until it is final or the rounds are used up. After each round it checks what must always hold. start
// is called before each round and may be nil. The error says which promise was broken.
func (w World) finish(ctx context.Context, a press.Act, rounds int, start func(round int)) (outcome, error) {
	var o outcome
	for o.rounds < rounds {
		if start != nil {
			start(o.rounds)
		}
		o.rounds++
		r, err := channels.Deliver(ctx, w.Channel, a, w.Memory.Journal(a.ID))
		if bad := w.holds(a, r, err); bad != nil {
			return o, fmt.Errorf("round %d: %w", o.rounds, bad)
		}
		o.receipt, o.trouble = r, nil
		if err != nil {
			o.trouble = press.TroubleOf(err)
			a.Attempt++
		} else {
			w.Memory.Settle(a, r)
		}
		if o.final() {
			return o, nil
		}
		w.Advance(w.wait(o))
	}
	return o, nil
}

// wait is how long the scheduler would wait before the next round.
func (w World) wait(o outcome) time.Duration {
	d := w.pause()
	if o.trouble != nil && !o.trouble.When.IsZero() {
		d = max(d, o.trouble.When.Sub(w.Memory.now()))
	}
	if !o.receipt.Again.IsZero() {
		d = max(d, o.receipt.Again.Sub(w.Memory.now()))
	}
	return d
}

// publish makes an act that nothing disturbs and checks that it ends well.
func (w World) publish(ctx context.Context, n int) (press.Act, outcome, error) {
	a := w.Memory.Open(press.Publish, w.Edition(n))
	o, err := w.finish(ctx, a, w.looks(), nil)
	if err == nil {
		err = w.ended(a, o)
	}
	return a, o, err
}

// ended checks that an act came to the end it should have when nothing was left unknown.
func (w World) ended(a press.Act, o outcome) error {
	want, copies := press.Live, 1
	if a.Verb == press.Withdraw {
		want, copies = press.Gone, 0
	}
	if o.trouble != nil || o.receipt.Status != want {
		return fmt.Errorf("%s should have ended %s, is %v", a.Verb, want, o)
	}
	for _, e := range a.Edition.Entries {
		if p := o.receipt.PartOf(e.Copy.ID); p.Status != want {
			return fmt.Errorf("%s of entry %d should have ended %s, is %s", a.Verb, e.Position, want, p.Status)
		}
	}
	if err := w.shows(a.Edition, copies); err != nil {
		return err
	}
	if a.Verb == press.Amend || a.Verb == press.Annotate {
		return w.shown(a)
	}
	return nil
}

// shows checks how many copies of every entry are out there.
func (w World) shows(e press.Edition, copies int) error {
	for i, n := range w.effects(e) {
		if n != copies {
			return fmt.Errorf("entry %d is out there %d times, want %d", i+1, n, copies)
		}
	}
	return nil
}

// settled is the oracle for an act that was disturbed in a way that may have left something unknown: the end is the good one, or a person or
// another look is asked for; and what is claimed is so.
func (w World) settled(a press.Act, o outcome) error {
	if o.trouble != nil {
		switch o.trouble.Remedy {
		case press.LookFirst, press.AskPerson:
			return nil
		}
		return fmt.Errorf("%s never came to rest, is %v", a.Verb, o)
	}
	switch s := o.receipt.Status; {
	case s == press.NeedsHand, s == press.CannotTell:
		return nil
	case s == press.HandedOver && a.Verb == press.Publish:
		return w.shows(a.Edition, 1)
	}
	return w.ended(a, o)
}

// holds checks what holds after every round: no copy is out there twice, and the answer is one that a channel may give.
func (w World) holds(a press.Act, r press.Receipt, err error) error {
	for i, n := range w.effects(a.Edition) {
		if n > 1 {
			return fmt.Errorf("entry %d is out there %d times", i+1, n)
		}
	}
	if w.Memory.holds(Secret) {
		return errors.New("the secret is in the journal")
	}
	if err != nil {
		return speaks(err)
	}
	return answers(a, r)
}

// speaks checks an error: a Trouble, in Chinese, without the secret. What the journal or the context said is passed on as it was.
func speaks(err error) error {
	t := press.TroubleOf(err)
	if said := fmt.Sprintf("%v %+v %s %s %s", err, *t, t.Say(), t.Raw, t.Do); strings.Contains(said, Secret) {
		return errors.New("the secret is in an error")
	}
	if errors.Is(err, errCrash) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	var own *press.Trouble
	switch {
	case !errors.As(err, &own):
		return fmt.Errorf("an error is not a *press.Trouble: %w", err)
	case !chinese(own.What):
		return fmt.Errorf("an error does not say in Chinese what happened: What is %q: %w", own.What, err)
	case own.Remedy == press.TryLater && own.When.IsZero():
		return fmt.Errorf("an error says to try later and not when: %w", err)
	}
	remedies := []press.Remedy{press.TryAgain, press.TryLater, press.AskPerson, press.ChangeText, press.LookFirst}
	if !slices.Contains(remedies, own.Remedy) {
		return fmt.Errorf("an error asks for no known remedy, but for %q", own.Remedy)
	}
	return nil
}

func chinese(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
}

// answers checks the form of a receipt of Deliver.
func answers(a press.Act, r press.Receipt) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode receipt: %w", err)
	}
	if strings.Contains(string(raw), Secret) {
		return errors.New("the secret is in a receipt")
	}
	if !answer(r.Status) || r.Status == press.Absent {
		return fmt.Errorf("a delivery ended with status %q", r.Status)
	}
	if r.Status == press.NeedsHand && !chinese(r.Note) {
		return fmt.Errorf("a person is called and not told what to do: Note is %q", r.Note)
	}
	return covers(a, r)
}

func answer(s press.Status) bool {
	return slices.Contains([]press.Status{press.Absent, press.CannotTell, press.HandedOver, press.Live, press.Gone, press.Refused, press.NeedsHand}, s)
}

// covers checks that the parts of a receipt, if it has any, speak of every entry in order and of nothing else.
func covers(a press.Act, r press.Receipt) error {
	if len(r.Parts) == 0 {
		return nil
	}
	if len(r.Parts) != len(a.Edition.Entries) {
		return fmt.Errorf("a receipt has %d parts for %d entries", len(r.Parts), len(a.Edition.Entries))
	}
	for i, p := range r.Parts {
		if id := a.Edition.Entries[i].Copy.ID; p.Copy != id {
			return fmt.Errorf("part %d of a receipt is about copy %d, want %d", i+1, p.Copy, id)
		}
		if !answer(p.Status) || p.Status == press.Absent {
			return fmt.Errorf("part %d of a receipt has status %q", i+1, p.Status)
		}
	}
	return nil
}
