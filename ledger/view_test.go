package ledger

import (
	"errors"
	"fmt"
	"testing"
)

func TestViewsAreAPersonsOwn(t *testing.T) {
	b := setup(t)
	must(t, b.KeepView(b.ctx, "王某", KeptView{"晚了", "late=1"}, b.now))
	must(t, b.KeepView(b.ctx, "王某", KeptView{"晚了", "late=2"}, b.now))
	must(t, b.KeepView(b.ctx, "李某", KeptView{"晚了", "late=3"}, b.now))
	must(t, b.KeepView(b.ctx, "王某", KeptView{"别的", "q=x"}, b.now))
	if err := b.RenameView(b.ctx, "王某", "晚了", "别的"); err == nil {
		t.Error("a view took the name of another")
	}
	must(t, b.RenameView(b.ctx, "王某", "晚了", "逾期"))
	if err := b.RenameView(b.ctx, "王某", "晚了", "再改"); !errors.Is(err, ErrNoView) {
		t.Errorf("a view that is gone: %v", err)
	}
	must(t, b.DropView(b.ctx, "王某", "别的"))
	if err := b.DropView(b.ctx, "王某", "别的"); !errors.Is(err, ErrNoView) {
		t.Errorf("dropped twice: %v", err)
	}
	vs, err := b.Views(b.ctx, "王某")
	must(t, err)
	equal(t, "views", fmt.Sprint(vs), "[{逾期 late=2}]")
	for i := range mostViews - 1 {
		must(t, b.KeepView(b.ctx, "王某", KeptView{fmt.Sprint(i), ""}, b.now))
	}
	if err := b.KeepView(b.ctx, "王某", KeptView{"多一个", ""}, b.now); !errors.Is(err, ErrManyViews) {
		t.Errorf("one view too many: %v", err)
	}
	must(t, b.KeepView(b.ctx, "王某", KeptView{"逾期", "late=9"}, b.now))
}

func TestChoicesAreGivenOnce(t *testing.T) {
	b := setup(t)
	for i := range 6 {
		f := draft(fmt.Sprint(i), "site")
		f.Revision.Meta.Column = []string{"通知公告", "政务动态", ""}[i%3]
		b.filed(f)
	}
	cs, err := b.Columns(b.ctx)
	must(t, err)
	equal(t, "columns", fmt.Sprint(cs), "[政务动态 通知公告]")
	cs, err = b.Filers(b.ctx)
	must(t, err)
	equal(t, "filers", fmt.Sprint(cs), "[王某]")
}
