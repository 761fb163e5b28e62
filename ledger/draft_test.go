package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"tongfa/press"
)

func TestADraftIsKeptAndNeverGoesOut(t *testing.T) {
	b := setup(t)
	drafter := Who{"王某", press.Drafter}
	f := ready("甲", "site")
	f.Draft, f.By, f.Written = true, drafter, Written{Format: "markdown", Source: "**甲**", Notes: []string{"网页注释没有放进正文"}}
	out := b.filed(f)
	equal(t, "state", out.State, press.Draft)
	w, err := b.Writing(b.ctx, out.ID, 1)
	must(t, err)
	equal(t, "source", w.Source+w.Notes[0], "**甲**网页注释没有放进正文")
	c, err := b.Compose(b.ctx, sitePlan(), b.now, b.now)
	must(t, err)
	equal(t, "editions", len(c.Editions), 0)
	if _, err := b.Sign(b.ctx, string(out.ID), press.Approval{Step: press.FirstReview, By: "李某", Pass: true}, Who{"李某", press.Reviewer}, b.now); err == nil {
		t.Error("a draft was signed")
	}

	first := f.Revision.Sum()
	f.ID, f.Was, f.Approvals = out.ID, first, nil
	f.Revision.Title += "（改）"
	out = b.filed(f)
	equal(t, "revision", out.Revision, 2)
	equal(t, "state", out.State, press.Draft)
	f.Revision.Title += "（又改）"
	if _, err := b.File(b.ctx, f, b.now); !errors.Is(err, ErrMoved) || !strings.Contains(said(err), "第2版") {
		t.Errorf("written over a revision that is not the newest: %v", err)
	}
	if _, err := b.Submit(b.ctx, string(out.ID), first, drafter, b.now); !errors.Is(err, ErrMoved) {
		t.Errorf("another revision submitted than was seen: %v", err)
	}
	s, err := b.Story(b.ctx, string(out.ID), b.now)
	must(t, err)
	head := s.Revisions[1].Digest
	_, err = b.Submit(b.ctx, string(out.ID), head, drafter, b.now)
	must(t, err)
	pile, err := b.OnDesk(b.ctx, Pile{State: press.Submitted})
	must(t, err)
	if len(pile) != 1 || pile[0].Digest != head || len(pile[0].Approvals) != 0 {
		t.Errorf("pile %+v", pile)
	}
	reviewer := Who{"李某", press.Reviewer}
	if _, err := b.Sign(b.ctx, string(out.ID), press.Approval{Step: press.FirstReview, By: "李某", Pass: true, Digest: first}, reviewer, b.now); !errors.Is(err, ErrMoved) {
		t.Errorf("signed what is not the newest: %v", err)
	}
	_, err = b.Sign(b.ctx, string(out.ID), press.Approval{Step: press.FirstReview, By: "李某", Pass: false, Ground: "缺附件", Digest: head}, reviewer, b.now)
	must(t, err)
	pile, err = b.OnDesk(b.ctx, Pile{State: press.Returned})
	must(t, err)
	equal(t, "returned", len(pile), 1)
	f.Was, f.Revision.Title = head, s.Revisions[1].Title
	f.Item.Kind = press.Policy // the kind is no part of what is signed, and may change while nothing is approved
	b.filed(f)
	s, err = b.Story(b.ctx, string(out.ID), b.now)
	must(t, err)
	equal(t, "kind", s.Item.Kind, press.Policy)
}

// A draft over an approved text keeps it back, and gives no new sign.
func TestADraftOverWhatIsApproved(t *testing.T) {
	b := setup(t)
	out := b.filed(ready("甲", "site"))
	equal(t, "state", out.State, press.Scheduled)
	f := ready("甲", "site")
	f.Approvals, f.ID, f.Draft, f.Was = nil, out.ID, true, f.Revision.Sum()
	f.Item.Kind = press.Policy
	if _, err := b.File(b.ctx, f, b.now); err == nil {
		t.Error("the kind of what is approved was changed")
	}
	f.Revision.Title += "（改）"
	equal(t, "state", b.filed(f).State, press.Draft)
	c, err := b.Compose(b.ctx, sitePlan(), b.now, b.now)
	must(t, err)
	equal(t, "editions", len(c.Editions), 0)
}

func TestCheckFilesNothing(t *testing.T) {
	b := setup(t)
	f := draft("甲", "site")
	f.Revision.Body = append(f.Revision.Body, press.P("联系人手机13812345678。"))
	found, err := b.Check(b.ctx, f, b.now)
	must(t, err)
	phone := false
	for _, x := range found {
		phone = phone || x.Rule == "pii.phone" && x.Place == "第3段" && x.Waivable
	}
	if !phone {
		t.Errorf("findings %+v", found)
	}
	if _, err := b.Story(b.ctx, "甲", b.now); !errors.Is(err, ErrNoItem) {
		t.Error("it was filed")
	}
	out := b.filed(ready("乙", "site"))
	f = draft("乙", "site")
	f.ID = out.ID
	found, err = b.Check(b.ctx, f, b.now)
	must(t, err)
	if press.Stops(found) {
		t.Errorf("the approvals of the same text count: %+v", found)
	}
}

func TestDrawAndShows(t *testing.T) {
	b := setup(t)
	f := draft("甲", "site")
	f.Revision.Attachments = []press.Asset{{Digest: digestOf("pdf"), Name: "附件.pdf", MIME: "application/pdf", Size: 3}}
	f.Files = map[string][]byte{digestOf("pdf"): []byte("pdf")}
	out := b.filed(f)
	en, err := b.Draw(b.ctx, string(out.ID), "site", 0, b.now)
	must(t, err)
	if en.Revision.Title != f.Revision.Title || en.Copy.Marker == "" || !en.Public.Equal(b.now) {
		t.Errorf("entry %+v", en)
	}
	if en, err = b.Draw(b.ctx, string(out.ID), "wechat", 1, b.now); err != nil || en.Copy.State != press.NotWanted {
		t.Errorf("where it is not wanted: %v %+v", err, en.Copy)
	}
	a, ok, err := b.Shows(b.ctx, string(out.ID), digestOf("pdf"))
	if err != nil || !ok || a.Name != "附件.pdf" {
		t.Errorf("%v %v %+v", err, ok, a)
	}
	if _, ok, err := b.Shows(b.ctx, string(out.ID), digestOf("other")); ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
}

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
