package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// A supplement is opened by the form, takes the index of the year, comes out, and is announced once by a draft that nothing sends by itself.
func TestASupplementIsOpenedIssuedAndAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.file("甲", "gazette")
	slot := time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai())
	if _, body := w.get("/editions/new?channel=wechat"); strings.Contains(body, "增刊") {
		t.Error("a message may be a supplement")
	}
	if _, body := w.get("/editions/new?channel=gazette"); !strings.Contains(body, `name="supplement"`) {
		t.Error("the form has no supplement")
	}
	res, _ := w.post("/editions", url.Values{"channel": {"gazette"}, "slot": {"other"}, "at": {slot.Format("2006-01-02T15:04")}, "supplement": {"on"}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("opened: %d", res.StatusCode)
	}
	list, err := w.ledger.Ahead(t.Context(), "gazette", 1)
	w.must(err)
	key := list[0].Key
	w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(id)}}))
	w.ok(w.do(key, url.Values{"do": {"supplement"}}))
	if e, err := w.ledger.Edition(t.Context(), key); err != nil || e.Supplement {
		t.Errorf("still a supplement: %v", err)
	}
	w.ok(w.do(key, url.Values{"do": {"supplement"}, "supplement": {"on"}}))
	w.ok(w.do(key, url.Values{"do": {"index"}, "index": {"on"}}))
	_, body := w.get(at(key, "compose"))
	if text := plainText(body); !strings.Contains(text, "增刊 带年度总目录") || !strings.Contains(text, "2026年增刊第1期") {
		t.Error("the page does not say what it is: " + text)
	}
	w.now = slot
	_, body = w.get(at(key, "freeze"))
	w.ok(w.post(at(key, "freeze"), url.Values{"seen": {seenField.FindStringSubmatch(body)[1]}, "how": {"only"}, "sure": {"yes"}}))
	if res, _ := w.post(at(key, "announce"), url.Values{"seen": {"9"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("announced before it is out: %d", res.StatusCode)
	}
	_, body = w.get(at(key, "issue"))
	w.ok(w.post(at(key, "issue"), url.Values{"seen": {seenField.FindStringSubmatch(body)[1]}, "how": {"now"}, "sure": {"yes"}}))
	acts, err := w.ledger.Begin(t.Context(), "gazette", w.now, 10)
	w.must(err)
	w.must(w.ledger.Settle(t.Context(), acts[0], press.Receipt{Status: press.Live, URL: "https://www.example.gov.cn/gazette/2026/s1/"}, nil, w.now))

	_, body = w.get(at(key))
	seen := seenField.FindStringSubmatch(body)
	if seen == nil {
		t.Fatal("the page of the issue has no button: " + plainText(body))
	}
	w.ok(w.post(at(key, "announce"), url.Values{"seen": {seen[1]}}))
	told, err := w.ledger.Announced(t.Context(), key)
	w.must(err)
	s := w.story(told)
	if s.Item.State != press.Draft || s.Item.AnnouncedEdition() != key || len(s.Copies) != 2 {
		t.Errorf("the draft is %v of %q with %d copies", s.Item.State, s.Item.AnnouncedEdition(), len(s.Copies))
	}
	_, body = w.get(at(key))
	if !strings.Contains(body, string(told)) || strings.Contains(body, "拟出刊消息</button>") {
		t.Error("the page does not lead to the draft, or asks for another one")
	}
	if _, body := w.get(to("items", string(told))); !strings.Contains(body, at(key)) {
		t.Error("the draft does not lead to its issue")
	}
	if res, _ := w.post(at(key, "announce"), url.Values{"seen": {seen[1]}}); res.StatusCode != http.StatusConflict {
		t.Errorf("announced twice: %d", res.StatusCode)
	}
	if res, _ := w.as(press.Registrar).post(at(key, "announce"), url.Values{}); res.StatusCode != http.StatusForbidden {
		t.Errorf("announced by who may not: %d", res.StatusCode)
	}
}

func TestImportedIssuesAreFoundByTheirTitles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 52 {
		b := press.BackIssue{Year: 2000 + n/4, Number: n%4 + 1, Day: "2019-03-30", PDF: "abc", Articles: []press.BackArticle{{Title: "关于旧事的办法", DocNumber: "示政发〔2001〕" + string(rune('1'+n%4)) + "号", Page: 7}}}
		w.must(w.ledger.BeginBack(t.Context(), w.gazette(), b, "公报 "+b.Name(), ledger.Who{Name: "王某", Role: press.GazetteEditor}, w.now))
		w.must(w.ledger.EndBack(t.Context(), "gazette", b, "https://www.example.gov.cn/gazette/2019/01/", w.now))
	}
	if _, body := w.get("/editions"); !strings.Contains(body, "/editions/past") {
		t.Error("the list of editions does not lead there")
	}
	_, body := w.get("/editions/past")
	if strings.Count(body, "<p class=\"name\"") != pastSize || !strings.Contains(body, "before=2000-false-3") {
		t.Errorf("%d issues on the first page", strings.Count(body, "<p class=\"name\""))
	}
	if _, body = w.get("/editions/past?before=2000-false-3"); strings.Count(body, "<p class=\"name\"") != 2 {
		t.Errorf("%d issues on the second page", strings.Count(body, "<p class=\"name\""))
	}
	if _, body = w.get("/editions/past?q=" + url.QueryEscape("〔2001〕2号")); strings.Count(body, "<p class=\"name\"") != 13 || !strings.Contains(body, "PDF 第7页") {
		t.Errorf("%d issues found", strings.Count(body, "<p class=\"name\""))
	}
	for _, bad := range []string{"x", "2000-false", "2000-maybe-1", "0-false-1", "2000-false-0", "99999999999999999999-false-1"} {
		if status, _ := w.get("/editions/past?before=" + bad); status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, status)
		}
	}
}
