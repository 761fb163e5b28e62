package desk

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

var (
	someone  = ledger.Who{Name: "孙某", Role: press.Operator}
	allMeans = map[string][]press.Means{
		"site":    {{Way: press.InPlace, What: "同一地址显示新的文字"}},
		"wechat":  {{Way: press.ByHand, What: "登录公众平台，把第2段改为“二十二日”"}},
		"gazette": {{Way: press.Erratum, What: "下一期刊登更正"}},
	}
)

// correct approves another text of an item, and corrects what is out.
func (w *world) correct(id press.ItemID) {
	w.Helper()
	w.revise(id)
	_, err := w.ledger.Correct(w.Context(), string(id), ledger.Correction{Reason: "会议日期有误", Means: allMeans}, someone, w.now)
	w.must(err)
}

// revise approves another text of an item.
func (w *world) revise(id press.ItemID) {
	w.Helper()
	s, err := w.ledger.Story(w.Context(), string(id), w.now)
	w.must(err)
	old := s.Revisions[len(s.Revisions)-1]
	text := press.Text(old.Body) + "会议时间更正为二十二日。"
	f := ledger.Filing{Item: s.Item, Revision: press.Revision{Title: old.Title, Body: []press.Block{{Kind: press.Paragraph, Spans: []press.Span{{Text: text}}}}, Meta: old.Meta},
		Approvals: s.Approvals, By: ledger.Who{Name: "王某", Role: press.Registrar}}
	out, err := w.ledger.File(w.Context(), f, w.now)
	w.must(err)
	if out.Outcome != ledger.Revised {
		w.Fatalf("filed as %s: %+v", out.Outcome, out.Findings)
	}
}

// corrected is an item that was corrected on the website, and that a person has still to correct on the account.
func (w *world) corrected() press.ItemID {
	w.Helper()
	id := w.out("示例区召开政务公开工作会议", "site", "wechat")
	w.publish("wechat", press.Receipt{Status: press.Live}, nil)
	w.saw(id, "wechat", press.SeenEqual, "")
	w.correct(id)
	for _, channel := range []string{"site", "wechat"} {
		acts, err := w.ledger.Begin(w.Context(), channel, w.now, 10)
		w.must(err)
		for _, a := range acts {
			r := press.Receipt{Status: press.Live, URL: a.Edition.Entries[0].Copy.URL}
			if a.Task != "" {
				r = press.Receipt{Status: press.NeedsHand, Note: a.Task}
			}
			w.must(w.ledger.Settle(w.Context(), a, r, nil, w.now))
		}
	}
	return id
}

func TestItemTellsWhatIsOpenAndWhatAPersonCanDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.corrected()
	text := words(w.parse("/items/" + string(id)))
	for _, want := range []string{"待办", "人工更正", "把第2段改为", "下一步：", "标记已完成", "保留原样", "更正说明", "会议日期有误"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if strip := strings.Join(strings.Fields(words(w.parse("/matrix"))), " "); !strings.Contains(strip, "待人工改 1") {
		t.Errorf("the strip does not count it: %s", strip)
	}
	_, body := w.get("/items/" + string(id))
	for _, want := range []string{"/retry?channel=wechat&amp;hint=done", "/retry?channel=wechat&amp;hint=leave"} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no link to %s", want)
		}
	}
	if _, body := w.get("/items/" + string(id) + "/retry?channel=wechat&hint=leave"); !strings.Contains(body, `value="leave" checked`) {
		t.Error("the answer of the link is not chosen")
	}
}

func TestWhatWasAskedOfAPersonIsDoneOrLeft(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]string{hintDone: "人工标记已完成", hintLeave: "人工决定保留原样"} {
		w := newWorld(t)
		id := w.corrected()
		form := url.Values{"channel": {"wechat"}, "hint": {hint}, "seen": {seen(w.copy(id, "wechat"))}}
		if res, body := w.post("/items/"+string(id)+"/retry", form); res.StatusCode != http.StatusOK || !strings.Contains(body, "确认之前请核对") {
			t.Fatalf("%s is not asked once more: %d", hint, res.StatusCode)
		}
		form.Set("sure", "yes")
		res, _ := w.post("/items/"+string(id)+"/retry", form)
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %d", hint, res.StatusCode)
		}
		c := w.copy(id, "wechat")
		if c.Task != "" || (hint == hintDone) != (c.Revision == 2) {
			t.Errorf("%s left %+v", hint, c)
		}
		text := words(w.parse(res.Header.Get("Location")))
		if !strings.Contains(text, want) {
			t.Errorf("the history does not say %q", want)
		}
		if hint == hintLeave && !strings.Contains(text, "这里保留第1版的文字") {
			t.Error("nobody says that the older text was kept")
		}
	}
}

func TestItemShowsWordByWordWhatWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.out("示例区召开政务公开工作会议", "site")
	c := w.copy(id, "site")
	w.must(w.ledger.Saw(t.Context(), press.Sighting{Copy: c.ID, Status: press.SeenDiffers, URL: c.URL, Detail: "有1处不同", At: w.now,
		Changes: []press.Change{{Before: "会议定于", Was: "二十日", Now: "<b>二十二日", After: "召开"}}}, w.now))
	_, body := w.get("/items/" + string(id))
	if want := `…会议定于<del><span class="hidden">签发：</span>二十日</del><ins><span class="hidden">所见：</span>&lt;b&gt;二十二日</ins>召开…`; strings.Count(body, want) != 2 {
		t.Errorf("the difference stands beside the copy and in the history %d times", strings.Count(body, want))
	}
	if !strings.Contains(body, `href="/items/`+string(id)+`/correct?restore=1"`) {
		t.Error("there is no form to restore the text")
	}
}

// strange makes a survey find something with the title of an item that waits, and something else.
func (w *world) strange() press.ItemID {
	w.Helper()
	id := w.file("示例区召开政务公开工作会议", "site")
	p := press.Plan{Channel: "site", Max: 1}
	_, err := w.ledger.Surveyed(w.Context(), p, []press.Found{
		{Ref: "/old/1.html", URL: "https://www.example.gov.cn/old/1.html", Title: "示例区召开政务公开工作会议", Public: w.now.Add(-time.Hour)},
		{Ref: "/old/2.html", URL: "https://www.example.gov.cn/old/2.html", Title: hostile},
	}, w.now)
	w.must(err)
	w.must(w.ledger.SurveyEnded(w.Context(), "site", time.Time{}, true, w.now))
	_, err = w.ledger.Compose(w.Context(), p, w.now, w.now)
	w.must(err)
	return id
}

func TestStrangersAreToldAndExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.strange()
	for target, want := range map[string]string{"/matrix": "台账外内容 2", "/strangers": "台账里没有的内容 2件", "/channels/site": "已查全", "/channels/wechat": "还没有"} {
		if text := words(w.parse(target)); !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%s does not say %q:\n%s", target, want, text)
		}
	}
	_, body := w.get("/strangers")
	checkHTML(t, "/strangers", body)
	if !strings.Contains(body, to("items", string(id))) {
		t.Error("the item that waits is not told")
	}
	form := url.Values{"channel": {"site"}, "ref": {"/old/1.html"}, "who": {"李某"}, "reason": {" "}}
	if res, body := w.post("/strangers/known", form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明这是什么") {
		t.Errorf("without a reason: %d", res.StatusCode)
	}
	form.Set("reason", "旧网站迁移来的页面")
	form.Set("ref", "/none.html")
	if res, _ := w.post("/strangers/known", form); res.StatusCode != http.StatusConflict || w.woken != 0 {
		t.Errorf("one that is not there: %d", res.StatusCode)
	}
	form.Set("ref", "/old/1.html")
	if res, _ := w.post("/strangers/known", form); res.StatusCode != http.StatusSeeOther || w.woken != 1 {
		t.Fatalf("known: %d", res.StatusCode)
	}
	if found, err := w.ledger.Strangers(t.Context(), "site", 10); err != nil || len(found) != 1 {
		t.Errorf("%d are left, %v", len(found), err)
	}
}

func TestWhatMayBeOutAlreadyAsksForAPersonsWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.strange()
	text := words(w.parse("/items/" + string(id)))
	for _, want := range []string{"待办", "登记链接", "认定未发布", "查明以前不发布"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	form := url.Values{"channel": {"site"}, "hint": {hintFree}, "seen": {seen(w.copy(id, "site"))}, "sure": {"yes"}}
	if res, _ := w.post("/items/"+string(id)+"/retry", form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("it is not out: %d", res.StatusCode)
	}
	w.publish("site", press.Receipt{Status: press.Live}, nil)
	if c := w.copy(id, "site"); c.State != press.CopyLive || c.Generation != 1 {
		t.Errorf("after the word it is %+v", c)
	}
}

func TestAPITellsWhatIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, waits := w.corrected(), w.strange()
	var item struct {
		Todo []struct {
			Channel, Way, What string
			Help               []struct{ Command string }
		}
		Remarks map[string][]press.Remark
	}
	status, body := w.get("/api/v1/items/" + string(id))
	w.must(json.Unmarshal([]byte(body), &item))
	if status != http.StatusOK || len(item.Todo) != 1 || item.Todo[0].Way != "by_hand" || len(item.Todo[0].Help) == 0 || len(item.Remarks["site"]) != 1 {
		t.Errorf("%d %s", status, body)
	}
	if status, body = w.get("/api/v1/items/none"); status != http.StatusNotFound || !strings.Contains(body, "no_item") {
		t.Errorf("an item that is none: %d %s", status, body)
	}
	if _, body = w.get("/api/v1/items/" + string(waits)); !strings.Contains(body, "--absent") {
		t.Errorf("what may be out already is not told: %s", body)
	}
	if _, body = w.get("/api/v1/strangers"); strings.Count(body, `"ref"`) != 2 {
		t.Errorf("strangers: %s", body)
	}
	if _, body = w.get("/api/v1/alarms"); !strings.Contains(body, `"alarms":[]`) {
		t.Errorf("alarms: %s", body)
	}
}

func TestItemShowsThePlanOfACorrection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.out("示例区召开政务公开工作会议", "site")
	w.revise(id)
	text := words(w.parse("/items/" + string(id)))
	for _, want := range []string{"更正方案", "就地更正", "同一地址显示新的文字", "保留原文", "已签发第2版"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	_, body := w.get("/items/" + string(id))
	if strings.Contains(body, "tongfa ") || !strings.Contains(body, "/correct?way.site=leave") {
		t.Errorf("what can be done is no form: %s", body)
	}
	_, err := w.ledger.Correct(t.Context(), string(id), ledger.Correction{Reason: "会议日期有误", Means: allMeans}, someone, w.now)
	w.must(err)
	if text = words(w.parse("/items/" + string(id))); strings.Contains(text, "更正方案") || !strings.Contains(text, "正在改为第2版") {
		t.Error("once it is under way, the plan is no plan any more")
	}
}
