package ledger

import (
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

// What the pages of today and of the calendar ask goes by an index, and in its order where it asks for the first few.
func TestEveryAgendaGoesByAnIndex(t *testing.T) {
	b := setup(t)
	sorted := map[string]bool{}
	for _, channel := range []string{"", "site"} {
		for _, order := range []string{" ORDER BY e.slot_at, e.seq", " ORDER BY e.slot_at DESC, e.seq DESC"} {
			sorted[`SELECT `+putColumns+putWhere(channel)+order+` LIMIT $5`] = true
		}
		sorted[`SELECT COUNT(*) FROM (SELECT 1 FROM edition e`+putWhere(channel)+` LIMIT $5)`] = true
	}
	sorted[`SELECT `+putColumns+` WHERE e.state = 'composed' AND e.slot_at < $1 ORDER BY e.slot_at LIMIT $2`] = true
	sorted[owedQuery("item_term_kind", `AND i.kind = 'budget'`)] = true
	sorted[owedQuery("item_term", `AND i.kind NOT IN ('enforcement', 'budget')`)] = true
	for query := range sorted {
		sorts := 0
		for _, step := range b.explained(query) {
			if strings.Contains(step, "TEMP B-TREE") {
				sorts++
			}
			if walks(step) && !strings.Contains(step, "USING INDEX item_term") { // a partial index, in its order, up to the limit
				t.Errorf("%s\n\tin %s", step, query)
			}
		}
		if strings.Contains(query, putColumns) {
			sorts-- // the entries of one edition, for the first of them
		}
		if sorts > 0 {
			t.Errorf("sorted: %s\n%s", query, strings.Join(b.explained(query), "\n"))
		}
	}
	plan := strings.Join(b.explained(`SELECT `+putColumns+` WHERE e.state = 'composed' AND e.slot_at < $1 ORDER BY e.slot_at LIMIT $2`), "\n")
	if !strings.Contains(plan, "edition_state (state=? AND slot_at<?)") {
		t.Errorf("slow editions:\n%s", plan)
	}
}

func TestAheadMissedAndRipe(t *testing.T) {
	b := setup(t)
	at := func(ref string, d time.Duration, signed bool) {
		f := ready(ref, "site", "wechat")
		if !signed {
			f = draft(ref, "site", "wechat")
		}
		f.Item.ReleaseAt = b.now.Add(d)
		b.filed(f)
	}
	at("早", time.Hour, true)
	at("晚", 30*time.Hour, true)
	at("缺", 2*time.Hour, false)
	b.filed(draft("无时", "site")) // no moment was set, so none is missed
	w := Window{Channel: "site", After: b.now, Till: b.now.Add(24 * time.Hour)}
	names := func(xs []Coming, err error) string {
		must(t, err)
		var out []string
		for _, x := range xs {
			out = append(out, x.Item.ExternalID+string(x.Waits))
		}
		return strings.Join(out, " ")
	}
	equal(t, "ahead", names(b.Upcoming(b.ctx, w, 10)), "早 缺gate")
	equal(t, "the first", names(b.Upcoming(b.ctx, w, 1)), "早")
	news := w
	news.Kind = press.Policy
	equal(t, "of another kind", names(b.Upcoming(b.ctx, news, 10)), "")
	other := w
	other.Channel = "wechat"
	n, err := b.CountAhead(b.ctx, []Window{w, other}, 100)
	must(t, err)
	equal(t, "items", n, 2)
	b.pass(3 * time.Hour)
	past := Window{Channel: "site", After: start.Add(-time.Hour), Till: b.now}
	equal(t, "missed", names(b.Kept(b.ctx, past, 10)), "缺gate")
	equal(t, "ripe", names(b.Ripe(b.ctx, past, 10)), "早")
	equal(t, "late", names(b.Late(b.ctx, b.now, 10)), "早 早")
	must(t, b.Pause(b.ctx, "wechat", "等", publisher, b.now))
	equal(t, "late where nothing is paused", names(b.Late(b.ctx, b.now, 10)), "早")
}

func TestPutsAndTally(t *testing.T) {
	b := setup(t)
	for _, ref := range []string{"甲", "乙", "丙"} {
		b.filed(ready(ref, "site"))
	}
	b.composed(sitePlan(), b.now)
	day := b.now.Add(-time.Hour)
	slow, err := b.Slow(b.ctx, b.now.Add(time.Hour), 10)
	must(t, err)
	equal(t, "slow", len(slow), 3)
	for i, a := range b.begun("site") {
		if i == 0 {
			b.settle(a, press.Receipt{Status: press.Refused})
			continue
		}
		b.pass(3 * time.Second)
		b.settle(a, press.Receipt{Status: press.Live, URL: "https://www.example.gov.cn/1"})
	}
	ps, err := b.Puts(b.ctx, "", "", day, day.Add(24*time.Hour), 10)
	must(t, err)
	equal(t, "editions", len(ps), 2) // the refused one did not come out
	if p := ps[0]; p.Name != "示例区召开乙工作会议" || p.Count != 1 || p.Verified != 0 || p.OutAt.Sub(p.Slot.At) != 3*time.Second {
		t.Errorf("%+v", p)
	}
	last, err := b.LastPuts(b.ctx, "site", press.News, day, day.Add(24*time.Hour), 1)
	must(t, err)
	equal(t, "the last", last[0].Name, "示例区召开丙工作会议")
	none, err := b.CountPuts(b.ctx, "site", press.Budget, day, day.Add(24*time.Hour), 10)
	must(t, err)
	equal(t, "of another kind", none, 0)
	b.saw(b.copy("乙", "site"), press.SeenEqual)
	got, err := b.Tally(b.ctx, day, day.Add(24*time.Hour), 100)
	must(t, err)
	if got[press.CopyVerified] != 1 || got[press.CopyLive] != 1 || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestTermsEndFirst(t *testing.T) {
	b := setup(t)
	for _, x := range []struct {
		ref  string
		kind press.Kind
		day  int
	}{{"新", press.Notice, 20}, {"旧", press.Notice, 2}, {"罚", press.Enforcement, 9}, {"外", press.Notice, 1}} {
		f := ready(x.ref, "site")
		f.Item.Kind, f.Item.ReleaseAt = x.kind, b.now.Add(time.Hour)
		f.Revision.Meta.FormedOn = press.Date{Year: 2026, Month: 11, Day: x.day}
		if x.ref == "外" {
			f.Item.ReleaseAt = time.Time{}
		}
		b.filed(f)
	}
	b.verified(sitePlan())
	owed, err := b.Terms(b.ctx, 10)
	must(t, err)
	var refs []string
	for _, x := range owed {
		refs = append(refs, x.Item.ExternalID)
	}
	if got := strings.Join(refs, " "); got != "罚 旧 新" && got != "旧 新" {
		t.Errorf("owed: %s", got)
	}
}

func TestUpdatesOfColumns(t *testing.T) {
	b := setup(t)
	b.filed(ready("甲", "site"))
	b.verified(sitePlan())
	us, err := b.Updates(b.ctx)
	must(t, err)
	got := map[string]bool{}
	for _, u := range us {
		got[u.Channel+"/"+u.Column] = !u.At.IsZero()
	}
	if !got["site/"] || !got["site/政务动态"] || got["wechat/"] || len(got) != 4 {
		t.Errorf("%v", got)
	}
}
