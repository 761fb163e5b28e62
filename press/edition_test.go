package press

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestEditionKeys(t *testing.T) {
	slot := Slot{Channel: "wechat", At: time.Date(2026, 11, 25, 18, 0, 0, 0, beijing)}
	key := EditionKey(slot, 2)
	if key != "wechat@2026-11-25T10:00:00Z#2" {
		t.Errorf("got %s", key)
	}
	slot.At = slot.At.UTC()
	if EditionKey(slot, 2) != key {
		t.Error("the same moment in another zone has another key")
	}
	if got := (Act{Verb: Withdraw, Seq: 3, Edition: Edition{Key: key}}).Key(); got != key+"/withdraw/3" {
		t.Errorf("got %s", got)
	}
}

func TestEntryLink(t *testing.T) {
	e := Entry{Links: []Link{{Rel: LinkInterprets, URL: "a"}, {Rel: LinkCanonical, URL: "b"}, {Rel: LinkCanonical, URL: "c"}}}
	if l, ok := e.Link(LinkCanonical); !ok || l.URL != "b" {
		t.Errorf("got %+v", l)
	}
	if _, ok := e.Link(LinkRepeals); ok {
		t.Error("there is no such link")
	}
}

func TestReceiptParts(t *testing.T) {
	r := Receipt{Ref: "all", URL: "u", Status: HandedOver, Note: "n", Parts: []Part{{Copy: 1, Status: Refused, Ref: "one"}}}
	if p := r.PartOf(1); p.Status != Refused || p.Ref != "one" {
		t.Errorf("its own word: %+v", p)
	}
	if p := r.PartOf(2); p != (Part{Copy: 2, Status: HandedOver, Ref: "all", URL: "u", Note: "n"}) {
		t.Errorf("the word of the whole: %+v", p)
	}
}

func TestTimetables(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2026, 11, 25, h, 0, 0, 0, beijing) }
	both := Timetables{Once(at(18)), Once(at(9)), Timetables{}}
	for after, want := range map[int]time.Time{8: at(9), 9: at(18), 17: at(18), 18: {}, 20: {}} {
		if got := both.Next(at(after)); !got.Equal(want) {
			t.Errorf("after %d: got %s", after, got)
		}
	}
}

func TestStops(t *testing.T) {
	if Stops(nil) || Stops([]Finding{{Severity: Warn}, {Severity: Info}}) {
		t.Error("a warning does not stop")
	}
	if !Stops([]Finding{{Severity: Warn}, {Severity: Stop}}) {
		t.Error("a stop stops")
	}
}

func TestTrouble(t *testing.T) {
	cause := errors.New("ip not in whitelist")
	tr := &Trouble{Remedy: AskPerson, What: "公众平台拒绝了本机的地址", Who: "系统管理员", Do: "把地址加入白名单", Code: "40164", Err: cause}
	if got := tr.Error(); got != "person 40164: ip not in whitelist" {
		t.Errorf("for the log: %q", got)
	}
	if got := tr.Say(); got != "公众平台拒绝了本机的地址（代码 40164）。请系统管理员：把地址加入白名单" {
		t.Errorf("for a person: %q", got)
	}
	if got := (&Trouble{What: "太忙", Do: "稍后再试"}).Say(); got != "太忙。稍后再试" {
		t.Errorf("nobody in particular: %q", got)
	}
	if got := (&Trouble{Remedy: TryAgain, What: "太忙"}).Error(); got != "again: 太忙" {
		t.Errorf("no cause: %q", got)
	}
	wrapped := fmt.Errorf("site: %w", tr)
	if RemedyOf(wrapped) != AskPerson || TroubleOf(wrapped) != tr || !errors.Is(wrapped, cause) {
		t.Error("the trouble is lost in the wrapping")
	}
	if RemedyOf(cause) != LookFirst || TroubleOf(cause).Remedy != LookFirst || !errors.Is(TroubleOf(cause), cause) {
		t.Error("a surprise may have happened: look first")
	}
}

func TestEveryStateOfAnEditionHasAName(t *testing.T) {
	for _, s := range []EditionState{EditionPlanned, EditionFrozen, EditionOpen, EditionOut, EditionFailed, EditionPart} {
		if s.Name() == string(s) {
			t.Errorf("%s has no name", s)
		}
	}
	for _, r := range []LinkRel{LinkCanonical, LinkInterprets, LinkInterpretation, LinkAnswers, LinkFeedback, LinkAmends, LinkAmendedBy, LinkRepeals, LinkRepealedBy} {
		if r.Name() == string(r) || strings.TrimSpace(r.Name()) == "" {
			t.Errorf("%s has no name", r)
		}
	}
}
