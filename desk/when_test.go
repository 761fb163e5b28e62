package desk

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// sentBack are the hidden fields of the form on a page, as a browser sends them back.
func sentBack(body string) url.Values {
	v := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(body, -1) {
		v.Set(m[1], strings.NewReplacer("&#43;", "+", "&amp;", "&").Replace(m[2]))
	}
	return v
}

func (w *world) releaseOf(id press.ItemID) time.Time {
	w.Helper()
	s, err := w.ledger.Story(w.Context(), string(id), w.now)
	w.must(err)
	return s.Item.ReleaseAt
}

// The whole way without a script: form, check page, done.
func TestMovingAnItemToAnotherTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.fileAt("示例区2027年老旧小区改造计划", w.now.Add(26*time.Hour), true, "site", "wechat")
	at := to("items", string(id), "time")
	status, body := w.get(at + "?back=" + url.QueryEscape("/calendar?view=week&on=2026-11-26"))
	if status != http.StatusOK || !strings.Contains(body, `value="2026-11-26"`) || !strings.Contains(body, `value="12:00"`) {
		t.Fatalf("the form: %d", status)
	}
	form := sentBack(body)
	form.Set("when", "at")
	form.Set("date", "2026-11-27")
	form.Set("time", "09:30")
	res, body := w.post(at, form)
	if res.StatusCode != http.StatusOK || !w.releaseOf(id).Equal(w.now.Add(26*time.Hour)) {
		t.Fatalf("the check page: %d; it may not move anything", res.StatusCode)
	}
	for _, s := range []string{"2026-11-26 12:00:00", "2026-11-27 09:30:00", "到时间立即发布", "2026-11-27 18:00:00", "周五"} {
		if !strings.Contains(body, s) {
			t.Errorf("the check page does not say %q", s)
		}
	}
	res, _ = w.post(at, sentBack(body))
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/calendar?done=time&on=2026-11-26&view=week" {
		t.Fatalf("%d to %q", res.StatusCode, got)
	}
	if got := w.releaseOf(id); !got.Equal(time.Date(2026, 11, 27, 9, 30, 0, 0, shanghai())) {
		t.Errorf("it is to go out at %s", got)
	}
	if w.woken != 1 {
		t.Errorf("woken %d times", w.woken)
	}
	s, err := w.ledger.Story(w.Context(), string(id), w.now)
	w.must(err)
	for _, m := range s.Moves {
		if m.Verb == "reschedule" && (m.By != "王某" || m.Role != string(press.Publisher)) {
			t.Errorf("moved by %s as %s", m.By, m.Role)
		}
	}
	if _, body = w.get("/calendar?done=time"); !strings.Contains(body, "发布时间已改。") {
		t.Error("the calendar does not say that it is done")
	}
}

// What a drag asks for: another day, the same time of day, and first the check page.
func TestADragLeadsToTheCheckPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.fileAt("示例区2027年老旧小区改造计划", time.Date(2026, 11, 26, 15, 4, 5, 0, shanghai()), true, "site")
	status, body := w.get(to("items", string(id), "time") + "?check=1&date=2026-11-28&back=/calendar")
	if status != http.StatusOK || !strings.Contains(body, "2026-11-28 15:04:05") || !strings.Contains(body, "周末") || !w.releaseOf(id).Equal(time.Date(2026, 11, 26, 15, 4, 5, 0, shanghai())) {
		t.Fatalf("%d %s", status, body)
	}
	res, _ := w.post(to("items", string(id), "time"), sentBack(body))
	if got := w.releaseOf(id); res.StatusCode != http.StatusSeeOther || !got.Equal(time.Date(2026, 11, 28, 15, 4, 5, 0, shanghai())) {
		t.Errorf("%d, it goes out at %s", res.StatusCode, got)
	}
}

func TestMovingSaysWhatFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := ledger.Filing{
		Item: press.Item{ExternalID: "甲", Kind: press.Notice, ReleaseAt: w.now.Add(time.Hour), BelongsWith: []string{"乙"},
			Wants: []press.Want{{Channel: "site"}, {Channel: "wechat", NotBefore: time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai())}}},
		Revision: press.Revision{Title: "通知甲", Body: []press.Block{press.P("正文。")}, Meta: press.Meta{FormedOn: press.Date{Year: 2026, Month: 11, Day: 2}, Disclosure: press.Proactive}},
		By:       ledger.Who{Name: "王某", Role: press.Registrar},
	}
	out, err := w.ledger.File(w.Context(), f, w.now)
	w.must(err)
	f.Item.ExternalID, f.Item.BelongsWith, f.Revision.Title = "乙", nil, "通知乙"
	_, err = w.ledger.File(w.Context(), f, w.now)
	w.must(err)
	at := to("items", string(out.ID), "time")
	_, body := w.get(at + "?check=1&date=2026-11-30&time=09:00")
	for _, s := range []string{"最迟2026-11-30", "今天是最后一天", "通知乙", "不会跟着改", "检查没有通过", "另外定了不早于", "2026-12-01 18:00:00"} {
		if !strings.Contains(body, s) {
			t.Errorf("the check page does not say %q", s)
		}
	}
	if _, body = w.get(at + "?check=1&date=2026-12-02&time=09:00"); !strings.Contains(body, "超过法定期限") || !strings.Contains(body, "已超期2个工作日") {
		t.Error("that it is too late by law is not said")
	}
	if _, body = w.get(at + "?check=1&date=2026-11-20&time=09:00"); !strings.Contains(body, "已经过去，意思是尽快发布") {
		t.Error("that the past means now is not said")
	}
	for date, want := range map[string]string{"2027-01-01": "元旦", "2027-05-03": "2027年放假安排未导入"} {
		if _, body = w.get(at + "?check=1&time=09:00&date=" + date); !strings.Contains(body, want) && !strings.Contains(body, "放假安排未导入") {
			t.Errorf("%s: not said whether it is worked", date)
		}
	}
}

func TestMovingIsRefusedInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.fileAt("示例区2027年老旧小区改造计划", w.now.Add(26*time.Hour), true, "site")
	at := to("items", string(id), "time")
	_, body := w.get(at)
	form := sentBack(body)
	for _, tc := range []struct{ when, date, clock, want string }{
		{"at", "2026-02-30", "09:00", "存在的日期"},
		{"at", "2026-11-27", "25:00", "请填写时间"},
		{"at", "", "", "存在的日期"},
		{"at", "2126-11-27", "09:00", "10年以后"},
		{"never", "2026-11-27", "09:00", "请选择一项"},
		{"at", `"><script>alert(1)</script>`, hostile, "存在的日期"},
	} {
		form.Set("when", tc.when)
		form.Set("date", tc.date)
		form.Set("time", tc.clock)
		for _, sure := range []string{"", "yes"} {
			form.Set("sure", sure)
			res, body := w.post(at, form)
			if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, tc.want) || !strings.Contains(body, `role="alert"`) || strings.Contains(body, "<script>alert") {
				t.Errorf("%+v: %d", tc, res.StatusCode)
			}
		}
	}
	form.Set("when", "soon")
	form.Set("seen", "yesterday")
	if res, body := w.post(at, form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "在您填写期间变了") {
		t.Errorf("stale: %d", res.StatusCode)
	}
	if !w.releaseOf(id).Equal(w.now.Add(26 * time.Hour)) {
		t.Error("it was moved all the same")
	}
	out := w.out("已公开的", "site")
	if status, body := w.get(to("items", string(out), "time") + "?check=1&date=2026-11-28&time=09:00"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "已经改不了") {
		t.Errorf("what is public: %d", status)
	}
	if status, _ := w.get("/items/20260101-nosuch/time"); status != http.StatusNotFound {
		t.Errorf("an item that is not there: %d", status)
	}
}

func TestWhoMayMove(t *testing.T) {
	t.Parallel()
	for role, may := range map[press.Role]bool{press.Publisher: true, press.NewMediaEditor: true, press.GazetteEditor: true,
		press.Drafter: false, press.Supervisor: false, press.Operator: false, press.Reviewer: false} {
		w := newWorld(t)
		id := w.fileAt("示例区2027年老旧小区改造计划", w.now.Add(26*time.Hour), true, "site")
		w.roles = []press.Role{role}
		w.desk = New(w.options())
		at := to("items", string(id), "time")
		status, _ := w.get(at)
		res, _ := w.post(at, url.Values{"when": {"soon"}, "sure": {"yes"}, "seen": {fmt.Sprintf("%d/approved/site", w.now.Add(26*time.Hour).UnixMicro())}})
		if may != (status == http.StatusOK) || may != (res.StatusCode == http.StatusSeeOther) {
			t.Errorf("%s: form %d, move %d", role, status, res.StatusCode)
		}
		_, body := w.get("/calendar?on=2026-11-26")
		if may != strings.Contains(body, "data-move") {
			t.Errorf("%s: the calendar offers the move: %v", role, !may)
		}
	}
}

func TestNobodyIsSentElsewhere(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/calendar": "/calendar", "/calendar?view=week&on=2026-11-26": "/calendar?on=2026-11-26&view=week", "/calendar/2026-11-26": "/calendar/2026-11-26",
		"": "", "/matrix": "", "//evil.example/calendar": "", "https://evil.example/calendar": "", "/calendar//evil.example": "", "javascript:alert(1)": "",
		"/calendarx": "", "/calendar\r\nSet-Cookie: a=b": "", "/calendar?" + strings.Repeat("a", 400): "", "/calendar/%0d%0aX: y": "/calendar/%0D%0AX:%20y",
	} {
		if got := calendarPath(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
