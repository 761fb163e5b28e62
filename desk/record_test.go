package desk

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/report"
)

// as is a desk at which somebody of certain roles sits.
func (w *world) as(roles ...press.Role) *world {
	o := w.options()
	o.Guest = &ledger.Person{Name: "郑某", Roles: roles}
	other := *w
	other.desk = New(o)
	return &other
}

func TestTheRecordSaysWhoDidWhatAndFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	w.must(w.ledger.Note(t.Context(), "sign_in", "li", hostile, ledger.Who{Name: "李某", Role: press.Publisher}, w.now))
	_, body := w.get("/record")
	for _, want := range []string{"登录", "李某", "暂停渠道", "等待终审清样", "撤回", "内容有误", to("items", string(ids["withdrawn"])), "公报编辑"} {
		if !strings.Contains(body, want) {
			t.Errorf("the record does not say %q", want)
		}
	}
	if strings.Contains(body, ">编入一期<") && strings.Contains(body, `class="verb">编入一期`) {
		t.Error("what the program did is shown unasked")
	}
	_, body = w.get("/record?program=1")
	if !strings.Contains(body, `class="verb">编入一期`) {
		t.Error("what the program did is not shown when asked for")
	}
	_, body = w.get("/record?item=" + string(ids["withdrawn"]))
	if strings.Contains(body, to("items", string(ids["verified"]))) || !strings.Contains(body, "收稿") {
		t.Error("of one item something else is shown, or not everything")
	}
	for target, want := range map[string]string{"/record?from=x": "日期写得不对", "/record?from=2026-12-01&to=2026-11-01": "起始日期在截止日期之后", "/record?item=" + url.QueryEscape("<b>"): "没有编号是"} {
		status, body := w.get(target)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%s: %d", target, status)
		}
		checkHTML(t, target, body)
	}
	if status, _ := w.get("/record?after=zzz"); status != http.StatusBadRequest {
		t.Errorf("a mark that is none: %d", status)
	}
}

func TestPagesOfTheRecordFollowEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range recordLines*2 + 5 {
		w.must(w.ledger.Note(t.Context(), "sign_in", fmt.Sprint("p", i), "", ledger.Who{Name: "李某", Role: press.Publisher}, w.now))
	}
	seen, target := 0, "/record"
	for range 10 {
		_, body := w.get(target)
		seen += strings.Count(body, `class="verb"`)
		_, next, ok := strings.Cut(body, `rel="next" href="`)
		if !ok {
			break
		}
		next, _, _ = strings.Cut(next, `"`)
		target = strings.ReplaceAll(next, "&amp;", "&")
	}
	if seen != recordLines*2+5 {
		t.Errorf("%d lines on all pages", seen)
	}
}

func TestTheRecordIsExportedForSpreadsheetsWithoutFormulas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	w.must(w.ledger.Note(t.Context(), "sign_in", "=cmd|' /C calc'!A0", "@SUM(1)", ledger.Who{Name: "+李某", Role: press.Publisher}, w.now))
	res, body := w.post("/record.csv", url.Values{"program": {"1"}})
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "\ufeff时间,") || !strings.Contains(res.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d %q", res.StatusCode, body[:min(len(body), 60)])
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	w.must(err)
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	res, body = w.post("/record.json", url.Values{"by": {"+李某"}})
	var lines []map[string]any
	if err := json.Unmarshal([]byte(body), &lines); err != nil || len(lines) != 1 || lines[0]["about"] != "=cmd|' /C calc'!A0" {
		t.Errorf("%d %v %s", res.StatusCode, err, body)
	}
	if _, body = w.post("/record.json", url.Values{"by": {"没有人"}}); strings.TrimSpace(body) != "[\n]" {
		t.Errorf("of nobody: %q", body)
	}
	if _, body = w.get("/record?verb=export_record"); strings.Count(body, `class="verb"`) != 3 {
		t.Error("the exports are not on record")
	}
	if res, _ := w.post("/record.csv", url.Values{"from": {"x"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a date that is none: %d", res.StatusCode)
	}
}

func TestOnlyWhoMayTakesProofAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	one := to("items", string(ids["verified"]), "evidence")
	editor, supervisor := w.as(press.NewMediaEditor), w.as(press.Supervisor)
	for _, target := range []string{"/record.csv", "/record.json", "/record/check", "/record/evidence", one} {
		if res, _ := editor.post(target, url.Values{}); res.StatusCode != http.StatusForbidden {
			t.Errorf("an editor takes %s: %d", target, res.StatusCode)
		}
		if res, _ := supervisor.post(target, url.Values{}); res.StatusCode == http.StatusForbidden {
			t.Errorf("a supervisor may not take %s", target)
		}
	}
	if _, body := editor.get("/record"); strings.Contains(body, "/record.csv") {
		t.Error("an editor is offered an export")
	}
}

func TestEvidenceIsHandedOutAndHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	_, _, err := w.ledger.Seal(t.Context(), true, w.now)
	w.must(err)
	one := to("items", string(ids["verified"]), "evidence")
	_, body := w.get(one)
	for _, want := range []string{"全部相扣", "第1份每日总摘要", "导出证据包"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	res := w.ask("POST", one, url.Values{})
	data, err := io.ReadAll(res.Body)
	w.must(err)
	if res.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("%d %s", res.StatusCode, res.Header)
	}
	c, err := report.Check(bytes.NewReader(data), int64(len(data)))
	if err != nil || !c.OK() || c.Manifest.By != "王某" {
		t.Errorf("%v %+v", err, c)
	}
	if _, body := w.get("/record?item=" + string(ids["verified"])); !strings.Contains(body, "导出证据") || !strings.Contains(body, "sha256 ") {
		t.Error("it is not on record")
	}
	if res, _ := w.post(to("items", "none", "evidence"), url.Values{}); res.StatusCode != http.StatusNotFound {
		t.Errorf("of nothing: %d", res.StatusCode)
	}
}

func TestEvidenceOfSeveralItems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	for typed, want := range map[string]string{"": "请写明稿件编号", "none <b>": "找不到稿件"} {
		res, body := w.post("/record/evidence", url.Values{"items": {typed}})
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%q: %d", typed, res.StatusCode)
		}
		checkHTML(t, typed, body)
	}
	res := w.ask("POST", "/record/evidence", url.Values{"items": {string(ids["verified"]) + "\n" + string(ids["differs"]) + "，" + string(ids["verified"])}})
	data, err := io.ReadAll(res.Body)
	w.must(err)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	w.must(err)
	if len(z.File) != 3 {
		t.Fatalf("%d files", len(z.File))
	}
	for _, f := range z.File[:2] {
		r, err := f.Open()
		w.must(err)
		inner, err := io.ReadAll(r)
		w.must(err)
		if c, err := report.Check(bytes.NewReader(inner), int64(len(inner))); err != nil || !c.OK() {
			t.Errorf("%s: %v %+v", f.Name, err, c.Verdicts)
		}
	}
}

func TestTheCheckOfAllChainsIsAskedForAndTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	if res, body := w.post("/record/check", url.Values{}); res.StatusCode != http.StatusConflict || !strings.Contains(body, "tongfa check") {
		t.Errorf("where nobody can: %d", res.StatusCode)
	}
	o := w.options()
	asked, busy := "", false
	o.CheckChains = func(by string) bool { asked = by; return !busy }
	o.Checks = func() Checking { return Checking{Running: busy, By: asked, Began: w.now, Read: 5} }
	w.desk = New(o)
	if res, _ := w.post("/record/check", url.Values{}); res.StatusCode != http.StatusSeeOther || asked != "王某" {
		t.Errorf("%d %q", res.StatusCode, asked)
	}
	busy = true
	if res, body := w.post("/record/check", url.Values{}); res.StatusCode != http.StatusConflict || !strings.Contains(body, "正在核对") {
		t.Errorf("twice: %d", res.StatusCode)
	}
	busy = false
	_, _, err := w.ledger.Seal(t.Context(), true, w.now)
	w.must(err)
	_, _, err = w.ledger.CheckChains(t.Context(), "王某", func() time.Time { return w.now }, func(int) {})
	w.must(err)
	_, body := w.get("/record/check?done=begun")
	for _, want := range []string{"全部对得上", "每日总摘要1份", "已开始核对", "现在核对"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
