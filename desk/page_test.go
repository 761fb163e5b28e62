package desk

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tongfa/ledger"
	"tongfa/press"
)

// addresses of every page, with the template that each must be made of.
func (w *world) addresses(ids map[string]press.ItemID) map[string]string {
	w.Helper()
	key := w.copy(ids["unknown"], "wechat").Edition
	out := map[string]string{
		"/":         "today",
		"/brief":    "brief",
		"/calendar": "calendar",
		"/calendar?view=week&on=2026-11-26&channel=wechat&kind=news":         "calendar",
		"/calendar?on=2029-05-03":                                            "calendar",
		"/calendar/2026-11-25":                                               "day",
		"/items/" + string(ids["waiting"]) + "/time":                         "when",
		"/items/" + string(ids["hostile"]) + "/time?check=1&date=2026-11-30": "when",
		"/matrix": "matrix",
		"/matrix?kind=news&filed_from=2026-11-01&public_to=2026-11-30": "matrix",
		"/views": "views",
		"/keys":  "keys",
		"/matrix?state=needs_hand&channel=wechat&q=示例区":              "matrix",
		"/items/" + string(ids["verified"]):                          "item",
		"/items/" + string(ids["unknown"]):                           "item",
		"/items/" + string(ids["stopped"]):                           "item",
		"/items/" + string(ids["hostile"]):                           "item",
		"/items/" + string(ids["withdrawn"]):                         "item",
		"/items/" + string(ids["unknown"]) + "/retry?channel=wechat": "retry",
		"/editions":                "editions",
		"/editions?channel=wechat": "editions",
		to("editions", key):        "edition",
		"/channels/wechat":         "channel",
		"/channels/gazette":        "channel",
		"/alarms":                  "alarms",
		"/strangers":               "strangers",
		"/strangers?channel=site":  "strangers",
		"/record":                  "record",
		"/record?program=1&by=王某&verb=hold&from=2026-01-01": "record",
		"/record/check":    "chains",
		"/record/evidence": "evidences",
		"/items/" + string(ids["verified"]) + "/evidence": "evidence",
		"/settings":                    "settings",
		"/settings/holidays":           "holidays",
		"/settings/words?q=词&try=一段文字": "wordlist",
		"/settings/health":             "health",
		"/settings/backups":            "backups",
		"/settings/tokens":             "tokens",
		to("settings", "tokens", fmt.Sprint(w.token()), "revoke"): "token",
		"/settings/webhooks":    "webhooks",
		"/settings/webhooks/oa": "webhooks",
		"/nowhere":              "trouble",
		"/people":               "people",
		"/people/add":           "admit",
		to("people", fmt.Sprint(w.person("li.mou", "李某", press.Drafter).ID)): "account",
		"/rights":  "rights",
		"/me":      "me",
		"/sign-in": "sign_in",
	}
	maps.Copy(out, itemAddresses(ids))
	maps.Copy(out, writeAddresses(ids))
	maps.Copy(out, w.editionAddresses())
	maps.Copy(out, w.submissionAddresses())
	return out
}

func TestEveryPageIsWholeAndEscaped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	for target := range w.addresses(ids) {
		status, body := w.get(target)
		if status != http.StatusOK && target != "/nowhere" {
			t.Errorf("%s: status %d", target, status)
		}
		checkHTML(t, target, body)
	}
	_, body := w.get("/matrix")
	if !strings.Contains(body, "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;") {
		t.Error("the hostile title is not on the matrix, escaped")
	}
}

// TestEveryPageSpeaksEnglish reads every page as somebody who has chosen English: what is Chinese on it is marked as such.
func TestEveryPageSpeaksEnglish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	targets := w.addresses(ids)
	o := w.options()
	o.Guest = &ledger.Person{Name: "王某", Roles: w.roles, Lang: english}
	w.desk = New(o)
	delete(targets, "/nowhere") // parse wants a page that is there
	for target := range targets {
		for _, said := range unmarked(first(w.parse(target), "body"), false) {
			t.Errorf("%s: %q", target, said)
		}
	}
}

// checkHTML parses a page and looks for what may never be in it: a script or a style of its own, a handler, an unknown address
// scheme, an element that the page does not close, an id given twice.
func checkHTML(t *testing.T, name, body string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !strings.HasSuffix(strings.TrimSpace(body), "</html>") || strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "<no value>") {
		t.Errorf("%s: the page is not whole", name)
	}
	seen := map[string]bool{}
	labels := map[string]bool{}
	var within []string
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("%s: attribute %s on <%s>", name, a.Key, n.Data)
			}
			if strings.HasPrefix(a.Key, "data-on") {
				t.Errorf("%s: html/template writes the value of %s on <%s> as a script's, in quotes", name, a.Key, n.Data)
			}
		}
		switch {
		case n.Type == html.ElementNode && n.Data == "script" && (!strings.HasPrefix(attr["src"], "/static/desk.js?v=") || n.FirstChild != nil):
			t.Errorf("%s: a script of its own", name)
		case n.Type == html.ElementNode && n.Data == "style":
			t.Errorf("%s: a style of its own", name)
		case n.Type == html.ElementNode && n.Data == "label":
			labels[attr["for"]] = true
		}
		if id := attr["id"]; id != "" && seen[id] {
			t.Errorf("%s: id %q twice", name, id)
		} else if id != "" {
			seen[id] = true
		}
		if href, ok := attr["href"]; ok && strings.HasPrefix(href, "#") {
			within = append(within, href[1:])
		} else if ok && !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "https://") {
			t.Errorf("%s: link to %q", name, href)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	for _, id := range within {
		if !seen[id] {
			t.Errorf("%s: link to #%s, which is not there", name, id)
		}
	}
	for id := range seen {
		if (strings.HasPrefix(id, "h-") || id == "link" || id == "reason") && !labels[id] {
			t.Errorf("%s: the field %q has no label", name, id)
		}
	}
}

func TestEveryTemplateHasAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	reached := []string{"check", "regimport", "waive", "making", // see TestRetryAsksBeforeWhatCannotBeUndone, TestWaive, TestAMakingIsWatchedWithoutAScript
		"account_check", "given", "password", "welcome"} // see people_test.go
	for _, name := range w.addresses(ids) {
		reached = append(reached, name)
	}
	entries, err := os.ReadDir("page")
	w.must(err)
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), path.Ext(e.Name()))
		if name == "layout" || strings.HasPrefix(name, "part_") {
			continue
		}
		if !slices.Contains(reached, name) {
			t.Errorf("no test renders %s.html", name)
		}
		if _, err := os.Stat(name + ".go"); err != nil {
			t.Errorf("%s.html has no file of its own: %v", name, err)
		}
	}
}

func TestMatrixSaysWordGlyphTimeAndLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	doc := w.parse("/matrix")
	want := map[string]struct{ channel, text string }{
		"verified": {"site", "●已核验 10:00 看页面↗"},
		"differs":  {"site", "≠与原文不一致 10:03 看页面↗ 处理：site"},
		"refused":  {"wechat", "✕平台未通过 10:03 处理：wechat"},
		"hand":     {"wechat", "!需人工处理 10:03 处理：wechat"},
		"unknown":  {"wechat", "?结果待核实 10:03 处理：wechat"},
		"handed":   {"wechat", "◔已提交 10:03"},
		"live":     {"site", "◐已发布（待核验） 10:03 看页面↗"},
		"waiting":  {"gazette", "◌待发布 11-26 12:03以后"},
	}
	for name, x := range want {
		if got := cellText(doc, ids[name], x.channel); !strings.HasPrefix(got, x.text) {
			t.Errorf("%s on %s: %q, want %q", name, x.channel, got, x.text)
		}
	}
	if got := cellText(doc, ids["differs"], "wechat"); got != "–不发布" {
		t.Errorf("a channel that is not wanted says %q", got)
	}
}

func TestMatrixPutsFirstWhatNeedsAHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	var order []string
	each(w.parse("/matrix"), "tr", func(n *html.Node) {
		if a := first(n, "a"); a != nil {
			order = append(order, strings.TrimPrefix(attrOf(a, "href"), "/items/"))
		}
	})
	if len(order) != len(ids) {
		t.Fatalf("%d rows for %d items: each item must stand once", len(order), len(ids))
	}
	for _, name := range []string{"unknown", "hand", "refused", "differs"} {
		if i := slices.Index(order, string(ids[name])); i > 3 {
			t.Errorf("%s needs a hand and stands at %d", name, i)
		}
	}
}

func TestMatrixFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	for target, want := range map[string][]string{
		"/matrix?q=做好冬季供暖":                    {"verified"},
		"/matrix?q=%25":                       nil,
		"/matrix?q=oa-2026-0002":              {"differs"},
		"/matrix?state=submitted":             {"stopped"},
		"/matrix?state=withdrawn":             {"withdrawn"},
		"/matrix?copy=differs":                {"differs"},
		"/matrix?channel=wechat&copy=refused": {"refused"},
		"/matrix?channel=gazette":             {"verified", "waiting"},
	} {
		_, body := w.get(target)
		for name, id := range ids {
			if shown := strings.Contains(body, `href="/items/`+string(id)+`"`); shown != slices.Contains(want, name) {
				t.Errorf("%s: %s shown %v", target, name, shown)
			}
		}
	}
}

func TestMatrixPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = pageSize*2 + 7
	all := map[press.ItemID]bool{}
	for range n {
		w.now = w.now.Add(time.Millisecond)
		all[w.file("例行会议", "site")] = true
	}
	seen := map[string]int{}
	target, pages := "/matrix", 0
	for target != "" {
		pages++
		doc := w.parse(target)
		each(doc, "tr", func(r *html.Node) {
			if a := first(r, "a"); a != nil {
				seen[attrOf(a, "href")]++
			}
		})
		target = ""
		each(doc, "a", func(a *html.Node) {
			if attrOf(a, "rel") == "next" {
				target = attrOf(a, "href")
			}
		})
	}
	if pages != 3 || len(seen) != n {
		t.Errorf("%d items on %d pages, want %d on 3", len(seen), pages, n)
	}
	for href, times := range seen {
		if times != 1 {
			t.Errorf("%s is shown %d times", href, times)
		}
	}
	if status, body := w.get("/matrix?after=nonsense"); status != http.StatusBadRequest || !strings.Contains(body, "翻页标记无效") {
		t.Errorf("a cursor that is none: %d", status)
	}
}

func TestEditionsPageKeepsASlotTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = editionsSize + 20
	for range n {
		w.file("例行会议", "site") // all at one moment: one slot
	}
	for range 2 {
		w.publish("site", press.Receipt{Status: press.Live}, nil)
	}
	w.now = w.now.Add(time.Hour)
	for range 3 {
		w.now = w.now.Add(time.Second)
		w.out("例行会议", "site")
	}
	seen := map[string]int{}
	for target := "/editions"; target != ""; {
		doc := w.parse(target)
		target = ""
		each(doc, "a", func(a *html.Node) {
			href := attrOf(a, "href")
			if strings.HasPrefix(href, "/editions/") && href != "/editions/new" {
				seen[href]++
			}
			if attrOf(a, "rel") == "next" {
				target = href
			}
		})
	}
	if len(seen) != n+3 {
		t.Errorf("%d editions listed, want %d", len(seen), n+3)
	}
	for href, times := range seen {
		if times != 1 {
			t.Errorf("%s listed %d times", href, times)
		}
		if status, _ := w.get(href); status != http.StatusOK {
			t.Errorf("%s: %d", href, status)
		}
	}
}

func TestItemTellsTheWholeStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	text := words(w.parse("/items/" + string(ids["unknown"])))
	for _, want := range []string{
		"结果待核实", "保密审查 通过", "赵某", "第1版", "待发布 → 结果待核实", "发布：提交发布", "已开始，结果待核实", "对方原话", "i/o timeout <script>alert(1)</script>",
		"首次公开", "oa-2026-0007", "主动公开", "供暖、便民", "编入一期", "流转的校验链",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the item's page does not say %q", want)
		}
	}
	text = words(w.parse("/items/" + string(ids["stopped"])))
	if !strings.Contains(text, "不得发布") || !strings.Contains(text, "审签") {
		t.Errorf("the page of a stopped item does not say what stops it")
	}
}

func TestEditionTellsStepsAndLateness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	c := w.copy(ids["verified"], "wechat")
	text := words(w.parse(to("editions", c.Edition)))
	for _, want := range []string{"已发布", "晚7秒", "供暖保障", "发布：提交发布", "完成于", "发布：已发布", "应发", "组成", "发出"} {
		if !strings.Contains(text, want) {
			t.Errorf("the edition's page does not say %q:\n%s", want, text)
		}
	}
}

func TestUnknownAddressesAnswerInChinese(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for target, want := range map[string]string{
		"/items/20261125-nobody":                  "没有这篇稿件",
		"/items/20261125-nobody/retry":            "没有这篇稿件",
		"/editions/site@2026-11-25T02:00:00Z%231": "没有这一期",
		"/editions/nonsense":                      "没有这一期",
		"/channels/radio":                         "没有这个渠道",
		"/nowhere":                                "没有这个页面",
		"/static/../desk.go":                      "",
		"/static/secret":                          "没有这个页面",
	} {
		res := w.ask("GET", target, nil)
		b, err := io.ReadAll(res.Body)
		w.must(err)
		if want == "" {
			if res.StatusCode == http.StatusOK {
				t.Errorf("%s is served", target)
			}
			continue
		}
		if res.StatusCode != http.StatusNotFound || !strings.Contains(string(b), want) {
			t.Errorf("%s: %d, want 404 and %q", target, res.StatusCode, want)
		}
	}
	if res, _ := w.post("/channels/radio/pause", url.Values{"reason": {"维护"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("pausing a channel that is none: %d", res.StatusCode)
	}
}

func TestStripSaysWhetherAnyoneIsAtWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	text := words(w.parse("/matrix"))
	for _, want := range []string{"无人值守", "等待终审清样", "提交后没有收到公众号的应答", "待发布 3份", "查发布结果 ! 今日10/18次 留6次给人工", "磁盘 仅余4%", "随到随发，下一份", "下一时段 18:00"} {
		if !strings.Contains(text, want) {
			t.Errorf("the strip does not say %q", want)
		}
	}
	for target, want := range map[string]string{"/matrix": "", "/channels/wechat": "提交发布 今日5/100次 留10次给人工"} {
		if text := words(w.parse(target)); strings.Contains(text, "提交发布 今日") != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%s: the strip has room for what will not last, the channel's page for all: %s", target, text)
		}
	}
	o := w.options()
	o.Channel = nil
	w.desk = New(o)
	if text := words(w.parse("/channels/site")); !strings.Contains(text, "下一份 11:03") {
		t.Errorf("without a timetable the next time is that of the next copy: %s", text)
	}
	lease, err := w.ledger.Take(t.Context(), "serve", w.now)
	w.must(err)
	defer func() { w.must(lease.Release()) }()
	if text := words(w.parse("/matrix")); !strings.Contains(text, "值守中") || strings.Contains(text, "无人值守") {
		t.Error("the strip does not see the holder")
	}
	w.dead = &press.Trouble{Remedy: press.AskPerson, What: "本机时钟早于台账已记录的时刻", Who: "系统管理员", Do: "校准本机时钟"}
	if text := words(w.parse("/matrix")); !strings.Contains(text, "没有在发布") || !strings.Contains(text, "校准本机时钟") {
		t.Error("the strip does not say why nothing goes out")
	}
}

// What a gate stops stands above the rest with its first finding, said once, and is counted alike everywhere.
func TestMatrixPutsWhatAGateStopsAbove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.fileAt("示例区2026年财政预算调整方案", time.Time{}, false, "site", "wechat", "gazette")
	w.file("例行会议", "site")
	finding := w.copy(id, "site").Note
	text := words(w.parse("/matrix"))
	if finding == "" || strings.Count(text, finding) != 1 {
		t.Errorf("the finding %q is said %d times", finding, strings.Count(text, finding))
	}
	if strings.Contains(text, "没有需要人工处理的稿件") || !strings.Contains(text, "检查未过，处理前不会发布") || !strings.Contains(text, "检查未过 1 ") {
		t.Errorf("the matrix hides what is stopped: %s", text)
	}
	if gate, rest := strings.Index(text, finding), strings.Index(text, "例行会议"); gate > rest {
		t.Error("what is stopped stands below the rest")
	}
	shows := func(target string) (ids []string) {
		each(w.parse(target), "tr", func(n *html.Node) {
			if a := first(n, "a"); a != nil {
				ids = append(ids, strings.TrimPrefix(attrOf(a, "href"), "/items/"))
			}
		})
		return ids
	}
	if got := shows("/matrix?copy=gate"); !slices.Equal(got, []string{string(id)}) {
		t.Errorf("asked for what a gate stops: %v", got)
	}
	if text := words(w.parse("/items/" + string(id))); strings.Count(text, "检查未过") != 1 || strings.Contains(text, "（共") {
		t.Errorf("the item's page says it again and again: %s", text)
	}
	w.must(w.ledger.Hold(t.Context(), string(id), "等常务会议", ledger.Who{Name: "李某", Role: press.Publisher}, w.now))
	text = words(w.parse("/matrix"))
	if !strings.Contains(text, "暂缓 1 ") || !strings.Contains(text, "检查未过 0 ") || strings.Count(text, "等常务会议") != 1 || strings.Contains(text, finding) {
		t.Errorf("a held item: %s", text)
	}
	if got := shows("/matrix?copy=hold"); !slices.Equal(got, []string{string(id)}) || len(shows("/matrix?copy=gate")) != 0 {
		t.Errorf("asked for what is held back: %v", got)
	}
	if text := words(w.parse("/items/" + string(id))); strings.Count(text, "已暂缓：等常务会议") != 1 {
		t.Errorf("the item's page says it again and again: %s", text)
	}
}

// The key of an edition is for machines: people read the channel, the slot on the office's clock and the number.
func TestEditionsAreNamedForPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.out("例行会议", "site")
	key := w.copy(id, "site").Edition
	const name = "site 11-25 10:00:00 第1期"
	for _, target := range []string{"/editions", "/items/" + string(id), to("editions", key), "/channels/site"} {
		_, body := w.get(target)
		if text := words(w.parse(target)); !strings.Contains(text, name) || strings.Contains(text, key) {
			t.Errorf("%s names the edition by its key, or not at all", target)
		}
		if !strings.Contains(body, `title="`+key+`"`) {
			t.Errorf("%s does not keep the key at hand", target)
		}
	}
	d := &desk{Options: w.options()}
	d.Location = shanghai()
	for in, want := range map[string]string{
		"已从gazette@2026-11-25T18:34:56Z#2移出": "已从gazette 11-26 02:34:56 第2期移出",
		"site@2025-12-31T15:00:00Z#1":        "site 2025-12-31 23:00:00 第1期",
		"发到 a@b.cn":                          "发到 a@b.cn",
		"":                                   "",
	} {
		if got := d.plainly(in); got != want {
			t.Errorf("%q is said as %q, want %q", in, got, want)
		}
	}
}

func TestStepsAndQuotasHaveNames(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"page", "lists", "issue", "withdraw", "draft", "submit", "send", "delete m-12", "amend", "restored", "forget"} {
		if n := stepName(s); n == s || strings.Contains(n, "m-12") {
			t.Errorf("the step %s is called %q", s, n)
		}
	}
	if stepName("方正") != "方正" || quotaName("/cgi-bin/x") != "/cgi-bin/x" {
		t.Error("what has no name is called by its own")
	}
	if n := quotaName("/cgi-bin/message/mass/sendall"); n != "群发" {
		t.Errorf("the quota is called %q", n)
	}
}

func TestChannelPageKeepsTheHistoryOfPauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.ledger.Pause(t.Context(), "site", "机房检修", ledger.Who{Name: "李某", Role: press.Operator}, w.now))
	w.now = w.now.Add(time.Hour)
	w.must(w.ledger.Unpause(t.Context(), "site", ledger.Who{Name: "赵某", Role: press.Operator}, w.now))
	if text := words(w.parse("/channels/site")); !strings.Contains(text, "2026-11-25 11:00:00 赵某 恢复 2026-11-25 10:00:00 李某 暂停：机房检修") {
		t.Errorf("the page does not tell who stopped the channel and who let it go on: %s", text)
	}
}

func TestASlowQuestionIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	past, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, target := range []string{"/matrix?q=会议", "/matrix?q=会议&after=MTc", "/editions", "/api/v1/items?after=x"} {
		status, body := w.get(target, func(r *http.Request) { *r = *r.WithContext(past) })
		if status != http.StatusServiceUnavailable || !strings.Contains(body, "用时太长") {
			t.Errorf("%s: %d", target, status)
		}
	}
	if status, _ := w.get("/matrix"); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
}

// A desk of which only the ledger is known says less and still works.
func TestBareDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	w.desk = New(Options{Ledger: w.ledger, Now: func() time.Time { return w.now }, Guest: &ledger.Person{Name: "王某", Roles: w.roles}})
	for target := range w.addresses(ids) {
		if status, body := w.get(target); status >= 500 || strings.Contains(body, "随到随发") || strings.Contains(body, "下一时段") {
			t.Errorf("%s: %d", target, status)
		}
	}
	form := url.Values{"channel": {"wechat"}, "hint": {hintLook}, "seen": {seen(w.copy(ids["unknown"], "wechat"))}}
	if res, _ := w.post("/items/"+string(ids["unknown"])+"/retry", form); res.StatusCode != http.StatusSeeOther {
		t.Errorf("retry at a bare desk: %d", res.StatusCode)
	}
}

func TestUnchangedPageIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	var tag string
	for range 20 { // no page waits for all numbers of the views on a busy machine: the next one has more of them
		was := tag
		if tag = w.ask("GET", "/matrix", nil).Header.Get("ETag"); tag == was {
			break
		}
	}
	again := func() int {
		return w.ask("GET", "/matrix", nil, func(r *http.Request) { r.Header.Set("If-None-Match", tag) }).StatusCode
	}
	if got := again(); got != http.StatusNotModified {
		t.Errorf("unchanged: %d", got)
	}
	w.must(w.ledger.Pause(t.Context(), "site", "检修", ledger.Who{Name: "王某", Role: press.Operator}, w.now))
	if got := again(); got != http.StatusOK {
		t.Errorf("changed: %d", got)
	}
}

// parse gets a page as a tree.
func (w *world) parse(target string) *html.Node {
	w.Helper()
	status, body := w.get(target)
	if status != http.StatusOK {
		w.Fatalf("%s: status %d", target, status)
	}
	doc, err := html.Parse(strings.NewReader(body))
	w.must(err)
	return doc
}

func each(n *html.Node, tag string, do func(*html.Node)) {
	if n.Type == html.ElementNode && n.Data == tag {
		do(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, tag, do)
	}
}

func first(n *html.Node, tag string) (found *html.Node) {
	each(n, tag, func(m *html.Node) {
		if found == nil {
			found = m
		}
	})
	return found
}

func attrOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// words is the text of a page with its blanks folded.
func words(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && slices.Contains([]string{"p", "li", "dt", "dd", "div", "td"}, n.Data) {
			b.WriteString(" ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// cellText is what the matrix says of an item on a channel.
func cellText(doc *html.Node, id press.ItemID, channel string) (text string) {
	each(doc, "tr", func(r *html.Node) {
		if a := first(r, "a"); a == nil || attrOf(a, "href") != "/items/"+string(id) {
			return
		}
		each(r, "td", func(td *html.Node) {
			if attrOf(td, "data-name") == channel {
				text = words(td)
			}
		})
	})
	return text
}
