package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// found is where Chromium is, or "".
func found() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// chromium ends the test with a word where there is no browser.
func chromium(t testing.TB) {
	t.Helper()
	if found() == "" {
		missing(t, "no Chromium: install Debian's chromium and fonts-noto-cjk")
	}
}

// axe reads axe-core, or ends the test with a word about it.
func axe(t testing.TB) string {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("testdata", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		missing(t, "no axe-core: run npm ci --prefix desk/browser/testdata")
	}
	return string(code)
}

func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("TONGFA_CI") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// tab is a window of the browser, and nothing of anybody else in it.
type tab struct {
	testing.TB
	ctx  context.Context
	home string // the address of the desk

	scripts   bool
	downloads string // a folder
	words     string // what was followed last
	mu        sync.Mutex
	errs      []string // what scripts threw
}

// chrome is the one Chromium of the package. Each window in it has cookies of its own.
var chrome = sync.OnceValues(func() (context.Context, error) {
	path := found()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1366, 768), chromedp.UserDataDir(filepath.Join(scratch, "chromium")),
		chromedp.Flag("lang", "zh-CN"), chromedp.Flag("force-prefers-reduced-motion", true), chromedp.WSURLReadTimeout(patience))
	alloc, end := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, shut := chromedp.NewContext(alloc)
	atLast = append(atLast, func() { shut(); end() })
	return ctx, chromedp.Run(ctx)
})

// browser opens a window on the desk, in which scripts may be off.
func (o *office) browser(scripts bool) *tab {
	o.Helper()
	chromium(o)
	all, err := chrome()
	o.must(err)
	t := &tab{TB: o.TB, home: "http://" + o.desk, scripts: scripts, downloads: o.TempDir()}
	ctx, shut, err := window(all, t.downloads)
	o.must(err)
	o.Cleanup(shut)
	t.ctx = ctx
	chromedp.ListenTarget(ctx, func(ev any) {
		if e, ok := ev.(*runtime.EventExceptionThrown); ok {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.errs = append(t.errs, e.ExceptionDetails.Error())
		}
	})
	t.do(network.Enable(), emulation.SetScriptExecutionDisabled(!scripts))
	o.Cleanup(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if len(t.errs) > 0 {
			o.Errorf("scripts of the desk threw: %s", strings.Join(t.errs, "\n"))
		}
	})
	return t
}

// window opens a window that shares nothing with others, and keeps in a folder what is downloaded in it. (A context of its own needs a window of its own,
// which chromedp does not ask for.)
func window(all context.Context, downloads string) (context.Context, func(), error) {
	on := cdp.WithExecutor(all, chromedp.FromContext(all).Browser)
	own, err := target.CreateBrowserContext().Do(on)
	if err != nil {
		return nil, nil, err
	}
	page, err := target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(on)
	if err != nil {
		return nil, nil, err
	}
	if err := browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithBrowserContextID(own).WithDownloadPath(downloads).Do(on); err != nil {
		return nil, nil, err
	}
	ctx, shut := chromedp.NewContext(all, chromedp.WithTargetID(page))
	return ctx, func() {
		shut()
		_ = target.DisposeBrowserContext(own).Do(on) // its window is shut already
	}, nil
}

// do runs actions, which may take a while on a busy machine but not for ever.
func (t *tab) do(actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if len(t.home) > 0 && chromedp.FromContext(t.ctx).Target == nil {
		ctx = t.ctx // the first run starts the browser, which must outlive it
	}
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatalf("%v\nat %s\n%s", err, t.at(), t.text("body"))
	}
}

// at is the address that is open.
func (t *tab) at() string {
	var url string
	ctx, cancel := context.WithTimeout(t.ctx, 5*time.Second)
	defer cancel()
	_ = chromedp.Run(ctx, chromedp.Location(&url)) // it is for a failure's words only
	return strings.TrimPrefix(url, t.home)
}

// text is what a person reads in the first element of a selector; "" when there is none.
func (t *tab) text(sel string) string {
	var s string
	t.eval(fmt.Sprintf(`(document.querySelector(%q) || {innerText: ""}).innerText`, sel), &s)
	return s
}

// eval asks the page itself. The inspector may, also where the page's own scripts are off.
func (t *tab) eval(js string, out any) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	for {
		err := chromedp.Run(ctx, chromedp.Evaluate(js, out))
		if err == nil {
			return
		}
		if !between(err) || ctx.Err() != nil {
			t.Errorf("evaluate %.80s: %v", js, err)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// between reports whether a page could not answer because another one was just taking its place.
func between(err error) bool {
	for _, words := range []string{"navigated or closed", "context was destroyed", "Cannot find context", "Cannot find default execution context"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// open goes to an address of the desk and waits for its page.
func (t *tab) open(path string) {
	t.Helper()
	t.do(chromedp.Navigate(t.home+path), chromedp.WaitReady("main", chromedp.ByQuery))
}

// press clicks something with the mouse and waits for the page that follows. A click that hits nothing, because the page moved under it just then,
// is made again.
func (t *tab) press(sel string) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		x, y := t.still(sel)
		var marked bool
		t.eval(`document.activeElement?.blur(), document.documentElement.dataset.pressed = "", true`, &marked)
		t.do(chromedp.MouseClickXY(x, y))
		if t.left(time.Now().Add(5*time.Second)) || t.focused(sel) && t.left(time.Now().Add(15*time.Second)) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("nothing follows the press on %s\nat %s\n%s", sel, t.at(), t.text("body"))
		}
	}
	t.do(chromedp.WaitReady("main", chromedp.ByQuery))
}

// left waits until the page on which something was pressed has given way to another one.
func (t *tab) left(end time.Time) bool {
	t.Helper()
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		var gone bool
		t.eval(`document.documentElement?.dataset.pressed === undefined && document.readyState === "complete"`, &gone)
		if gone || time.Now().After(end) {
			return gone
		}
	}
}

// focused reports whether an element has the keyboard, as a click gives it.
func (t *tab) focused(sel string) (has bool) {
	t.Helper()
	t.eval(fmt.Sprintf(`(() => { const x = document.querySelector(%q); return x !== null && x.contains(document.activeElement); })()`, sel), &has)
	return has
}

// still brings something to the middle of the screen, waits until it moves no more and nothing lies over it, and returns where it is. A page that
// is opened at one of its parts scrolls there some time after it is there.
func (t *tab) still(sel string) (x, y float64) {
	t.Helper()
	end := time.Now().Add(patience)
	same := 0
	for tick := time.NewTicker(30 * time.Millisecond); ; <-tick.C {
		if sel == followed && !t.has(followed) {
			t.mark() // a live page was read anew meanwhile
		}
		var at []float64
		t.eval(fmt.Sprintf(`(() => {
			const x = document.querySelector(%q);
			if (!x || document.readyState !== "complete") return [];
			x.scrollIntoView({block: "center", behavior: "instant"});
			const b = x.getClientRects()[0];
			if (!b) return [];
			const at = [b.left + b.width / 2, b.top + b.height / 2], hit = document.elementFromPoint(at[0], at[1]);
			return hit && (x.contains(hit) || hit.contains(x) && hit !== document.documentElement && hit !== document.body) ? at : [];
		})()`, sel), &at)
		switch {
		case len(at) != 2:
			same = 0
		case at[0] != x || at[1] != y:
			x, y, same = at[0], at[1], 0
		default:
			if same++; same == 4 {
				return x, y
			}
		}
		if time.Now().After(end) {
			t.Fatalf("%s does not lie still, or under something\nat %s\n%s", sel, t.at(), t.text("body"))
		}
	}
}

// followed is what mark has found.
const followed = "[data-follow]"

// follow presses the link or button that says something.
func (t *tab) follow(words string) {
	t.Helper()
	t.words = words
	if !t.mark() {
		t.Fatalf("nothing says %q\nat %s\n%s", words, t.at(), t.text("body"))
	}
	t.press(followed)
}

// mark marks the shortest link or button that says what is to be followed.
func (t *tab) mark() (found bool) {
	t.Helper()
	t.eval(fmt.Sprintf(`(() => {
		const all = [...document.querySelectorAll("main a, main button, main summary, nav a")].filter((x) => x.offsetParent !== null && x.innerText.replace(/\s+/g, " ").trim().includes(%q));
		document.querySelectorAll(%q).forEach((x) => x.removeAttribute("data-follow"));
		all.sort((a, b) => a.innerText.length - b.innerText.length);
		if (all[0]) all[0].setAttribute("data-follow", "");
		return all.length > 0;
	})()`, t.words, followed), &found)
	return found
}

// field is the selector of a field in the main part of the page, by its name or by its id, "#id".
func field(name string) string {
	if strings.HasPrefix(name, "#") {
		return name
	}
	n := `[name="` + name + `"]`
	return "main input" + n + ", main textarea" + n + ", main select" + n
}

// fill types into a field, in place of what was there.
func (t *tab) fill(name, value string) {
	t.Helper()
	sel := field(name)
	t.do(chromedp.WaitVisible(sel, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).value = ""; undefined`, sel), nil), chromedp.SendKeys(sel, value, chromedp.ByQuery))
}

// set gives a field a value without typing, as a picker of dates does.
func (t *tab) set(name, value string) {
	t.Helper()
	sel := field(name)
	t.do(chromedp.WaitReady(sel, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`{ const x = document.querySelector(%q);
		x.value = %q; x.dispatchEvent(new Event("input", {bubbles: true})); x.dispatchEvent(new Event("change", {bubbles: true})); } undefined`, sel, value), nil))
}

// choose ticks the radio button or box of a name and a value.
func (t *tab) choose(name, value string) {
	t.Helper()
	t.tick(fmt.Sprintf(`main input[name=%q][value=%q]`, name, value))
}

// tick clicks a radio button or a box, unless it is chosen, and sees that it is chosen then.
func (t *tab) tick(sel string) {
	t.Helper()
	x, y := t.still(sel)
	var on bool
	if t.eval(fmt.Sprintf(`document.querySelector(%q).checked`, sel), &on); on {
		return
	}
	t.do(chromedp.MouseClickXY(x, y))
	if t.eval(fmt.Sprintf(`document.querySelector(%q).checked`, sel), &on); !on {
		t.Fatalf("%s is not chosen by a click\nat %s\n%s", sel, t.at(), t.text("main"))
	}
}

// says waits until the main part of the page says something.
func (t *tab) says(words string) { t.Helper(); t.shows("main", words, false) }

// saysInTheEnd asks for the page again until it says something.
func (t *tab) saysInTheEnd(words string) { t.Helper(); t.shows("main", words, true) }

// signIn signs a person in, and whoever was before her out.
func (t *tab) signIn(login string) {
	t.Helper()
	if out := `form[action="/sign-out"] button`; t.has(out) {
		x, y := t.still("details.who summary")
		t.do(chromedp.MouseClickXY(x, y))
		t.press(out)
		t.says("已经退出登录")
	}
	t.open("/sign-in")
	t.fill("login", login)
	t.fill("password", password)
	t.press(`main form button`)
	if at := t.at(); strings.HasPrefix(at, "/sign-in") {
		t.Fatalf("%s did not come in:\n%s", login, t.text("main"))
	}
}

// shows waits until the first element of a selector says something; again asks for the page anew until then, as who has no scripts does.
func (t *tab) shows(sel, words string, again bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for tick := time.NewTicker(200 * time.Millisecond); !strings.Contains(t.text(sel), words); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s does not say %q\nat %s\n%s", sel, words, t.at(), t.text("body"))
		}
		if again {
			t.do(chromedp.Reload(), chromedp.WaitReady("main", chromedp.ByQuery))
		}
	}
}

// has reports whether the page has an element.
func (t *tab) has(sel string) (there bool) {
	t.eval(fmt.Sprintf(`document.querySelector(%q) !== null`, sel), &there)
	return there
}

// replace changes some words of what a field holds, as a person does who edits them.
func (t *tab) replace(name, was, now string) {
	t.Helper()
	var text string
	t.do(chromedp.Value(field(name), &text, chromedp.ByQuery))
	if !strings.Contains(text, was) {
		t.Fatalf("%s does not say %q but %q", name, was, text)
	}
	t.set(name, strings.Replace(text, was, now, 1))
}

// downloaded waits for a file that the page hands out, and moves it aside.
func (t *tab) downloaded() string {
	t.Helper()
	end := time.Now().Add(patience)
	for tick := time.NewTicker(100 * time.Millisecond); ; <-tick.C {
		files, _ := filepath.Glob(filepath.Join(t.downloads, "*"))
		if len(files) == 1 && filepath.Ext(files[0]) != ".crdownload" {
			return files[0]
		}
		if time.Now().After(end) {
			t.Fatalf("nothing is downloaded, but %v\nat %s\n%s", files, t.at(), t.text("main"))
		}
	}
}

// drag takes one element with the mouse and lets it go over another, and waits for the page that follows.
func (t *tab) drag(from, to string) {
	t.Helper()
	t.still(to)
	x, y := t.still(from)
	var at []float64
	t.eval(fmt.Sprintf(`(() => { const b = document.querySelector(%q).getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; })()`, to), &at)
	if len(at) != 2 {
		t.Fatalf("%s is nowhere on %s", to, t.at())
	}
	taken := make(chan *input.DragData, 1)
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	chromedp.ListenTarget(ctx, func(ev any) {
		if e, ok := ev.(*input.EventDragIntercepted); ok {
			taken <- e.Data
		}
	})
	mouse := func(what input.MouseType, x, y float64) chromedp.Action {
		return input.DispatchMouseEvent(what, x, y).WithButton(input.Left).WithClickCount(1).WithButtons(1)
	}
	t.do(input.SetInterceptDrags(true), mouse(input.MousePressed, x, y), mouse(input.MouseMoved, x+4, y+4), mouse(input.MouseMoved, x+9, y+9))
	select {
	case data := <-taken:
		drag := func(what input.DispatchDragEventType) chromedp.Action {
			return input.DispatchDragEvent(what, at[0], at[1], data)
		}
		_, err := chromedp.RunResponse(ctx, drag(input.DragEnter), drag(input.DragOver), drag(input.Drop), mouse(input.MouseReleased, at[0], at[1]))
		if err != nil {
			t.Fatalf("drop %s on %s: %v\nat %s\n%s", from, to, err, t.at(), t.text("main"))
		}
	case <-ctx.Done():
		t.Fatalf("%s cannot be dragged\nat %s\n%s", from, t.at(), t.text("main"))
	}
	t.do(input.SetInterceptDrags(false), chromedp.WaitReady("main", chromedp.ByQuery))
}

// keys types keys as on a keyboard, to whatever has the focus.
func (t *tab) keys(s string) { t.Helper(); t.do(chromedp.KeyEvent(s)) }

// tabTo goes by the Tab key to an element that matches, and fails when it cannot be reached.
func (t *tab) tabTo(sel string) {
	t.Helper()
	for range 400 {
		var there bool
		t.eval(fmt.Sprintf(`document.activeElement !== null && document.activeElement.matches(%q)`, sel), &there)
		if there {
			return
		}
		t.keys(kb.Tab)
	}
	t.Fatalf("the Tab key does not come to %s at %s", sel, t.at())
}

// screen makes the window as wide and high as a screen, light or dark.
func (t *tab) screen(w, h int64, scheme string) {
	t.Helper()
	t.do(chromedp.EmulateViewport(w, h),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
}

// shot takes a picture of the whole page, where TONGFA_SHOTS names a folder for it.
func (t *tab) shot(name string) {
	t.Helper()
	dir := os.Getenv("TONGFA_SHOTS")
	if dir == "" {
		return
	}
	var png []byte
	t.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).Do(ctx)
		return err
	}))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// violation is one rule of axe-core that a page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []any
		FailureSummary string
	}
}

// violations asks axe-core about the page that is open.
func (t *tab) violations(code string) []violation {
	t.Helper()
	var raw string
	t.do(chromedp.Evaluate(code, nil), chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"], iframes: false}).then((r) => JSON.stringify(r.violations))`, &raw,
		func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var out []violation
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		t.Fatal(err)
	}
	return out
}
