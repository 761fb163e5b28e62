package channeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// needsSurveyor limits a check to channels that can be surveyed.
func needsSurveyor(run func(*testing.T, func() World) error) func(*testing.T, func() World) error {
	return func(t *testing.T, fresh func() World) error {
		if !has[channels.Surveyor](fresh()) {
			return nil
		}
		return run(t, fresh)
	}
}

// survey collects what a channel tells of itself.
func (w World) survey(ctx context.Context) (found []press.Found, complete bool, err error) {
	complete, err = w.Channel.(channels.Surveyor).Survey(ctx, time.Time{}, w.Memory.Journal(-1), func(f press.Found) error {
		found = append(found, f)
		return nil
	})
	if err != nil {
		return found, complete, speaks(err)
	}
	return found, complete, nil
}

// told checks that a survey tells each entry of an edition once, as it is.
func told(e press.Edition, found []press.Found, withdrawn bool) error {
	for i, en := range e.Entries {
		n := 0
		for _, f := range found {
			if f.Marker == en.Copy.Marker && !f.Withdrawn {
				n++
			}
			if f.Marker == en.Copy.Marker && f.URL != "" && en.Copy.URL != "" && f.URL != en.Copy.URL {
				return fmt.Errorf("a survey tells entry %d at %s, it is at %s", i+1, f.URL, en.Copy.URL)
			}
		}
		if withdrawn && n > 0 {
			return fmt.Errorf("a survey tells entry %d as public, which was withdrawn", i+1)
		}
		if !withdrawn && n != 1 {
			return fmt.Errorf("a survey tells entry %d %d times, want once", i+1, n)
		}
	}
	return nil
}

func surveys(t *testing.T, fresh func() World) error {
	w := fresh()
	a, _, err := w.publish(t.Context(), w.most())
	if err != nil {
		return err
	}
	before := w.effects(a.Edition)
	e := w.Memory.Open(press.Publish, a.Edition).Edition
	for range 2 {
		found, complete, err := w.survey(t.Context())
		if err == nil && complete {
			err = told(e, found, false)
		}
		if err != nil {
			return err
		}
		if !complete {
			return errors.New("a survey that nothing disturbs is not complete")
		}
	}
	if now := w.effects(a.Edition); !slices.Equal(now, before) {
		return fmt.Errorf("a survey changed %v copies to %v", before, now)
	}
	return w.surveysBlindly(t.Context(), e)
}

// surveysBlindly checks that a survey of which a call failed does not say that it told everything.
func (w World) surveysBlindly(ctx context.Context, e press.Edition) error {
	if w.Break == nil {
		return nil
	}
	w.Break(LostBefore)
	found, complete, err := w.survey(ctx)
	if err != nil || !complete {
		return err
	}
	if err := told(e, found, false); err != nil {
		return fmt.Errorf("a survey that could not look says that it is complete: %w", err)
	}
	return nil
}

func surveysStranger(t *testing.T, fresh func() World) error {
	w := fresh()
	if w.Stranger == nil {
		return nil
	}
	if _, _, err := w.publish(t.Context(), 1); err != nil {
		return err
	}
	known, _, err := w.survey(t.Context())
	if err != nil {
		return err
	}
	title := w.Stranger(t)
	found, _, err := w.survey(t.Context())
	if err != nil {
		return err
	}
	strange := func(f press.Found) bool { return f.Marker == "" && f.Title == title }
	if slices.ContainsFunc(known, strange) || !slices.ContainsFunc(found, strange) {
		return fmt.Errorf("a survey does not tell %q, which somebody put there", title)
	}
	return nil
}

func surveysWithdrawn(t *testing.T, fresh func() World) error {
	w := fresh()
	a, err := w.withdrawn(t.Context())
	if err != nil {
		return err
	}
	found, _, err := w.survey(t.Context())
	if err != nil {
		return err
	}
	return told(a.Edition, found, true)
}
