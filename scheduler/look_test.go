package scheduler

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
)

func TestPublicCopiesAreLookedAtLessAndLess(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1"})
		w.start()
		w.sleep(8 * time.Hour)
		var got []time.Duration
		for _, at := range w.fakes["site"].count().looked {
			got = append(got, at.Sub(w.begin))
		}
		m, h := time.Minute, time.Hour
		if want := []time.Duration{0, m, 11 * m, h + 11*m, 7*h + 11*m}; !slices.Equal(got, want) {
			t.Fatalf("looks after %v, want %v", got, want)
		}
		if c := w.copy(id, "site"); c.State != press.CopyVerified || !c.FirstSeen.Equal(w.begin) {
			t.Fatalf("%s, first seen at %v", c.State, c.FirstSeen)
		}
	})
}

func TestALookSaysNothingWhereNobodyCanLook(t *testing.T) {
	seeing := func(look func(context.Context, press.Entry) error) func(*world) {
		return func(w *world) { w.fakes["site"].look = look }
	}
	for name, story := range map[string]struct {
		change func(w *world)
		note   string
	}{
		"the driver cannot": {func(w *world) { w.site().Driver = struct{ channels.Channel }{w.fakes["site"]} }, "请人工核验"},
		"the look fails":    {seeing(func(context.Context, press.Entry) error { return errDisk }), "无法识别的错误"},
		"the driver panics": {seeing(func(context.Context, press.Entry) error { panic("index out of range") }), "渠道程序内部出错"},
		"it never ends":     {seeing(func(ctx context.Context, _ press.Entry) error { <-ctx.Done(); return ctx.Err() }), "无法识别的错误"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				story.change(w)
				id := w.file(want{id: "oa-1", channels: both()})
				w.start()
				w.sleep(lookTime)
				w.is(id, "site", press.CopyLive, 1)
				w.is(id, "wechat", press.CopyVerified, 1)
				if c := w.copy(id, "site"); !strings.Contains(c.Note, story.note) || !c.FirstSeen.IsZero() {
					t.Fatalf("the copy says %q, first seen at %v", c.Note, c.FirstSeen)
				}
				looks := w.store.count("Saw")
				w.sleep(time.Hour)
				if n := w.store.count("Saw") - looks; n < 2 || n > 50 {
					t.Fatalf("%d sightings in an hour", n)
				}
			})
		})
	}
}

func TestAChangedPageIsSeenAndSeenAgainWhenItIsMended(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1"})
		w.start()
		w.is(id, "site", press.CopyVerified, 1)
		f := w.fakes["site"]
		marker := w.copy(id, "site").Marker
		text := f.Texts()[marker]
		f.Tamper(marker, "网页已被改动")
		w.sleep(2 * time.Minute)
		w.is(id, "site", press.CopyDiffers, 1)
		f.Tamper(marker, text)
		w.sleep(2 * time.Minute)
		w.is(id, "site", press.CopyVerified, 1)
		f.Remove(marker)
		w.sleep(20 * time.Minute)
		w.is(id, "site", press.CopyDiffers, 0)
		if n := len(f.count().began); n != 1 {
			t.Fatalf("what was removed by hand was published again: %d acts", n)
		}
	})
}

func TestNoMoreLooksAtOnceThanAllowed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.opts.Lookers, w.site().Concurrency = 3, 4
		for i := range 20 {
			w.file(want{id: fmt.Sprint("oa-", i)})
		}
		f := w.fakes["site"]
		f.look = func(context.Context, press.Entry) error { <-time.After(time.Second); return nil }
		w.start()
		w.sleep(20 * time.Second)
		if n := f.count().mostLooks; n != 3 {
			t.Fatalf("%d looks at once", n)
		}
		lines, _, err := w.led.Lines(t.Context(), ledger.Filter{Copy: press.CopyVerified})
		w.check(err)
		if len(lines) != 20 {
			t.Fatalf("%d of 20 are verified", len(lines))
		}
	})
}

// A page is first public when it was seen, not when somebody set out to look; and nobody waits for another item's page.
func TestASlowLookKeepsNoOtherOfItsBatch(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.wechat().Plan.After, w.site().Plan.Max = []string{"site"}, 2 // both become public in one act
		slow, quick := w.file(want{id: "oa-1", channels: both()}), w.file(want{id: "oa-2", channels: both()})
		w.fakes["site"].look = func(_ context.Context, e press.Entry) error {
			if e.Item.ID == slow {
				<-time.After(50 * time.Second)
			}
			return nil
		}
		w.start()
		w.sleep(time.Second)
		w.is(quick, "wechat", press.CopyVerified, 1)
		w.is(slow, "site", press.CopyLive, 1)
		w.sleep(time.Minute)
		w.is(slow, "wechat", press.CopyVerified, 1)
		if d := w.copy(slow, "site").FirstSeen.Sub(w.begin); d != 50*time.Second {
			t.Fatalf("first public after %v", d)
		}
	})
}

func TestASightingThatCannotBeWrittenDownIsMadeAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.store.set(failing("Saw"), nil)
		id := w.file(want{id: "oa-1"})
		w.start()
		w.sleep(10 * time.Minute)
		w.is(id, "site", press.CopyLive, 1)
		if n := w.store.count("Saw"); n > 40 {
			t.Fatalf("it was tried %d times in ten minutes", n)
		}
		w.store.set(nil, nil)
		w.sleep(time.Minute)
		w.is(id, "site", press.CopyVerified, 1)
	})
}

func TestALookOfAPersonTellsWhatItSaw(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1"})
		w.pass()
		entries, err := w.led.PublicCopies(t.Context(), "oa-1")
		w.check(err)
		seen, err := w.s.Look(t.Context(), entries[0], w.now())
		if err != nil || seen.Status != press.SeenEqual || seen.Copy != w.copy(id, "site").ID {
			t.Fatalf("it saw %+v: %v", seen, err)
		}
		entries[0].Copy.Channel = "radio"
		seen, err = w.s.Look(t.Context(), entries[0], w.now())
		if err != nil || seen.Status != press.SeenBlind || !strings.Contains(seen.Detail, "没有这个渠道") {
			t.Fatalf("on a channel that is not there it saw %+v: %v", seen, err)
		}
		w.store.set(failing("Saw"), nil)
		if _, err := w.s.Look(t.Context(), entries[0], w.now()); err == nil {
			t.Fatal("nobody is told that the sighting is not on record")
		}
	})
}

// What one worker cannot get done keeps the others from nothing, also beyond what was taken from the ledger at once.
func TestASlowLookKeepsNoOtherOfItsChannel(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.opts.Lookers, w.site().Concurrency = 2, 8
		slow := w.file(want{id: "oa-slow"})
		w.fakes["site"].look = func(ctx context.Context, e press.Entry) error {
			if e.Item.ID == slow {
				<-ctx.Done() // to the end of its time
				return ctx.Err()
			}
			<-time.After(100 * time.Millisecond)
			return nil
		}
		w.start()
		for i := range 30 {
			w.file(want{id: fmt.Sprint("oa-", i)})
		}
		w.sleep(5 * time.Second)
		lines, _, err := w.led.Lines(t.Context(), ledger.Filter{Copy: press.CopyVerified})
		w.check(err)
		if len(lines) != 30 {
			t.Fatalf("%d of 30 are verified while one is looked at", len(lines))
		}
	})
}

// After a day in which nobody looked, everything is due at once, and the website is asked at the pace that it can bear.
func TestOverdueLooksDoNotStampede(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.opts.Lookers, w.site().Concurrency = 4, 8
		w.site().LookEvery = 200 * time.Millisecond
		for i := range 50 {
			w.file(want{id: fmt.Sprint("oa-", i)})
		}
		w.start()
		w.sleep(time.Minute)
		w.halt()
		w.sleep(24 * time.Hour)
		f := w.fakes["site"]
		before := len(f.count().looked)
		w.start()
		w.sleep(8 * time.Second)
		looked := f.count().looked[before:]
		if n := len(looked); n < 36 || n > 41 {
			t.Fatalf("%d looks in eight seconds at five a second", n)
		}
		for i := range looked[1:] {
			if d := looked[i+1].Sub(looked[i]); d < 200*time.Millisecond {
				t.Fatalf("two looks within %v", d)
			}
		}
		w.sleep(10 * time.Second)
		if n := len(f.count().looked) - before; n != 50 {
			t.Fatalf("%d of 50 copies were looked at again", n)
		}
	})
}
