package ledger

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"tongfa/press"
)

func TestAnIssueIsAnnouncedOnce(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	p.Issues.Publisher = "示例区人民政府办公室"
	wants := []string{"site", "wechat"}
	frozen := b.frozenIssue(start, false, "甲")
	if _, err := b.Announce(b.ctx, p, frozen.Key, wants, Edit{Who: editor}, b.now); err == nil || !strings.Contains(err.Error(), "发行以后") {
		t.Fatalf("announced before it is out: %v", err)
	}
	must(t, b.Issue(b.ctx, p, frozen.Key, Edit{Who: editor}, b.now))
	b.settle(b.one("gazette"), live())
	if _, err := b.Announce(b.ctx, p, frozen.Key, nil, Edit{Who: editor}, b.now); err == nil {
		t.Error("announced nowhere")
	}
	if _, err := b.Announce(b.ctx, p, frozen.Key, wants, Edit{Who: editor, Seen: 1}, b.now); !errors.Is(err, ErrStale) {
		t.Errorf("announced by who saw another plan: %v", err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = b.Announce(b.ctx, p, frozen.Key, wants, Edit{Who: editor}, b.now) })
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if !strings.Contains(err.Error(), "已经拟过了") {
			t.Error(err)
		}
	}
	equal(t, "announcements", done, 1)
	id, err := b.Announced(b.ctx, frozen.Key)
	must(t, err)
	s, err := b.Story(b.ctx, string(id), b.now)
	must(t, err)
	if s.Item.State != press.Draft || s.Item.AnnouncedEdition() != frozen.Key {
		t.Errorf("%+v", s.Item)
	}
	for _, c := range s.Copies { // a draft goes nowhere
		if c.State != press.Waiting || c.Edition != "" {
			t.Errorf("%+v", c)
		}
	}
	equal(t, "begun", len(b.begun("site")), 0)
}
