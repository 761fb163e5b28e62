package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongfa/press"
)

// A person keeps a view, sees it with its number, gives it another name and drops it, without a script.
func TestViewsFromKeepingToDropping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	res, _ := w.post("/views", url.Values{"query": {"copy=differs&evil=1&after=MTc"}, "name": {" 要改的 "}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/matrix?copy=differs&done=kept" {
		t.Fatal(res.Status, res.Header.Get("Location"))
	}
	var text string
	for range 100 { // on a busy machine a page may have no time for the number
		if text = words(w.parse(res.Header.Get("Location"))); strings.Contains(text, "要改的 1") {
			break
		}
	}
	if !strings.Contains(text, "视图已保存。") || !strings.Contains(text, "要改的 1") {
		t.Errorf("the view is not there with its number: %s", text)
	}
	res, _ = w.post("/views/rename", url.Values{"name": {"要改的"}, "to": {hostile[:20]}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	_, body := w.get("/views")
	checkHTML(t, "/views", body)
	if res, _ = w.post("/views/rename", url.Values{"name": {"要改的"}, "to": {"x"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a view that is gone was renamed: %s", res.Status)
	}
	if res, _ = w.post("/views/drop", url.Values{"name": {hostile[:20]}}); res.StatusCode != http.StatusSeeOther {
		t.Error(res.Status)
	}
	for _, form := range []url.Values{
		{"query": {"copy=differs"}, "name": {""}}, {"query": {"copy=differs"}, "name": {strings.Repeat("长", 31)}}, {"query": {""}, "name": {"x"}},
		{"query": {"%zz"}, "name": {"x"}}, {"query": {"a=b"}, "name": {"x"}},
	} {
		if res, body := w.post("/views", form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%v: %s", form, res.Status)
		}
	}
}

// Nobody sees the views of others.
func TestViewsArePrivate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.post("/views", url.Values{"query": {"copy=differs"}, "name": {"王某的"}})
	o := w.options()
	o.Guest.Name = "李某"
	w.desk = New(o)
	if text := words(w.parse("/matrix")); strings.Contains(text, "王某的") {
		t.Error("a view of somebody else is shown")
	}
	if res, _ := w.post("/views/drop", url.Values{"name": {"王某的"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a view of somebody else was dropped: %s", res.Status)
	}
}

// Every role has views that its work needs, each of which is a question that the matrix asks.
func TestUsualViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	for _, role := range press.Roles() {
		o := w.options()
		o.Guest.Roles = []press.Role{role}
		p := *o.Guest
		for _, v := range usual(p) {
			if status, _ := w.get("/matrix?" + v.Query); status != http.StatusOK {
				t.Errorf("%s: %s: status %d", role, v.Query, status)
			}
		}
	}
	o := w.options()
	o.Guest.Roles = []press.Role{press.NewMediaEditor}
	w.desk = New(o)
	const want = "全部 需人工处理 4 结果待核实 1 与原文不一致 1 平台未通过 1 管理视图"
	text := ""
	for range 20 { // no page waits for all numbers on a busy machine: the next one has more of them
		if text = words(w.parse("/matrix")); strings.Contains(text, want) {
			return
		}
	}
	t.Errorf("the views of a new-media editor: %s", text)
}

func TestMatrixAsksByEveryField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	for target, want := range map[string]int{
		"/matrix?kind=news": len(ids), "/matrix?kind=budget": 0, "/matrix?column=政务动态&by=王某": len(ids), "/matrix?issuer=无": 0,
		"/matrix?filed_from=2026-11-25&filed_to=2026-11-25": len(ids), "/matrix?filed_to=2026-11-24": 0, "/matrix?filed_from=2026-11-26": 0, "/matrix?filed_from=garbage": len(ids),
		"/matrix?public_from=2026-11-25&q=供暖保障的通知": 0, "/matrix?public_from=2026-11-25&q=供暖保障工作": 1, "/matrix?q=便民服务工作": len(ids),
	} {
		n := strings.Count(w.page(target), "data-row=")
		if n != want {
			t.Errorf("%s: %d rows, want %d", target, n, want)
		}
	}
	q, err := url.ParseQuery("state=needs_hand&channel=wechat&copy=gate&q=x&kind=news&column=a&issuer=b&by=c&filed_from=2026-11-01&filed_to=2026-11-02&public_from=2026-11-03&public_to=2026-11-04")
	w.must(err)
	if again, err := url.ParseQuery(askOf(q).Encoded()); err != nil || again.Encode() != q.Encode() {
		t.Errorf("a question does not survive its address: %v", again)
	}
}

func (w *world) page(target string) string {
	w.Helper()
	status, body := w.get(target)
	if status != http.StatusOK {
		w.Fatalf("%s: status %d", target, status)
	}
	return body
}

func TestKeysAreSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	res, _ := w.post("/keys", url.Values{"keys": {"off"}})
	if c := res.Cookies(); res.StatusCode != http.StatusSeeOther || len(c) != 1 || c[0].Value != "off" {
		t.Fatal(res.Status, res.Cookies())
	}
	_, body := w.get("/keys", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "keys", Value: "off"}) })
	if !strings.Contains(body, `value="off" checked`) {
		t.Error("the page does not know what was chosen")
	}
}
