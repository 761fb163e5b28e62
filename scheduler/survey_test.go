package scheduler

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

func rules() ledger.Rules {
	limits := map[string]press.Limits{"site": {}, "wechat": {}}
	return ledger.Rules{Zone: shanghai, Limits: limits, Calendar: workday.Builtin()}
}

// backup makes a copy of the ledger; restore puts it in the ledger's place, while no daemon runs.
func (w *world) backup() string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "backup.db")
	w.check(w.led.Backup(w.t.Context(), path, w.now()))
	return path
}

func (w *world) restore(file string) {
	w.t.Helper()
	path := w.led.Path()
	w.check(w.led.Close())
	_, err := ledger.Restore(w.t.Context(), ledger.Restoring{File: file, Path: path, Rules: rules(), By: "王某", Now: w.now()})
	w.check(err)
	w.open(path, "site", "wechat")
}

func TestAfterARestoreNothingGoesOutTwice(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.site().Plan.Max, w.site().Concurrency = 1, 4
		var ids []press.ItemID
		for n := range 12 {
			ids = append(ids, w.file(want{id: fmt.Sprint("oa-", n), at: w.begin.Add(time.Duration(n) * time.Hour), channels: []string{"site", "wechat"}}))
		}
		w.start()
		w.until(w.begin.Add(3*time.Hour + 30*time.Minute))
		file := w.backup()
		w.until(w.begin.Add(8*time.Hour + 30*time.Minute))
		lost := w.file(want{id: "lost", channels: []string{"site", "wechat"}})
		w.sleep(time.Minute)
		w.is(lost, "wechat", press.CopyVerified, 1)
		w.halt()
		w.restore(file)
		w.start()
		w.sleep(time.Minute)
		for n, id := range ids {
			for _, c := range []string{"site", "wechat"} {
				if n <= 8 {
					w.is(id, c, press.CopyVerified, 1)
				} else {
					w.is(id, c, press.Waiting, 0)
				}
			}
		}
		again := w.refile("lost")
		w.sleep(time.Minute)
		w.is(again, "site", press.Waiting, 0)
		w.until(w.begin.Add(12 * time.Hour))
		for _, c := range []string{"site", "wechat"} {
			if n := w.out(c); n != 13 {
				t.Errorf("%d articles on %s, want 12 and the lost one", n, c)
			}
		}
		w.is(again, "wechat", press.Waiting, 0)
		found, err := w.led.Strangers(t.Context(), "", 10)
		w.check(err)
		if len(found) != 2 {
			t.Errorf("strangers: %+v", found)
		}
	})
}

// refile hands in what the ledger has lost, as the office's system does.
func (w *world) refile(id string) press.ItemID {
	return w.file(want{id: id, channels: []string{"site", "wechat"}})
}

// A pass and a command reconcile before they act.
func TestACommandReconcilesBeforeItActs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1"})
		file := w.backup()
		w.pass()
		w.is(id, "site", press.CopyVerified, 1)
		w.restore(file)
		w.fresh()
		w.check(w.s.Finish(t.Context(), string(id), w.now()))
		w.is(id, "site", press.CopyLive, 1)
		w.pass()
		w.is(id, "site", press.CopyVerified, 1)
		if n := w.out("site"); n != 1 {
			t.Fatalf("%d out there", n)
		}
	})
}

// blindFake is a channel that cannot be surveyed, or whose survey goes wrong.
type blindFake struct {
	*watched
	survey func(ctx context.Context, tell func(press.Found) error) (bool, error)
}

func (f *blindFake) Survey(ctx context.Context, _ time.Time, _ channels.Journal, tell func(press.Found) error) (bool, error) {
	return f.survey(ctx, tell)
}

// mute is a channel without any power but the two that all have.
type mute struct{ channels.Channel }

func TestWhatNobodyCanSurveyWaitsForAPerson(t *testing.T) {
	for _, kind := range []string{"none", "incomplete"} {
		t.Run(kind, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				before := w.file(want{id: "oa-1"})
				file := w.backup()
				w.restore(file)
				real := w.fakes["site"]
				w.site().Driver = mute{real}
				if kind == "incomplete" {
					w.site().Driver = &blindFake{real, func(context.Context, func(press.Found) error) (bool, error) { return false, nil }}
				}
				w.sleep(time.Second)
				after := w.file(want{id: "oa-2"})
				w.start()
				w.sleep(time.Minute)
				w.is(before, "site", press.Waiting, 0)
				if n := real.Count(w.copy(after, "site").Marker); n != 1 {
					t.Fatalf("what came after the restore is out %d times", n)
				}
				_, err := w.led.Retry(t.Context(), "oa-1", "site", ledger.Hint{Absent: true}, operator, w.now())
				w.check(err)
				w.s.Wake()
				w.sleep(time.Minute)
				if n := real.Count(w.copy(before, "site").Marker); n != 1 {
					t.Fatalf("after a person's word it is out %d times", n)
				}
			})
		})
	}
}

func TestAChannelWhoseSurveyFailsStaysClosedAndTheOthersGoOn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		on := map[string]press.ItemID{"site": w.file(want{id: "oa-1"}), "wechat": w.file(want{id: "oa-2", channels: []string{"wechat"}})}
		file := w.backup()
		w.restore(file)
		real, calls := w.fakes["site"], 0
		until := w.now().Add(20 * time.Hour)
		w.site().Driver = &blindFake{real, func(ctx context.Context, tell func(press.Found) error) (bool, error) {
			if calls++; calls == 1 {
				panic("a driver's mistake")
			}
			if w.now().Before(until) {
				return false, &press.Trouble{Remedy: press.TryLater, When: until, What: "今日的次数已用完"}
			}
			return real.Survey(ctx, time.Time{}, nil, tell)
		}}
		w.start()
		w.sleep(10 * time.Hour)
		w.is(on["site"], "site", press.Waiting, 0)
		w.is(on["wechat"], "wechat", press.CopyVerified, 1)
		if calls != 2 {
			t.Fatalf("surveyed %d times, want once more after the panic and then not before the limit ends", calls)
		}
		w.sleep(11 * time.Hour)
		w.is(on["site"], "site", press.CopyVerified, 1)
	})
}

// The survey after a restore is cut off in its middle, and begins again with the next start.
func TestASurveyThatIsCutOffBeginsAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var ids []press.ItemID
		w.site().Concurrency = 8
		for n := range 40 {
			ids = append(ids, w.file(want{id: fmt.Sprint("oa-", n)}))
		}
		file := w.backup()
		w.start()
		w.sleep(time.Minute)
		w.halt()
		w.restore(file)
		for _, call := range []string{"Surveyed", "SurveyEnded", "Reconciled", "Unreconciled"} {
			w.store.set(failing(call), nil)
			w.fresh()
			if _, err := w.s.Pass(t.Context(), w.now()); call == "Unreconciled" && err == nil {
				t.Fatal("a pass that cannot read whether it may act went well")
			}
			if n := w.out("site"); n != 40 {
				t.Fatalf("with %s failing %d are out there", call, n)
			}
			w.store.set(nil, failing(call)) // it is done, and nobody is told
			w.fresh()
			_, _ = w.s.Pass(t.Context(), w.now())
			w.store.set(nil, nil)
		}
		w.pass()
		for _, id := range ids {
			w.is(id, "site", press.CopyVerified, 1)
		}
		if n := w.out("site"); n != 40 {
			t.Fatalf("%d are out there", n)
		}
	})
}

func TestAChannelIsSurveyedOnItsTimetableInBoundedParts(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.opts.Survey = time.Hour
		asked, parts := make(chan time.Time, 10), make(chan int, 100)
		w.store.surveyed = func(found []press.Found) { parts <- len(found) }
		w.site().Driver = &sinceFake{w.fakes["site"], func(s time.Time) { asked <- s }, 1234}
		w.start()
		w.sleep(30 * time.Minute)
		if len(asked) != 0 {
			t.Fatal("it was surveyed when it was new")
		}
		w.sleep(3 * time.Hour)
		if len(asked) != 3 || !(<-asked).IsZero() || (<-asked).IsZero() {
			t.Fatal("not all of it once and then a month back, every hour")
		}
		found, err := w.led.Strangers(t.Context(), "site", 2000)
		w.check(err)
		if a, b, c := <-parts, <-parts, <-parts; len(found) != 1234 || a != part || b != part || c != 1234-2*part {
			t.Fatalf("%d strangers, told in parts of %d, %d, %d", len(found), a, b, c)
		}
	})
}

// sinceFake shows many things that nobody knows.
type sinceFake struct {
	*watched
	asked func(since time.Time)
	many  int
}

func (f *sinceFake) Survey(_ context.Context, since time.Time, j channels.Journal, tell func(press.Found) error) (bool, error) {
	f.asked(since)
	if err := j.Spend(context.Background(), press.Quota{Name: "list", PerDay: 10}, 1); err != nil {
		return false, err
	}
	for n := range f.many {
		if err := tell(press.Found{Ref: fmt.Sprint("r", n), Title: fmt.Sprint("别处来的", n)}); err != nil {
			return false, err
		}
	}
	return true, nil
}

func TestAnActOfAChannelThatIsNotConfiguredIsPutOff(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1"})
		w.check(errorOf(w.led.Compose(t.Context(), w.site().Plan, w.now(), w.now())))
		w.opts.Channels = w.opts.Channels[1:]
		w.fresh()
		w.check(w.s.Finish(t.Context(), string(id), w.now()))
		if c := w.copy(id, "site"); c.State != press.Waiting || c.Note == "" {
			t.Fatalf("%s (%s)", c.State, c.Note)
		}
		acts, err := w.led.Begin(t.Context(), "site", w.now().Add(2*time.Hour), 10)
		w.check(err)
		if len(acts) != 1 {
			t.Fatal("nobody will be handed the act again")
		}
	})
}

func errorOf(_ press.Composed, err error) error { return err }

// The least time between two acts counts across a restart.
func TestTwoActsKeepTheirDistanceAcrossARestart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.site().Every = time.Minute
		w.file(want{id: "oa-1"})
		w.start()
		w.sleep(2 * time.Minute)
		w.file(want{id: "oa-2"})
		w.sleep(time.Second)
		w.halt()
		w.file(want{id: "oa-3"})
		w.start()
		w.sleep(2 * time.Minute)
		began := w.fakes["site"].count().began
		for i := 1; i < len(began); i++ {
			if d := began[i].Sub(began[i-1]); d < time.Minute {
				t.Fatalf("%v between two acts", d)
			}
		}
		if len(began) != 3 {
			t.Fatal(errors.New("not all acts were made"), len(began))
		}
	})
}
