package browser

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// day is one person's day at the desk: she has a window, and colleagues who sign in to it after her.
type day struct {
	*testing.T
	o       *office
	w       *tab
	scripts bool
	way     string // what the day's items are told apart by
}

// TestDays lives the day of each who works at the desk, once with the scripts of the desk and once without any.
func TestDays(t *testing.T) {
	o := officeThatLooks(t, 5*time.Second)
	days := []struct {
		name string
		live func(day)
	}{
		{"new media editor", newMediaEditor},
		{"publishing office", publishingOffice},
		{"gazette editor", gazetteEditor},
		{"reviewer", reviewer},
		{"supervisor", supervisor},
		{"operator", operator},
		{"keyboard alone", keyboard},
	}
	if testing.Short() {
		days = days[:1]
	}
	for _, d := range days {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			for _, way := range []struct {
				name    string
				scripts bool
			}{{"scripts", true}, {"no scripts", false}} {
				t.Run(way.name, func(t *testing.T) {
					mine := o.in(t)
					d.live(day{T: t, o: mine, w: mine.browser(way.scripts), scripts: way.scripts, way: way.name})
				})
			}
		})
	}
}

// named is a name of this day's own.
func (d day) named(s string) string {
	if d.scripts {
		return s + "甲"
	}
	return s + "乙"
}

func (d day) ref(s string) string { return s + "-" + strings.ReplaceAll(d.way, " ", "-") }

// sees waits until the page says something: with scripts it comes by itself, without them the page is asked for again.
func (d day) sees(words string) {
	d.Helper()
	if d.scripts {
		d.w.says(words)
		return
	}
	d.w.saysInTheEnd(words)
}

// sure reads the answers once more, and says yes.
func (d day) sure() {
	d.Helper()
	d.w.says("确认之前请核对")
	if d.w.has("#sure") {
		d.w.tick("#sure")
	}
	d.w.press("main form .acts button")
}

// published hands in an item that is signed already, and waits until it is right on a channel.
func (d day) published(ref, title, channel string) item {
	d.Helper()
	d.o.file(ref, title, channel, true, "")
	return d.o.verified(ref, channel)
}

var itemAddress = regexp.MustCompile(`^/items/([^/?#]+)`)

// item is the address of the item whose page is open.
func (d day) item() string {
	d.Helper()
	m := itemAddress.FindStringSubmatch(d.w.at())
	if m == nil {
		d.Fatalf("no item's page: %s\n%s", d.w.at(), d.w.text("main"))
	}
	return "/items/" + m[1]
}

// signs gives a colleague's word on the item that is open.
func (d day) signs(item, login, step, result, ground string) {
	d.Helper()
	d.w.signIn(login)
	d.w.open(item + "/review")
	d.w.choose("step", step)
	if step == "secrecy" {
		d.w.fill("basis", "《中华人民共和国保守国家秘密法》")
		d.w.choose("cleaned", "yes")
	}
	d.w.choose("result", result)
	if ground != "" {
		d.w.fill("ground", ground)
	}
	d.w.press("#sheet form .acts button")
	if result == "pass" {
		d.w.says("已登记：通过")
		return
	}
	d.w.says("已退回")
}

// pages are the files of the website that hold some words.
func (d day) pages(words string) (out []string) {
	d.Helper()
	d.o.must(filepath.WalkDir(filepath.Join(d.o.dir, "public"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".html" {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), words) {
			out = append(out, path)
		}
		return err
	}))
	return out
}

// The publishing office files an item for tomorrow, others sign it, it is moved to another day and held, and in the end it goes out now, once.
func publishingOffice(d day) {
	w, title := d.w, d.named("关于做好冬季供暖保障工作的通知")
	sentence := d.named("各街道要在月底以前完成管线巡检") + "。"
	tomorrow := time.Now().In(china).AddDate(0, 0, 1)
	if tomorrow.Weekday() == time.Sunday { // the day after it is in the same week
		tomorrow = tomorrow.AddDate(0, 0, 1)
	}
	w.signIn("fabu")
	w.says("今天还要发布")

	w.open("/items/new")
	for name, value := range map[string]string{"#kind": "notice", "formed_on": time.Now().In(china).Format(time.DateOnly), "release_at": tomorrow.Format("2006-01-02") + "T10:00"} {
		w.set(name, value)
	}
	for _, f := range [][2]string{{"title", title}, {"column", "通知公告"}, {"issuer", "示例区人民政府办公室"}, {"body", sentence}, {"summary", "部署今冬供暖。"},
		{"keywords", "供暖"}, {"theme", "综合政务"}, {"genre", "通知"}} {
		w.fill(f[0], f[1])
	}
	w.choose("channel", "site")
	w.press(`button[name="act"][value="check"]`)
	w.says("读出的正文")
	w.says(sentence)
	w.press(`button[name="act"][value="submit"]`)
	w.says("已送审")
	item := d.item()

	for _, s := range [][2]string{{"baomi", "secrecy"}, {"chushen", "first"}, {"fushen", "second"}, {"zhongshen", "final"}} {
		d.signs(item, s[0], s[1], "pass", "")
	}

	w.signIn("fabu")
	d.sees(title)
	w.open(item + "/time")
	w.set("time", "15:30:00")
	w.follow("继续")
	d.w.says("15:30:00")
	d.sure()
	w.says("发布时间已改")

	if d.scripts {
		to := tomorrow.AddDate(0, 0, 1)
		w.open("/calendar?view=week&on=" + tomorrow.Format(time.DateOnly))
		w.drag(`[data-move="`+strings.TrimPrefix(item, "/items/")+`"]`, `.calendar [data-day="`+to.Format(time.DateOnly)+`"]`)
		d.sure()
		w.says("发布时间已改")
		w.open(item)
		w.says(to.Format(time.DateOnly) + " 15:30:00")
	}

	w.open(item)
	w.follow("暂缓")
	w.fill("reason", "等会议纪要定稿")
	w.press("main form .acts button")
	w.says("已暂缓")
	w.says("等会议纪要定稿")
	w.follow("解除暂缓")
	w.press("main form .acts button")
	w.says("已解除暂缓")

	w.follow("改发布时间")
	w.choose("when", "soon")
	w.follow("继续")
	w.says("尽快发布")
	d.sure()
	w.open("/")
	d.sees(title)
	d.o.until("the page is out", func() bool { return len(d.pages(sentence)) == 1 })
	d.sees("已核验")
	w.shot("day-publishing-office-" + d.way)
	text, err := os.ReadFile(d.pages(sentence)[0])
	d.o.must(err)
	if n := strings.Count(string(text), sentence); n != 1 {
		d.Errorf("the public page has the text %d times", n)
	}
}

// The new-media editor sees that somebody has changed a public page, sees which word, calls the publisher, who restores it; then it is right again.
func newMediaEditor(d day) {
	w, ref, title := d.w, d.ref("oa-media"), d.named("区长主持召开区政府常务会议")
	d.published(ref, title, "site")
	item := "/items/" + d.o.status()[ref].ID
	w.signIn("xinmeiti")
	w.open("/matrix?q=" + ref)
	w.shows("tr[data-row]", "已核验", false)
	alarms, story := w, w // windows in which nothing is pressed
	if d.scripts {
		alarms, story = d.o.browser(true), d.o.browser(true)
		alarms.signIn("ducha")
		alarms.open("/alarms")
		story.signIn("ducha")
		story.open(item)
		story.says("已核验")
	}

	d.tamper("（"+ref+"）", "冬季供暖", "夏季防汛")
	w.shows("tr[data-row]", "与原文不一致", !d.scripts) // with scripts it comes by itself
	if d.scripts {
		alarms.says(title)
		story.says("防汛")
		story.shows(".head", "需人工处理", false)
	}
	w.open("/alarms")
	d.sees(title)
	w.open(item)
	w.says("防汛")
	d.marked("del", "供暖")
	d.marked("ins", "防汛")
	w.says("恢复公开文本") // as something that others may do
	if w.has(`main a[href*="/correct"]`) {
		d.Error("a new-media editor is offered a correction")
	}
	w.shot("day-new-media-" + d.way)

	w.open("/alarms")
	w.press(`li:has(a[href="` + item + `"]) form button`)
	w.says("吴某")

	w.signIn("fabu")
	d.sees(title)
	w.open(item)
	w.follow("恢复公开文本")
	d.marked("del", "供暖")
	w.says("不加更正说明")
	w.follow("继续")
	d.sure()
	d.sees("已核验")
	d.o.verified(ref, "site")
	if n := len(d.pages("夏季防汛")); n != 0 {
		d.Errorf("%d public pages still say what nobody approved", n)
	}
	d.o.until("the alarm is over", func() bool { w.open("/alarms"); return w.has(`.past li a[href="` + item + `"]`) })
}

// thisMinute is the minute of now, of which a while is left.
func (d day) thisMinute() time.Time {
	now := time.Now().In(china)
	if now.Second() > 40 {
		time.Sleep(time.Until(now.Truncate(time.Minute).Add(time.Minute)))
		now = time.Now().In(china)
	}
	return now
}

// tamper changes words on a public page behind the desk's back.
func (d day) tamper(mark, was, now string) {
	d.Helper()
	n := 0
	for _, path := range d.pages(mark) {
		text, err := os.ReadFile(path)
		d.o.must(err)
		if changed := strings.ReplaceAll(string(text), was, now); changed != string(text) {
			d.o.must(os.WriteFile(path, []byte(changed), 0o644))
			n++
		}
	}
	if n == 0 {
		d.Fatalf("no public page says %s", mark)
	}
}

// marked checks that words are shown as taken away or added.
func (d day) marked(tag, words string) {
	d.Helper()
	var all string
	d.w.eval(fmt.Sprintf(`[...document.querySelectorAll("main %s")].map((x) => x.innerText).join("|")`, tag), &all)
	if !strings.Contains(all, words) {
		d.Errorf("%q is not marked by %s, but %q is\n%s", words, tag, all, d.w.text("main"))
	}
}

// The gazette editor makes an edition of two articles, orders them, reads the proof, freezes it and issues it; the public sees it under its number.
func gazetteEditor(d day) {
	w := d.w
	first, second := d.named("示例区燃气安全管理规定"), d.named("示例区公共停车场收费办法")
	d.o.file(d.ref("oa-gas"), first, "gazette", true, "")
	d.o.file(d.ref("oa-parking"), second, "gazette", true, "")
	w.signIn("gongbao")
	w.open("/editions")
	w.follow("新开一期")
	w.press(`main a[href="/editions/new?channel=gazette"]`)
	w.choose("slot", "other")
	w.set("at", d.thisMinute().Format("2006-01-02T15:04"))
	w.follow("新开这一期")
	w.says("还没有稿件")
	w.press(`button[aria-label="编入：` + first + `"]`)
	w.press(`button[aria-label="编入：` + second + `"]`)
	w.says("这一期还没有出过校样")
	if d.scripts {
		w.drag(`.entries li:has([aria-label="移出：`+second+`"])`, `.entries li:has([aria-label="移出：`+first+`"])`)
	} else {
		w.press(`button[aria-label="上移：` + second + `"]`)
	}
	d.o.until("the proof has both, in their order", func() bool {
		var proof string
		w.eval(`(() => { const f = document.querySelector("iframe.sheet"); return f && f.contentDocument && f.contentDocument.body ? f.contentDocument.body.innerText : ""; })()`, &proof)
		a, b := strings.Index(proof, second), strings.Index(proof, first)
		return a >= 0 && a < b
	})
	w.shot("day-gazette-" + d.way)

	w.press(`.crumb a[href*="%23"]`)
	w.follow("出校样")
	w.says("校样已出")
	w.says("内容没有变化")
	w.follow("一校")
	w.set("place", "第1段")
	w.set("text", "“认真”多余")
	w.press(`form[action$="/remark"] button`)
	w.says("1条意见没有处理")
	w.set("text", "原文如此") // of the first form, which settles the remark
	w.follow("保持原样")
	w.follow("这一校通过")
	w.says("通过")
	w.shot("day-proof-" + d.way)
	w.press(`.crumb a[href*="%23"]`)
	w.follow("清样定稿")
	w.says("与一校相同")
	w.choose("how", "only")
	w.follow("继续")
	d.sure()
	w.says("定稿")
	number := regexp.MustCompile(`\d+年第\d+[号期]`).FindString(w.text("main h1"))
	if number == "" {
		d.Fatalf("a frozen edition has no number\n%s", w.text("main"))
	}
	if w.has(`main a[href$="/compose"]`) {
		d.Error("a frozen edition is offered to be composed")
	}
	w.press(`main a[href$="/issue"]`)
	w.choose("how", "now")
	w.follow("继续")
	d.sure()
	c := d.o.verified(d.ref("oa-gas"), "gazette").Channels["gazette"]
	if _, page := d.o.fetch(c.URL); !strings.Contains(page, first) {
		d.Errorf("%s does not show the article", c.URL)
	}
	issue := c.URL[:strings.LastIndex(c.URL, "/")+1]
	if code, page := d.o.fetch(issue); code != 200 || !strings.Contains(page, number) || strings.Index(page, second) > strings.Index(page, first) {
		d.Errorf("%s answers %d and does not show %s in order:\n%s", issue, code, number, page)
	}
	w.open("/editions?channel=gazette")
	w.says(number)
}

// The reviewer returns an item with a reason, the drafter revises it, the reviewer sees what is other and passes it; nobody takes two steps.
func reviewer(d day) {
	w, ref, title := d.w, d.ref("oa-review"), d.named("示例区社区食堂管理办法")
	d.o.file(ref, title, "site", false, "")
	item := "/items/" + d.o.status()[ref].ID

	w.signIn("chushen")
	w.open("/review")
	w.follow(title)
	w.choose("result", "return")
	w.choose("step", "first")
	w.press("#sheet form .acts button")
	w.says("退回必须写明理由")
	w.choose("step", "first")
	w.choose("result", "return")
	w.fill("ground", "会议时间有误，应为昨天上午")
	w.press("#sheet form .acts button")
	w.says("已退回")

	w.signIn("nigao")
	w.open(item + "/review")
	w.says("会议时间有误")
	w.open(item + "/edit")
	w.replace("body", "今天上午", "昨天上午")
	w.press(`button[name="act"][value="submit"]`)
	w.says("已送审")

	w.signIn("chushen")
	w.open("/review")
	w.follow(title)
	d.marked("mark", "今")
	d.marked("mark", "昨")
	w.shot("day-reviewer-" + d.way)
	w.choose("step", "first")
	w.choose("result", "pass")
	w.press("#sheet form .acts button")
	w.says("已登记：通过")
	if w.has(`input[name="step"]`) {
		d.Errorf("who gave the first word is offered another:\n%s", w.text("#sheet"))
	}
	d.signs(item, "baomi", "secrecy", "pass", "")
	d.signs(item, "fushen", "second", "pass", "")
	d.signs(item, "zhongshen", "final", "pass", "")
	d.o.verified(ref, "site")
	if n := len(d.pages("昨天上午，示例区召开例行会议（" + ref)); n != 1 {
		d.Errorf("the revised text is on %d public pages", n)
	}
}

// The supervisor reads the record, has it checked, takes an item's evidence home, and is offered nothing that would change anything.
func supervisor(d day) {
	w, ref, title := d.w, d.ref("oa-proof"), d.named("示例区财政预算执行情况")
	d.published(ref, title, "site")
	id := d.o.status()[ref].ID
	w.signIn("ducha")
	for _, p := range []string{"/", "/calendar", "/matrix", "/items/" + id, "/editions", "/alarms", "/review", "/channels/site", "/settings", "/record"} {
		w.open(p)
		d.movesNothing(p)
	}
	w.fill("item", id)
	w.follow("查找")
	w.says(title)
	w.follow("核对记录")
	w.follow("现在核对")
	d.sees("全部对得上")

	w.open("/items/" + id)
	w.follow("导出证据")
	w.says("全部相扣")
	w.shot("day-supervisor-" + d.way)
	w.do(chromedp.Click("section.evidence form button", chromedp.ByQuery))
	file := w.downloaded()
	if out := d.o.run("evidence", "check", file); !strings.Contains(out, "一致") && !strings.Contains(out, "对得上") {
		d.Errorf("evidence check says %s", out)
	}
	w.open("/record?item=" + id)
	w.says("冯某") // taking proof is on record
}

// movesNothing finds what a page offers that would change something.
func (d day) movesNothing(path string) {
	d.Helper()
	if d.w.has("[data-move], main [draggable=true]") {
		d.Errorf("%s lets a supervisor drag", path)
	}
	var found []string
	d.w.eval(`[...document.querySelectorAll("form[method=post]")].map((f) => f.getAttribute("action") || "")
		.filter((a) => a && !/^\/(language|theme|sign-out|guise|views|keys|record)/.test(a))
		.concat([...document.querySelectorAll("main a[href]")].map((a) => a.getAttribute("href"))
			.filter((a) => /^\/items\/[^/]+\/(hold|release|time|correct|annotate|waive|retry|edit)|^\/(withdraw|retry|annotate|items\/new)|^\/editions\/(new|[^/]+\/(compose|freeze|issue|end))/.test(a)))`, &found)
	if len(found) > 0 {
		d.Errorf("%s offers a supervisor %s", path, strings.Join(found, " "))
	}
}

// The operator lets somebody in and puts her out again, stops a channel, tests it and lets it go on, and makes a backup.
func operator(d day) {
	w, login, name := d.w, d.ref("xinren"), d.named("卫某")
	w.signIn("guanli")
	w.open("/people/add")
	w.fill("login", login)
	w.fill("name", name)
	w.fill("office", "区政府办公室")
	w.choose("role", "publisher")
	w.follow("新增")
	w.says("初始密码")
	given := w.text(".given")

	her := d.o.browser(d.scripts)
	her.open("/sign-in")
	her.fill("login", login)
	her.fill("password", given)
	her.press("main form button")
	her.says("您的密码是别人给的")
	her.open("/matrix")
	her.says("您的密码是别人给的") // nothing else, before she has a word of her own
	her.fill("old", given)
	her.fill("new", "changcheng-8-hetao")
	her.fill("again", "changcheng-8-hetao")
	her.press("main form button")
	her.open("/")
	her.says("今天还要发布")

	w.follow("看这个账号")
	w.fill("reason", "调离")
	w.press(`form[action$="/disable"] button`)
	d.sure()
	w.says("不能登录")
	her.open("/matrix")
	if at := her.at(); !strings.HasPrefix(at, "/sign-in") {
		d.Errorf("who is put out is still at %s", at)
	}
	her.fill("login", login)
	her.fill("password", "changcheng-8-hetao")
	her.press("main form button")
	her.says("登录")
	if her.text(`[role="alert"]`) == "" {
		d.Errorf("who is put out comes in again: %s", her.at())
	}

	w.open("/channels/wechat")
	w.fill("reason", d.named("平台升级"))
	w.follow("暂停这个渠道")
	w.says("渠道已暂停")
	w.follow("现在测试")
	d.o.until("the test ends", func() bool { w.open("/channels/wechat"); return !strings.Contains(w.text("#test"), "正在") })
	w.says(d.named("平台升级"))
	w.shot("day-operator-" + d.way)
	w.follow("恢复这个渠道")
	w.says("运行")

	w.open("/settings/backups")
	w.follow("现在备份一份")
	w.says("已开始备份")
	w.saysInTheEnd("制作时检查无误")
	w.open("/record?by=" + "陈某")
	for _, words := range []string{login, d.named("平台升级")} {
		w.says(words)
	}
}

// Who has no mouse signs in, finds an item, holds it and releases it with Tab, Enter and Space.
func keyboard(d day) {
	w, ref := d.w, d.ref("oa-key")
	d.o.file(ref, d.named("示例区城市绿化条例"), "site", true, "release_at: "+time.Now().Add(26*time.Hour).Format(time.RFC3339)+"\n")
	item := "/items/" + d.o.status()[ref].ID
	w.open("/sign-in")
	w.tabTo(`[name="login"]`)
	w.keys("fabu" + kb.Tab + password + kb.Enter)
	w.says("今天还要发布")
	w.tabTo(`nav a[href="/matrix"]`)
	w.keys(kb.Enter)
	w.says("渠道上的状态")
	w.tabTo(`input[type="search"]`)
	w.keys(ref + kb.Enter)
	w.says("清除条件")
	w.tabTo(`a.title[href="` + item + `"]`)
	w.keys(kb.Enter)
	w.says("审签记录") // with scripts beside the list, where the focus follows
	w.tabTo(`a[href="` + item + `/hold"]`)
	w.keys(kb.Enter)
	w.says("暂缓以后")
	w.tabTo(`textarea[name="reason"]`)
	w.keys("wait" + kb.Tab + " ")
	w.says("已暂缓")
	w.tabTo(`main a[href="` + item + `/release"]`)
	w.keys(kb.Enter)
	w.says("解除以后")
	w.tabTo(`main form button`)
	w.keys(" ")
	w.says("已解除暂缓")
}
