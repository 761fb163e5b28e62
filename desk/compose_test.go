package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
)

// proofs draws a proof that says what it was given.
type proofs struct{}

func (proofs) Proof(_ context.Context, e press.Edition, path string) (channels.Sheet, error) {
	switch path {
	case "":
		return channels.Sheet{Go: "2026/04/index.html"}, nil
	case "2026/04/index.html":
		return channels.Sheet{MIME: "text/html; charset=utf-8", Data: []byte(fmt.Sprintf("<!doctype html><title>%s</title>%d", e.Title, len(e.Entries)))}, nil
	case "2026/04/01/附件.pdf":
		return channels.Sheet{MIME: "application/pdf", Data: []byte("%PDF")}, nil
	}
	return channels.Sheet{}, channels.ErrNoSheet
}

func (w *world) gazette() press.Plan {
	return press.Plan{Channel: "gazette", Slots: true, Issues: &press.Issues{FirstYear: 2026, FirstNo: 4, FirstTotal: 120,
		Title: func(e press.Edition) string {
			return strings.TrimSpace(fmt.Sprintf("示例区人民政府公报 %d年第%d号（总第%d号） %s", e.Year, e.Number, e.Total, e.Name))
		}}}
}

func (w *world) composing(channel string) (Composing, bool) {
	switch channel {
	case "gazette":
		return Composing{Plan: w.gazette(), Sections: []string{"区政府文件", "政策解读"}, Proof: proofs{}, Makes: w.presses}, true
	case "wechat":
		return Composing{Plan: press.Plan{Channel: "wechat", Slots: true, Hand: 8, After: []string{"site"}, Wait: 10 * time.Minute}, Proof: proofs{}, Phone: true}, true
	}
	return Composing{}, false
}

// at is the address of an edition or of something of it.
func at(key string, parts ...string) string {
	return to(append([]string{"editions", key}, parts...)...)
}

var seenField = regexp.MustCompile(`name="seen" value="(\d+)"`)

// do sends one step of the plan as a form of the page has it.
func (w *world) do(key string, form url.Values) (*http.Response, string) {
	w.Helper()
	if !form.Has("seen") {
		_, body := w.get(at(key, "compose"))
		m := seenField.FindStringSubmatch(body)
		if m == nil {
			w.Fatalf("%s has no form", key)
		}
		form.Set("seen", m[1])
	}
	return w.post(at(key, "compose"), form)
}

func (w *world) ok(res *http.Response, body string) {
	w.Helper()
	if res.StatusCode != http.StatusSeeOther {
		w.Fatalf("status %d: %s", res.StatusCode, plainText(body))
	}
}

func plainText(body string) string {
	i := strings.Index(body, "<main")
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body[max(i, 0):], " ")), " ")
}

// newIssue opens an edition by the form.
func (w *world) newIssue(channel string, slot time.Time) string {
	w.Helper()
	res, body := w.post("/editions", url.Values{"channel": {channel}, "slot": {"other"}, "at": {slot.Format("2006-01-02T15:04")}})
	w.ok(res, body)
	u, err := url.Parse(res.Header.Get("Location"))
	w.must(err)
	return strings.Split(u.Path, "/")[2]
}

// titles are the titles of an edition's entries, in order.
func (w *world) titles(key string) string {
	w.Helper()
	e, err := w.ledger.Edition(w.Context(), key)
	w.must(err)
	var out []string
	for _, en := range e.Entries {
		out = append(out, en.Revision.Title)
	}
	return strings.Join(out, " ")
}

func TestTheDayOfAGazetteEditorWithoutAScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.file("甲", "gazette"), w.file("乙", "gazette"), w.file("丙", "gazette")
	slot := time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai())
	key := w.newIssue("gazette", slot)
	if _, body := w.get(at(key, "compose")); !strings.Contains(body, ">甲<") || !strings.Contains(body, "2026年第4号（总第120号）") {
		t.Error("the candidates or the number it will have are missing: " + plainText(body))
	}
	for _, id := range []press.ItemID{a, b, c} {
		w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(id)}}))
	}
	w.ok(w.do(key, url.Values{"do": {"up"}, "item": {string(c)}}))
	w.ok(w.do(key, url.Values{"do": {"down"}, "item": {string(a)}}))
	if got := w.titles(key); got != "丙 甲 乙" {
		t.Errorf("order: %s", got)
	}
	w.ok(w.do(key, url.Values{"do": {"section"}, "item": {string(c)}, "section": {"政策解读"}}))
	w.ok(w.do(key, url.Values{"do": {"order"}, "order": {string(b) + ":", string(a) + ":", string(c) + ":政策解读"}}))
	if got := w.titles(key); got != "乙 甲 丙" {
		t.Errorf("order: %s", got)
	}
	w.ok(w.do(key, url.Values{"do": {"name"}, "name": {" 营商环境  专刊 "}}))
	res := w.ask("GET", at(key, "proof")+"/", nil)
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("the proof begins nowhere: %d", res.StatusCode)
	}
	status, body := w.get(res.Header.Get("Location"))
	if status != http.StatusOK || !strings.Contains(body, "2026年第4号（总第120号） 营商环境 专刊</title>3") {
		t.Errorf("proof: %d %s", status, body)
	}

	_, body = w.get(at(key, "freeze"))
	seen := seenField.FindStringSubmatch(body)[1]
	res, body = w.post(at(key, "freeze"), url.Values{"seen": {seen}, "how": {"timed"}})
	if res.StatusCode != http.StatusOK || !strings.Contains(body, `name="sure" value="yes"`) || !strings.Contains(body, "期号给出以后不能撤销定稿") {
		t.Fatalf("it is not asked once more: %d %s", res.StatusCode, plainText(body))
	}
	if e, err := w.ledger.Edition(w.Context(), key); err != nil || e.State != press.EditionPlanned {
		t.Fatalf("frozen before it was sure: %v %v", e.State, err)
	}
	w.ok(w.post(at(key, "freeze"), url.Values{"seen": {seen}, "how": {"timed"}, "sure": {"yes"}}))
	e, err := w.ledger.Edition(w.Context(), key)
	w.must(err)
	if e.State != press.EditionFrozen || e.Title != "示例区人民政府公报 2026年第4号（总第120号） 营商环境 专刊" || !e.IssueAt.Equal(slot) {
		t.Fatalf("%s %q at %v", e.State, e.Title, e.IssueAt)
	}

	_, body = w.get(at(key, "issue"))
	seen = seenField.FindStringSubmatch(body)[1]
	res, body = w.post(at(key, "issue"), url.Values{"seen": {seen}, "how": {"now"}, "sure": {"yes"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "不能提前发行") {
		t.Fatalf("issued before its time: %d", res.StatusCode)
	}
	w.now = slot
	_, body = w.get(at(key, "issue"))
	seen = seenField.FindStringSubmatch(body)[1]
	w.ok(w.post(at(key, "issue"), url.Values{"seen": {seen}, "how": {"now"}, "sure": {"yes"}}))
	if n, err := w.ledger.IssueDue(t.Context(), w.gazette(), w.now.Add(time.Hour)); n != 0 || err != nil {
		t.Fatalf("issued twice: %d %v", n, err)
	}
	acts, err := w.ledger.Begin(t.Context(), "gazette", w.now, 10)
	w.must(err)
	if len(acts) != 1 || len(acts[0].Edition.Entries) != 3 {
		t.Fatalf("%d acts", len(acts))
	}
	w.must(w.ledger.Settle(t.Context(), acts[0], press.Receipt{Status: press.Live, URL: "https://www.example.gov.cn/2026/04/"}, nil, w.now.Add(time.Second)))
	_, body = w.get(at(key))
	for _, want := range []string{"已发布", "王某", "清样定稿", "营商环境 专刊", "晚1秒"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of the issue does not say %q", want)
		}
	}
	s, err := w.ledger.Story(t.Context(), string(a), w.now)
	w.must(err)
	var by []string
	for _, m := range s.Moves {
		if m.Verb == "compose" || m.Verb == "freeze" || m.Verb == "issue" {
			by = append(by, m.Verb+" "+m.By)
		}
	}
	if got := strings.Join(by, ", "); got != "compose 王某, freeze 王某, issue 王某" {
		t.Errorf("the item's history says %q", got)
	}
}

func TestAMessageIsComposedByHandAndWaitsForItsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slot := time.Date(2026, 11, 25, 18, 0, 0, 0, shanghai())
	key := w.newIssue("wechat", slot)
	a, b := w.out("甲", "site", "wechat"), w.file("乙", "site", "wechat")
	plan, _ := w.composing("wechat")
	for _, id := range []press.ItemID{b, a} {
		w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(id)}}))
	}
	_, body := w.get(at(key, "compose"))
	for _, want := range []string{"iframe class=\"sheet phone\"", "2篇，最多8篇", "等待“site”先核验", "今天还可"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	e, err := w.ledger.Edition(t.Context(), key)
	w.must(err)
	_, err = w.ledger.Freeze(t.Context(), plan.Plan, key, ledger.Edit{Who: editorAt, Seen: e.Version}, w.now)
	w.must(err)
	w.must(w.ledger.IssueAt(t.Context(), plan.Plan, key, slot, ledger.Edit{Who: editorAt}, w.now))
	issue := func(want int) {
		t.Helper()
		n, err := w.ledger.IssueDue(t.Context(), plan.Plan, w.now)
		w.must(err)
		if n != want {
			t.Errorf("%d went out at %s, want %d", n, w.now.Format(time.TimeOnly), want)
		}
	}
	w.now = slot.Add(-time.Second)
	issue(0)
	w.now = slot
	issue(0) // the page of 乙 is not out
	w.publish("site", press.Receipt{Status: press.Live}, nil)
	w.saw(b, "site", press.SeenEqual, "")
	w.now = slot.Add(time.Minute)
	issue(1)
	issue(0)
	acts, err := w.ledger.Begin(t.Context(), "wechat", w.now, 10)
	w.must(err)
	if len(acts) != 1 {
		t.Fatalf("%d acts", len(acts))
	}
	for _, en := range acts[0].Edition.Entries {
		if l, ok := en.Link(press.LinkCanonical); !ok || l.URL == "" {
			t.Errorf("%s has no page to read the original on", en.Revision.Title)
		}
	}
}

var editorAt = ledger.Who{Name: "赵某", Role: press.Publisher}

func TestTwoEditorsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.file("甲", "gazette"), w.file("乙", "gazette")
	key := w.newIssue("gazette", w.now.Add(24*time.Hour))
	_, body := w.get(at(key, "compose"))
	seen := seenField.FindStringSubmatch(body)[1]
	w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(a)}, "seen": {seen}}))
	res, body := w.do(key, url.Values{"do": {"put"}, "item": {string(b)}, "seen": {seen}})
	if res.StatusCode != http.StatusConflict || !strings.Contains(body, "别人刚才的改动") || !strings.Contains(body, string(a)+"《甲》") {
		t.Fatalf("status %d: %s", res.StatusCode, plainText(body))
	}
	if got := w.titles(key); got != "甲" {
		t.Errorf("the edition has %q", got)
	}
	checkHTML(t, "the page of a conflict", body)
	_, body = w.get(at(key, "freeze"))
	seen = seenField.FindStringSubmatch(body)[1]
	w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(b)}}))
	res, _ = w.post(at(key, "freeze"), url.Values{"seen": {seen}, "how": {"only"}, "sure": {"yes"}})
	if res.StatusCode != http.StatusConflict {
		t.Errorf("froze what the person had not seen: %d", res.StatusCode)
	}
}

func TestWhatCannotGoOutStopsTheFreezeWithWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.file("甲", "gazette"), w.file("乙", "gazette")
	key := w.newIssue("gazette", w.now.Add(24*time.Hour))
	for _, id := range []press.ItemID{a, b} {
		w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(id)}}))
	}
	w.must(w.ledger.Hold(t.Context(), string(b), "等领导意见", editorAt, w.now))
	_, body := w.get(at(key, "compose"))
	if !strings.Contains(body, "“乙”不能发布：已暂缓") || !strings.Contains(body, "有缺项，还不能定稿") {
		t.Error("the plan does not say that an entry is held: " + plainText(body))
	}
	_, body = w.get(at(key, "freeze"))
	if strings.Contains(body, `name="how"`) || !strings.Contains(body, "有必须处理的问题") {
		t.Error("the step is offered all the same")
	}
	seen := seenField.FindStringSubmatch(body)
	if seen == nil {
		e, err := w.ledger.Edition(t.Context(), key)
		w.must(err)
		seen = []string{"", fmt.Sprint(e.Version)}
	}
	res, body := w.post(at(key, "freeze"), url.Values{"seen": {seen[1]}, "how": {"only"}, "sure": {"yes"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "有不能发布的稿件") {
		t.Errorf("status %d", res.StatusCode)
	}
	w.must(w.ledger.Withdraw(t.Context(), string(a), "内容有误", press.NoticePage, editorAt, w.now)) // a withdrawn one leaves a plan by itself
	if got := w.titles(key); got != "乙" {
		t.Errorf("the edition has %q", got)
	}
}

func TestAFrozenIssueThatIsBlockedAtItsMomentCallsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.file("甲", "gazette"), w.file("乙", "gazette")
	slot := w.now.Add(24 * time.Hour)
	key := w.newIssue("gazette", slot)
	for _, id := range []press.ItemID{a, b} {
		w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(id)}}))
	}
	_, err := w.ledger.Freeze(t.Context(), w.gazette(), key, ledger.Edit{Who: editorAt}, w.now)
	w.must(err)
	w.must(w.ledger.IssueAt(t.Context(), w.gazette(), key, slot, ledger.Edit{Who: editorAt}, w.now))
	w.must(w.ledger.Withdraw(t.Context(), string(a), "内容有误", press.NoticePage, editorAt, w.now))
	w.now = slot
	if n, err := w.ledger.IssueDue(t.Context(), w.gazette(), w.now); n != 0 || err != nil {
		t.Fatalf("%d issued, %v", n, err)
	}
	_, body := w.get(at(key))
	if !strings.Contains(body, "到点没有发出") || !strings.Contains(body, string(a)) {
		t.Error("the page does not say why it stopped: " + plainText(body))
	}
	if _, body = w.get("/items/" + string(a)); !strings.Contains(body, `href="`+at(key, "issue")+`">移出</a>`) {
		t.Error("its page does not lead to where it is taken out: " + plainText(body))
	}
	_, body = w.get(at(key, "issue"))
	e, err := w.ledger.Edition(t.Context(), key)
	w.must(err)
	seen := fmt.Sprint(e.Version)
	if !strings.Contains(body, `value="drop"`) {
		t.Error("what blocks it cannot be taken out")
	}
	res, _ := w.post(at(key, "compose"), url.Values{"do": {"drop"}, "item": {string(b)}, "seen": {seen}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("took out what may go out: %d", res.StatusCode)
	}
	w.ok(w.post(at(key, "compose"), url.Values{"do": {"drop"}, "item": {string(a)}, "seen": {seen}}))
	e, err = w.ledger.Edition(t.Context(), key)
	w.must(err)
	if len(e.Entries) != 1 || e.Entries[0].Position != 1 {
		t.Fatalf("the others did not close up: %+v", e.Entries)
	}
	w.ok(w.post(at(key, "issue"), url.Values{"seen": {fmt.Sprint(e.Version)}, "how": {"now"}, "sure": {"yes"}}))
}

func TestEditionsRefuseWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.file(hostile, "gazette")
	site := w.file("网站稿", "site")
	key := w.newIssue("gazette", w.now.Add(24*time.Hour))
	w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(a)}}))
	_, body := w.get(at(key, "compose"))
	checkHTML(t, "an edition with a hostile title", body)
	w.ok(w.do(key, url.Values{"do": {"name"}, "name": {hostile[:20]}}))
	for what, form := range map[string]url.Values{
		"an item of another channel": {"do": {"put"}, "item": {string(site)}},
		"no item":                    {"do": {"put"}, "item": {"nobody"}},
		"twice":                      {"do": {"put"}, "item": {string(a)}},
		"no step":                    {"do": {"dance"}},
		"no section":                 {"do": {"section"}, "item": {string(a)}, "section": {"<b>"}},
		"a long name":                {"do": {"name"}, "name": {strings.Repeat("长", 61)}},
		"no time":                    {"do": {"at"}, "at": {"soon"}},
	} {
		if res, body := w.do(key, form); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", what, res.StatusCode)
		} else {
			checkHTML(t, what, body)
		}
	}
	if res, _ := w.do(key, url.Values{"do": {"order"}, "order": {string(site)}}); res.StatusCode != http.StatusConflict {
		t.Errorf("an order of other items: status %d", res.StatusCode)
	}
	for target, want := range map[string]int{
		at(key, "proof", "..", "..", "etc"):        http.StatusNotFound,
		at(key, "proof", "2026", "04", "none"):     http.StatusNotFound,
		at("gazette@x#1", "compose"):               http.StatusNotFound,
		at("site@2026-11-25T02:00:00Z#1", "proof"): http.StatusMovedPermanently,
	} {
		if status, _ := w.get(target); status != want && status != http.StatusTemporaryRedirect && status != http.StatusNotFound {
			t.Errorf("%s: status %d, want %d", target, status, want)
		}
	}
	res := w.ask("GET", at(key, "proof", "2026", "04", "01", "附件.pdf"), nil)
	if !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Error("a file of a proof opens in the desk")
	}
	res = w.ask("GET", at(key, "proof", "2026", "04", "index.html"), nil)
	if p := res.Header.Get("Content-Security-Policy"); !strings.Contains(p, "sandbox") || strings.Contains(p, "script-src") || res.Header.Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("the proof may do more than be seen: %s", p)
	}
	w.roles[0], w.roles[1] = press.Supervisor, press.Supervisor
	w.desk = New(w.options())
	for _, target := range []string{at(key, "compose"), at(key, "freeze"), "/editions/new"} {
		if status, _ := w.get(target); status != http.StatusForbidden {
			t.Errorf("a supervisor at %s: status %d", target, status)
		}
	}
}

// editionAddresses are the pages of editions, with the template of each.
func (w *world) editionAddresses() map[string]string {
	w.Helper()
	list, err := w.ledger.Ahead(w.Context(), "gazette", 1)
	w.must(err)
	planned := list[0].Key
	who := ledger.Edit{Who: ledger.Who{Name: "赵某", Role: press.GazetteEditor}}
	w.must(w.ledger.Put(w.Context(), w.gazette(), planned, string(w.file("校样里的稿件 <i>", "gazette")), who, w.now))
	return map[string]string{
		"/editions?state=planned": "editions", "/editions/past": "past", "/editions/past?q=办法": "past", "/editions/new": "newedition", "/editions/new?channel=gazette": "newedition",
		at(planned): "edition", at(planned, "compose"): "compose", at(planned, "compose") + "?q=示例区": "compose",
		at(planned, "freeze"): "settle", at(planned, "end"): "settle",
		at(planned, "rounds", w.pulled(planned)): "round", at(planned, "changes"): "changes",
	}
}
