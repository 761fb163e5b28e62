package desk

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

// writeAddresses are the pages of items that are written and reviewed.
func writeAddresses(ids map[string]press.ItemID) map[string]string {
	stopped, hostile := to("items", string(ids["stopped"])), to("items", string(ids["hostile"]))
	return map[string]string{
		"/items/new": "write", "/review": "queue", "/review?pile=returned": "queue", "/review?pile=draft": "queue",
		stopped + "/edit": "write", hostile + "/edit": "write", stopped + "/review": "review", hostile + "/review": "review",
		stopped + "/revisions": "revisions", hostile + "/revisions?a=1&b=1": "revisions", hostile + "/preview?channel=site&width=phone": "preview",
	}
}

// sit has another person sit at the desk.
func (w *world) sit(name string, roles ...press.Role) {
	o := w.options()
	o.Guest = &ledger.Person{Name: name, Office: "区政府办公室", Roles: roles}
	o.Reading = func() intake.Options { return intake.Options{Limits: intake.Limits{Attachment: 1 << 20}} }
	w.desk = New(o)
}

type sentFile struct {
	field, name string
	data        []byte
}

// send posts a form with files.
func (w *world) send(target string, fields url.Values, files ...sentFile) (*http.Response, string) {
	w.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, vs := range fields {
		for _, v := range vs {
			w.must(m.WriteField(k, v))
		}
	}
	for _, f := range files {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + f.field + `"; filename="` + f.name + `"`}, "Content-Type": {"application/octet-stream"}}
		p, err := m.CreatePart(h)
		w.must(err)
		_, err = p.Write(f.data)
		w.must(err)
	}
	w.must(m.Close())
	r := httptest.NewRequest("POST", "http://127.0.0.1:8080"+target, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.RemoteAddr = "127.0.0.1:50000"
	rec := httptest.NewRecorder()
	w.desk.ServeHTTP(rec, r)
	text, err := io.ReadAll(rec.Result().Body)
	w.must(err)
	return rec.Result(), string(text)
}

func newsForm(act string) url.Values {
	return url.Values{"act": {act}, "kind": {"news"}, "title": {"示例区召开供暖工作会议"}, "issuer": {"示例区人民政府办公室"}, "formed_on": {"2026-11-24"},
		"disclosure": {"主动公开"}, "column": {"政务动态"}, "summary": {"研究供暖"}, "channel": {"site"}, "not_before-site": {"2026-11-26T08:00"}, "format": {"markdown"},
		"body": {"会议研究**供暖**保障。\n\n要求抓好落实。"}}
}

func pngFile() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 4, 3)))
	return b.Bytes()
}

var wasField = regexp.MustCompile(`name="(?:was|digest)" value="([0-9a-f]+)"`)

// editing opens the form of an item and gives what it must send back.
func (w *world) editing(id string) url.Values {
	w.Helper()
	status, body := w.get("/items/" + id + "/edit")
	m := wasField.FindStringSubmatch(body)
	if status != http.StatusOK || m == nil {
		w.Fatalf("edit %s: %d", id, status)
	}
	f := newsForm("save")
	f.Set("was", m[1])
	return f
}

func idIn(res *http.Response) string {
	parts := strings.Split(res.Header.Get("Location"), "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

func TestAnItemIsWrittenCheckedAndSubmitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sit("王某", press.Drafter)
	f := newsForm("check")
	f.Set("body", "会议研究供暖。\n\n联系人手机13812345678。")
	res, body := w.send("/items/new", f)
	if res.StatusCode != 200 || !strings.Contains(body, `class="block marked" id="b-2"`) || !strings.Contains(body, `href="#b-2"`) || !strings.Contains(body, "写明理由后放行") {
		t.Errorf("a finding does not stand beside its paragraph: %d", res.StatusCode)
	}
	checkHTML(t, "check", body)
	if pile, _ := w.ledger.OnDesk(t.Context(), ledger.Pile{State: press.Draft}); len(pile) != 0 {
		t.Error("a check saved something")
	}
	f.Set("act", "submit")
	if res, body = w.send("/items/new", f); res.StatusCode != 422 || !strings.Contains(body, "仍然送审") || !strings.Contains(body, "13812345678") {
		t.Errorf("submitted though a gate stops it, or what was typed is gone: %d", res.StatusCode)
	}
	res, body = w.send("/items/new", newsForm("save"), sentFile{"pictures", "图.png", pngFile()}, sentFile{"files", "附件.txt", []byte("附件的文字")})
	if res.StatusCode != 303 || !strings.HasSuffix(res.Header.Get("Location"), "/edit?done=saved") {
		t.Fatalf("save: %d %s", res.StatusCode, body)
	}
	id := idIn(res)
	_, body = w.get("/items/" + id + "/edit?done=saved")
	for _, want := range []string{"会议研究**供暖**保障。", "图.png", "附件.txt", "2026-11-26T08:00", "草稿已保存", "![](&lt;图.png&gt;)"} {
		if !strings.Contains(body, want) {
			t.Errorf("the form has lost %q", want)
		}
	}
	checkHTML(t, "edit", body)
	s, err := w.ledger.Story(t.Context(), id, w.now)
	w.must(err)
	f = w.editing(id)
	f.Set("alt-"+s.Revisions[0].Images[0].Digest, "会议现场的照片")
	f.Set("body", "会议研究**供暖**保障。\n\n要求抓好落实。\n\n![](<图.png>)\n")
	f.Set("drop", s.Revisions[0].Attachments[0].Digest)
	f.Set("act", "submit")
	res, body = w.send("/items/"+id+"/edit", f)
	if res.StatusCode != 303 || !strings.HasSuffix(res.Header.Get("Location"), "/review?done=submitted") {
		t.Fatalf("submit: %d %s", res.StatusCode, regexp.MustCompile(`<p class="error[^/]*`).FindAllString(body, -1))
	}
	s, err = w.ledger.Story(t.Context(), id, w.now)
	w.must(err)
	head := s.Revisions[1]
	if s.Item.State != press.Submitted || len(head.Attachments) != 0 || len(head.Images) != 1 || head.Body[len(head.Body)-1].Picture.Alt != "会议现场的照片" ||
		len(s.Item.Wants) != 1 || s.Item.Wants[0].NotBefore.IsZero() {
		t.Errorf("%s %+v %+v", s.Item.State, head, s.Item.Wants)
	}
	if s.Moves[0].By != "王某" || s.Moves[0].Role != string(press.Drafter) || w.woken == 0 {
		t.Errorf("moves %+v", s.Moves)
	}
	_, body = w.get("/items/" + id + "/revisions?a=1&b=2")
	if !strings.Contains(body, "附件.txt") || !strings.Contains(body, "会议现场的照片") {
		t.Error("the comparison does not tell of the files")
	}
	res = w.ask("GET", "/items/"+id+"/file/"+head.Images[0].Digest, nil)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "image/png" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("picture: %d %v", res.StatusCode, res.Header)
	}
	if status, _ := w.get("/items/" + id + "/file/" + strings.Repeat("ab", 32)); status != 404 {
		t.Errorf("another file: %d", status)
	}
}

func TestAFileBecomesADraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sit("王某", press.Drafter)
	var docx bytes.Buffer
	z := zip.NewWriter(&docx)
	for name, text := range map[string]string{"[Content_Types].xml": "<Types/>",
		"word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:t>关于供暖的通知</w:t></w:r></w:p><w:p><w:r><w:t>正文一段。</w:t></w:r></w:p></w:body></w:document>`} {
		f, err := z.Create(name)
		w.must(err)
		_, err = f.Write([]byte(text))
		w.must(err)
	}
	w.must(z.Close())
	res, _ := w.send("/items/new/file", url.Values{"kind": {"notice"}}, sentFile{"document", `..\\..\\通知.docx`, docx.Bytes()}, sentFile{"document-files", "表.txt", []byte("一张表")})
	if res.StatusCode != 303 {
		t.Fatalf("docx: %d", res.StatusCode)
	}
	_, body := w.get(res.Header.Get("Location"))
	for _, want := range []string{"关于供暖的通知", "&lt;p&gt;正文一段。&lt;/p&gt;", "作标题，请核对", "表.txt", "文件已收下"} {
		if !strings.Contains(body, want) {
			t.Errorf("the form lacks %q", want)
		}
	}
	for name, f := range map[string]sentFile{
		"doc": {"document", "a.doc", []byte("x")}, "no file": {"other", "a.md", []byte("x")}, "half": {"document", "a.docx", []byte("PK\x03\x04")},
		"page": {"document", `"><script>alert(1)</script>.docx`, []byte("<html>")}, "program": {"document", "a.exe", []byte("MZ")},
	} {
		res, body := w.send("/items/new/file", url.Values{"kind": {"notice"}}, f)
		if res.StatusCode != 422 || !strings.Contains(body, `role="alert"`) || strings.Contains(body, "<script>alert") {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		checkHTML(t, name, body)
	}
	if res, _ := w.send("/items/new/file", url.Values{"kind": {"notice"}}, sentFile{"document", "a.docx", make([]byte, 2<<20)}); res.StatusCode != 413 {
		t.Errorf("too large a file: %d", res.StatusCode)
	}
	if res, _ := w.send("/items/new", url.Values{"body": {strings.Repeat("字", 3<<20)}}); res.StatusCode != 413 {
		t.Errorf("too large a text: %d", res.StatusCode)
	}
	f := newsForm("save")
	f.Set("title", "")
	f.Set("formed_on", "2026-02-30")
	f.Set("body", `<script>alert(1)</script><img src="http://evil.example/a.png">`)
	f.Set("format", "html")
	f.Set("relation", "interprets")
	res, body = w.send("/items/new", f, sentFile{"files", "a.exe", []byte("MZ")})
	if res.StatusCode != 422 || strings.Contains(body, "<script>alert") {
		t.Errorf("bad fields: %d", res.StatusCode)
	}
	for _, field := range []string{"title", "formed_on", "body", "attachments"} {
		if !strings.Contains(body, `<a href="#f-`+field+`"`) {
			t.Errorf("no error at %s", field)
		}
	}
	checkHTML(t, "errors", body)
}

func TestWhoEditsWhatChangedIsShownBoth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sit("王某", press.Drafter)
	res, _ := w.send("/items/new", newsForm("save"))
	id := idIn(res)
	mine, other := w.editing(id), w.editing(id)
	other.Set("title", "别人改的标题")
	if res, _ := w.send("/items/"+id+"/edit", other); res.StatusCode != 303 {
		t.Fatalf("the other's: %d", res.StatusCode)
	}
	mine.Set("body", "我写的另一段。")
	res, body := w.send("/items/"+id+"/edit", mine)
	if res.StatusCode != 409 || !strings.Contains(body, "我写的另一段。") || !strings.Contains(body, "会议研究") || !strings.Contains(body, "第2版") {
		t.Fatalf("stale: %d", res.StatusCode)
	}
	checkHTML(t, "stale", body)
	mine.Set("was", wasField.FindStringSubmatch(body)[1])
	if res, _ := w.send("/items/"+id+"/edit", mine); res.StatusCode != 303 {
		t.Errorf("after having seen both: %d", res.StatusCode)
	}
	w.sit("督查员", press.Supervisor)
	for _, target := range []string{"/items/new", "/items/new/file", "/items/" + id + "/edit"} {
		if res, _ := w.send(target, newsForm("save")); res.StatusCode != 403 {
			t.Errorf("%s by a supervisor: %d", target, res.StatusCode)
		}
	}
}

func TestReviewsOneAfterAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sit("王某", press.Drafter)
	res, _ := w.send("/items/new", newsForm("submit"))
	if res.StatusCode != 303 {
		t.Fatalf("submit: %d", res.StatusCode)
	}
	id := idIn(res)
	page := "/items/" + id + "/review"
	word := func(more url.Values) url.Values {
		_, body := w.get(page)
		checkHTML(t, "review", body)
		f := url.Values{"result": {"pass"}}
		if m := wasField.FindStringSubmatch(body); m != nil {
			f.Set("digest", m[1])
		}
		maps.Copy(f, more)
		return f
	}
	expect := func(what string, f url.Values, status int, words string) {
		t.Helper()
		res, body := w.post(page, f)
		if res.StatusCode != status || !strings.Contains(body, words) {
			t.Errorf("%s: %d, want %d with %q", what, res.StatusCode, status, words)
		}
	}
	head := func() string {
		s, err := w.ledger.Story(t.Context(), id, w.now)
		w.must(err)
		return s.Revisions[len(s.Revisions)-1].Digest
	}
	expect("the drafter", url.Values{"step": {"first"}, "result": {"pass"}, "digest": {head()}}, 403, "审签")
	w.sit("李某", press.Reviewer)
	if _, body := w.get("/review"); !strings.Contains(body, "等我：初审") {
		t.Error("it does not wait for the reviewer")
	}
	expect("no result", word(url.Values{"step": {"first"}, "result": {""}}), 422, "请选通过还是退回")
	expect("out of turn", word(url.Values{"step": {"final"}}), 422, "等初审通过")
	expect("not hers", url.Values{"step": {"secrecy"}, "result": {"pass"}, "digest": {head()}}, 403, "保密审查")
	expect("no reason", word(url.Values{"step": {"first"}, "result": {"return"}}), 422, "退回必须写明理由")
	expect("stale", word(url.Values{"step": {"first"}, "digest": {strings.Repeat("0", 64)}}), 409, "不是最新的一版")
	expect("return", word(url.Values{"step": {"first"}, "result": {"return"}, "ground": {"<b>缺附件</b>"}}), 303, "")
	if _, body := w.get(page); !strings.Contains(body, "&lt;b&gt;缺附件&lt;/b&gt;") {
		t.Error("the reason is not shown")
	}
	w.sit("王某", press.Drafter)
	f := w.editing(id)
	f.Set("body", "会议研究供暖保障。\n\n要求抓好落实，按日报送。")
	f.Set("act", "submit")
	if res, _ := w.send("/items/"+id+"/edit", f); res.StatusCode != 303 {
		t.Fatalf("submit again: %d", res.StatusCode)
	}
	w.sit("李某", press.Reviewer)
	_, body := w.get(page)
	if !strings.Contains(body, "<mark>") {
		t.Error("the reviewer does not see what changed")
	}
	expect("first", word(url.Values{"step": {"first"}, "ground": {"同意"}}), 303, "")
	expect("the same person", word(url.Values{"step": {"second"}, "digest": {head()}}), 422, "您已经做过初审")
	w.sit("赵某", press.Reviewer)
	expect("second", word(url.Values{"step": {"second"}}), 303, "")
	w.sit("孙某", press.Publisher)
	expect("final", word(url.Values{"step": {"final"}}), 303, "")
	w.sit("周某", press.SecrecyReviewer)
	expect("no basis", word(url.Values{"step": {"secrecy"}}), 422, "要写明依据")
	expect("not cleaned", word(url.Values{"step": {"secrecy"}, "basis": {"保密法"}}), 422, "去标识化")
	expect("secrecy", word(url.Values{"step": {"secrecy"}, "basis": {"保密法"}, "cleaned": {"yes"}}), 303, "")
	s, err := w.ledger.Story(t.Context(), id, w.now)
	w.must(err)
	if s.Item.State != press.Approved {
		t.Errorf("state %s, findings %+v", s.Item.State, s.Findings)
	}
	last := s.Approvals[len(s.Approvals)-1]
	if last.By != "周某" || last.Office != "区政府办公室" || !strings.Contains(last.Ground, "依据：保密法；个人信息已核对去标识化") {
		t.Errorf("approval %+v", last)
	}
	expect("nothing is in review", url.Values{"step": {"secrecy"}, "result": {"pass"}, "digest": {head()}}, 422, "已经由周某做过了")
}

func TestAPreviewCanDoNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := string(w.file("示例区召开供暖工作会议", "site"))
	status, body := w.get("/items/" + id + "/preview?channel=site")
	if status != 200 || !strings.Contains(body, `sandbox="allow-same-origin"`) {
		t.Errorf("page: %d", status)
	}
	res := w.ask("GET", "/items/"+id+"/preview/site?revision=1", nil)
	b, err := io.ReadAll(res.Body)
	w.must(err)
	if strings.Contains(string(b), "<script") || strings.Contains(string(b), `href="https://evil`) || !strings.Contains(string(b), `href="/items/`+id+`/preview/site/0?revision=1"`) {
		t.Errorf("frame: %s", b)
	}
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script-src") || res.Header.Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("headers %v", res.Header)
	}
	if status, body := w.get("/items/" + id + "/preview/site/0"); status != 200 || body != "p{}" {
		t.Errorf("style: %d", status)
	}
	for _, bad := range []string{"/items/" + id + "/preview/site/9", "/items/" + id + "/preview/site/x", "/items/nothing/preview", "/items/" + id + "/preview?channel=nothing"} {
		if status, _ := w.get(bad); status != 404 {
			t.Errorf("%s: %d", bad, status)
		}
	}
}
