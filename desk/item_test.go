package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"tongfa/ledger"
	"tongfa/press"
)

func TestSeveralAreWithdrawnByOneDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	a, b := string(ids["verified"]), string(ids["handed"])
	o := w.options()
	o.Withdraws = func() map[string]bool { return map[string]bool{"site": true} }
	w.desk = New(o)
	_, body := w.get("/withdraw?q=" + url.QueryEscape("冬季供暖保障工作的通知"))
	if !strings.Contains(body, `name="item" value="`+a+`"`) || strings.Contains(body, b) {
		t.Error("what is looked for is not what is found")
	}
	_, body = w.get("/withdraw?item=" + a + "&item=" + b)
	text := words(first(w.tree(body), "main"))
	for _, want := range []string{"留下撤回说明", "没有撤下的接口：请人到渠道后台删除", "没有发布过，不再发布", "一旦查到公开马上撤下"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plan does not say %q: %s", want, text)
		}
	}
	form := hiddenOf(t, body)
	form.Set("reason", "内容有误")
	form.Set("notice", "url")
	for _, bad := range []string{"", "javascript:alert(1)", "https://user:word@example.com/"} {
		form.Set("url", bad)
		if res, body := w.post("/withdraw", form); res.StatusCode != 422 || !strings.Contains(body, `<a href="#url">`) {
			t.Errorf("readers are sent to %q: %d", bad, res.StatusCode)
		}
	}
	form.Set("url", "https://www.example.gov.cn/new.html")
	res, body := w.post("/withdraw", form)
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "确认撤回这2篇稿件") || !strings.Contains(body, "转到您写的网址") {
		t.Fatalf("the check page: %d", res.StatusCode)
	}
	form = hiddenOf(t, body)
	form.Set("sure", "yes")
	if res, _ = w.post("/withdraw", form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("withdrawn: %d", res.StatusCode)
	}
	for _, name := range []string{"verified", "handed"} {
		if s := w.story(ids[name]); s.Item.State != press.Withdrawn {
			t.Errorf("%s is %s", name, s.Item.State)
		}
	}
	_, body = w.get(res.Header.Get("Location"))
	if !strings.Contains(body, `class="done"`) || !strings.Contains(body, "这里没有要撤回的了") || strings.Contains(body, "<textarea") {
		t.Error("afterwards the page does not say how it goes on")
	}
	if res, body := w.post("/withdraw", url.Values{"reason": {"x"}, "notice": {"notice"}}); res.StatusCode != 422 || !strings.Contains(body, "请先选择要撤回的稿件") {
		t.Errorf("nothing chosen: %d", res.StatusCode)
	}
	many := url.Values{"reason": {"x"}, "notice": {"notice"}}
	for i := range mostTogether + 1 {
		many.Add("item", fmt.Sprint("x", i))
	}
	if res, _ := w.post("/withdraw", many); res.StatusCode != 422 {
		t.Errorf("too many: %d", res.StatusCode)
	}
}

func TestOneFailureOfAChannelIsRetriedTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []press.ItemID
	for range 3 {
		ids = append(ids, w.out("例行会议", "site", "wechat"))
	}
	for range 3 {
		w.publish("wechat", press.Receipt{Status: press.Refused, Note: "凭据失效"}, nil)
	}
	_, body := w.get("/retry?channel=wechat&copy=refused")
	form := hiddenOf(t, body)
	if res, body := w.post("/retry", form); res.StatusCode != 422 || !strings.Contains(body, "请先选择稿件") {
		t.Errorf("none chosen: %d", res.StatusCode)
	}
	for _, id := range ids {
		form.Add("item", string(id))
	}
	form.Set("seen."+string(ids[2]), "x/refused") // somebody else was quicker
	res, body := w.post("/retry", form)
	checkHTML(t, "check", body)
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "确认重新发布这3篇") || w.copy(ids[0], "wechat").Generation != 1 {
		t.Fatalf("it is not asked once more: %d", res.StatusCode)
	}
	form = hiddenOf(t, body)
	form.Set("sure", "yes")
	res, _ = w.post("/retry", form)
	if res.StatusCode != http.StatusSeeOther || w.woken != 1 {
		t.Fatalf("done: %d", res.StatusCode)
	}
	for i, want := range []int{2, 2, 1} {
		if g := w.copy(ids[i], "wechat").Generation; g != want {
			t.Errorf("item %d has generation %d, want %d", i, g, want)
		}
	}
	if _, body = w.get(res.Header.Get("Location")); !strings.Contains(body, "已记录2篇。另有1篇的状态已经变化") {
		t.Error("it is not said how many were left out")
	}
	if w.post("/retry", form); w.copy(ids[0], "wechat").Generation != 2 {
		t.Error("pressed twice, it made another generation")
	}
	w.seat(press.Drafter)
	if res, _ := w.post("/retry", form); res.StatusCode != http.StatusForbidden {
		t.Errorf("a drafter: %d", res.StatusCode)
	}
	if _, body := w.get("/retry?done=99999999&left=-1"); strings.Contains(body, `class="done"`) {
		t.Error("an address put words into our mouth")
	}
}

func TestLookNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	id := ids["live"]
	looked, status, broken := 0, press.SeenEqual, error(nil)
	o := w.options()
	o.Look = func(ctx context.Context, item press.ItemID, channel string) (press.Sighting, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("a look may take for ever")
		}
		looked++
		c := w.copy(item, channel)
		s := press.Sighting{Copy: c.ID, Revision: c.Revision, Status: status, URL: c.URL, At: w.now}
		if broken != nil {
			return s, broken
		}
		return s, w.ledger.Saw(ctx, s, w.now)
	}
	w.desk = New(o)
	target := to("items", string(id), "look")
	form := url.Values{"channel": {"site"}}
	for _, c := range []struct {
		after  time.Duration
		status press.SightingStatus
		looked int
		says   string
	}{
		{time.Hour, press.SeenEqual, 1, "刚刚核验：与签发的文本一致"},
		{time.Second, press.SeenEqual, 1, "半分钟内刚刚看过"},
		{time.Minute, press.SeenDiffers, 2, "刚刚核验：与签发的文本不一致"},
		{time.Minute, press.SeenBlind, 3, "不能判断"},
	} {
		w.now = w.now.Add(c.after)
		status = c.status
		res, _ := w.post(target, form)
		if res.StatusCode != http.StatusSeeOther || looked != c.looked {
			t.Errorf("%s: %d, looked %d times", c.says, res.StatusCode, looked)
		}
		if _, body := w.get(res.Header.Get("Location")); !strings.Contains(body, c.says) {
			t.Errorf("the page does not say %q", c.says)
		}
	}
	w.now, broken = w.now.Add(time.Hour), errors.New("disk")
	if res, _ := w.post(target, form); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("a look that fails: %d", res.StatusCode)
	}
	if res, _ := w.post(target, url.Values{"channel": {"wechat"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("what is not public: %d", res.StatusCode)
	}
	w.seat(press.Supervisor)
	if res, _ := w.post(target, form); res.StatusCode != http.StatusForbidden {
		t.Errorf("a supervisor: %d", res.StatusCode)
	}
}

func TestOnlySoManyLookAtATime(t *testing.T) {
	t.Parallel()
	l := newLooking()
	for range mostLooks {
		if _, ok := l.begin(); !ok {
			t.Fatal("too few may look")
		}
	}
	if _, ok := l.begin(); ok {
		t.Error("everybody may look at once")
	}
}

func TestAListIsAnnotated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	o := w.options()
	o.Amends = func() map[string]bool { return map[string]bool{"site": true} }
	w.desk = New(o)
	list := "编号,有效性,依据\n" + string(ids["verified"]) + ",废止,示政发〔2026〕9号,,2026-12-01," + hostile[:8] + "\nnone-1,废止\n" + string(ids["differs"]) + ",没了\n" + string(ids["waiting"]) + ",失效\n"
	before := len(w.story(ids["verified"]).Moves)
	for bad, want := range map[string]string{"": "请粘贴清单", "a\"b,c": "CSV", "x,废止,,,2026-13-01": "第1行", strings.Repeat("x,废止\n", mostListed+1): "请分几次粘贴"} {
		if res, body := w.post("/annotate", url.Values{"list": {bad}}); res.StatusCode != 422 || !strings.Contains(body, want) {
			t.Errorf("%.20q: %d", bad, res.StatusCode)
		}
	}
	res, body := w.post("/annotate", url.Values{"list": {list}})
	checkHTML(t, "plan", body)
	text := words(w.tree(body))
	for _, want := range []string{"会标注1行", "3行有问题", "没有这个编号或文号的稿件", "有效性“没了”不对", "没有公开的副本", "本文件自2026年12月1日起废止，依据：示政发〔2026〕9号"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plan does not say %q: %s", want, text)
		}
	}
	if res.StatusCode != http.StatusOK || len(w.story(ids["verified"]).Moves) != before {
		t.Fatalf("it was done before it was confirmed: %d", res.StatusCode)
	}
	form := hiddenOf(t, body)
	form.Set("sure", "yes")
	for range 2 { // the button is pressed twice
		if res, _ = w.post("/annotate", form); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d", res.StatusCode)
		}
	}
	if n := len(w.story(ids["verified"]).Moves); n != before+1 {
		t.Errorf("%d moves for one annotation", n-before)
	}
	if _, body = w.get(res.Header.Get("Location")); !strings.Contains(body, "已标注1行") || !strings.Contains(body, "3行有问题，没有标注") {
		t.Error("the page does not say what was done")
	}
	w.seat(press.GazetteEditor)
	if res, _ := w.post("/annotate", form); res.StatusCode != http.StatusForbidden {
		t.Errorf("a gazette editor: %d", res.StatusCode)
	}
}

// A story of eight hundred sightings fits on a page, and every line of it is on one of the pages of its history.
func TestALongStoryIsReadInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.out("例行会议", "site")
	c := w.copy(id, "site")
	const many = 800
	for i := range many {
		w.now = w.now.Add(time.Minute)
		w.must(w.ledger.Saw(t.Context(), press.Sighting{Copy: c.ID, Revision: 1, Status: press.SeenDiffers, URL: c.URL, Detail: fmt.Sprintf("第%d次所见不同", i), At: w.now,
			Changes: []press.Change{{Before: "会议定于", Was: "二十日", Now: fmt.Sprint(i, "日"), After: "召开"}}}, w.now))
	}
	target := "/items/" + string(id)
	begun := time.Now()
	_, body := w.get(target)
	if took := time.Since(begun); len(body) > 100<<10 || took > time.Second {
		t.Errorf("%d bytes in %v", len(body), took)
	}
	if !strings.Contains(body, "更早的") {
		t.Error("there is no way to what was before")
	}
	seen, next := map[string]bool{}, target+"/history"
	for next != "" {
		_, body := w.get(next)
		if len(body) > 100<<10 {
			t.Errorf("%s: %d bytes", next, len(body))
		}
		for _, piece := range strings.Split(body, `lang="zh-CN">第`)[1:] {
			if n, _, ok := strings.Cut(piece, "次所见不同"); ok && len(n) < 5 {
				seen[n] = true
			}
		}
		_, rest, ok := strings.Cut(body, `href="`+target+`/history?before=`)
		for ok && !strings.Contains(rest[:40], `rel="next"`) {
			_, rest, ok = strings.Cut(rest, `href="`+target+`/history?before=`)
		}
		next = ""
		if ok {
			n, _, _ := strings.Cut(rest, `"`)
			next = target + "/history?before=" + n
		}
	}
	if len(seen) != many {
		t.Errorf("%d of %d lines are told", len(seen), many)
	}
	for _, bad := range []string{"0", "-1", "x", "99999999999999999999"} {
		if status, _ := w.get(target + "/history?before=" + bad); status != http.StatusBadRequest {
			t.Errorf("before=%s: %d", bad, status)
		}
	}
	if _, body := w.get(target + "/history?sort=收稿&channel=" + url.QueryEscape(hostile)); strings.Contains(body, "<script>alert") {
		t.Error("a filter is not escaped")
	}
}

func TestRawAnswersAreShownBoundedAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	e := event{Raw: `{"errcode":40001,"access_token":"70_abcdef","Secret": "s3cr3t","msg":"see https://x.example/?access_token=abc&x=1"}`}
	got := e.Pretty()
	for _, secret := range []string{"70_abcdef", "s3cr3t", "=abc"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is shown: %s", secret, got)
		}
	}
	if !strings.Contains(got, "\n  \"errcode\": 40001") || !strings.Contains(got, "&x=1") {
		t.Errorf("what is no secret is not shown, or not in lines: %s", got)
	}
	if long := (event{Raw: strings.Repeat("字", 1<<20)}).Pretty(); len([]rune(long)) > mostRaw+1 {
		t.Errorf("%d characters", len([]rune(long)))
	}
}

func TestItemTellsWhatItStandsInRelationTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.file("示例区供暖保障办法", "site")
	s := w.story(a)
	rev := s.Revisions[0]
	rev.Title = "《示例区供暖保障办法》解读"
	rev.Meta.Relations = []press.Relation{{Type: press.Interprets, To: s.Item.ExternalID}}
	out, err := w.ledger.File(t.Context(), ledger.Filing{Item: press.Item{ExternalID: "oa-x", Kind: press.Interpretation, Wants: s.Item.Wants, BelongsWith: []string{s.Item.ExternalID, "oa-none"}},
		Revision: press.Revision{Title: rev.Title, Body: rev.Body, Meta: rev.Meta}, By: ledger.Who{Name: "王某", Role: press.Registrar}}, w.now)
	w.must(err)
	for id, wants := range map[press.ItemID][]string{
		out.ID: {"解读的文件 示例区供暖保障办法", "同时发布 示例区供暖保障办法", "本稿写明与它同时发布", "oa-none 还没有收到这篇稿件，收到以前等待"},
		a:      {"政策解读 《示例区供暖保障办法》解读", "同时发布 《示例区供暖保障办法》解读", "它写明与本稿同时发布"},
	} {
		text := words(w.parse("/items/" + string(id)))
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", id, want, text)
			}
		}
	}
}

// Whoever reads English reads no Chinese but what the ledger, the office and the documents say, marked as such.
func TestItemPagesInEnglish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.moved()
	ids["asked"] = w.corrected()
	o := w.options()
	o.Guest = &ledger.Person{Name: "王某", Roles: w.roles, Lang: english}
	w.desk = New(o)
	targets := []string{"/items/" + string(ids["behind"]) + "/correct", "/items/" + string(ids["held"]) + "/release", "/items/" + string(ids["waivable"]) + "/waive?rule=" + string(w.waivable(ids["waivable"]))}
	for target := range itemAddresses(ids) {
		targets = append(targets, target)
	}
	for _, id := range ids {
		targets = append(targets, "/items/"+string(id))
		for _, c := range w.story(id).Copies {
			if status, _ := w.get(to("items", string(id), "retry") + "?channel=" + c.Channel); status == http.StatusOK {
				targets = append(targets, to("items", string(id), "retry")+"?channel="+c.Channel)
			}
		}
	}
	for _, target := range targets {
		for _, said := range unmarked(first(w.parse(target), "main"), false) {
			t.Errorf("%s: %q", target, said)
		}
	}
}

// unmarked are the Chinese words of a page that are not marked as Chinese.
func unmarked(n *html.Node, marked bool) (out []string) {
	if lang := attrOf(n, "lang"); lang != "" {
		marked = lang == "zh-CN"
	}
	if n.Type == html.TextNode && !marked && strings.ContainsFunc(n.Data, func(c rune) bool { return unicode.Is(unicode.Han, c) }) {
		out = append(out, strings.TrimSpace(n.Data))
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		out = append(out, unmarked(c, marked)...)
	}
	return out
}

// A page has room for so many raw answers; each of the others is found on a page that begins with it.
func TestAPageDoesNotGrowWithWhatOthersAnswered(t *testing.T) {
	t.Parallel()
	var all []event
	for i := range 60 {
		all = append(all, event{What: fmt.Sprint(i), Raw: strings.Repeat("字", 2*mostRaw), Changes: make([]press.Change, 2*mostChanges)})
	}
	h := part(all, 0, fewEvents, "x", url.Values{"sort": {"回执"}})
	size, apart := 0, 0
	for _, e := range h.Events {
		size += len(e.Pretty())
		if e.Apart != "" {
			apart++
		}
	}
	if size > 60<<10 || apart == 0 || h.Left != 60-fewEvents || h.Events[0].Apart != "" || all[0].Raw == "" || len(all[1].Changes) != 2*mostChanges {
		t.Fatalf("%d bytes, %d apart, %d left", size, apart, h.Left)
	}
	u, err := url.Parse(h.Events[20].Apart)
	if err != nil || u.Query().Get("sort") != "回执" {
		t.Fatal(h.Events[20].Apart, err)
	}
	before := 60 - 20
	if got := u.Query().Get("before"); got != fmt.Sprint(before) {
		t.Errorf("before=%s, want %d", got, before)
	}
	if again := part(all, before, someEvents, "x", nil); again.Events[0].What != h.Events[20].What || again.Events[0].Raw == "" {
		t.Errorf("the page begins with %+v", again.Events[0].What)
	}
}

// Words that reach a page through a variable have their English too: what is said after a move, the answers and what follows from them, what
// the ledger offers, and the names that press gives.
func TestWordsThatAreChosenAtRunTimeHaveTheirEnglish(t *testing.T) {
	t.Parallel()
	english := readWords()
	var said []string
	for _, code := range []string{"look", "again", "link", "free", "done", "leave", "known", "absent", "down", "hold", "release", "withdraw", "correct", "annotate",
		"waive", "look-equal", "look-wrong", "look-blind", "look-soon", "look-busy", "nothing", "pause", "catch-up", "resume", "taken"} {
		if done(code) == "" {
			t.Errorf("nothing is said after %q", code)
		}
		said = append(said, done(code))
	}
	if done("<b>") != "" {
		t.Error("an address puts words into our mouth")
	}
	for _, it := range []press.Item{{State: press.Approved}, {State: press.Withdrawn}} {
		for _, state := range press.CopyStates() {
			for _, c := range []press.Copy{{State: state}, {State: state, Task: "改"}} {
				todo := []ledger.Todo{{Help: []ledger.Help{{Command: "tongfa retry x --leave --absent"}}}}
				for _, x := range append(choicesFor(it, c, nil), choicesFor(it, c, todo)...) {
					said = append(said, x.Word, x.Help, retryAsk{Item: it, Copy: c, Chosen: x.Value}.warning())
				}
			}
		}
	}
	for _, s := range press.CopyStates() {
		said = append(said, s.Name())
	}
	for _, w := range ways() {
		said = append(said, w.Name())
	}
	for _, x := range press.Kinds() {
		said = append(said, x.Name)
	}
	for _, x := range press.Moves() {
		said = append(said, x.Verb.Name(), x.From.Name())
	}
	for _, s := range []press.Status{press.Absent, press.CannotTell, press.HandedOver, press.Live, press.Gone, press.Refused, press.NeedsHand, press.PutOff} {
		said = append(said, s.Name())
	}
	for _, s := range []press.SightingStatus{press.SeenEqual, press.SeenDiffers, press.SeenBlind, press.SeenGone, press.SeenBanned, press.SeenMoved} {
		said = append(said, s.Name())
	}
	for _, v := range []string{"file", "reschedule", "compose", "look", "adopt", "give_up", "drop", "freeze", "issue", "bind", "retarget"} {
		said = append(said, ledger.Moved{Verb: v}.What())
	}
	said = append(said, historyPage{}.Sorts()...)
	for _, word := range said {
		if english[word] == "" && word != "" {
			t.Errorf("no English for %q", word)
		}
	}
}

// A new text is not approved because the one before it was.
func TestStagesSpeakOfTheNewestText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.personal()
	for _, x := range stages(w.story(id)) {
		if x.Name == "签发" && (x.Done || !x.At.IsZero()) {
			t.Errorf("what waits for review is told as approved: %+v", x)
		}
	}
	out := w.out("例行会议", "site")
	for _, x := range stages(w.story(out)) {
		if !x.Done || x.At.IsZero() {
			t.Errorf("what is out lacks a station: %+v", x)
		}
	}
}
