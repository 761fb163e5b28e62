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
	mu        sync.Mutex
	errs      []string // what scripts threw
}

// chrome is the one Chromium of the package. Each window in it has cookies of its own.
var chrome = sync.OnceValues(func() (context.Context, error) {
	path := found()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1366, 768), chromedp.UserDataDir(filepath.Join(scratch, "chromium")),
		chromedp.Flag("lang", "zh-CN"), chromedp.WSURLReadTimeout(patience))
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
	ctx, cancel := context.WithTimeout(t.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.Evaluate(js, out)); err != nil {
		t.Errorf("evaluate %.80s: %v", js, err)
	}
}

// open goes to an address of the desk and waits for its page.
func (t *tab) open(path string) {
	t.Helper()
	t.do(chromedp.Navigate(t.home+path), chromedp.WaitReady("main", chromedp.ByQuery))
}

// press clicks something and waits for the page that follows.
func (t *tab) press(sel string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.ScrollIntoView(sel, chromedp.ByQuery), chromedp.Click(sel, chromedp.ByQuery)); err != nil {
		t.Fatalf("press %s: %v\nat %s\n%s", sel, err, t.at(), t.text("body"))
	}
	t.do(chromedp.WaitReady("main", chromedp.ByQuery))
}

// follow presses the link or button that says something.
func (t *tab) follow(words string) {
	t.Helper()
	var found bool
	t.eval(fmt.Sprintf(`(() => {
		const all = [...document.querySelectorAll("main a, main button, main summary, nav a")].filter((x) => x.offsetParent !== null && x.innerText.replace(/\s+/g, " ").trim().includes(%q));
		document.querySelectorAll("[data-follow]").forEach((x) => x.removeAttribute("data-follow"));
		all.sort((a, b) => a.innerText.length - b.innerText.length);
		if (all[0]) all[0].setAttribute("data-follow", "");
		return all.length > 0;
	})()`, words), &found)
	if !found {
		t.Fatalf("nothing says %q\nat %s\n%s", words, t.at(), t.text("body"))
	}
	t.press("[data-follow]")
}

// fill types into a field, in place of what was there.
func (t *tab) fill(name, value string) {
	t.Helper()
	sel := `[name="` + name + `"]`
	t.do(chromedp.WaitVisible(sel, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).value = ""; undefined`, sel), nil), chromedp.SendKeys(sel, value, chromedp.ByQuery))
}

// set gives a field a value without typing, as a picker of dates does.
func (t *tab) set(name, value string) {
	t.Helper()
	t.do(chromedp.WaitReady(`[name="`+name+`"]`, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`{ const x = document.querySelector('[name="%s"]');
		x.value = %q; x.dispatchEvent(new Event("input", {bubbles: true})); x.dispatchEvent(new Event("change", {bubbles: true})); } undefined`, name, value), nil))
}

// choose ticks the radio button or box of a name and a value.
func (t *tab) choose(name, value string) {
	t.Helper()
	t.do(chromedp.Click(fmt.Sprintf(`input[name=%q][value=%q]`, name, value), chromedp.ByQuery))
}

// says waits until the main part of the page says something. Without scripts the page is asked for anew each time.
func (t *tab) says(words string) {
	t.Helper()
	end := time.Now().Add(patience)
	for tick := time.NewTicker(200 * time.Millisecond); !strings.Contains(t.text("main"), words); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("the page does not say %q\nat %s\n%s", words, t.at(), t.text("body"))
		}
	}
}

// saysInTheEnd asks for the page again until it says something.
func (t *tab) saysInTheEnd(words string) {
	t.Helper()
	end := time.Now().Add(patience)
	for tick := time.NewTicker(500 * time.Millisecond); !strings.Contains(t.text("main"), words); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("the page does not say %q in the end\nat %s\n%s", words, t.at(), t.text("body"))
		}
		t.do(chromedp.Reload(), chromedp.WaitReady("main", chromedp.ByQuery))
	}
}

// signIn signs a person in, and whoever was before her out.
func (t *tab) signIn(login string) {
	t.Helper()
	t.do(network.ClearBrowserCookies())
	t.open("/sign-in")
	t.fill("login", login)
	t.fill("password", password)
	t.press(`main form button`)
	if at := t.at(); strings.HasPrefix(at, "/sign-in") {
		t.Fatalf("%s did not come in:\n%s", login, t.text("main"))
	}
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
