package desk

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tongfa/ledger"
	"tongfa/press"
)

func seen(c press.Copy) string { return retryAsk{Copy: c}.Seen() }

func (w *world) channelState(name string) ledger.ChannelState {
	w.Helper()
	cs, err := w.ledger.Channels(w.Context())
	w.must(err)
	for _, c := range cs {
		if c.Name == name {
			return c
		}
	}
	w.Fatalf("no channel %s", name)
	return ledger.ChannelState{}
}

func TestPauseAndResumeReachTheLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	res, body := w.post("/channels/wechat/pause", url.Values{"reason": {"  "}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明暂停的原因") || w.channelState("wechat").Paused {
		t.Fatalf("a pause without a reason: %d", res.StatusCode)
	}
	res, _ = w.post("/channels/wechat/pause", url.Values{"reason": {strings.Repeat("长", mostReason+1)}})
	if res.StatusCode != http.StatusUnprocessableEntity || w.channelState("wechat").Paused {
		t.Fatalf("a pause with a novel: %d", res.StatusCode)
	}
	if res, _ = w.post("/channels/wechat/pause", url.Values{"reason": {"后台改版 <b>"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("pause: %d", res.StatusCode)
	}
	c := w.channelState("wechat")
	if !c.Paused || c.Reason != "后台改版 <b>" || c.PausedBy != "王某" || !c.PausedAt.Equal(w.now) {
		t.Errorf("paused: %+v", c)
	}
	if _, body = w.get(res.Header.Get("Location")); !strings.Contains(body, "渠道已暂停") || !strings.Contains(body, "后台改版 &lt;b&gt;") {
		t.Error("the page does not say what was done")
	}
	w.post("/channels/wechat/pause", url.Values{"reason": {"别人的原因"}})
	if c = w.channelState("wechat"); c.Reason != "后台改版 <b>" {
		t.Errorf("a second pause overwrote the first reason: %q", c.Reason)
	}
	if w.post("/channels/wechat/resume", url.Values{}); w.channelState("wechat").Paused {
		t.Error("it was not resumed")
	}
	if w.woken != 2 {
		t.Errorf("the holder was woken %d times for 2 moves", w.woken)
	}
}

func TestAMissedSlotIsCaughtUpOnlyOnAPersonsWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	missed := w.now.Add(-time.Hour)
	w.must(w.ledger.Strike(t.Context(), "wechat", missed, press.SlotAsked, missed))
	for _, target := range []string{"/matrix", "/channels/wechat"} {
		if text := words(w.parse(target)); !strings.Contains(text, "补发") {
			t.Errorf("%s does not ask about the missed slot", target)
		}
	}
	asked := func() int {
		slots, err := w.ledger.Asked(t.Context())
		w.must(err)
		return len(slots)
	}
	form := url.Values{"at": {channelPage{}.Stamp(missed)}}
	if res, body := w.post("/channels/wechat/catch-up", form); res.StatusCode != 422 || !strings.Contains(body, "请先勾选确认") || asked() != 1 {
		t.Errorf("without a word: %d", res.StatusCode)
	}
	form.Set("sure", "yes")
	if res, _ := w.post("/channels/site/catch-up", form); res.StatusCode != 422 || asked() != 1 {
		t.Errorf("on another channel: %d", res.StatusCode)
	}
	if res, _ := w.post("/channels/wechat/catch-up", form); res.StatusCode != http.StatusSeeOther || asked() != 0 || w.woken != 1 {
		t.Errorf("with a word: %d, %d still asked, woken %d", res.StatusCode, asked(), w.woken)
	}
	if res, _ := w.post("/channels/wechat/catch-up", form); res.StatusCode != 422 || w.woken != 1 {
		t.Errorf("a second time: %d", res.StatusCode)
	}
}

func TestRetryLooksAgainAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	target := "/items/" + string(ids["unknown"]) + "/retry"
	res, _ := w.post(target, url.Values{"channel": {"wechat"}, "hint": {hintLook}, "seen": {seen(w.copy(ids["unknown"], "wechat"))}})
	if res.StatusCode != http.StatusSeeOther || w.woken != 1 {
		t.Fatalf("retry: %d, woken %d", res.StatusCode, w.woken)
	}
	if _, body := w.get(res.Header.Get("Location")); !strings.Contains(body, "已记录") {
		t.Error("the page does not say what was done")
	}
	m := w.lastMove(ids["unknown"])
	if m.Verb != string(press.Retry) || m.By != "王某" || m.Detail != "wechat" {
		t.Errorf("the move is %+v", m)
	}
	due, err := w.ledger.Next(t.Context(), "wechat", true)
	w.must(err)
	if due.IsZero() || due.After(w.now) {
		t.Errorf("the act is due at %v, want by now", due)
	}
}

func (w *world) lastMove(id press.ItemID) ledger.Moved {
	w.Helper()
	s, err := w.ledger.Story(w.Context(), string(id), w.now)
	w.must(err)
	return s.Moves[len(s.Moves)-1]
}

func TestRetryAsksBeforeWhatCannotBeUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	id := ids["unknown"]
	before := w.copy(id, "wechat")
	target := "/items/" + string(id) + "/retry"
	form := url.Values{"channel": {"wechat"}, "hint": {hintLink}, "seen": {seen(before)}, "link": {"https://mp.example.com/s/abc?x=1&y=2"}}
	res, body := w.post(target, form)
	checkHTML(t, "check", body)
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "确认之前请核对") || !strings.Contains(body, "https://mp.example.com/s/abc?x=1&amp;y=2") {
		t.Fatalf("the check page: %d", res.StatusCode)
	}
	doc, err := html.Parse(strings.NewReader(body))
	w.must(err)
	back := ""
	each(doc, "a", func(a *html.Node) {
		if words(a) == "返回修改" {
			back = attrOf(a, "href")
		}
	})
	if _, body = w.get(back); !strings.Contains(body, `value="https://mp.example.com/s/abc?x=1&amp;y=2"`) || !strings.Contains(body, `value="link" checked`) {
		t.Errorf("the form does not have the answer that was given before")
	}
	if now := w.copy(id, "wechat"); now.State != before.State || w.woken != 0 {
		t.Fatal("it was done before it was confirmed")
	}
	form.Set("sure", "yes")
	if res, _ = w.post(target, form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("confirmed: %d", res.StatusCode)
	}
	if now := w.copy(id, "wechat"); now.State != press.CopyLive || now.URL != "https://mp.example.com/s/abc?x=1&y=2" {
		t.Errorf("the copy is %+v", now)
	}
}

func TestRetryDeclaredAbsentMakesANewGeneration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.busy()["unknown"]
	form := url.Values{"channel": {"wechat"}, "hint": {hintAbsent}, "seen": {seen(w.copy(id, "wechat"))}, "sure": {"yes"}}
	if res, _ := w.post("/items/"+string(id)+"/retry", form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("absent: %d", res.StatusCode)
	}
	if c := w.copy(id, "wechat"); c.Generation != 2 || c.State != press.Waiting {
		t.Errorf("the copy is %+v", c)
	}
	// The same form once more, as by the back button: it speaks of a generation that is over.
	if res, body := w.post("/items/"+string(id)+"/retry", form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "没有执行") {
		t.Errorf("the same answer again: %d", res.StatusCode)
	}
	if c := w.copy(id, "wechat"); c.Generation != 2 {
		t.Errorf("generation %d after the same answer twice", c.Generation)
	}
}

func TestRetryRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	id := ids["unknown"]
	now := seen(w.copy(id, "wechat"))
	for name, c := range map[string]struct {
		item   press.ItemID
		form   url.Values
		status int
		words  string
	}{
		"nothing chosen":      {id, url.Values{"channel": {"wechat"}, "seen": {now}}, 422, "请选择一项"},
		"not for this state":  {id, url.Values{"channel": {"wechat"}, "seen": {now}, "hint": {hintAgain}, "sure": {"yes"}}, 422, "请选择一项"},
		"no link":             {id, url.Values{"channel": {"wechat"}, "seen": {now}, "hint": {hintLink}}, 422, "请填写公众看到的链接"},
		"script for a link":   {id, url.Values{"channel": {"wechat"}, "seen": {now}, "hint": {hintLink}, "link": {"javascript:alert(1)"}, "sure": {"yes"}}, 422, "链接写得不对"},
		"link with a name":    {id, url.Values{"channel": {"wechat"}, "seen": {now}, "hint": {hintLink}, "link": {"https://a:b@example.com/"}}, 422, "链接写得不对"},
		"link with a blank":   {id, url.Values{"channel": {"wechat"}, "seen": {now}, "hint": {hintLink}, "link": {"https://example.com/a b"}}, 422, "链接写得不对"},
		"seen something else": {id, url.Values{"channel": {"wechat"}, "seen": {"x/live"}, "hint": {hintLook}}, 422, "没有执行"},
		"no such channel":     {id, url.Values{"channel": {"radio"}, "seen": {now}, "hint": {hintLook}}, 404, "没有可以处理的"},
		"nothing to do":       {ids["withdrawn"], url.Values{"channel": {"site"}, "hint": {hintLook}}, 404, "没有可以处理的"},
		"no such item":        {"20261125-nobody", url.Values{"channel": {"site"}, "hint": {hintLook}}, 404, "没有这篇稿件"},
	} {
		res, body := w.post("/items/"+string(c.item)+"/retry", c.form)
		if res.StatusCode != c.status || !strings.Contains(body, c.words) {
			t.Errorf("%s: %d, want %d and %q", name, res.StatusCode, c.status, c.words)
		}
	}
	if w.woken != 0 {
		t.Error("something was moved")
	}
}

func TestOfferedAnswersAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	onWechat := func(r press.Receipt, failed error) func() press.ItemID {
		return func() press.ItemID {
			id := w.out("例行会议", "site", "wechat")
			w.publish("wechat", r, failed)
			return id
		}
	}
	later := w.now.Add(24 * time.Hour)
	for name, c := range map[string]struct {
		channel string
		state   press.CopyState
		make    func() press.ItemID
	}{
		"handed":   {"wechat", press.CopyHanded, onWechat(press.Receipt{Status: press.HandedOver, Again: later}, nil)},
		"unknown":  {"wechat", press.CopyUnknown, onWechat(press.Receipt{Status: press.CannotTell, Again: later}, nil)},
		"hand":     {"wechat", press.CopyNeedsHand, onWechat(press.Receipt{Status: press.NeedsHand, Again: later}, nil)},
		"refused":  {"wechat", press.CopyRefused, onWechat(press.Receipt{Status: press.Refused}, nil)},
		"live":     {"wechat", press.CopyLive, onWechat(press.Receipt{Status: press.Live}, nil)},
		"verified": {"site", press.CopyVerified, func() press.ItemID { return w.out("例行会议", "site") }},
		"differs": {"site", press.CopyDiffers, func() press.ItemID {
			id := w.out("例行会议", "site")
			w.saw(id, "site", press.SeenDiffers, "")
			return id
		}},
		"waiting": {"site", press.Waiting, func() press.ItemID { return w.fileAt("例行会议", later, true, "site") }},
	} {
		offered := choicesFor(press.Item{}, press.Copy{State: c.state}, nil)
		if len(offered) == 0 {
			t.Errorf("%s: no answer is offered", name)
		}
		for _, answer := range offered {
			id := c.make() // a new one each time, as an answer changes the copy
			cp := w.copy(id, c.channel)
			if cp.State != c.state {
				t.Fatalf("%s: the copy is %s", name, cp.State)
			}
			form := url.Values{"channel": {c.channel}, "hint": {answer.Value}, "seen": {seen(cp)}, "link": {"https://www.example.gov.cn/a.html"}, "sure": {"yes"}}
			if res, body := w.post("/items/"+string(id)+"/retry", form); res.StatusCode != http.StatusSeeOther {
				t.Errorf("%s: the answer %s is offered and refused: %d %s", name, answer.Word, res.StatusCode, body)
			}
		}
	}
}

// TestRetryOfWhatIsToComeDown: what is withdrawn is never offered to be published again, and a person's word that it is gone ends it.
func TestRetryOfWhatIsToComeDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.file("例行会议", "wechat")
	w.publish("wechat", press.Receipt{Status: press.CannotTell, Again: w.now.Add(24 * time.Hour)}, nil)
	w.must(w.ledger.Withdraw(w.Context(), string(id), "内容有误", press.NoticePage, ledger.Who{Name: "王某", Role: press.Publisher}, w.now))
	target := "/items/" + string(id) + "/retry"
	status, body := w.get(target + "?channel=wechat")
	if status != http.StatusOK || strings.Contains(body, "重新发布") || !strings.Contains(body, "确认公众已经看不到") {
		t.Fatalf("the form: %d %s", status, body)
	}
	form := url.Values{"channel": {"wechat"}, "hint": {hintAbsent}, "seen": {seen(w.copy(id, "wechat"))}}
	if res, body := w.post(target, form); res.StatusCode != http.StatusOK || !strings.Contains(body, "记为已撤回") {
		t.Fatalf("before it is confirmed: %d %s", res.StatusCode, body)
	}
	form.Set("sure", "yes")
	res, _ := w.post(target, form)
	if res.StatusCode != http.StatusSeeOther || !strings.HasSuffix(res.Header.Get("Location"), "?done=down") {
		t.Fatalf("confirmed: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	if c := w.copy(id, "wechat"); c.State != press.CopyWithdrawn || c.Generation != 1 {
		t.Errorf("the copy is %+v", c)
	}
}

func TestForeignPagesCannotMoveAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	for name, forge := range map[string]func(*http.Request){
		"cross-site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":    func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"other origin": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
	} {
		res, body := w.post("/channels/site/pause", url.Values{"reason": {"攻击"}}, forge)
		if res.StatusCode != http.StatusForbidden || !strings.Contains(body, "没有执行") || w.channelState("site").Paused {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		res, _ = w.post("/items/"+string(ids["unknown"])+"/retry", url.Values{"channel": {"wechat"}, "hint": {hintLook}, "seen": {seen(w.copy(ids["unknown"], "wechat"))}}, forge)
		if res.StatusCode != http.StatusForbidden || w.woken != 0 {
			t.Errorf("%s: retry %d", name, res.StatusCode)
		}
	}
}

func TestForeignNamesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for host, ok := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:8080": true, "[::1]:8080": true, "::1": true, "127.9.9.9": true, "LOCALHOST": true,
		"desk.example.gov.cn": false, "Desk.Example.gov.cn:443": false,
		"evil.example:8080": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false, "10.0.0.5:8080": false, "": false, "0.0.0.0": false,
	} {
		status, body := w.get("/matrix", func(r *http.Request) { r.Host = host })
		if ok && status != http.StatusOK || !ok && (status != http.StatusMisdirectedRequest || !strings.Contains(body, "不认识这个访问地址")) {
			t.Errorf("Host %q: %d", host, status)
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	for _, target := range []string{"/matrix", "/nowhere", "/healthz", "/api/v1/items", "/static/desk.css"} {
		h := w.ask("GET", target, nil).Header
		if h.Get("Content-Security-Policy") != policy || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", target, h)
		}
	}
	_, page := w.get("/matrix")
	_, rest, _ := strings.Cut(page, `href="/static/desk.css`)
	v, _, _ := strings.Cut(rest, `"`)
	if h := w.ask("GET", "/static/desk.css"+v, nil).Header; !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("the named style is not kept: %v", h)
	}
}

func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	pages := w.addresses(ids) // makes what they show
	before := w.bytes()
	for target := range pages {
		w.get(target)
	}
	for _, target := range []string{"/healthz", "/readyz", "/api/v1/items", "/api/v1/items/" + string(ids["unknown"]), "/api/v1/channels", "/api/v1/strangers", "/api/v1/alarms", "/channels/site/pause", "/channels/site/resume",
		"/items/" + string(ids["unknown"]) + "/retry?channel=wechat&hint=absent&sure=yes"} {
		w.get(target)
	}
	if !bytes.Equal(before, w.bytes()) || w.woken != 0 {
		t.Error("a GET wrote to the ledger")
	}
}

// bytes is the ledger as it is on disk.
func (w *world) bytes() []byte {
	w.Helper()
	var all []byte
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(w.ledger.Path() + end)
		w.must(err)
		all = append(all, b...)
	}
	return all
}
