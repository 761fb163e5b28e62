package browser

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp/kb"
)

// kind is what sort of page an address is: pages of a kind differ in what they are about only.
func kind(path string) string {
	path, query, _ := strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if i > 1 && regexp.MustCompile(`\d|%|@|^(site|wechat|gazette)$`).MatchString(p) || i == 2 && slices.ContainsFunc(people, func(x struct{ login, name, role string }) bool { return x.login == p }) {
			parts[i] = "*"
		}
	}
	var keys []string
	for _, kv := range strings.Split(query, "&") {
		if k, v, ok := strings.Cut(kv, "="); ok && v != "" && k != "after" && k != "before" && k != "next" && k != "from" {
			keys = append(keys, k)
		}
	}
	if len(keys) > 1 {
		keys = keys[:1] // one filter shows what many look like
	}
	return strings.Join(parts, "/") + "?" + strings.Join(keys, "&")
}

// pages are the addresses of the desk that its links lead to, one of each kind.
func (t *tab) pages() []string {
	t.Helper()
	seen := map[string]bool{}
	var out []string
	for queue := []string{"/"}; len(queue) > 0; {
		path := queue[0]
		queue = queue[1:]
		if k := kind(path); seen[k] {
			continue
		} else {
			seen[k] = true
		}
		t.open(path)
		out = append(out, path)
		var links []string
		t.eval(`[...document.querySelectorAll("a[href^='/']")].filter((a) => !a.hasAttribute("download")).map((a) => a.getAttribute("href").split("#")[0])`, &links)
		for _, l := range links {
			if l != "" && !strings.HasPrefix(l, "/api/") && !regexp.MustCompile(`\.(csv|json|zip|md|txt)(\?|$)|/preview/|^/sign-out`).MatchString(l) {
				queue = append(queue, l)
			}
		}
	}
	return out
}

// full is an office in which every kind of page has something to show.
func full(t testing.TB) *office {
	o := newOffice(t)
	o.file("oa-1", "示例区人民政府办公室关于做好冬季供暖保障工作的通知", "site, wechat, gazette", true, "")
	o.file("oa-2", "区长主持召开区政府第58次常务会议", "site", true, "")
	o.file("oa-3", "示例区2027年老旧小区改造计划", "site, wechat", true, "release_at: "+time.Now().Add(26*time.Hour).Format(time.RFC3339)+"\n")
	o.file("oa-4", "示例区2026年财政预算调整方案", "site", false, "")
	o.file("oa-5", `<script>alert("1")</script>'"><img src=x onerror=alert(1)>`, "site", true, "")
	o.verified("oa-1", "wechat")
	o.verified("oa-2", "site")
	o.run("withdraw", o.status()["oa-5"].ID, "--reason", "内容有误")
	o.run("submission", "add", "--unit", "示例区农业农村局", "--title", "关于印发农村改厕后续管护办法的通知", "--doc-number", "示农发〔2026〕7号", "--reg-number", "XXDR-2026-0030007", "--formed-on", "2026-01-05")
	o.run("register", "add", "XXDR-2026-0030007", "--title", "关于印发农村改厕后续管护办法的通知", "--doc-number", "示农发〔2026〕7号", "--unit", "示例区农业农村局")
	issue := "gazette@2031-01-06T09:00"
	o.run("edition", "new", "gazette", "--at", "2031-01-06T09:00")
	o.run("edition", "put", issue, "oa-1")
	o.run("edition", "proof", issue, "--round")
	o.run("edition", "remark", issue, "标题", "--place", "第1页")
	o.run("edition", "name", issue, "专刊")
	o.run("edition", "proof", issue, "--round")
	o.run("edition", "name", issue, "供暖专刊")
	return o
}

// TestEveryPageIsForEverybody lets axe-core look at every page that links lead to, in both languages and both schemes, and goes through it by keyboard. No
// page is wider than the screens of the office.
func TestEveryPageIsForEverybody(t *testing.T) {
	code := axe(t)
	o := full(t)
	b := o.browser(true)
	b.signIn("quanbu")
	b.do(page.SetBypassCSP(true)) // a proof is in a sandbox, where axe cannot run
	pages := b.pages()
	t.Logf("%d kinds of pages: %s", len(pages), strings.Join(pages, " "))
	langs, schemes := []string{"zh", "en"}, []string{"light", "dark"}
	if testing.Short() { // every page is looked at in the long run
		pages, langs, schemes = pages[:12], langs[1:], schemes[1:]
	}
	for _, lang := range langs {
		b.language(lang)
		for _, scheme := range schemes {
			b.screen(1366, 768, scheme)
			for _, p := range pages {
				b.open(p)
				for _, v := range b.violations(code) {
					t.Errorf("%s, %s, %s: %s (%s): %s: %s", p, lang, scheme, v.ID, v.Impact, v.Help, nodes(v))
				}
			}
		}
	}
	b.language("zh")
	for _, p := range pages {
		b.screen(390, 844, "light")
		b.open(p)
		b.fits(p, 390)
		b.shot(name(p) + "-390")
		b.screen(1366, 768, "light")
		b.open(p)
		b.fits(p, 1366)
		b.shot(name(p) + "-1366")
		b.byKeyboard(p)
	}
}

func name(path string) string {
	return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(kind(path), "-"), "-") + "_"
}

func nodes(v violation) string {
	var out []string
	for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
		out = append(out, fmt.Sprint(n.Target, " ", strings.ReplaceAll(n.FailureSummary, "\n", " ")))
	}
	return strings.Join(out, "; ")
}

// language chooses the language of the desk as a visitor does.
func (t *tab) language(lang string) {
	t.Helper()
	t.open("/me")
	var now string
	t.eval(`document.documentElement.lang.slice(0, 2)`, &now)
	if now != lang {
		t.press(fmt.Sprintf(`main form[action="/language"] button[value=%q]`, lang))
	}
	t.eval(`document.documentElement.lang.slice(0, 2)`, &now)
	if now != lang {
		t.Fatalf("the desk speaks %s, want %s", now, lang)
	}
}

// fits finds what is wider than the screen.
func (t *tab) fits(path string, width int) {
	t.Helper()
	var wide []string
	t.eval(`(() => {
		const w = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= w) return [];
		return [...document.querySelectorAll("body *")].filter((x) => x.getBoundingClientRect().right > w + 1 && getComputedStyle(x).position !== "absolute")
			.slice(-3).map((x) => x.tagName + "." + x.className + ": " + x.innerText.slice(0, 40));
	})()`, &wide)
	if len(wide) > 0 {
		t.Errorf("%s is wider than %d: %s", path, width, strings.Join(wide, "; "))
	}
}

// byKeyboard goes through a page by the Tab key and finds what it does not come to, and what has the focus and does not show it.
func (t *tab) byKeyboard(path string) {
	t.Helper()
	var presses int
	t.eval(`(() => {
		const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((x) => !x.disabled && x.type !== "hidden" && x.offsetParent !== null && x.tabIndex >= 0
			&& (!x.closest("details:not([open])") || x.matches("summary")));
		all.forEach((x) => x.setAttribute("data-todo", x.type === "radio" ? "radio" : ""));
		document.addEventListener("focusin", (e) => {
			const x = e.target;
			x.removeAttribute("data-todo");
			const s = getComputedStyle(x);
			if (x.tagName !== "IFRAME" && s.outlineStyle === "none" && s.boxShadow === "none") x.setAttribute("data-unseen", ""); // in a frame its content shows it
		});
		window.scrollTo(0, 0); if (document.activeElement) document.activeElement.blur();
		// A field for a date or a time has a stop for each of its parts.
		return all.length + 8 * all.filter((x) => /^(date|time|datetime-local|month)$/.test(x.type)).length + 3;
	})()`, &presses)
	const most = 400 // of a long page the rest is like what was met
	t.keys(strings.Repeat(kb.Tab, min(presses, most)))
	var left []string
	if presses <= most {
		t.eval(`[...document.querySelectorAll("[data-todo='']")].map((x) => x.outerHTML.slice(0, 120))`, &left)
		if len(left) > 0 {
			t.Errorf("%s: the Tab key does not come to %s", path, strings.Join(left, "; "))
		}
	}
	t.eval(`[...document.querySelectorAll("[data-unseen]")].map((x) => x.outerHTML.slice(0, 120))`, &left)
	if len(left) > 0 {
		t.Errorf("%s: the focus is not seen on %s", path, strings.Join(left, "; "))
	}
}
