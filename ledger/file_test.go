package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/press"
)

func TestFileNewSameRevised(t *testing.T) {
	b := setup(t)
	first := b.filed(ready("甲", "site", "wechat"))
	equal(t, "outcome", first.Outcome, New)
	equal(t, "state", first.State, press.Scheduled)
	again := b.filed(ready("甲", "site", "wechat"))
	equal(t, "outcome", again.Outcome, Same)
	equal(t, "id", again.ID, first.ID)
	moves := len(b.story("甲").Moves)
	b.filed(ready("甲", "site", "wechat"))
	equal(t, "moves after the same again", len(b.story("甲").Moves), moves)

	f := draft("甲", "site", "wechat")
	f.Revision.Title += "（修订）"
	revised := b.filed(f)
	equal(t, "outcome", revised.Outcome, Revised)
	equal(t, "revision", revised.Revision, 2)
	equal(t, "state", revised.State, press.Submitted)
	s := b.story("甲")
	equal(t, "revisions", len(s.Revisions), 2)
	equal(t, "first title", s.Revisions[0].Title, "示例区召开甲工作会议")
	equal(t, "approvals kept", len(s.Approvals), 4)
	if len(b.composed(sitePlan(), b.now)) != 0 {
		t.Fatal("an unapproved revision was composed")
	}
	if c := b.copy("甲", "site"); !strings.Contains(c.Note, "共4项未通过") {
		t.Fatalf("note = %q, want what the gates say", c.Note)
	}
}

func TestFileWithoutExternalID(t *testing.T) {
	b := setup(t)
	x, y := b.filed(ready("", "site")), b.filed(ready("", "site"))
	if x.ID == y.ID {
		t.Fatal("two filings without an external id are one item")
	}
	f := ready(string(x.ID), "site") // the id of another item is no external id of ours
	equal(t, "outcome", b.filed(f).Outcome, New)
}

func TestApprovalsArriveLater(t *testing.T) {
	b := setup(t)
	id := b.filed(draft("甲", "site")).ID
	for i, a := range signed() {
		b.pass(time.Minute)
		a.At = time.Time{} // given at the desk, now
		found, err := b.Sign(b.ctx, string(id), a, Who{a.By, press.Reviewer}, b.now)
		must(t, err)
		equal(t, "stopped", press.Stops(found), i < 3)
		equal(t, "composed", len(b.composed(sitePlan(), b.now)), max(0, i-2))
	}
	_, err := b.Sign(b.ctx, "甲", signed()[0], registrar, b.now)
	if err == nil || !strings.Contains(err.Error(), "已签发") {
		t.Fatalf("error = %v, want that it is approved already", err)
	}
}

func TestApprovalRefused(t *testing.T) {
	b := setup(t)
	b.filed(draft("甲", "site"))
	no := press.Approval{Step: press.SecrecyReview, By: "审签人0", Ground: "含内部信息"}
	_, err := b.Sign(b.ctx, "甲", no, Who{"审签人0", press.SecrecyReviewer}, b.now)
	must(t, err)
	equal(t, "shown", b.story("甲").Shown, press.Returned)
	_, err = b.Sign(b.ctx, "甲", signed()[0], Who{"王某", press.Supervisor}, b.now)
	if err == nil {
		t.Fatal("a returned item was signed")
	}
	f := ready("甲", "site")
	f.Revision.Body = f.Revision.Body[:1]
	equal(t, "state", b.filed(f).State, press.Scheduled)
}

func TestWaive(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	f.Revision.Body = append(f.Revision.Body, press.P("联系人手机：13800138000。"))
	out := b.filed(f)
	if out.State != press.Submitted {
		t.Fatalf("state = %s, findings %v", out.State, out.Findings)
	}
	if _, err := b.Waive(b.ctx, "甲", "pii.phone", " ", publisher, b.now); err == nil {
		t.Fatal("waived without a reason")
	}
	found, err := b.Waive(b.ctx, "甲", "pii.phone", "依法公开的办公手机", publisher, b.now)
	must(t, err)
	equal(t, "stopped", press.Stops(found), false)
	equal(t, "waivers", len(b.story("甲").Waivers), 1)
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 1)
}

func TestHoldAndRelease(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	must(t, b.Hold(b.ctx, "甲", "等领导意见", publisher, b.now))
	b.filed(ready("甲", "site")) // the same post again does not end a hold
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
	if c := b.copy("甲", "site"); !strings.Contains(c.Note, "暂缓") {
		t.Fatalf("note = %q", c.Note)
	}
	must(t, b.Release(b.ctx, "甲", publisher, b.now))
	if err := b.Release(b.ctx, "甲", publisher, b.now); err == nil {
		t.Fatal("released what was not held")
	}
	if err := b.Hold(b.ctx, "甲", "", Who{"赵某", press.Drafter}, b.now); err == nil {
		t.Fatal("a drafter held an item")
	}
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 1)
}

func TestReleaseIsNeverEarly(t *testing.T) {
	b := setup(t)
	f := ready("甲", "site")
	f.Item.ReleaseAt = start.Add(time.Hour + 300*time.Nanosecond)
	b.filed(f)
	never := func() {
		t.Helper()
		equal(t, "composed early", len(b.composed(sitePlan(), b.now)), 0)
	}
	never()
	must(t, b.Hold(b.ctx, "甲", "", publisher, b.now))
	must(t, b.Release(b.ctx, "甲", publisher, b.now))
	never()
	_, err := b.Retry(b.ctx, "甲", "", Hint{}, publisher, b.now)
	must(t, err)
	never()
	next, err := b.Next(b.ctx, "site", false)
	must(t, err)
	equal(t, "next", next.Equal(start.Add(time.Hour)), true)
	b.pass(59 * time.Minute)
	never()
	b.pass(time.Minute)
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 1)
}

func TestReschedule(t *testing.T) {
	for _, c := range []struct {
		name           string
		before, after  time.Duration // of the item; zero for none
		beforeC, wantC time.Duration // of the channel
		due            time.Duration
	}{
		{"earlier", 3 * time.Hour, time.Hour, 0, 0, time.Hour},
		{"later", time.Hour, 3 * time.Hour, 0, 0, 3 * time.Hour},
		{"at once", 3 * time.Hour, 0, 0, 0, 10 * time.Minute},
		{"to a time", 0, 2 * time.Hour, 0, 0, 2 * time.Hour},
		{"the channel is later", time.Hour, time.Hour, 0, 4 * time.Hour, 4 * time.Hour},
		{"the channel no longer", time.Hour, time.Hour, 4 * time.Hour, 0, time.Hour},
		{"the channel still", 3 * time.Hour, time.Hour, 2 * time.Hour, 2 * time.Hour, 2 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t)
			f := ready("甲", "site")
			at := func(d time.Duration) time.Time {
				if d == 0 {
					return time.Time{}
				}
				return start.Add(d)
			}
			f.Item.ReleaseAt, f.Item.Wants[0].NotBefore = at(c.before), at(c.beforeC)
			b.filed(f)
			b.pass(10 * time.Minute)
			f = ready("甲", "site")
			f.Item.ReleaseAt, f.Item.Wants[0].NotBefore = at(c.after), at(c.wantC)
			b.filed(f)
			it := b.story("甲").Item
			equal(t, "kept release", it.ReleaseAt.Equal(at(c.after)), true)
			equal(t, "kept not before", it.Wants[0].NotBefore.Equal(at(c.wantC)), true)
			for b.now.Before(start.Add(c.due)) {
				equal(t, "composed early", len(b.composed(sitePlan(), b.now)), 0)
				b.pass(10 * time.Minute)
			}
			equal(t, "composed in time", len(b.composed(sitePlan(), b.now)), 1)
		})
	}
}

func TestWantsDroppedAndAdded(t *testing.T) {
	b := setup(t)
	long := ready("甲", "site", "wechat")
	long.Revision.Title = strings.Repeat("很长的标题", 20)
	equal(t, "state", b.filed(long).State, press.Submitted)
	long.Item.Wants = long.Item.Wants[:1] // what one channel does not take is published on the other
	equal(t, "state", b.filed(long).State, press.Scheduled)
	b.state("甲", "wechat", press.CopyWithdrawn)
	equal(t, "wants", len(b.story("甲").Item.Wants), 1)
	last := b.story("甲").Moves
	equal(t, "who dropped it", last[len(last)-2].By, "王某")

	f := ready("甲", "site", "gazette", "gazette", "wechat")
	b.filed(f)
	equal(t, "generation", b.state("甲", "wechat", press.Waiting).Generation, 2)
	equal(t, "generation", b.state("甲", "gazette", press.Waiting).Generation, 1)
	equal(t, "wants", len(b.story("甲").Item.Wants), 3)
	equal(t, "all generations", len(b.story("甲").All), 4)
}

func TestFiles(t *testing.T) {
	b := setup(t)
	data := []byte("附件内容")
	sum := sha256.Sum256(data)
	f := ready("甲", "site")
	f.Revision.Attachments = []press.Asset{{Digest: hex.EncodeToString(sum[:]), Name: "附件1.txt", MIME: "text/plain", Size: int64(len(data))}}
	_, err := b.File(b.ctx, f, b.now)
	if err == nil || !strings.Contains(err.Error(), "附件1.txt") {
		t.Fatalf("error = %v, want the name of the missing file", err)
	}
	f.Files = map[string][]byte{f.Revision.Attachments[0].Digest: []byte("别的内容")}
	if _, err := b.File(b.ctx, f, b.now); err == nil {
		t.Fatal("bytes that are not the file's were taken")
	}
	equal(t, "items", b.count(`SELECT COUNT(*) FROM item`), 0)
	f.Files = map[string][]byte{f.Revision.Attachments[0].Digest: data}
	b.filed(f)
	got, err := b.Blob(b.ctx, strings.ToUpper(f.Revision.Attachments[0].Digest))
	must(t, err)
	equal(t, "bytes", string(got), string(data))
	f.Files, f.Revision.Title = nil, "改了标题"
	b.filed(f) // the ledger has the bytes already
}

func TestIndexNumbersAreUnique(t *testing.T) {
	b := setup(t)
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			out, err := b.File(b.ctx, ready("", "site"), b.now)
			if err != nil {
				t.Error(err)
				return
			}
			s, err := b.Story(b.ctx, string(out.ID), b.now)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			seen[s.Item.IndexNumber] = true
		})
	}
	wg.Wait()
	equal(t, "index numbers", len(seen), 100)
	if !seen["示例/2026-00001"] || !seen["示例/2026-00100"] {
		t.Fatalf("index numbers have holes: %v", seen)
	}
	b.now = b.now.AddDate(1, 0, 0)
	id := b.filed(ready("", "site")).ID
	equal(t, "index number of a new year", b.story(string(id)).Item.IndexNumber, "示例/2027-00001")
}

func TestUnknownItem(t *testing.T) {
	b := setup(t)
	_, err := b.Story(b.ctx, "没有", b.now)
	if !errors.Is(err, ErrNoItem) {
		t.Fatalf("error = %v, want ErrNoItem", err)
	}
	if err := b.Hold(b.ctx, "没有", "", publisher, b.now); !errors.Is(err, ErrNoItem) {
		t.Fatalf("error = %v, want ErrNoItem", err)
	}
}

func TestSamePostDoesNotBringBackTheWithdrawn(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	must(t, b.Withdraw(b.ctx, "甲", "内容有误", press.NoticePage, publisher, b.now))
	out := b.filed(ready("甲", "site"))
	equal(t, "state", out.State, press.Withdrawn)
	equal(t, "composed", len(b.composed(sitePlan(), b.now)), 0)
	f := ready("甲", "site")
	f.Revision.Title = "更正后的标题"
	equal(t, "state", b.filed(f).State, press.Scheduled)
	equal(t, "generation", b.state("甲", "site", press.Waiting).Generation, 2)
}
