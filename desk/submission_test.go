package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

func textPaper(k press.Paper, text string) (ledger.SubmissionPaper, map[string][]byte) {
	sum := sha256.Sum256([]byte(text))
	digest := hex.EncodeToString(sum[:])
	return ledger.SubmissionPaper{Kind: k, Asset: press.Asset{Digest: digest, Name: "定稿.txt", MIME: "text/plain", Size: int64(len(text))}}, map[string][]byte{digest: []byte(text)}
}

// handedIn is a submission of a department.
func (w *world) handedIn(unit, title, number, reg string) ledger.Submission {
	w.Helper()
	p, files := textPaper(press.FinalText, "各街道办事处：\n现将有关办法印发给你们，请认真贯彻执行。\n")
	s, _, err := w.ledger.Receive(w.Context(), ledger.Submission{Unit: unit, Title: title, DocNumber: number, RegNumber: reg, HandedBy: "李某 0000-8880000",
		FormedOn: workday.Date{Year: 2026, Month: 10, Day: 20}, Papers: []ledger.SubmissionPaper{p}}, files, ledger.Who{Name: "王某", Role: press.Publisher}, w.now)
	w.must(err)
	return s
}

func (w *world) registers(reg, title string) int64 {
	w.Helper()
	_, err := w.ledger.ImportRegister(w.Context(), []press.Registered{{RegNumber: reg, Title: title, Unit: "示例区教育局", On: workday.Date{Year: 2026, Month: 11, Day: 20}}}, press.ByPerson, false,
		ledger.Who{Name: "王某", Role: press.Publisher}, w.now)
	w.must(err)
	n, err := w.ledger.RegisterNumber(w.Context(), reg)
	w.must(err)
	return n
}

func submissionAt(n int64, parts ...string) string {
	return to(append([]string{"submissions", fmt.Sprint(n)}, parts...)...)
}

// submissionAddresses are the pages about what departments hand in, with the template that each must be made of.
func (w *world) submissionAddresses() map[string]string {
	w.Helper()
	s := w.handedIn(hostile, hostile+"办法", hostile, hostile)
	late := w.handedIn("示例区水务局", "关于印发水价办法的通知", "示水发〔2026〕1号", "")
	w.must(w.ledger.ReturnSubmission(w.Context(), late.N, hostile, ledger.Who{Name: "王某", Role: press.Publisher}, w.now))
	n := w.registers(hostile, hostile)
	w.must(w.ledger.Explain(w.Context(), n, ledger.Explanation{Text: hostile, HoldsUntil: workday.Date{Year: 2026, Month: 12, Day: 31}}, ledger.Who{Name: "王某", Role: press.GazetteEditor}, w.now))
	w.registers("XXDR-2026-0020002", "关于乙的通知")
	list, err := w.ledger.Ahead(w.Context(), "gazette", 1)
	w.must(err)
	return map[string]string{
		"/submissions": "submissions", "/submissions?late=1&state=returned&unit=" + url.QueryEscape("示例区水务局"): "submissions", "/submissions/new": "handin",
		submissionAt(s.N): "submission", submissionAt(late.N): "submission", submissionAt(s.N, "receipt"): "receipt",
		"/submissions/notice": "notice", "/submissions/notice?year=2026&quarter=1": "notice",
		"/register": "register", "/register?missing=1&unit=x": "register", "/register?issue=" + url.QueryEscape(list[0].Key): "register", to("register", fmt.Sprint(n)): "registered",
		"/items/new?submission=" + fmt.Sprint(s.N): "write",
	}
}

// TestASubmissionGoesFromTheFormToAnItem: recorded with files, papers added, taken in as a draft of the final text, as somebody without a script does it.
func TestASubmissionGoesFromTheFormToAnItem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sit("王某", press.Drafter)
	form := url.Values{"unit": {"示例区农业农村局"}, "title": {"关于印发农村改厕办法的通知"}, "doc_number": {"示农发[2026]3号"}, "reg_number": {"XXDR-2026-0030001"}, "formed_on": {"2026-11-20"},
		"received_on": {"2026-11-25"}, "handed_by": {"李某"}}
	final := sentFile{"paper-final", "定稿.txt", []byte("各街道办事处：\n现将农村改厕办法印发给你们，请认真贯彻执行。\n")}
	for name, c := range map[string]struct {
		field, value, want string
		file               *sentFile
	}{
		"no unit":         {"unit", "", "请填写报送单位", nil},
		"no day":          {"formed_on", "", "请填写印发日期", nil},
		"a wrong day":     {"formed_on", "昨天", "日期没有写对", nil},
		"a day to come":   {"formed_on", "2026-12-25", "还没有到", nil},
		"a program":       {"note", "", "不接收exe文件", &sentFile{"paper-final", "定稿.exe", []byte("MZ")}},
		"another content": {"note", "", "扩展名是pdf", &sentFile{"paper-scan", "扫描.pdf", []byte("MZ\x90\x00")}},
		"an endless note": {"note", strings.Repeat("长", 301), "备注超过300字", nil},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set(c.field, c.value)
		files := []sentFile{final}
		if c.file != nil {
			files = []sentFile{*c.file}
		}
		res, body := w.send("/submissions/new", bad, files...)
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		checkHTML(t, name, body)
	}
	if res, body := w.send("/submissions/new", form, sentFile{"paper-final", "定稿.txt", make([]byte, 1<<20+1)}); res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, "超过上限1 MB") {
		t.Errorf("a file that is too large: %d", res.StatusCode)
	}
	res, body := w.send("/submissions/new", form, final)
	w.ok(res, body)
	at := res.Header.Get("Location")
	if again, _ := w.send("/submissions/new", form, final); again.Header.Get("Location") != strings.Replace(at, "done=received", "done=same", 1) {
		t.Errorf("sent twice: %s", again.Header.Get("Location"))
	}
	_, body = w.get(at)
	checkHTML(t, "received", body)
	for _, want := range []string{"已收到，回执号报送〔2026〕1号", "还缺", "盖章原件扫描件", "示农发〔2026〕3号"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	page := strings.Split(at, "?")[0]
	w.ok(w.send(page+"/papers", nil, sentFile{"paper-note", "起草说明.txt", []byte("为什么制定")}))
	if res, _ := w.send(page+"/papers", nil); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no file at all: %d", res.StatusCode)
	}
	_, body = w.get("/submissions/1/receipt")
	checkHTML(t, "receipt", body)
	if !strings.Contains(body, "起草说明：起草说明.txt") || !strings.Contains(body, "按期") {
		t.Error("the receipt is not whole")
	}

	_, body = w.get("/items/new?submission=1")
	for _, want := range []string{`value="关于印发农村改厕办法的通知"`, `value="示农发〔2026〕3号"`, `value="XXDR-2026-0030001"`, `value="示例区农业农村局"`, `value="2026-11-20"`, "用报送的定稿生成草稿"} {
		if !strings.Contains(body, want) {
			t.Errorf("the form of a new item lacks %s", want)
		}
	}
	w.ok(w.send("/items/new/file?submission=1", nil))
	s, err := w.ledger.Submission(w.Context(), 1)
	w.must(err)
	if s.State != press.TakenIn || s.Item == "" {
		t.Fatalf("it was not taken in: %+v", s)
	}
	if res, body := w.send("/items/new/file?submission=1", nil); res.StatusCode != 422 || !strings.Contains(body, "已经收成稿件"+string(s.Item)) {
		t.Errorf("taken in twice: %d", res.StatusCode)
	}
	story := w.story(s.Item)
	m := story.Revisions[0].Meta
	if story.Title != s.Title || m.DocNumber != s.DocNumber || m.RegNumber != s.RegNumber || m.Issuer != s.Unit || !strings.Contains(press.Text(story.Revisions[0].Body), "农村改厕办法印发给你们") {
		t.Errorf("%+v", story.Revisions[0])
	}
	if len(story.Item.Wants) != 2 || story.Item.Wants[1].Channel != "gazette" {
		t.Errorf("wanted on %+v", story.Item.Wants)
	}
}

func TestASubmissionIsReturnedOrLinked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.seat(press.GazetteEditor)
	s := w.handedIn("示例区教育局", "关于印发甲办法的通知", "示教发〔2026〕1号", "")
	id := w.file("关于印发甲办法的通知", "gazette")
	if res, body := w.post(submissionAt(s.N, "link"), url.Values{"item": {"没有的"}}); res.StatusCode != 422 || !strings.Contains(body, "没有这篇稿件") {
		t.Errorf("an item that is not there: %d", res.StatusCode)
	}
	w.ok(w.post(submissionAt(s.N, "link"), url.Values{"item": {string(id)}}))
	_, body := w.get(submissionAt(s.N))
	if _, item := w.get(to("items", string(id))); !strings.Contains(item, submissionAt(s.N)) {
		t.Error("the item does not lead to the submission")
	}
	if !strings.Contains(body, to("items", string(id))) || strings.Contains(body, "/items/new?submission=") {
		t.Error("the item is not told")
	}
	if res, body := w.post(submissionAt(s.N, "return"), url.Values{"reason": {"  "}}); res.StatusCode != 422 || !strings.Contains(body, "请写明退回的原因") {
		t.Errorf("without a reason: %d", res.StatusCode)
	}
	w.ok(w.post(submissionAt(s.N, "return"), url.Values{"reason": {hostile}}))
	if res, _ := w.post(submissionAt(s.N, "return"), url.Values{"reason": {"再退"}}); res.StatusCode != 422 {
		t.Errorf("returned twice: %d", res.StatusCode)
	}
	again := w.handedIn("示例区教育局", "关于印发甲办法的通知", "示教发〔2026〕1号", "")
	if _, body := w.get(submissionAt(again.N)); !strings.Contains(body, submissionAt(s.N)+`"`) {
		t.Error("what was returned before is not told")
	}
	if status, body := w.get("/submissions?state=returned"); status != 200 || !strings.Contains(body, "关于印发甲办法的通知") {
		t.Error("it is not among those returned")
	}
	for _, target := range []string{"/submissions/99", "/submissions/x", "/submissions/99/receipt", "/register/99", "/submissions/1/file/" + strings.Repeat("ab", 32)} {
		if status, _ := w.get(target); status != http.StatusNotFound {
			t.Errorf("%s: %d", target, status)
		}
	}
	res := w.ask("GET", submissionAt(s.N, "file", s.Papers[0].Digest), nil)
	if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the file: %d %v", res.StatusCode, res.Header)
	}
}

func TestTheRegisterIsImportedAfterItWasLookedAtAndAnIssueIsToldWhatItLacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sit("王某", press.GazetteEditor)
	table := "统一编号,标题,文号,制定单位,登记日期\nXXDR-2026-0010001,关于甲的通知,示教发[2026]1号,示例区教育局,2026-11-20\n=1+1,\"<script>alert(1)</script>\",,=cmd,2026-11-21\n"
	res, body := w.send("/register/import", nil, sentFile{"file", "登记.csv", []byte(strings.Replace(table, "2026-11-21", "昨天", 1))})
	if res.StatusCode != 422 || !strings.Contains(body, "登记.csv:3：登记日期：“昨天”不是日期") {
		t.Errorf("a table with a mistake: %d", res.StatusCode)
	}
	checkHTML(t, "wrong table", body)
	res, body = w.send("/register/import", nil, sentFile{"file", "登记.csv", []byte(table)})
	if res.StatusCode != 200 || !strings.Contains(body, "会新增2件，改动0件，0件没有变化") {
		t.Fatalf("looked at: %d", res.StatusCode)
	}
	checkHTML(t, "import", body)
	if _, body := w.get("/register"); !strings.Contains(body, "登记0件") {
		t.Error("looking at it wrote it")
	}
	w.ok(w.send("/register/import", url.Values{"sure": {"yes"}, "data": {first(w.tree(body), "textarea").FirstChild.Data}}))
	_, body = w.get("/register")
	if !strings.Contains(body, "缺2件") || !strings.Contains(body, "还没有报送。请催示例区教育局报送") {
		t.Error("the register does not say what is missing")
	}
	checkHTML(t, "register", body)
	w.ok(w.post("/register/add", url.Values{"reg_number": {"XXDR-2026-0010001"}, "title": {"关于甲的通知（更正）"}, "unit": {"示例区教育局"}, "registered_on": {"2026-11-20"}}))

	key, err := w.ledger.Plan(w.Context(), w.gazette(), w.now.AddDate(0, 0, 10), ledger.Who{Name: "王某", Role: press.GazetteEditor}, w.now)
	w.must(err)
	_, body = w.get(at(key, "compose"))
	if !strings.Contains(body, "应刊登而没有编入：《关于甲的通知（更正）》") || !strings.Contains(body, `href="/register?issue=gazette`) {
		t.Error("the bench does not say what the issue leaves out")
	}
	_, body = w.get("/register?issue=" + url.QueryEscape(key))
	checkHTML(t, "issue", body)
	if !strings.Contains(body, "缺2件") || !strings.Contains(body, "/register/1?until=2026-12-05") {
		t.Error("the completeness of the issue")
	}
	if res, _ := w.post("/register/1/explain", url.Values{"text": {" "}}); res.StatusCode != 422 {
		t.Errorf("nothing explained: %d", res.StatusCode)
	}
	w.ok(w.post("/register/1/explain", url.Values{"text": {"下期刊登"}, "holds_until": {"2026-12-05"}}))
	w.ok(w.post("/register/2/explain", url.Values{"text": {"涉密，不刊登"}}))
	_, body = w.get(at(key, "compose"))
	if strings.Contains(body, "应刊登而没有编入") {
		t.Error("what is explained is still asked for")
	}
	w.ok(w.post("/register/2/explain", url.Values{"do": {"back"}}))
	_, body = w.get("/register/2")
	if !strings.Contains(body, "涉密，不刊登") || !strings.Contains(body, "收回说明") {
		t.Error("the course of the explanations is not told")
	}
	w.seat(press.Drafter)
	if res, _ := w.post("/register/1/explain", url.Values{"text": {"x"}}); res.StatusCode != 403 {
		t.Errorf("a drafter explains: %d", res.StatusCode)
	}
}

func TestTheNoticeIsATableWithoutFormulas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.handedIn("=HYPERLINK(1)", "甲", "示发〔2026〕1号", "")
	w.handedIn("示例区水务局", "乙", "示发〔2026〕2号", "")
	_, body := w.get("/submissions/notice?year=2026&quarter=4")
	if !strings.Contains(body, "=HYPERLINK(1)") || !strings.Contains(body, "合计") {
		t.Error("the notice is not whole")
	}
	res := w.ask("GET", "/submissions/notice.csv?year=2026&quarter=4", nil)
	_, body = w.get("/submissions/notice.csv?year=2026&quarter=4")
	if !strings.Contains(body, "'=HYPERLINK(1),1,0,1,") || !strings.Contains(body, "合计,2,0,2,") || !strings.Contains(res.Header.Get("Content-Disposition"), "tongfa-notice-2026Q4.csv") {
		t.Errorf("%s", body)
	}
	if _, body := w.get("/submissions/notice.csv?year=2026&quarter=1"); !strings.Contains(body, "合计,0,") {
		t.Errorf("an empty quarter: %s", body)
	}
}

// TestADepartmentsSystemHandsIn: with one right of its own, once however often it asks, and told what is wrong field by field.
func TestADepartmentsSystemHandsIn(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	c, reader := w.call("农业农村局", press.MayReceive), w.call("公报", press.MaySee, press.MayFile)
	order := func(number string) map[string]any {
		return map[string]any{"unit": "示例区农业农村局", "title": "关于印发办法的通知", "doc_number": number, "formed_on": "2026-11-20",
			"files": []any{map[string]any{"kind": "final", "name": "../定稿.txt", "base64": "5a6a56i/"}}}
	}
	key := header("Idempotency-Key", "handin-1")
	a := c.want(http.StatusCreated, "", "POST", "/api/v1/submissions", order("示农发〔2026〕3号"), key)
	if b := c.want(http.StatusCreated, "", "POST", "/api/v1/submissions", order("示农发〔2026〕3号"), key); string(a.body) != string(b.body) || b.head.Get("Idempotent-Replayed") != "true" {
		t.Errorf("again: %s", b.body)
	}
	if b := c.want(http.StatusOK, "", "POST", "/api/v1/submissions", order("示农发〔2026〕3号")); b.text("receipt") != "报送〔2026〕1号" || b.text("by") != "接口:农业农村局" {
		t.Errorf("without a key: %s", b.body)
	}
	c.want(http.StatusUnprocessableEntity, "key_reused", "POST", "/api/v1/submissions", order("示农发〔2026〕4号"), key)
	other := order("示农发〔2026〕3号")
	other["title"] = "别的标题"
	c.want(http.StatusConflict, "not_now", "POST", "/api/v1/submissions", other)
	for name, bad := range map[string]any{
		"no unit":        map[string]any{"title": "甲", "formed_on": "2026-11-20"},
		"no such day":    map[string]any{"unit": "甲", "title": "甲", "formed_on": "2026-13-40"},
		"a key too many": map[string]any{"unit": "甲", "title": "甲", "formed_on": "2026-11-20", "received_on": "2026-01-01"},
		"a program":      map[string]any{"unit": "甲", "title": "甲", "formed_on": "2026-11-20", "files": []any{map[string]any{"kind": "final", "name": "a.exe", "base64": "TVo="}}},
		"no such kind":   map[string]any{"unit": "甲", "title": "甲", "formed_on": "2026-11-20", "files": []any{map[string]any{"kind": "x", "name": "a.txt", "base64": "5a6a56i/"}}},
	} {
		if a := c.do("POST", "/api/v1/submissions", bad); a.status != 422 || a.text("code") != "invalid" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	c.want(http.StatusOK, "", "POST", "/api/v1/submissions/1/papers", map[string]any{"files": []any{map[string]any{"kind": "scan", "name": "原件.txt", "base64": "5Y6f5Lu2"}}})
	c.want(http.StatusNotFound, "no_submission", "POST", "/api/v1/submissions/7/papers", map[string]any{"files": []any{map[string]any{"kind": "scan", "name": "原件.txt", "base64": "5Y6f5Lu2"}}})
	c.want(http.StatusUnprocessableEntity, "invalid", "POST", "/api/v1/submissions/1/papers", map[string]any{})
	c.want(http.StatusForbidden, "forbidden", "GET", "/api/v1/submissions", nil)
	c.want(http.StatusForbidden, "forbidden", "POST", "/api/v1/items", map[string]any{})
	reader.want(http.StatusForbidden, "forbidden", "POST", "/api/v1/submissions", order("示农发〔2026〕5号"))
	reader.want(http.StatusOK, "", "GET", "/api/v1/submissions?state=received&late=false&unit="+url.QueryEscape("示例区农业农村局"), nil)
	if a := reader.want(http.StatusOK, "", "GET", "/api/v1/submissions/1", nil); !strings.Contains(string(a.body), `"missing":["note","legality"]`) {
		t.Errorf("%s", a.body)
	}
	w.registers("XXDR-2026-0020002", "关于乙的通知")
	if a := reader.want(http.StatusOK, "", "GET", "/api/v1/register?missing=true&from=2026-01-01", nil); !strings.Contains(string(a.body), `"status":"missing"`) {
		t.Errorf("%s", a.body)
	}
	for target, code := range map[string]string{"/api/v1/submissions?state=x": "bad_query", "/api/v1/submissions?after=x": "bad_cursor", "/api/v1/register?after=x": "bad_cursor", "/api/v1/register?from=x": "bad_query"} {
		reader.want(http.StatusBadRequest, code, "GET", target, nil)
	}
}
