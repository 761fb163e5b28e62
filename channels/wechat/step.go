package wechat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// The steps of an act that must not be made twice, as the journal names them.
const (
	stepDraft    = "draft"    // ref: media_id
	stepSubmit   = "submit"   // ref: publish_id/msg_data_id
	stepSend     = "send"     // ref: msg_id/msg_data_id
	stepDelete   = "delete"   // with the marker of the entry; ref: what was deleted
	stepRestored = "restored" // when it was first found that nothing is on record, in a ledger that may be older than the world
	stepForget   = "forget"   // ref: media_id of a draft that was taken out because its act must not be made any more
)

// state is how a step stands.
type state int

const (
	never   state = iota // not intended
	unknown              // intended, and nobody knows what came of it
	refused              // intended, and the outside said that it did not happen
	made
)

// refusedMark begins the ref of a step that is known not to have happened, so that the next look has nothing to ask.
const refusedMark = "!"

func stateOf(steps []channels.Step, name string) (channels.Step, state) {
	s, ok := channels.StepNamed(steps, name)
	switch {
	case !ok:
		return s, never
	case s.Done.IsZero():
		return s, unknown
	case strings.HasPrefix(s.Ref, refusedMark):
		return s, refused
	}
	return s, made
}

// outcome is how a step stands that the platform may carry out after it was proved absent, such as a submission that the draft box tells
// late: as long as one attempt has no answer, what the next was told is no proof of it.
func outcome(steps []channels.Step, name string) (channels.Step, state) {
	last, st := stateOf(steps, name)
	if st != refused {
		return last, st
	}
	for _, s := range slices.Backward(steps) {
		if s.Name == name && s.Done.IsZero() {
			return s, unknown
		}
	}
	return last, st
}

// draftOf is the draft of an act; one that was taken out again is as if it had never been.
func draftOf(steps []channels.Step) (channels.Step, state) {
	s, st := stateOf(steps, stepDraft)
	if out, forgotten := stateOf(steps, stepForget); st == made && forgotten == made && out.Ref == s.Ref {
		return channels.Step{}, never
	}
	return s, st
}

// openSteps is how often a step was made without an answer.
func openSteps(steps []channels.Step, name string) (n int) {
	for _, s := range steps {
		if s.Name == name && s.Done.IsZero() {
			n++
		}
	}
	return n
}

// once makes a step that must not be made twice, between Intend and Done. What is known is recorded even when the program is being stopped.
func (c *Channel) once(ctx context.Context, j channels.Journal, step string, ep endpoint, do func() (ref string, err error)) (string, error) {
	if err := c.spend(ctx, j, ep); err != nil {
		return "", err
	}
	if err := j.Intend(ctx, step); err != nil {
		return "", fmt.Errorf("record intent: %w", err)
	}
	ref, err := do()
	if err != nil && press.RemedyOf(err) == press.LookFirst {
		return "", err
	}
	known := ref
	if err != nil {
		known = refusedMark + press.TroubleOf(err).Code
	}
	if failed := j.Done(context.WithoutCancel(ctx), step, known); failed != nil {
		return "", fmt.Errorf("record %s: %w", step, errors.Join(failed, err))
	}
	return ref, err
}

// lookFirst turns a refusal that may mean "it was done before" into an unknown outcome.
func lookFirst(err error, what string) error {
	t := *press.TroubleOf(err)
	t.Remedy, t.What, t.Who, t.Do = press.LookFirst, what, "", ""
	return &t
}

// The kinds of reference that a copy keeps: what it is called out there.
const (
	refDraft   = "draft"   // media_id of a draft
	refJob     = "publish" // publish_id of a submission
	refArticle = "article" // article_id of what was published
	refMass    = "mass"    // msg_id of a mass message
)

// reference is a kind, an identifier and the place of an article in its message, counted from 1; written kind:id#place.
type reference struct {
	kind, id string
	place    int
}

func (r reference) String() string { return fmt.Sprintf("%s:%s#%d", r.kind, r.id, r.place) }

func parseReference(s string) reference {
	kind, rest, _ := strings.Cut(s, ":")
	id, place, _ := strings.Cut(rest, "#")
	n, err := strconv.Atoi(place)
	if err != nil || n < 1 || id == "" {
		return reference{}
	}
	return reference{kind, id, n}
}

// identifier is the first part of a step's ref, behind which other identifiers stand.
func identifier(ref string) string {
	id, _, _ := strings.Cut(ref, "/")
	return id
}

// whole makes a receipt that says the same of every entry. Of a single one it is the reference that counts.
func whole(a press.Act, st press.Status, kind, id, note string) press.Receipt {
	r := press.Receipt{Status: st, Note: note}
	if id == "" {
		return r
	}
	r.Ref = reference{kind, id, 1}.String()
	for i, e := range a.Edition.Entries {
		r.Parts = append(r.Parts, press.Part{Copy: e.Copy.ID, Status: st, Ref: reference{kind, id, i + 1}.String(), Note: note})
	}
	return r
}

func until(r press.Receipt, again time.Time) press.Receipt {
	r.Again = again
	return r
}

// nextPoll is the next moment of the polling plan that began at start.
func (c *Channel) nextPoll(start time.Time) time.Time {
	now, at := c.o.Now(), start
	for _, d := range c.c.Poll {
		if at = at.Add(d); at.After(now) {
			return at
		}
	}
	last := c.c.Poll[len(c.c.Poll)-1]
	return at.Add((now.Sub(at)/last + 1) * last)
}
