package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// alarmed is a busy world whose alarms were judged.
func alarmed(t *testing.T) (*world, map[string]press.ItemID) {
	t.Helper()
	w := newWorld(t)
	ids := w.busy()
	w.judge()
	return w, ids
}

func (w *world) judge(facts ...press.Alarm) {
	w.Helper()
	_, _, err := w.ledger.Judge(w.Context(), ledger.Watch{Facts: facts}, w.now)
	w.must(err)
}

func (w *world) openAlarm(kind press.AlarmKind) press.Alarm {
	w.Helper()
	open, err := w.ledger.OpenAlarms(w.Context())
	w.must(err)
	for _, a := range open {
		if a.Kind == kind {
			return a
		}
	}
	w.Fatalf("no alarm of kind %s: %+v", kind, open)
	return press.Alarm{}
}

func TestAlarmsSayWhatWhereSinceWhenAndWhatToDo(t *testing.T) {
	t.Parallel()
	w, ids := alarmed(t)
	status, body := w.get("/alarms")
	checkHTML(t, "/alarms", body)
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	for what, words := range map[string]string{
		"level":      `<span class="g" aria-hidden="true">▲</span>紧急`,
		"kind":       "<b>内容不一致</b>",
		"text":       "第3段：应为“二十日”，看到“二十二日”",
		"remedy":     `怎么办</span> <span lang="zh-CN">请网站管理员查明是谁改的`,
		"item":       `href="/items/` + string(ids["differs"]) + `"`,
		"time":       "2026-11-25 10:",
		"warning":    `<span class="g" aria-hidden="true">△</span>提醒`,
		"navigation": `<a href="/alarms" aria-current="page">告警</a>`,
	} {
		if !strings.Contains(body, words) {
			t.Errorf("the page does not tell the %s: %s", what, words)
		}
	}
	open, err := w.ledger.OpenAlarms(t.Context())
	w.must(err)
	if about := `data-about="` + alarmsTopic(open) + `"`; !strings.Contains(body, about) {
		t.Errorf("the page does not say to the stream of its changes which alarms it shows: %s", about)
	}
	if i, j := strings.Index(body, `<li class="a-warning">`), strings.LastIndex(body, `<li class="a-incident">`); i < 0 || j > i {
		t.Error("a warning stands before an incident")
	}
}

func TestAnAlarmIsTakenByName(t *testing.T) {
	t.Parallel()
	w, _ := alarmed(t)
	a := w.openAlarm(press.AlarmChanged)
	take := to("alarms", strconv.FormatInt(a.ID, 10), "take")
	if res, _ := w.post(take, url.Values{}); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/alarms?done=taken" {
		t.Fatalf("status %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if _, body := w.get("/alarms?done=taken"); !strings.Contains(body, "王某</span>") || !strings.Contains(body, "已认领。") {
		t.Error("the page does not say who took it")
	}
	res, body := w.post("/alarms/99999/take", url.Values{})
	if res.StatusCode != http.StatusConflict || !strings.Contains(body, "没有编号是 99999") {
		t.Errorf("an alarm that is not there: %d", res.StatusCode)
	}
	if res, _ := w.post("/alarms/x/take", url.Values{}); res.StatusCode != http.StatusNotFound {
		t.Errorf("a number that is none: %d", res.StatusCode)
	}
	if res, _ := w.post(take, url.Values{}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); res.StatusCode != http.StatusForbidden {
		t.Errorf("another site takes it: %d", res.StatusCode)
	}
}

func TestWhatIsOverStandsInTheHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, body := w.get("/alarms"); !strings.Contains(body, "没有告警") {
		t.Error("nobody says that nothing is wrong")
	}
	var facts []press.Alarm
	for i := range pastAlarms + 5 {
		facts = append(facts, press.Alarm{Key: "disk:" + strconv.Itoa(i), Kind: press.AlarmDisk, Text: "第" + strconv.Itoa(i) + "个磁盘快满了" + hostile})
	}
	w.judge(facts...)
	w.now = w.now.Add(time.Hour)
	w.judge()
	_, body := w.get("/alarms")
	checkHTML(t, "/alarms", body)
	if n := strings.Count(body, "已恢复</b>"); n != pastAlarms || !strings.Contains(body, "2026-11-25 11:00:00") {
		t.Fatalf("%d alarms of the history", n)
	}
	_, next, ok := strings.Cut(body, `href="/alarms?before=`)
	if !ok {
		t.Fatal("there is no next page")
	}
	next, _, _ = strings.Cut(next, `"`)
	_, body = w.get("/alarms?before=" + next)
	if n := strings.Count(body, "已恢复</b>"); n != 5 || strings.Contains(body, "<h1>告警") {
		t.Fatalf("%d alarms on the second page", n)
	}
	if status, _ := w.get("/alarms?before=x"); status != http.StatusBadRequest {
		t.Errorf("a cursor that is none: %d", status)
	}
}
