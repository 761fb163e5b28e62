package typeset

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
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

// TestThePageIsForEveryPhone opens the HTML edition on screens of 390 and 360 px: axe-core has nothing against it in either scheme, nothing is wider than the
// screen, and the browser takes every web font.
func TestThePageIsForEveryPhone(t *testing.T) {
	ctx := browser(t)
	axe, err := os.ReadFile(filepath.Join("..", "desk", "browser", "testdata", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		missing(t, "no axe-core: run npm ci --prefix desk/browser/testdata")
	}
	file := onDisk(t, "issue.html", files(t, sampler(t), Gazette(), faces(t))[FormatHTML])
	for scheme, width := range map[string]int64{"light": 390, "dark": 360} {
		var wide float64
		var fonts, raw string
		err := chromedp.Run(ctx, emulation.SetDeviceMetricsOverride(width, 844, 1, true),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
			chromedp.Navigate("file://"+file),
			chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide),
			chromedp.Evaluate(`document.fonts.ready.then(() => Promise.all([...document.fonts].map((f) => f.load().then(() => f.status, () => "refused")))).then((s) => s.join(" "))`, &fonts, awaited),
			chromedp.Evaluate(string(axe), nil),
			chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.html)])))`, &raw, awaited))
		if err != nil {
			t.Fatal(err)
		}
		if wide > float64(width) {
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

// TestTheEditionsOwnFontsAreUsed asks the browser what it set each kind of text in: all of it in the faces that came along, every kind in one of its row, and the
// characters beyond the BMP as well.
func TestTheEditionsOwnFontsAreUsed(t *testing.T) {
	ctx := browser(t)
	w := sampler(t)
	w.Sections[0].Articles[0].Body = append(w.Sections[0].Articles[0].Body, issue(t).Sections[0].Articles[0].Body...)
	file := onDisk(t, "issue.html", files(t, w, Gazette(), faces(t))[FormatHTML])
	if err := chromedp.Run(ctx, chromedp.Navigate("file://"+file), chromedp.Evaluate(`document.fonts.ready.then(() => 1)`, nil, awaited), dom.Enable(), css.Enable()); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"header h1", "header p", "header p:last-of-type", ".toc h2", ".toc a", ".toc .part>a", "h2.section", "article>h2", "article>h3", ".number", ".annex", ".annex-title", "h4:not(.annex)", "h5",
		"caption", "figcaption", "th", "td", "p strong", "p em", ".notes p", ".notes a", "p sup a", "#n-5>p:nth-of-type(4)", "footer p"} {
		var nodes []*cdp.Node
		var used []*css.PlatformFontUsage
		err := chromedp.Run(ctx, chromedp.Nodes(kind, &nodes, chromedp.ByQuery), chromedp.ActionFunc(func(ctx context.Context) (err error) {
			used, err = css.GetPlatformFontsForNode(nodes[0].NodeID).Do(ctx)
			return err
		}))
		if err != nil {
			t.Fatal(kind, err)
		}
		for _, f := range used {
			if !f.IsCustomFont {
				t.Errorf("%s: %v characters are set in %s, which did not come along", kind, f.GlyphCount, f.FamilyName)
			}
		}
		if len(used) != 1 {
			t.Errorf("%s is set in %d faces", kind, len(used))
		}
	}
}

// awaited waits for a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
