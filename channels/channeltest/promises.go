package channeltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

func publishes(size func(World) int) func(*testing.T, func() World) error {
	return func(t *testing.T, fresh func() World) error {
		w := fresh()
		a, o, err := w.publish(t.Context(), size(w))
		if err != nil {
			return err
		}
		if !has[channels.Observer](w) {
			return nil
		}
		for _, e := range a.Edition.Entries {
			if o.receipt.PartOf(e.Copy.ID).URL == "" {
				return fmt.Errorf("the receipt tells no address of entry %d, so that nobody can look at it", e.Position)
			}
		}
		return nil
	}
}

func deliveredAgain(t *testing.T, fresh func() World) error {
	w := fresh()
	a, _, err := w.publish(t.Context(), w.most())
	if err != nil {
		return err
	}
	for range 3 {
		o, err := w.finish(t.Context(), a, w.looks(), nil)
		if err == nil {
			err = w.ended(a, o)
		}
		if err != nil {
			return fmt.Errorf("delivered again: %w", err)
		}
	}
	return nil
}

func looksBefore(t *testing.T, fresh func() World) error {
	w := fresh()
	a := w.Memory.Open(press.Publish, w.Edition(w.most()))
	for range 2 {
		r, err := w.Channel.Lookup(t.Context(), a, w.Memory.Journal(a.ID))
		if err != nil {
			return fmt.Errorf("look before anything: %w", err)
		}
		if r.Status != press.Absent && r.Status != press.CannotTell {
			return fmt.Errorf("a look before anything says %s", r.Status)
		}
		if err := w.shows(a.Edition, 0); err != nil {
			return fmt.Errorf("a look published: %w", err)
		}
		if open, done := w.Memory.left(a.ID); open || len(done) > 0 {
			return errors.New("a look intended a step")
		}
	}
	o, err := w.finish(t.Context(), a, w.looks(), nil)
	if err != nil {
		return err
	}
	return w.ended(a, o)
}

func looksAgain(t *testing.T, fresh func() World) error {
	w := fresh()
	a := w.Memory.Open(press.Publish, w.Edition(w.most()))
	if _, err := w.finish(t.Context(), a, 1, nil); err != nil {
		return err
	}
	if err := w.sameLooks(t.Context(), a); err != nil {
		return fmt.Errorf("after the first round: %w", err)
	}
	o, err := w.finish(t.Context(), a, w.looks(), nil)
	if err == nil {
		err = w.ended(a, o)
	}
	if err == nil {
		err = w.sameLooks(t.Context(), a)
	}
	if err != nil || !has[channels.Withdrawer](w) {
		return err
	}
	back := w.Memory.Open(press.Withdraw, a.Edition)
	r, err := w.Channel.Lookup(t.Context(), back, w.Memory.Journal(back.ID))
	if err != nil {
		return fmt.Errorf("look before a withdrawal: %w", err)
	}
	if r.Status != press.Absent && r.Status != press.CannotTell {
		return fmt.Errorf("a look before a withdrawal says %s of what is public", r.Status)
	}
	return w.shows(a.Edition, 1)
}

// sameLooks looks several times, while no time passes, and checks that the answers are alike and that nothing moved.
func (w World) sameLooks(ctx context.Context, a press.Act) error {
	var first press.Status
	before := w.effects(a.Edition)
	for i := range 3 {
		r, err := w.Channel.Lookup(ctx, a, w.Memory.Journal(a.ID))
		if err != nil {
			return fmt.Errorf("look: %w", err)
		}
		if r.Status == press.Absent {
			return errors.New("a look calls absent what was handed over")
		}
		if err := answers(a, r); err != nil {
			return err
		}
		if i == 0 {
			first = r.Status
		}
		if r.Status != first {
			return fmt.Errorf("two looks at the same moment say %s and %s", first, r.Status)
		}
	}
	for i, n := range w.effects(a.Edition) {
		if n != before[i] {
			return fmt.Errorf("a look changed how often entry %d is out there from %d to %d", i+1, before[i], n)
		}
	}
	return nil
}

// has reports whether the channel has a power.
func has[Power any](w World) bool {
	_, ok := w.Channel.(Power)
	return ok
}

func publicWords(t *testing.T, fresh func() World) error {
	w := fresh()
	if w.Public == nil {
		return nil
	}
	a, _, err := w.publish(t.Context(), w.most())
	if err != nil {
		return err
	}
	for i, e := range a.Edition.Entries {
		text, ok := w.Public(e.Copy.Marker)
		if !ok {
			return fmt.Errorf("entry %d is live and the public does not see it", i+1)
		}
		if equal, detail := channels.Compare(press.Text(e.Revision.Body), text); !equal {
			return fmt.Errorf("the public reads other words in entry %d: %s", i+1, detail)
		}
	}
	return nil
}

func twoAtOnce(t *testing.T, fresh func() World) error {
	w := fresh()
	acts := []press.Act{w.Memory.Open(press.Publish, w.Edition(1)), w.Memory.Open(press.Publish, w.Edition(1))}
	ends := make([]outcome, len(acts))
	errs := make([]error, len(acts))
	for range w.looks() + 1 { // one round more, as two may have to wait for each other
		var wg sync.WaitGroup
		for i, a := range acts {
			wg.Go(func() { ends[i], errs[i] = w.oneRound(t.Context(), a) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		w.Advance(max(w.wait(ends[0]), w.wait(ends[1])))
	}
	return errors.Join(w.ended(acts[0], ends[0]), w.ended(acts[1], ends[1]))
}

func (w World) oneRound(ctx context.Context, a press.Act) (outcome, error) {
	r, err := channels.Deliver(ctx, w.Channel, a, w.Memory.Journal(a.ID))
	if bad := w.holds(a, r, err); bad != nil {
		return outcome{}, bad
	}
	if err != nil {
		return outcome{rounds: 1, trouble: press.TroubleOf(err)}, nil
	}
	w.Memory.Settle(a, r)
	return outcome{rounds: 1, receipt: r}, nil
}

func nothingOnceCancelled(t *testing.T, fresh func() World) error {
	w := fresh()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := w.Memory.Open(press.Publish, w.Edition(1))
	j := w.Memory.Journal(a.ID)
	for name, f := range map[string]func() (press.Receipt, error){
		"Deliver": func() (press.Receipt, error) { return channels.Deliver(ctx, w.Channel, a, j) },
		"Publish": func() (press.Receipt, error) { return w.Channel.Publish(ctx, a, j) },
		"Lookup":  func() (press.Receipt, error) { return w.Channel.Lookup(ctx, a, j) },
	} {
		r, err := promptly(f)
		switch {
		case err == nil:
			return fmt.Errorf("%s answers %s though its context is cancelled", name, r.Status)
		case errors.Is(err, errSlow):
			return fmt.Errorf("%s: %w", name, err)
		}
		if bad := speaks(err); bad != nil {
			return fmt.Errorf("%s: %w", name, bad)
		}
		if err := w.shows(a.Edition, 0); err != nil {
			return fmt.Errorf("%s with a cancelled context: %w", name, err)
		}
	}
	return nil
}

var errSlow = errors.New("did not return within ten seconds")

func promptly(f func() (press.Receipt, error)) (press.Receipt, error) {
	type answer struct {
		r   press.Receipt
		err error
	}
	done := make(chan answer, 1)
	go func() {
		r, err := f()
		done <- answer{r, err}
	}()
	select {
	case a := <-done:
		return a.r, a.err
	case <-time.After(10 * time.Second):
		return press.Receipt{}, errSlow
	}
}

// errorsSpeak calls the driver itself where Deliver would turn a bare error into a Trouble.
func errorsSpeak(t *testing.T, fresh func() World) error {
	if fresh().Break == nil {
		return nil
	}
	for _, kind := range []Fault{LostBefore, LostAfter, Garbage} {
		w := fresh()
		a := w.Memory.Open(press.Publish, w.Edition(1))
		j := w.Memory.Journal(a.ID)
		w.Break(kind)
		_, err := w.Channel.Publish(t.Context(), a, j)
		if bad := w.holds(a, press.Receipt{Status: press.CannotTell}, err); bad != nil {
			return fmt.Errorf("publish, %s: %w", kind, bad)
		}
		w.Break(kind)
		r, err := w.Channel.Lookup(t.Context(), a, j)
		if bad := w.holds(a, press.Receipt{Status: press.CannotTell}, err); bad != nil {
			return fmt.Errorf("look, %s: %w", kind, bad)
		}
		if n := w.Effects(a.Edition.Entries[0].Copy.Marker); err == nil && r.Status == press.Absent && n > 0 {
			return fmt.Errorf("look, %s: says absent of what is out there", kind)
		}
	}
	return nil
}

func observes(t *testing.T, fresh func() World) error {
	w := fresh()
	if !has[channels.Observer](w) {
		return nil
	}
	a, _, err := w.publish(t.Context(), w.most())
	if err != nil {
		return err
	}
	for _, e := range w.Memory.Open(press.Publish, a.Edition).Edition.Entries {
		if err := w.sees(t.Context(), e, press.SeenEqual); err != nil {
			return fmt.Errorf("after publication: %w", err)
		}
	}
	e := w.Memory.Open(press.Publish, a.Edition).Edition.Entries[0]
	if err := w.seesBlindly(t.Context(), e); err != nil {
		return err
	}
	if w.Tamper != nil {
		w.Tamper(t, e.Copy.Marker)
		if err := w.sees(t.Context(), e, press.SeenDiffers); err != nil {
			return fmt.Errorf("after the copy was changed by hand: %w", err)
		}
	}
	if w.Remove != nil {
		w.Remove(t, e.Copy.Marker)
		if err := w.sees(t.Context(), e, press.SeenGone); err != nil {
			return fmt.Errorf("after the copy was deleted by hand: %w", err)
		}
	}
	return nil
}

func (w World) sees(ctx context.Context, e press.Entry, want press.SightingStatus) error {
	s, err := w.Channel.(channels.Observer).Observe(ctx, e)
	switch {
	case err != nil:
		return fmt.Errorf("observe: %w", err)
	case s.Status != want:
		return fmt.Errorf("entry %d was seen %q (%s), want %q", e.Position, s.Status, s.Detail, want)
	case s.Copy != e.Copy.ID:
		return fmt.Errorf("a sighting of copy %d says it is of %d", e.Copy.ID, s.Copy)
	case want == press.SeenDiffers && !chinese(s.Detail):
		return fmt.Errorf("a sighting that differs does not tell in Chinese where: %q", s.Detail)
	}
	return nil
}

// seesBlindly checks that what could not be looked at is not said to be gone or changed.
func (w World) seesBlindly(ctx context.Context, e press.Entry) error {
	if w.Break == nil {
		return nil
	}
	w.Break(LostBefore)
	s, err := w.Channel.(channels.Observer).Observe(ctx, e)
	if err != nil {
		return fmt.Errorf("observe while the outside does not answer: %w", err)
	}
	if s.Status != press.SeenBlind && s.Status != press.SeenEqual { // equal: the fault met nothing that observing calls
		return fmt.Errorf("what could not be looked at was seen %q", s.Status)
	}
	return nil
}

func withdrawsByHand(t *testing.T, fresh func() World) error {
	w := fresh()
	if has[channels.Withdrawer](w) {
		return nil
	}
	a, _, err := w.publish(t.Context(), 1)
	if err != nil {
		return err
	}
	back := w.Memory.Open(press.Withdraw, a.Edition)
	o, err := w.finish(t.Context(), back, 1, nil)
	if err != nil {
		return err
	}
	if o.trouble != nil || o.receipt.Status != press.NeedsHand {
		return fmt.Errorf("a withdrawal that only a person can make is %v", o)
	}
	return w.shows(a.Edition, 1)
}

func withdraws(t *testing.T, fresh func() World) error {
	w := fresh()
	_, err := w.withdrawn(t.Context())
	return err
}

// withdrawn publishes a full edition and takes it back.
func (w World) withdrawn(ctx context.Context) (press.Act, error) {
	a, err := withdrawing(ctx, w)
	if err != nil {
		return a, err
	}
	return a, w.withdraw(ctx, a)
}

func (w World) withdraw(ctx context.Context, a press.Act) error {
	o, err := w.finish(ctx, a, w.looks(), nil)
	if err != nil {
		return err
	}
	if err := w.ended(a, o); err != nil {
		return err
	}
	for i, e := range a.Edition.Entries {
		if w.Public == nil {
			break
		}
		if text, ok := w.Public(e.Copy.Marker); ok && press.Fold(text) == press.Fold(press.Text(e.Revision.Body)) {
			return fmt.Errorf("entry %d is withdrawn and the public still reads it", i+1)
		}
	}
	return nil
}

func withdrawsAgain(t *testing.T, fresh func() World) error {
	w := fresh()
	a, err := w.withdrawn(t.Context())
	if err != nil {
		return err
	}
	if err := w.withdraw(t.Context(), a); err != nil {
		return fmt.Errorf("the same act again: %w", err)
	}
	if err := w.withdraw(t.Context(), w.Memory.Open(press.Withdraw, a.Edition)); err != nil {
		return fmt.Errorf("another act on the same entries: %w", err)
	}
	return nil
}

func withdrawsRemoved(t *testing.T, fresh func() World) error {
	w := fresh()
	if w.Remove == nil {
		return nil
	}
	a, err := withdrawing(t.Context(), w)
	if err != nil {
		return err
	}
	for _, e := range a.Edition.Entries {
		w.Remove(t, e.Copy.Marker)
	}
	return w.withdraw(t.Context(), a)
}

func withdrawsOne(t *testing.T, fresh func() World) error {
	w := fresh()
	if w.most() < 2 {
		return nil
	}
	a, _, err := w.publish(t.Context(), w.most())
	if err != nil {
		return err
	}
	one := a.Edition
	one.Entries = one.Entries[:1]
	if err := w.withdraw(t.Context(), w.Memory.Open(press.Withdraw, one)); err != nil {
		return err
	}
	rest := a.Edition
	rest.Entries = rest.Entries[1:]
	if err := w.shows(rest, 1); err != nil {
		return fmt.Errorf("after another entry was withdrawn: %w", err)
	}
	return nil
}
