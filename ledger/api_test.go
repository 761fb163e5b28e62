package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func (b *testBench) token(name string, expires time.Time, rights ...press.Right) (string, Token) {
	b.Helper()
	secret, t, err := b.AddToken(b.ctx, Token{Name: name, Rights: rights, Expires: expires}, publisher, b.now)
	must(b, err)
	return secret, t
}

func TestATokenLetsInUntilItEnds(t *testing.T) {
	b := setup(t)
	secret, made := b.token("OA系统", b.now.Add(time.Hour), press.MayFile, press.MaySee, press.MayFile)
	if !strings.HasPrefix(secret, "tf_") || len(secret) < 40 || made.Hint != secret[:8] {
		t.Fatalf("secret of %d characters, hint %q", len(secret), made.Hint)
	}
	got, err := b.Bearer(b.ctx, secret, b.now)
	must(t, err)
	p := got.Person()
	equal(t, "name", p.Name, "接口:OA系统")
	if !p.May(press.MaySee) || !p.May(press.MayFile) || p.May(press.MayWithdraw) || len(p.Rights) != 2 {
		t.Fatalf("rights %v", p.Rights)
	}
	for _, wrong := range []string{"", "tf_", secret + "x", secret[:len(secret)-1], strings.ToUpper(secret), made.Hint} {
		if _, err := b.Bearer(b.ctx, wrong, b.now); !errors.Is(err, ErrNoToken) {
			t.Errorf("%q lets in: %v", wrong, err)
		}
	}
	if _, err := b.Bearer(b.ctx, secret, b.now.Add(time.Hour)); !errors.Is(err, ErrNoToken) {
		t.Error("it lets in when it has expired")
	}
	must(t, b.RevokeToken(b.ctx, "OA系统", publisher, b.now))
	must(t, b.RevokeToken(b.ctx, "OA系统", publisher, b.now.Add(time.Minute)))
	if _, err := b.Bearer(b.ctx, secret, b.now); !errors.Is(err, ErrNoToken) {
		t.Error("it lets in when it was revoked")
	}
	list, err := b.Tokens(b.ctx)
	must(t, err)
	if len(list) != 1 || list[0].RevokedBy != publisher.Name || !list[0].Revoked.Equal(b.now) {
		t.Errorf("listed as %+v", list)
	}
	deeds, err := b.Deeds(b.ctx, DeedFilter{About: "OA系统"})
	must(t, err)
	if len(deeds) != 2 || deeds[0].Verb != "revoke_token" || deeds[1].Verb != "add_token" {
		t.Errorf("deeds %+v", deeds)
	}
}

func TestNoSecretIsInTheLedger(t *testing.T) {
	b := setup(t)
	secret, _ := b.token("OA系统", time.Time{}, press.MaySee)
	must(t, b.Close())
	b.open()
	var dump string
	must(t, b.read.QueryRow(`SELECT name || hash || hint || rights FROM token`).Scan(&dump))
	if strings.Contains(dump, secret) || strings.Contains(dump, secret[8:]) {
		t.Error("the secret is in the ledger")
	}
}

func TestThatATokenIsUsedIsNotedOnceAMinute(t *testing.T) {
	b := setup(t)
	secret, _ := b.token("OA系统", time.Time{}, press.MaySee)
	before, _ := b.Written()
	for range 50 {
		_, err := b.Bearer(b.ctx, secret, b.now)
		must(t, err)
		b.now = b.now.Add(time.Second)
	}
	if after, _ := b.Written(); after-before != 1 {
		t.Errorf("%d writes in fifty seconds", after-before)
	}
}

func TestWhatATokenCannotBe(t *testing.T) {
	b := setup(t)
	b.token("OA系统", time.Time{}, press.MaySee)
	for _, x := range []Token{
		{Name: " ", Rights: []press.Right{press.MaySee}},
		{Name: "OA系统", Rights: []press.Right{press.MaySee}},
		{Name: "OA\x00", Rights: []press.Right{press.MaySee}},
		{Name: "OA\u202e", Rights: []press.Right{press.MaySee}},
		{Name: strings.Repeat("长", 41), Rights: []press.Right{press.MaySee}},
		{Name: "新", Rights: nil},
		{Name: "新", Rights: []press.Right{"everything"}},
		{Name: "新", Rights: []press.Right{press.MaySee}, Expires: b.now},
	} {
		if _, _, err := b.AddToken(b.ctx, x, publisher, b.now); err == nil {
			t.Errorf("made: %+v", x)
		}
	}
	if err := b.RevokeToken(b.ctx, "没有的", publisher, b.now); !errors.Is(err, ErrNoToken) {
		t.Error(err)
	}
}

func TestARequestIsMarkedWithItsMove(t *testing.T) {
	b := setup(t)
	f, err := b.File(b.ctx, ready("甲", "site"), b.now)
	must(t, err)
	o := Once{"token:1", "k", "digest"}
	a, err := b.Answered(b.ctx, o, b.now)
	must(t, err)
	equal(t, "made before", a.Made, false)
	once := WithOnce(b.ctx, o, b.now)
	if err := b.Release(once, string(f.ID), publisher, b.now); err == nil {
		t.Fatal("released what is not held")
	}
	a, err = b.Answered(b.ctx, o, b.now)
	must(t, err)
	equal(t, "made though it failed", a.Made, false)
	must(t, b.Hold(once, string(f.ID), "核对", publisher, b.now))
	a, err = b.Answered(b.ctx, o, b.now)
	must(t, err)
	if !a.Made || a.Status != 0 {
		t.Fatalf("after the move and before its answer: %+v", a)
	}
	must(t, b.KeepAnswer(b.ctx, o, 200, []byte("{}"), b.now))
	a, err = b.Answered(b.ctx, o, b.now)
	must(t, err)
	if a.Status != 200 || string(a.Body) != "{}" {
		t.Fatalf("the answer is %+v", a)
	}
	if _, err := b.Answered(b.ctx, Once{"token:1", "k", "other"}, b.now); !errors.Is(err, ErrOtherRequest) {
		t.Error(err)
	}
	if a, err := b.Answered(b.ctx, Once{"token:2", "k", "other"}, b.now); err != nil || a.Made {
		t.Error("another owner's key is the same", a, err)
	}
	late := b.now.Add(25 * time.Hour)
	a, err = b.Answered(b.ctx, o, late)
	must(t, err)
	equal(t, "made after a day", a.Made, false)
	must(t, b.Release(WithOnce(b.ctx, Once{"token:1", "k", "new"}, late), string(f.ID), publisher, late))
	if a, err := b.Answered(b.ctx, Once{"token:1", "k", "new"}, late); err != nil || !a.Made || a.Status != 0 {
		t.Error("an old key is not new after a day", a, err)
	}
}

var toAll = Hook{"oa", []string{"*"}}

// due are the events that a hook is to be told by now.
func (b *testBench) toTell(h Hook) []Delivery {
	b.Helper()
	for more := true; more; {
		var err error
		more, err = b.Spread(b.ctx, h, b.now)
		must(b, err)
	}
	ds, err := b.DueDeliveries(b.ctx, h.Name, b.now, 100)
	must(b, err)
	return ds
}

func TestAHookIsToldOnceAndInOrder(t *testing.T) {
	b := setup(t)
	first, err := b.File(b.ctx, ready("甲", "site"), b.now)
	must(t, err)
	if ds := b.toTell(toAll); len(ds) != 0 {
		t.Fatalf("a new hook is told of what was before: %+v", ds)
	}
	second, err := b.File(b.ctx, ready("乙", "site"), b.now)
	must(t, err)
	must(t, b.Hold(b.ctx, string(first.ID), "核对", publisher, b.now))
	var heard []string
	for range 10 {
		ds := b.toTell(toAll)
		for _, d := range ds {
			heard = append(heard, d.Item+" "+d.Event)
			must(t, b.Delivered(b.ctx, d, true, 204, "", b.now))
		}
	}
	of := func(id press.ItemID) (out []string) {
		for _, h := range heard {
			if kind, ok := strings.CutPrefix(h, string(id)+" "); ok {
				out = append(out, kind)
			}
		}
		return out
	}
	if got := of(second.ID); !slices.Equal(got, []string{"item.filed", "item.approved"}) {
		t.Errorf("of the second: %v", got)
	}
	if got := of(first.ID); !slices.Equal(got, []string{"item.held"}) {
		t.Errorf("of the first: %v", got)
	}
	if !strings.Contains(b.body(toAll.Name), `"external_id":"乙"`) {
		t.Error("an event does not say which item")
	}
}

func (b *testBench) body(hook string) string {
	b.Helper()
	ds, err := b.Deliveries(b.ctx, hook, 0, 100)
	must(b, err)
	var all []string
	for _, d := range ds {
		all = append(all, d.Body)
	}
	return strings.Join(all, "\n")
}

func TestWhatIsNotTakenIsTriedForADayAndHoldsBackItsItemOnly(t *testing.T) {
	b := setup(t)
	b.toTell(toAll)
	bad, err := b.File(b.ctx, ready("甲", "site"), b.now)
	must(t, err)
	_, err = b.File(b.ctx, ready("乙", "site"), b.now)
	must(t, err)
	tries, others := 0, 0
	uids := map[string]bool{}
	for end := b.now.Add(30 * time.Hour); b.now.Before(end); b.now = b.now.Add(10 * time.Second) {
		for _, d := range b.toTell(toAll) {
			if d.Item != string(bad.ID) {
				others++
				must(t, b.Delivered(b.ctx, d, true, 200, "", b.now))
				continue
			}
			if d.Event == "item.filed" {
				tries++
				uids[d.UID] = true
			}
			must(t, b.Delivered(b.ctx, d, false, 500, strings.Repeat("坏", 1000), b.now))
		}
		next, err := b.NextDelivery(b.ctx, toAll.Name)
		must(t, err)
		if next.After(b.now) { // nothing is due before
			b.now = next.Add(-10 * time.Second)
		}
		if next.IsZero() {
			break
		}
	}
	if tries < 20 || tries > 40 || len(uids) != 1 || others != 2 {
		t.Errorf("%d tries under %d ids; the other item: %d", tries, len(uids), others)
	}
	h, err := b.HookHealth(b.ctx, toAll.Name)
	must(t, err)
	if h.Waiting != 0 || h.Dead != 2 || h.Last.IsZero() {
		t.Errorf("health %+v", h)
	}
	ds, err := b.Deliveries(b.ctx, toAll.Name, 0, 10)
	must(t, err)
	i := slices.IndexFunc(ds, func(d Delivery) bool { return d.State == DeliveryDead })
	if len(ds[i].Said) > mostSaid {
		t.Error("an answer without end was kept")
	}
	must(t, b.Resend(b.ctx, ds[i].ID, publisher, b.now))
	if again := b.toTell(toAll); len(again) != 1 || again[0].UID != ds[i].UID {
		t.Errorf("sent again as %+v", again)
	}
	if err := b.Resend(b.ctx, 99999, publisher, b.now); !errors.Is(err, ErrNoDelivery) {
		t.Error(err)
	}
}

func TestACrashLosesNoEvent(t *testing.T) {
	b := setup(t)
	b.toTell(toAll)
	for i := range 5 {
		_, err := b.File(b.ctx, ready(fmt.Sprint("篇", i), "site"), b.now)
		must(t, err)
	}
	failed := errors.New("crash")
	err := b.write(b.ctx, func(ctx context.Context, tx *sql.Tx) error { // the middle of a Spread
		events, err := b.Events(ctx, 0, 100)
		must(t, err)
		must(t, spread(ctx, tx, toAll, events, 0, b.now))
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	before := len(b.toTell(toAll)) // each item's first event
	b.crash()
	if after := len(b.toTell(toAll)); before != 5 || after != 5 {
		t.Errorf("%d before the crash, %d after it", before, after)
	}
	ds, err := b.Deliveries(b.ctx, toAll.Name, 0, 100)
	must(t, err)
	equal(t, "deliveries", len(ds), 10)
}

func TestAHookIsToldOfWhatItAskedFor(t *testing.T) {
	b := setup(t)
	some := Hook{"some", []string{"item.approved"}}
	b.toTell(some)
	for i := range 3 {
		_, err := b.File(b.ctx, ready(fmt.Sprint("篇", i), "site"), b.now)
		must(t, err)
	}
	for _, d := range b.toTell(some) {
		equal(t, "event", d.Event, "item.approved")
	}
	must(t, b.TryHook(b.ctx, some.Name, publisher, b.now))
	if !strings.Contains(b.body(some.Name), `"type":"ping"`) {
		t.Error("a trial is not told")
	}
}

func TestOldDeliveriesAreForgotten(t *testing.T) {
	b := setup(t)
	must(t, b.TryHook(b.ctx, "oa", publisher, b.now))
	ds, err := b.DueDeliveries(b.ctx, "oa", b.now, 10)
	must(t, err)
	must(t, b.Delivered(b.ctx, ds[0], true, 200, "", b.now))
	must(t, b.TryHook(b.ctx, "oa", publisher, b.now))
	if more, err := b.ForgetDeliveries(b.ctx, b.now.Add(keptLog+time.Hour)); err != nil || more {
		t.Fatal(more, err)
	}
	left, err := b.Deliveries(b.ctx, "oa", 0, 10)
	must(t, err)
	if len(left) != 1 || left[0].State != DeliveryDue {
		t.Errorf("left: %+v", left)
	}
}
