package desk

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

const notice2031 = `year: 2031
number: 国办发明电〔2030〕9号
confirmed: true
days:
  - {name: 元旦, date: 2031-01-02, isOffDay: true}
  - {name: 元旦, date: 2031-01-04, isOffDay: false}
`

// upload posts a file as a browser does.
func (w *world) upload(target, field, name string, data []byte) (*http.Response, string) {
	w.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, err := m.CreateFormFile(field, name)
	w.must(err)
	_, err = f.Write(data)
	w.must(err)
	w.must(m.Close())
	res := w.ask("POST", target, url.Values{}, func(r *http.Request) {
		r.Body = io.NopCloser(&b)
		r.ContentLength = int64(b.Len())
		r.Header.Set("Content-Type", m.FormDataContentType())
	})
	body, err := io.ReadAll(res.Body)
	w.must(err)
	return res, string(body)
}

func TestHolidaysAreLookedAtThenTakenThenTakenOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	res, body := w.upload("/settings/holidays", "file", "<b>2031.yaml", []byte(notice2031))
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "2031-01-02") || !strings.Contains(body, "核对无误") || w.ledger.Calendar().Knows(2031) {
		t.Fatalf("the preview: %d", res.StatusCode)
	}
	checkHTML(t, "preview", body)
	form := url.Values{"data": {notice2031}, "name": {"2031.yaml"}, "sure": {"yes"}}
	if res, _ = w.post("/settings/holidays", form); res.StatusCode != http.StatusSeeOther || !w.ledger.Calendar().Knows(2031) || w.woken != 1 {
		t.Fatalf("the import: %d", res.StatusCode)
	}
	_, body = w.get("/settings/holidays?done=added")
	if !strings.Contains(body, "2031年") || !strings.Contains(body, "马上生效") {
		t.Error("it is not shown")
	}
	if res, body = w.post("/settings/holidays/1/drop", url.Values{}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请先勾选确认") {
		t.Errorf("without a word: %d", res.StatusCode)
	}
	if res, _ = w.post("/settings/holidays/1/drop", url.Values{"sure": {"yes"}}); res.StatusCode != http.StatusSeeOther || w.ledger.Calendar().Knows(2031) {
		t.Errorf("dropped: %d", res.StatusCode)
	}
	if res, _ = w.post("/settings/holidays/1/drop", url.Values{"sure": {"yes"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("dropped twice: %d", res.StatusCode)
	}
	for _, bad := range []string{"year: x\nhostile: <script>", "[[[[[[", "", "year: 2031\ndays: [{name: <b>, date: 2031-02-31, isOffDay: true}]"} {
		res, body := w.post("/settings/holidays", url.Values{"data": {bad}, "sure": {"yes"}})
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%q: %d", bad, res.StatusCode)
		}
		checkHTML(t, bad, body)
	}
	if res, _ := w.upload("/settings/holidays", "file", "big", bytes.Repeat([]byte("a: b\n"), 50_000)); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a file that is too large: %d", res.StatusCode)
	}
}

func TestTheWordListIsChangedAndTried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if res, _ := w.post("/settings/words", url.Values{"word": {"老大难"}, "level": {"stop"}, "instead": {"重点难点"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("add: %d", res.StatusCode)
	}
	if res, body := w.post("/settings/words", url.Values{"import": {"务必，请留意\n# 说明\n残废人，不得发布，残疾人\n"}}); res.StatusCode != http.StatusSeeOther || !strings.Contains(res.Header.Get("Location"), "n=2") {
		t.Fatalf("import: %d %s", res.StatusCode, body)
	}
	if res, _ := w.upload("/settings/words", "file", "words.csv", []byte("\ufeff文件词,warn\n")); res.StatusCode != http.StatusSeeOther {
		t.Errorf("upload: %d", res.StatusCode)
	}
	_, body := w.get("/settings/words?try=" + url.QueryEscape("老 大难，务必解决"))
	for _, want := range []string{"4个词", "有2个词在词表里", "重点难点", "残疾人"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, bad := range []url.Values{{"word": {""}, "level": {"stop"}}, {"word": {"好"}, "level": {"x"}}, {"import": {"词，乱写"}}, {"word": {strings.Repeat("长", 41)}, "level": {"stop"}},
		{"import": {"\xff\xfe"}}} {
		res, body := w.post("/settings/words", bad)
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%v: %d", bad, res.StatusCode)
		}
		checkHTML(t, "words", body)
	}
	if res, _ := w.post("/settings/words/drop", url.Values{"word": {"老大难"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("drop: %d", res.StatusCode)
	}
	if res, _ := w.post("/settings/words/drop", url.Values{"word": {"老大难"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("drop twice: %d", res.StatusCode)
	}
	if _, body := w.get("/record"); !strings.Contains(body, "移出词表") || !strings.Contains(body, "加入词表") {
		t.Error("the changes are not on record")
	}
}

func TestOnlyTheOperatorSets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, role := range []press.Role{press.Publisher, press.Supervisor, press.Drafter} {
		p := w.as(role)
		for _, target := range []string{"/settings/holidays", "/settings/holidays/1/drop", "/settings/words", "/settings/words/drop", "/settings/backups"} {
			if res, _ := p.post(target, url.Values{"word": {"词"}, "level": {"stop"}}); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s posts to %s: %d", role, target, res.StatusCode)
			}
		}
		for _, target := range []string{"/settings", "/settings/holidays", "/settings/words", "/settings/health", "/settings/backups"} {
			if status, body := p.get(target); status != http.StatusOK || strings.Contains(body, `action="/settings/words/drop"`) || strings.Contains(body, "现在备份") {
				t.Errorf("%s reads %s: %d", role, target, status)
			}
		}
	}
}

func TestAChannelIsTestedOnceAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.options()
	calls := 0
	o.Test = func(_ context.Context, name string) []CheckLine {
		calls++
		return []CheckLine{{Name: "接口", Said: name + "：本机的出口地址 203.0.113.7 不在公众号的 IP 白名单里 <b>"}, {Name: "磁盘", OK: true, Said: "可以写"}}
	}
	o.Firings = func(_ string, after time.Time, most int) (out []time.Time) {
		for i := range most {
			out = append(out, after.Add(time.Duration(i+1)*time.Hour))
		}
		return out
	}
	w.desk = New(o)
	if res, _ := w.post("/channels/wechat/test", url.Values{}); res.StatusCode != http.StatusSeeOther || calls != 1 {
		t.Fatalf("%d, %d calls", res.StatusCode, calls)
	}
	_, body := w.get("/channels/wechat?done=test")
	checkHTML(t, "channel", body)
	for _, want := range []string{"203.0.113.7", "有问题", "接下来的10个时段", "&lt;b&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if res, body := w.post("/channels/wechat/test", url.Values{}); res.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, "过10秒") || calls != 1 {
		t.Errorf("again at once: %d", res.StatusCode)
	}
	w.now = w.now.Add(time.Minute)
	if res, _ := w.post("/channels/wechat/test", url.Values{}); res.StatusCode != http.StatusSeeOther || calls != 2 {
		t.Errorf("later: %d", res.StatusCode)
	}
	if res, _ := w.post("/channels/none/test", url.Values{}); res.StatusCode != http.StatusNotFound {
		t.Errorf("none: %d", res.StatusCode)
	}
	if _, body := w.get("/record"); strings.Count(body, "测试渠道</b>") != 2 {
		t.Error("the tests are not on record")
	}
	if res, _ := w.as(press.Supervisor).post("/channels/wechat/test", url.Values{}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a supervisor tests: %d", res.StatusCode)
	}
}

func TestHealthAndBackupsAreShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.options()
	asked := ""
	o.Upkeep = Upkeep{Version: "v1.2.3", Checks: func(context.Context) []CheckLine {
		return []CheckLine{{Name: "台账", OK: true, Said: "好"}, {Name: "时钟", Said: "差了一分钟"}, {Name: "服务", Hint: true, Said: "没有运行"}}
	}, Backups: func(context.Context) Backups {
		return Backups{Dir: "/data/backup", Every: 6 * time.Hour, Keep: 7, Next: w.now.Add(time.Hour), Files: []BackupFile{{"tongfa-1.db", 3 << 20, w.now}}}
	}, BackUp: func(by string) bool { asked = by; return asked != "busy" }}
	w.desk = New(o)
	_, body := w.get("/settings/health")
	for _, want := range []string{"v1.2.3", "差了一分钟", "SQLite", "要处理"} {
		if !strings.Contains(body, want) {
			t.Errorf("health does not say %q", want)
		}
	}
	_, body = w.get("/settings/backups")
	for _, want := range []string{"tongfa-1.db", "3.0 MB", "每隔6小时0分一份，保留7份", "现在备份一份"} {
		if !strings.Contains(body, want) {
			t.Errorf("backups do not say %q", want)
		}
	}
	if res, _ := w.post("/settings/backups", url.Values{}); res.StatusCode != http.StatusSeeOther || asked != "王某" {
		t.Errorf("%d %q", res.StatusCode, asked)
	}
}
