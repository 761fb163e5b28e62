package wechat

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"tongfa/press"
	"tongfa/standin"
)

func (w *office) waitingMass() int64 {
	w.t.Helper()
	for _, e := range w.we.Effects() {
		if e.Kind == "mass" {
			id, err := strconv.ParseInt(e.Ref, 10, 64)
			w.must(err)
			return id
		}
	}
	w.t.Fatal("no mass message")
	return 0
}

func TestTheAdministratorHasToConfirm(t *testing.T) {
	for name, yes := range map[string]bool{"confirms": true, "refuses": false} {
		w := newOffice(t, modeMass)
		w.must(w.we.RequireConfirm(account, true))
		e := w.edition(2)
		a := w.memory.Open(press.Publish, e)
		r, err := w.deliver(a)
		if err != nil || r.Status != press.HandedOver || !strings.Contains(r.Note, "管理员") {
			t.Fatalf("%s: %s %s %v", name, r.Status, r.Note, err)
		}
		w.must(w.we.ConfirmMass(account, w.waitingMass(), yes))
		want, out := press.Live, 1
		if !yes {
			want, out = press.Refused, 0
		}
		if r, err := w.goOn(a); err != nil || r.Status != want || !han(r.Note) || w.out(e.Entries[0].Copy.Marker) != out {
			t.Errorf("%s: %s %s %v", name, r.Status, r.Note, err)
		}
	}
}

func TestAMessageWhoseAnswerWasLostWhileTheAdministratorThinks(t *testing.T) {
	for _, lookOnly := range []bool{false, true} {
		w := newOffice(t, modeMass)
		w.must(w.we.RequireConfirm(account, true))
		w.must(w.we.Inject(standin.Fault{Path: massSend.path, Kind: "drop"}))
		e := w.edition(1)
		a := w.memory.Open(press.Publish, e)
		if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
			t.Fatal(err)
		}
		a.LookOnly = lookOnly // it was withdrawn meanwhile
		w.advance(3 * time.Minute)
		r, err := w.deliver(a)
		want := press.HandedOver
		if lookOnly {
			want = press.CannotTell
		}
		if err != nil || r.Status != want || w.effects("mass") != 1 {
			t.Fatalf("%s %v", r.Status, err)
		}
		w.must(w.we.ConfirmMass(account, w.waitingMass(), true))
		if r, err := w.goOn(a); err != nil || r.Status != press.Live || w.out(e.Entries[0].Copy.Marker) != 1 {
			t.Errorf("%s %v", r.Status, err)
		}
	}
}

func TestAMessageThatWasNeverSentIsProvedAbsent(t *testing.T) {
	w := newOffice(t, modeMass)
	w.must(w.we.Inject(standin.Fault{Path: massSend.path, Kind: "drop-before"}))
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	a.LookOnly = true
	r, err := w.goOn(a)
	if err != nil || r.Status != press.Absent || w.effects("mass") != 0 {
		t.Errorf("%s %v", r.Status, err)
	}
}

func TestAfterADayNothingIsSentAgain(t *testing.T) {
	w := newOffice(t, modeMass)
	w.must(w.we.Inject(standin.Fault{Path: massSend.path, Kind: "drop"}))
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.LookFirst {
		t.Fatal(err)
	}
	w.advance(25 * time.Hour) // the program was down
	calls := w.memory.Spent(massSend.path)
	r, err := w.deliver(a)
	if err != nil || r.Status != press.NeedsHand || w.effects("mass") != 1 || w.memory.Spent(massSend.path) != calls {
		t.Errorf("%s %v", r.Status, err)
	}
}

func TestAPeriodWithoutMassMessages(t *testing.T) {
	w := newOffice(t, modeMass, setup{standin: func(o *standin.Options) { o.Accounts[0].MassPerDay = 1 }})
	w.publish(w.edition(1))
	a := w.memory.Open(press.Publish, w.edition(1))
	_, err := w.deliver(a)
	tr := press.TroubleOf(err)
	if tr.Remedy != press.TryLater || tr.Code != "45028" || !tr.When.Equal(nextDay(w.clock())) {
		t.Fatalf("%+v", tr)
	}
	w.advance(24 * time.Hour)
	if r, err := w.goOn(a); err != nil || r.Status != press.Live || w.effects("draft-add") != 2 {
		t.Errorf("%s %v", r.Status, err)
	}
}

func TestAMessageIsNamedByItsCopies(t *testing.T) {
	w := newOffice(t, modeMass)
	one, other := w.memory.Open(press.Publish, w.edition(2)), w.memory.Open(press.Publish, w.edition(2))
	if id := clientID(one); len(id) > 32 || id == clientID(other) || id != clientID(w.memory.Open(press.Publish, one.Edition)) {
		t.Errorf("%s", id)
	}
}

func TestAMassMessageTellsThatItsLinkIsMissing(t *testing.T) {
	w := newOffice(t, modeMass)
	r, err := w.goOn(w.memory.Open(press.Publish, w.edition(1)))
	if err != nil || r.Status != press.Live || r.Parts[0].URL != "" || !strings.Contains(r.Note, "登记链接") {
		t.Errorf("%s %s %v", r.Status, r.Note, err)
	}
}
