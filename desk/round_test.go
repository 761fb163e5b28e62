package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
)

// presses make the files of a proof that say what they were made of.
type presses struct {
	mu    sync.Mutex
	made  int
	wait  chan struct{} // each file waits for one of it; nil for no waiting
	fail  error
	panic bool
}

func (p *presses) Round(ctx context.Context, e press.Edition, mark string, done func(string, int)) (channels.Made, error) {
	p.mu.Lock()
	wait, fail, wild := p.wait, p.fail, p.panic
	p.made++
	p.mu.Unlock()
	if wild {
		panic("a table without rows")
	}
	if fail != nil {
		return channels.Made{}, fail
	}
	out := channels.Made{Made: press.Made{Of: press.ContentsOf(e, shanghai()).Sum(), Pages: 3 + len(e.Entries)}}
	for _, f := range []string{"pdf", "ofd", "epub", "html"} {
		if wait != nil {
			select {
			case <-wait:
			case <-ctx.Done():
				return out, ctx.Err()
			}
		}
		data := []byte(fmt.Sprintf("%s %s %s", f, mark, press.ContentsOf(e, shanghai()).JSON()))
		name := "gazette-2026-04." + f
		out.Written = append(out.Written, channels.MadeFile{Name: name, Format: f, MIME: "application/" + f, Data: data})
		out.Files = append(out.Files, press.MadeFile{Format: f, Name: name, Bytes: len(data), SHA256: digest(data), SM3: digest(data), Same: true})
		done(name, len(data))
	}
	out.Block, _ = json.Marshal(map[string]any{"files": out.Files})
	return out, nil
}

// pulled pulls two rounds of an edition that say everything that a round can, and gives the number of the last.
func (w *world) pulled(key string) string {
	w.Helper()
	ctx, who := w.Context(), ledger.Who{Name: "赵某", Role: press.GazetteEditor}
	for range 2 {
		e, err := w.ledger.Edition(ctx, key)
		w.must(err)
		set, err := w.ledger.Numbering(ctx, w.gazette(), e.Edition)
		w.must(err)
		set.Composed = w.now
		made, err := w.presses.Round(ctx, set, press.RoundMark(1), func(string, int) {})
		w.must(err)
		_, err = w.ledger.PullProof(ctx, w.gazette(), key, made.Made, ledger.Edit{Who: who}, w.now)
		w.must(err)
		w.must(w.ledger.Rename(ctx, key, "B <b>", ledger.Edit{Who: who}, w.now))
	}
	rounds, err := w.ledger.Rounds(ctx, key)
	w.must(err)
	n := len(rounds)
	w.must(w.ledger.RemarkProof(ctx, key, press.Reading{Round: n, Place: "第2段", Text: "“<script>”多余"}, who, w.now))
	w.must(w.ledger.RemarkProof(ctx, key, press.Reading{Round: n, Text: "标题"}, who, w.now))
	rounds, err = w.ledger.Rounds(ctx, key)
	w.must(err)
	w.must(w.ledger.SettleRemark(ctx, key, rounds[n-1].Open()[1].ID, false, "原文如此", who, w.now))
	w.must(w.ledger.PassProof(ctx, key, n, who, w.now))
	return fmt.Sprint(n)
}

// pull presses the button of an edition's page.
func (w *world) pull(key string) (*http.Response, string) {
	w.Helper()
	_, body := w.get(at(key))
	m := seenField.FindStringSubmatch(body)
	if m == nil {
		w.Fatalf("no button to pull a proof: %s", plainText(body))
	}
	return w.post(at(key, "rounds"), url.Values{"seen": {m[1]}})
}

func (w *world) sees(address string, want ...string) string {
	w.Helper()
	status, body := w.get(address)
	if status != http.StatusOK {
		w.Fatalf("%s: %d %s", address, status, plainText(body))
	}
	for _, s := range want {
		if !strings.Contains(plainText(body), s) {
			w.Errorf("%s does not say %q: %s", address, s, plainText(body))
		}
	}
	return body
}

func TestThreeProofsWithoutAScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.file("甲", "gazette"), w.file("乙", "gazette")
	key := w.newIssue("gazette", time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai()))
	w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(a)}}))
	w.sees(at(key), "还没有出过校样", "出校样")
	w.ok(w.pull(key))
	body := w.sees(at(key)+"?done=round", "校样已出", "一校", "4页", "还没有人读过", "现在的内容与一校相比： ✓ 内容没有变化")
	if !strings.Contains(body, to("editions", key, "rounds", "1", "files", "gazette-2026-04.ofd")) {
		t.Error("the files are not linked")
	}

	// A reader passes nothing yet: she has a remark, which the editor settles.
	one := at(key, "rounds", "1")
	res, body := w.post(one+"/remark", url.Values{"item": {string(a)}, "place": {" 第2段 "}, "text": {"“的”应为“地”"}})
	w.ok(res, body)
	w.sees(one+"?done=remark", "已记下这条意见", "没有处理", "《甲》第2段", "“的”应为“地”")
	res, body = w.post(one+"/remark", url.Values{"text": {" "}, "place": {"封面"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明要改什么") || !strings.Contains(body, `value="封面"`) {
		t.Errorf("an empty remark: %d %s", res.StatusCode, plainText(body))
	}
	rounds, err := w.ledger.Rounds(w.Context(), key)
	w.must(err)
	id := fmt.Sprint(rounds[0].Readings[0].ID)
	res, body = w.post(at(key, "remarks", id), url.Values{"do": {"keep"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明理由") {
		t.Errorf("left as it is without a reason: %d", res.StatusCode)
	}
	w.ok(w.post(at(key, "remarks", id), url.Values{"do": {"mended"}, "text": {"已改"}}))
	if res, _ := w.post(at(key, "remarks", id), url.Values{"do": {"mended"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("settled twice: %d", res.StatusCode)
	}

	// Another article and another order: told on the page, word by word on its own page, and in the second proof.
	w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(b)}}))
	w.sees(at(key), "增加 《乙》 第2篇")
	w.sees(at(key, "changes"), "增加 《乙》")
	w.sees(at(key, "freeze"), "一校以后改动1处")
	w.ok(w.pull(key))
	w.sees(at(key, "rounds", "2"), "与前一校相比", "增加 《乙》")
	if res, _ := w.post(one+"/pass", nil); res.StatusCode != http.StatusConflict {
		t.Errorf("an older proof passed: %d", res.StatusCode)
	}
	w.ok(w.post(at(key, "rounds", "2")+"/pass", nil))
	w.ok(w.pull(key))
	w.sees(at(key, "rounds", "3"), "✓ 内容没有变化")
	w.ok(w.post(at(key, "rounds", "3")+"/pass", nil))
	w.sees(at(key, "freeze"), "与三校相同")

	_, body = w.get(at(key, "freeze"))
	seen := seenField.FindStringSubmatch(body)[1]
	w.ok(w.post(at(key, "freeze"), url.Values{"seen": {seen}, "how": {"only"}, "sure": {"yes"}}))
	body = w.sees(at(key), "定稿与三校相同")
	if strings.Contains(body, "<button>出校样") {
		t.Error("a frozen issue offers another proof")
	}
	if res, _ := w.post(at(key, "rounds"), url.Values{"seen": {seen}}); res.StatusCode != http.StatusConflict {
		t.Errorf("a proof of a frozen issue: %d", res.StatusCode)
	}
}

func TestTheFilesOfAProofAreMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.newIssue("gazette", time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai()))
	for _, s := range []string{"甲", "乙"} {
		w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(w.file(s, "gazette"))}}))
		w.ok(w.pull(key))
	}
	file := func(n, name string) (*http.Response, string) {
		res, body := w.browser().visit("GET", at(key, "rounds", n, "files", name), nil)
		return res, body
	}
	res, two := file("2", "gazette-2026-04.pdf")
	if res.StatusCode != 200 || !strings.HasPrefix(two, "pdf 校样 第2校 ") || res.Header.Get("Content-Disposition") != "attachment; filename=proof-2-gazette-2026-04.pdf" || res.Header.Get("Content-Type") != "application/pdf" {
		t.Fatalf("%d %q %s", res.StatusCode, res.Header, two)
	}
	if w.presses.made != 2 {
		t.Errorf("what is kept was made again: %d", w.presses.made)
	}
	res, one := file("1", "gazette-2026-04.pdf")
	if res.StatusCode != 200 || !strings.HasPrefix(one, "pdf 校样 第1校 ") || strings.Contains(one, "乙") {
		t.Fatalf("%d %s", res.StatusCode, one)
	}
	if body := w.sees(at(key, "rounds", "1")); strings.Contains(body, "重新做出的文件和出校样时的摘要不同") {
		t.Error("made again it is another")
	}
	if res, block := file("1", "verify.json"); res.StatusCode != 200 || !strings.Contains(block, `"same_text":true`) {
		t.Errorf("%d %s", res.StatusCode, block)
	}
	for _, name := range []string{"gazette-2026-05.pdf", "..%2Fledger.db", "x"} {
		if res, _ := file("1", name); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if res, _ := file("9", "verify.json"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a round that is not there: %d", res.StatusCode)
	}
}

func TestProofsAreMadeOneAfterAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wait := make(chan struct{})
	w.presses.wait = wait
	slot := time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai())
	var keys []string
	for i, s := range []string{"甲", "乙"} {
		key := w.newIssue("gazette", slot.AddDate(0, 0, i))
		w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(w.file(s, "gazette"))}}))
		keys = append(keys, key)
	}
	d := &desk{Options: w.options(), making: newMaking()}
	begun := func(key string) *job {
		e, err := w.ledger.Edition(w.Context(), key)
		w.must(err)
		c, _ := w.composing("gazette")
		n, err := w.ledger.Numbering(w.Context(), c.Plan, e.Edition)
		w.must(err)
		e.Edition = n
		j, err := d.pull(planned{EditionLine: e, Composing: c}, ledger.Edit{Who: ledger.Who{Name: "赵某", Role: press.GazetteEditor}, Seen: e.Version})
		w.must(err)
		return j
	}
	d.Now = func() time.Time { return w.now }
	first := begun(keys[0])
	wait <- struct{}{} // its first file is begun: it has its turn
	second := begun(keys[1])
	if again := begun(keys[0]); again != first {
		t.Error("the same proof is made twice")
	}
	if s, _ := d.making.show(keys[1]); s.Turned {
		t.Error("two proofs are made at a time")
	}
	for range 3 {
		wait <- struct{}{}
	}
	<-first.done
	for range 4 {
		wait <- struct{}{}
	}
	<-second.done
	for _, key := range keys {
		if s, ok := d.making.show(key); !ok || s.Problem != nil || s.Made != 4 {
			t.Errorf("%+v", s)
		}
		rounds, err := w.ledger.Rounds(w.Context(), key)
		w.must(err)
		if len(rounds) != 1 || rounds[0].Pages != 4 || len(rounds[0].Files) != 4 {
			t.Errorf("%+v", rounds)
		}
	}
}

func TestAProofThatCannotBeMadeSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.newIssue("gazette", time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai()))
	res, _ := w.post(at(key, "rounds"), url.Values{"seen": {"1"}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a proof of nothing: %d", res.StatusCode)
	}
	w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(w.file("甲", "gazette"))}}))
	if res, _ := w.post(at(key, "rounds"), url.Values{"seen": {"1"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("a plan that was changed: %d", res.StatusCode)
	}
	w.presses.fail = &press.Trouble{Remedy: press.AskPerson, What: "有字体里没有的字：“𰻝”（第1篇第2段）", Do: "换字"}
	res, body := w.pull(key)
	w.ok(res, body)
	status, body := w.get(res.Header.Get("Location"))
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "“𰻝”（第1篇第2段）") {
		t.Errorf("%d %s", status, plainText(body))
	}
	checkHTML(t, "failed making", body)
	w.presses.fail, w.presses.panic = nil, true
	res, body = w.pull(key)
	w.ok(res, body)
	if status, _ := w.get(res.Header.Get("Location")); status != http.StatusUnprocessableEntity {
		t.Errorf("a panic: %d", status)
	}
	w.presses.panic = false
	res, body = w.pull(key)
	w.ok(res, body)
	if res := w.ask("GET", res.Header.Get("Location"), nil); res.StatusCode != http.StatusSeeOther || !strings.HasSuffix(res.Header.Get("Location"), "?done=round#rounds") {
		t.Errorf("%d %s", res.StatusCode, res.Header.Get("Location"))
	}
	rounds, err := w.ledger.Rounds(w.Context(), key)
	w.must(err)
	if len(rounds) != 1 {
		t.Errorf("%d rounds were recorded", len(rounds))
	}
	large := press.Edition{Entries: []press.Entry{{Revision: press.Revision{Body: []press.Block{press.P(strings.Repeat("长", mostSet+1))}}}}}
	if err := tooLarge(large); err == nil {
		t.Error("an issue of any size is made")
	}
}

func TestAMakingIsWatchedWithoutAScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.newIssue("gazette", time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai()))
	w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(w.file("甲", "gazette"))}}))
	wait := make(chan struct{})
	w.presses.mu.Lock()
	w.presses.wait = wait
	w.presses.mu.Unlock()
	posted := make(chan *http.Response)
	go func() {
		res, _ := w.pull(key)
		posted <- res
	}()
	wait <- struct{}{}
	wait <- struct{}{}
	res, body := w.browser().visit("GET", at(key, "rounds", "new"), nil)
	if res.StatusCode != 200 || res.Header.Get("Refresh") != "2" || !strings.Contains(body, "正在做一校的文件") || !strings.Contains(body, "<progress") {
		t.Errorf("%d %q %s", res.StatusCode, res.Header.Get("Refresh"), plainText(body))
	}
	checkHTML(t, "making", body)
	w.sees(at(key), "正在出校样")
	close(wait)
	if res := <-posted; res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
}

// TestWhoMayProofread asks the table of rights: a reader reads, and pulls nothing; who only sees says nothing.
func TestWhoMayProofread(t *testing.T) {
	t.Parallel()
	for role, can := range map[press.Role][2]bool{press.Reviewer: {true, false}, press.GazetteEditor: {true, true}, press.Supervisor: {false, false}, press.Operator: {false, false}} {
		w := newWorld(t)
		id := w.file("甲", "gazette")
		key := w.newIssue("gazette", time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai()))
		w.ok(w.do(key, url.Values{"do": {"put"}, "item": {string(id)}}))
		w.ok(w.pull(key))
		w.roles = []press.Role{role}
		w.desk = New(w.options())
		body := w.sees(at(key, "rounds", "1"))
		if got := strings.Contains(body, "/remark\""); got != can[0] {
			t.Errorf("%s is offered to remark: %v", role, got)
		}
		res, _ := w.post(at(key, "rounds", "1")+"/remark", url.Values{"text": {"标题"}})
		if (res.StatusCode == http.StatusSeeOther) != can[0] || !can[0] && res.StatusCode != http.StatusForbidden {
			t.Errorf("%s remarks: %d", role, res.StatusCode)
		}
		res, _ = w.post(at(key, "rounds"), url.Values{"seen": {"2"}})
		if (res.StatusCode != http.StatusForbidden) != can[1] {
			t.Errorf("%s pulls a proof: %d", role, res.StatusCode)
		}
	}
}

func TestAMessageHasNoProofRounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.newIssue("wechat", time.Date(2026, 12, 1, 9, 0, 0, 0, shanghai()))
	for _, a := range []string{at(key, "changes"), at(key, "rounds", "1"), at(key, "rounds", "new")} {
		if status, _ := w.get(a); status != http.StatusNotFound {
			t.Errorf("%s: %d", a, status)
		}
	}
	if body := w.sees(at(key)); strings.Contains(body, `id="rounds"`) {
		t.Error("a message offers proofs")
	}
}

// TestTheAPITellsTheRoundsOfAnEdition looks at one edition, whose answer is held against the description of the API.
func TestTheAPITellsTheRoundsOfAnEdition(t *testing.T) {
	t.Parallel()
	w := apiWorld(t)
	who := ledger.Who{Name: "赵某", Role: press.GazetteEditor}
	key, err := w.ledger.Plan(w.Context(), w.gazette(), w.now.Add(24*time.Hour), who, w.now)
	w.must(err)
	w.must(w.ledger.Put(w.Context(), w.gazette(), key, string(w.file("甲", "gazette")), ledger.Edit{Who: who}, w.now))
	c := w.call("oa", press.MaySee)
	if a := c.want(200, "", "GET", "/api/v1/editions/"+url.PathEscape(key), nil); a.doc["rounds"] != nil {
		t.Errorf("rounds that were not pulled: %s", a.body)
	}
	w.pulled(key)
	a := c.want(200, "", "GET", "/api/v1/editions/"+url.PathEscape(key), nil)
	rounds, _ := a.doc["rounds"].([]any)
	if len(rounds) != 2 || !strings.Contains(string(a.body), `"kind":"name"`) || !strings.Contains(string(a.body), "原文如此") || a.doc["changed_since"] == nil {
		t.Errorf("%s", a.body)
	}
	if a := c.want(200, "", "GET", "/api/v1/editions", nil); strings.Contains(string(a.body), "rounds") {
		t.Error("a list of editions carries rounds")
	}
}
