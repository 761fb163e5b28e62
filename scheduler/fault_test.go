package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/press"
)

// everyCall lists what the scheduler and the drivers' journals ask of the ledger.
func everyCall() []string {
	return []string{"Clock", "Fired", "Strike", "OpenSlots", "CloseSlot", "Compose", "Begin", "Intend", "Done", "Settle", "Next", "Looks", "Saw", "NextLook"}
}

func TestAnyCallOfTheLedgerMayFail(t *testing.T) {
	mayFail(t, "Begin", "after, with its result", func(f *faulty) { f.set(nil, once("Begin+")) })
	mayFail(t, "Looks", "after, with its result", func(f *faulty) { f.set(nil, once("Looks+")) })
	for _, call := range everyCall() {
		for name, fault := range map[string]func(*faulty){
			"before":            func(f *faulty) { f.set(once(call), nil) },
			"after":             func(f *faulty) { f.set(nil, once(call)) },
			"for three minutes": func(f *faulty) { f.set(until(time.Now().Add(3*time.Minute), call), nil) },
		} {
			mayFail(t, call, name, fault)
		}
	}
}

func mayFail(t *testing.T, call, name string, fault func(*faulty)) {
	t.Run(call+" "+name, func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			w.slots(w.at(10, 10), time.Hour, wait)
			ids := []press.ItemID{w.file(want{id: "oa-1", channels: both(), at: w.at(10, 10)}), w.file(want{id: "oa-2", channels: both()})}
			w.start()
			w.until(w.at(10, 9).Add(30 * time.Second))
			fault(w.store)
			w.until(w.at(11, 20)) // at the latest by the next slot
			for _, id := range ids {
				w.is(id, "site", press.CopyVerified, 1)
				w.is(id, "wechat", press.CopyVerified, 1)
			}
			if w.fakes["site"].twice || w.fakes["wechat"].twice {
				t.Fatal("an act was under way twice at once")
			}
		})
	})
}

// until makes a call fail until a moment.
func until(at time.Time, call string) func(string) error {
	return func(c string) error {
		if c == call && time.Now().Before(at) {
			return fmt.Errorf("%s: %w", call, errDisk)
		}
		return nil
	}
}

func TestWhatCameOfAnActIsHeldUntilItIsWrittenDown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1"})
		w.store.set(failing("Settle"), nil) // the disk is full
		w.start()
		w.file(want{id: "oa-2"})
		w.sleep(time.Hour)
		w.is(id, "site", press.Waiting, 1)
		if n := len(w.fakes["site"].count().began); n != 1 {
			t.Fatalf("%d acts were begun while the first is in the lane's hands", n)
		}
		if n := w.store.count("Settle"); n < 60 || n > 200 {
			t.Fatalf("it was tried %d times in an hour", n)
		}
		w.store.set(nil, nil)
		w.sleep(30 * time.Second)
		w.is(id, "site", press.CopyVerified, 1)
		if n := len(w.fakes["site"].count().began); n != 2 {
			t.Fatalf("the driver was asked %d times for two acts", n)
		}
	})
}

// The ledger dies at one of its calls, and with it the program: nothing more is written, a driver that is under way may still
// act. After a restart everything is out there once.
func TestTheProgramMayDieAtAnyCallOfTheLedger(t *testing.T) {
	for n := 0; n < 40; n += 3 { // odd and even in turn
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				if died := dieAt(t, w, n); !died && n < 30 {
					t.Fatalf("the program did not die at call %d", n)
				}
			})
		})
	}
}

// dieAt tells whether the program died before the story was over: at even calls before their work is done, at odd ones after.
func dieAt(t *testing.T, w *world, n int) bool {
	even := n%2 == 0
	id := w.file(want{id: "oa-1", channels: both()})
	w.wechat().Plan.After = []string{"site"}
	dead := false
	die := func(call string) error {
		if slices.Contains([]string{"Begin", "Compose", "Intend", "Done", "Settle", "Looks", "Saw"}, call) { // the calls that write
			n--
		}
		if dead = dead || n < 0; dead {
			return errDisk
		}
		return nil
	}
	if even {
		w.store.set(die, nil)
	} else {
		w.store.set(nil, die)
	}
	w.start()
	w.sleep(10 * time.Second)
	w.halt()
	w.store.set(nil, nil)
	died := dead
	w.start()
	w.sleep(10 * time.Minute)
	w.is(id, "site", press.CopyVerified, 1)
	w.is(id, "wechat", press.CopyVerified, 1)
	return died
}

func TestAnActThatWasUnderWayAtACrashIsMadeOnce(t *testing.T) {
	for name, hold := range map[string]func(f *watched) func(context.Context, press.Act) error{
		"nothing had been sent": func(*watched) func(context.Context, press.Act) error { return stuck },
		"the answer was never read": func(f *watched) func(context.Context, press.Act) error {
			f.FailAfter(channeltest.LostAfter, 1)
			return nil
		},
		"the question was never asked": func(f *watched) func(context.Context, press.Act) error {
			f.FailAfter(channeltest.LostBefore, 1)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				f := w.fakes["site"]
				f.hold = hold(f)
				w.store.set(failing("Settle"), nil) // a dead process writes nothing
				id := w.file(want{id: "oa-1"})
				w.start()
				w.halt()
				w.store.set(nil, nil)
				f.hold = nil
				w.start()
				w.sleep(5 * time.Minute)
				w.is(id, "site", press.CopyVerified, 1)
			})
		})
	}
}

func TestLostAnswersAreLookedUpAndNothingIsSentTwice(t *testing.T) {
	for name, kind := range map[string]channeltest.Fault{"lost before": channeltest.LostBefore, "lost after": channeltest.LostAfter, "garbage": channeltest.Garbage} {
		for call := range 4 {
			t.Run(fmt.Sprint(name, " at call ", call), func(t *testing.T) {
				inWorld(t, func(t *testing.T, w *world) {
					w.fakes["site"].FailAfter(kind, call)
					id := w.file(want{id: "oa-1"})
					w.start()
					c := w.copy(id, "site")
					if unknown := kind != channeltest.LostBefore && call < 2; unknown != (c.State == press.CopyUnknown) {
						t.Fatalf("after the fault it is %s (%s)", c.State, c.Note)
					}
					w.sleep(5 * time.Minute)
					w.is(id, "site", press.CopyVerified, 1)
				})
			})
		}
	}
}

func TestARefusalEndsTheAct(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.fakes["site"].Refuse = map[string]string{"关于做好oa-1工作的通知": "标题含有违规内容"}
		id := w.file(want{id: "oa-1"})
		w.start()
		w.sleep(time.Hour)
		w.is(id, "site", press.CopyRefused, 0)
		if n := len(w.fakes["site"].count().began); n != 1 {
			t.Fatalf("a text that was refused was sent %d times", n)
		}
	})
}

// A driver may name a moment to come again that has passed, as its clock is slow or its sums are wrong.
func TestADriverIsNeverAskedWithoutAPause(t *testing.T) {
	for name, answer := range map[string]func(w *world) error{
		"a limit": func(w *world) error {
			return &press.Trouble{Remedy: press.TryLater, What: "次数用完", When: w.now().Add(-time.Second)}
		},
		"unknown": func(w *world) error {
			return &press.Trouble{Remedy: press.LookFirst, What: "没有答复", When: w.now()}
		},
		"no word": func(*world) error { return errDisk },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.fakes["site"].hold = func(context.Context, press.Act) error { return answer(w) }
				w.file(want{id: "oa-1"})
				w.start()
				w.sleep(time.Hour)
				if n := len(w.fakes["site"].count().began); n < 5 || n > 20 {
					t.Fatalf("it was asked %d times in an hour", n)
				}
				w.halt()
				n := len(w.fakes["site"].count().began)
				w.pass()
				if n = len(w.fakes["site"].count().began) - n; n > 1 {
					t.Fatalf("it was asked %d times in one pass", n)
				}
			})
		})
	}
	t.Run("a receipt", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			d := &waits{now: w.now}
			w.site().Driver = d
			w.file(want{id: "oa-1"})
			w.start()
			w.sleep(time.Hour)
			if d.asked < 5 || d.asked > 20 {
				t.Fatalf("it was asked %d times in an hour", d.asked)
			}
		})
	})
}

// waits is a driver that says for ever: handed over, come back a second ago.
type waits struct {
	now   func() time.Time
	asked int
}

func (d *waits) Lookup(context.Context, press.Act, channels.Journal) (press.Receipt, error) {
	d.asked++
	return press.Receipt{Status: press.HandedOver, Again: d.now().Add(-time.Second)}, nil
}

func (d *waits) Publish(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	return d.Lookup(ctx, a, j)
}

func TestAWithdrawalDoesNotWaitForComposingThatFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.file(want{id: "oa-1"})
		w.start()
		w.sleep(time.Second)
		w.store.set(failing("Compose"), nil)
		w.check(w.led.Withdraw(t.Context(), "oa-1", "内容有误", press.NoticePage, operator, w.now()))
		w.s.Wake()
		w.sleep(0)
		w.is(id, "site", press.CopyWithdrawn, 0)
	})
}

func TestADriverThatPanicsIsAnUnknownOutcome(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		f := w.fakes["site"]
		f.hold = func(context.Context, press.Act) error { panic("index out of range") }
		id := w.file(want{id: "oa-1"})
		w.start()
		w.is(id, "site", press.CopyUnknown, 0)
		if got := press.RemedyOf(panicked("x")); got != press.LookFirst {
			t.Fatalf("the remedy of a panic is %s", got)
		}
	})
}

func TestTroubleIsToldWhileTheLedgerCannotBeRead(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.store.set(failing("Clock"), nil)
		w.s.Wake()
		w.sleep(0)
		if err := w.s.Trouble(); !errors.Is(err, errDisk) {
			t.Fatalf("trouble: %v", err)
		}
		w.store.set(nil, nil)
		w.sleep(time.Minute)
		if err := w.s.Trouble(); err != nil {
			t.Fatalf("trouble stays: %v", err)
		}
	})
}
