package typeset

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// missing ends a test that cannot have what it needs.
func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("TONGFA_CI") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// browser starts a browser for a test, or ends the test with a word where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "no Chromium: install Debian's chromium")
	}
	dir, err := os.MkdirTemp("", "tongfa-chromium-") // not the test's own folder: its last processes write there when the test is over
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
		chromedp.WSURLReadTimeout(2*time.Minute))
	alloc, end := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(end)
	ctx, _ := chromedp.NewContext(alloc)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) }) // waits until the browser is gone
	return ctx
}

// TestThePageIsForEveryPhone opens the HTML edition on a screen of 375 px: axe-core has nothing against it in either scheme, nothing is wider than the
// screen, and the browser takes every web font.
func TestThePageIsForEveryPhone(t *testing.T) {
	ctx := browser(t)
	axe, err := os.ReadFile(filepath.Join("..", "desk", "browser", "testdata", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		missing(t, "no axe-core: run npm ci --prefix desk/browser/testdata")
	}
	file := filepath.Join(t.TempDir(), "issue.html")
	if err := os.WriteFile(file, files(t, issue(t), Gazette(), faces(t))[FormatHTML], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"light", "dark"} {
		var wide float64
		var fonts, raw string
		err := chromedp.Run(ctx, emulation.SetDeviceMetricsOverride(375, 812, 1, true),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
			chromedp.Navigate("file://"+file),
			chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide),
			chromedp.Evaluate(`document.fonts.ready.then(() => Promise.all([...document.fonts].map((f) => f.load().then(() => f.status, () => "refused")))).then((s) => s.join(" "))`, &fonts, awaited),
			chromedp.Evaluate(string(axe), nil),
			chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.html)])))`, &raw, awaited))
		if err != nil {
			t.Fatal(err)
		}
		if wide > 375 {
			t.Errorf("%s: the page is %v px wide", scheme, wide)
		}
		if fonts != "loaded loaded loaded loaded" {
			t.Errorf("%s: the fonts are %s", scheme, fonts)
		}
		var violations []any
		if err := json.Unmarshal([]byte(raw), &violations); err != nil || len(violations) > 0 {
			t.Errorf("%s: %v %s", scheme, err, raw)
		}
	}
}

// awaited waits for a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
