package ledger

import (
	"errors"
	"strings"
	"testing"

	"tongfa/press"
)

// TestWhatCannotBePrintedIsNotFrozen asks the channel before an issue is given a number.
func TestWhatCannotBePrintedIsNotFrozen(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	found := []press.Finding{{Severity: press.Warn, Message: "栏目是空的"}, {Severity: press.Stop, Place: "第1篇", Message: "缺字：𰻝"}}
	p.Check = func(press.Edition) []press.Finding { return found }
	key := b.issueOf(p, "甲")
	_, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	if err == nil || !strings.Contains(err.Error(), "第1篇缺字：𰻝") || strings.Contains(err.Error(), "栏目") {
		t.Fatalf("frozen: %v", err)
	}
	e, err := b.Edition(b.ctx, key)
	must(b, err)
	equal(t, "number", e.Number, 0)
	said, err := b.Proofread(b.ctx, p, e.Edition, b.now)
	must(b, err)
	equal(t, "the last finding", said[len(said)-1].Message, "缺字：𰻝")

	found = found[:1]
	p.Check = func(press.Edition) []press.Finding { // somebody changes the plan behind the check
		must(b, b.Rename(b.ctx, key, "专刊", Edit{Who: editor}, b.now))
		return found
	}
	if _, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now); !errors.Is(err, ErrStale) {
		t.Fatalf("frozen otherwise than it was checked: %v", err)
	}
	p.Check = func(press.Edition) []press.Finding { return found }
	e2, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(b, err)
	equal(t, "number", e2.Number > 0, true)
}
