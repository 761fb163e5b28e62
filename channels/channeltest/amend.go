package channeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// correction is what the suite remarks on a copy that it corrects.
const correction = "示例：将施行日期更正为2026年12月11日"

// repeal is what the suite remarks on a document that is no longer in force.
const repeal = "被《示例区行政规范性文件清理决定》废止"

// revise makes an entry the next revision, with a remark on it.
func (w World) revise(e *press.Entry) {
	e.Revision.Number++
	e.Revision.Body = append(slices.Clone(e.Revision.Body), press.P(fmt.Sprintf("本次修订为第%d版，自2026年12月11日起施行。", e.Revision.Number)))
	e.Revision.Digest = e.Revision.Sum()
	e.Remarks = append(slices.Clone(e.Remarks), press.Remark{At: w.Memory.now(), Kind: press.RemarkCorrection, Text: correction})
}

// repealed leaves the text of an entry as it is and remarks that it is no longer in force.
func (w World) repealed(e *press.Entry) {
	e.Remarks = append(slices.Clone(e.Remarks), press.Remark{At: w.Memory.now(), Kind: press.RemarkValidity, Validity: press.Repealed, Text: repeal,
		URL: "https://www.example.gov.cn/qingli.html"})
}

func unchanged(*press.Entry) {}

// amending publishes a full edition and opens its correction.
func amending(ctx context.Context, w World) (press.Act, error) {
	a, _, err := w.publish(ctx, w.most())
	if err != nil {
		return press.Act{}, fmt.Errorf("publish before the amendment: %w", err)
	}
	return w.Memory.Revise(press.Amend, a.Edition, w.revise), nil
}

// annotating publishes a full edition and opens a remark on it.
func annotating(ctx context.Context, w World) (press.Act, error) {
	a, _, err := w.publish(ctx, w.most())
	if err != nil {
		return press.Act{}, fmt.Errorf("publish before the annotation: %w", err)
	}
	return w.Memory.Revise(press.Annotate, a.Edition, w.repealed), nil
}

// needsAmender limits a check to channels that can remark on what is public.
func needsAmender(run func(*testing.T, func() World) error) func(*testing.T, func() World) error {
	return func(t *testing.T, fresh func() World) error {
		if !has[channels.Amender](fresh()) {
			return nil
		}
		return run(t, fresh)
	}
}

// needsInPlace limits a check to channels that can change a text where it is. One that does not say how it is corrected can, if it can amend.
func needsInPlace(run func(*testing.T, func() World) error) func(*testing.T, func() World) error {
	return needsAmender(func(t *testing.T, fresh func() World) error {
		if !inPlace(fresh()) {
			return nil
		}
		return run(t, fresh)
	})
}

func inPlace(w World) bool {
	c, ok := w.Channel.(channels.Corrector)
	return !ok || slices.ContainsFunc(c.Means(), func(m press.Means) bool { return m.Way == press.InPlace })
}

// tellsMeans checks that a channel which tells how it is corrected tells it to people.
func tellsMeans(_ *testing.T, fresh func() World) error {
	w := fresh()
	c, ok := w.Channel.(channels.Corrector)
	if !ok {
		return nil
	}
	means := c.Means()
	if len(means) == 0 {
		return errors.New("a channel that tells how it is corrected knows no way")
	}
	for _, m := range means {
		if !chinese(m.Way.Name()) || !chinese(m.What) {
			return fmt.Errorf("%q is no way, or is not explained in Chinese: %q", m.Way, m.What)
		}
		if m.Way == press.InPlace && !has[channels.Amender](w) {
			return errors.New("a channel that cannot amend says that it is corrected in place")
		}
	}
	return nil
}

// shown checks what the public sees after an amendment or annotation.
func (w World) shown(a press.Act) error {
	for i, e := range a.Edition.Entries {
		if w.Public != nil {
			text, ok := w.Public(e.Copy.Marker)
			if !ok {
				return fmt.Errorf("entry %d was amended and the public does not see it", i+1)
			}
			if equal, detail := channels.Compare(press.Text(e.Revision.Body), text); !equal && (a.Verb == press.Annotate || inPlace(w)) {
				return fmt.Errorf("entry %d was amended and says other words: %s", i+1, detail)
			}
		}
		if w.Beside == nil {
			continue
		}
		beside := press.Fold(w.Beside(e.Copy.Marker))
		for _, r := range e.Remarks {
			if n := strings.Count(beside, press.Fold(r.Text)); n != 1 {
				return fmt.Errorf("entry %d shows its remark %q %d times, want once", i+1, r.Text, n)
			}
		}
	}
	return nil
}

// amends runs a correction or an annotation that nothing disturbs.
func amends(s scene) func(*testing.T, func() World) error {
	return func(t *testing.T, fresh func() World) error {
		w := fresh()
		a, err := s(t.Context(), w)
		if err != nil {
			return err
		}
		before := w.Memory.Open(press.Publish, a.Edition).Edition.Entries
		if err := w.lookBefore(t.Context(), a); err != nil {
			return err
		}
		o, err := w.finish(t.Context(), a, w.looks(), nil)
		if err == nil {
			err = w.ended(a, o)
		}
		if err != nil {
			return err
		}
		for i, e := range before {
			if got := o.receipt.PartOf(e.Copy.ID).URL; e.Copy.URL != "" && got != "" && got != e.Copy.URL {
				return fmt.Errorf("entry %d was at %s and is at %s", i+1, e.Copy.URL, got)
			}
		}
		return w.lookAfter(t.Context(), a)
	}
}

func (w World) lookBefore(ctx context.Context, a press.Act) error {
	r, err := w.Channel.Lookup(ctx, a, w.Memory.Journal(a.ID))
	if err != nil {
		return fmt.Errorf("look before an amendment: %w", err)
	}
	if r.Status != press.Absent && r.Status != press.CannotTell {
		return fmt.Errorf("a look before an amendment says %s", r.Status)
	}
	return nil
}

func (w World) lookAfter(ctx context.Context, a press.Act) error {
	r, err := w.Channel.Lookup(ctx, a, w.Memory.Journal(a.ID))
	if err != nil {
		return fmt.Errorf("look after an amendment: %w", err)
	}
	if r.Status != press.Live {
		return fmt.Errorf("a look after an amendment says %s", r.Status)
	}
	return nil
}

// amendsAgain delivers an amendment again, and then opens another one that changes nothing.
func amendsAgain(t *testing.T, fresh func() World) error {
	w := fresh()
	a, err := annotating(t.Context(), w)
	if err != nil {
		return err
	}
	for round := range 3 {
		act := a
		if round == 2 {
			act = w.Memory.Revise(press.Annotate, a.Edition, unchanged)
		}
		o, err := w.finish(t.Context(), act, w.looks(), nil)
		if err == nil {
			err = w.ended(act, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// amendsTwice corrects a text twice.
func amendsTwice(t *testing.T, fresh func() World) error {
	w := fresh()
	a, err := amending(t.Context(), w)
	for range 2 {
		var o outcome
		if err == nil {
			o, err = w.finish(t.Context(), a, w.looks(), nil)
		}
		if err == nil {
			err = w.ended(a, o)
		}
		if err != nil {
			return err
		}
		a = w.Memory.Revise(press.Amend, a.Edition, func(e *press.Entry) {
			w.revise(e)
			e.Remarks[len(e.Remarks)-1].Text = "示例：更正附件名称"
		})
	}
	return nil
}

// amendsWithdrawn amends what was taken back: it stays so, also when the amendment was on its way before.
func amendsWithdrawn(t *testing.T, fresh func() World) error {
	w := fresh()
	late, err := annotating(t.Context(), w)
	if err != nil {
		return err
	}
	if err := w.withdraw(t.Context(), w.Memory.Open(press.Withdraw, late.Edition)); err != nil {
		return err
	}
	for _, a := range []press.Act{late, w.Memory.Revise(press.Annotate, late.Edition, w.repealed)} {
		if _, err := w.finish(t.Context(), a, w.patience(), nil); err != nil {
			return err
		}
		if err := w.shows(a.Edition, 0); err != nil {
			return fmt.Errorf("what was withdrawn was amended: %w", err)
		}
	}
	return nil
}

// restores amends a copy that was changed or deleted by hand, with the revision it had.
func restores(t *testing.T, fresh func() World) error {
	for name, spoil := range map[string]func(World) func(*testing.T, string){
		"changed": func(w World) func(*testing.T, string) { return w.Tamper },
		"deleted": func(w World) func(*testing.T, string) { return w.Remove },
	} {
		w := fresh()
		if spoil(w) == nil {
			continue
		}
		a, _, err := w.publish(t.Context(), w.most())
		if err != nil {
			return err
		}
		spoil(w)(t, a.Edition.Entries[0].Copy.Marker)
		again := w.Memory.Revise(press.Amend, a.Edition, unchanged)
		o, err := w.finish(t.Context(), again, w.patience(), nil)
		if err != nil {
			return err
		}
		if name == "changed" {
			err = w.ended(again, o)
		} else {
			err = w.asTold(again, o)
		}
		if err != nil {
			return fmt.Errorf("a copy %s by hand was not restored: %w", name, err)
		}
	}
	return nil
}

// asTold checks that of an amendment no more is claimed than is so: what was deleted need not come back where it was.
func (w World) asTold(a press.Act, o outcome) error {
	if o.trouble != nil || o.receipt.Status == press.NeedsHand || o.receipt.Status == press.CannotTell {
		return w.settled(a, o)
	}
	for i, n := range w.effects(a.Edition) {
		want := 1
		if o.receipt.PartOf(a.Edition.Entries[i].Copy.ID).Status == press.Gone {
			want = 0
		}
		if n != want {
			return fmt.Errorf("entry %d is told %s and is out there %d times", i+1, o.receipt.PartOf(a.Edition.Entries[i].Copy.ID).Status, n)
		}
	}
	return nil
}
