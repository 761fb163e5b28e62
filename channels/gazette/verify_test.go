package gazette

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tongfa/press"
)

// The page lists every issue that can be verified, with its blocks, and says how it is done without it.
func TestThePageThatVerifiesListsTheIssues(t *testing.T) {
	o := newOffice(t)
	if err := o.gazette.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(o.read("verify/index.html")), "还没有发布带校验数据的一期") {
		t.Error("nothing is said before the first issue")
	}
	ed := o.publish(o.entry(), o.entry())
	o.out(o.supplement(o.entry()))
	o.withdraw(press.NoticePage, ed.Entries[0])
	l := links(o.dom("verify/index.html"))
	for _, want := range []string{"../2026/04/index.html", "../2026/04/verify.json", "../2026/04/verify-r1.json", "../2026/s1/verify.json"} {
		if l[want] == "" {
			t.Errorf("no link to %s among %v", want, l)
		}
	}
	page := string(o.read("verify/index.html"))
	for _, want := range []string{"sha256sum gazette-2026-s1.pdf", "certutil -hashfile", "gmssl sm3", "tongfa evidence check", "script-src 'self'; connect-src 'self'", "hidden"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, " onclick") {
		t.Error("the page has code in it")
	}
}

// chromium starts a browser for a test, or ends the test with a word where there is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("TONGFA_CI") != "1" {
		t.Skip("no Chromium: install Debian's chromium")
	}
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "tongfa-chromium-") // not the test's own folder: its last processes write there when the test is over
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir), chromedp.WSURLReadTimeout(2*time.Minute))
	alloc, end := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(end)
	ctx, _ := chromedp.NewContext(alloc)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) }) // waits until the browser is gone
	if err := chromedp.Run(ctx); err != nil {      // the browser belongs to this context, whatever bounds are set later
		t.Fatal(err)
	}
	return ctx
}

// A reader picks files, and reads whether they are those that were published: over the web, and from a folder on a disc with the block beside them. The digests are
// those of the standards.
func TestAReaderVerifiesFiles(t *testing.T) {
	o := newOffice(t)
	ed := o.publish(o.saying("供水"), o.saying("供热"))
	issued, block := o.read("2026/04/gazette-2026-04.pdf"), o.read("2026/04/verify.json")
	o.withdraw(press.NoticePage, ed.Entries[1])
	dir := t.TempDir()
	put := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		o.write(path, data)
		return path
	}
	old := put("gazette-2026-04.pdf", issued)
	renamed := put("公报.ofd", o.read("2026/04/gazette-2026-04-r1.ofd"))
	single := put("gazette-2026-04-01.pdf", o.read("2026/04/gazette-2026-04-01.pdf"))
	edited := put("gazette-2026-04-r1.epub", append(slices.Clone(o.read("2026/04/gazette-2026-04-r1.epub")), 0))
	stranger := put("广告.pdf", []byte("%PDF-1.4 x"))
	local := put("verify.json", block)

	web := httptest.NewServer(http.FileServer(http.Dir(o.cfg.Root)))
	t.Cleanup(web.Close)
	ctx, end := context.WithTimeout(chromium(t), 2*time.Minute)
	t.Cleanup(end)
	run := func(actions ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	awaited := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	see := func(want []string, files ...string) {
		t.Helper()
		var said string
		run(chromedp.Evaluate(`document.getElementById("file").value = ""; document.getElementById("result").textContent = ""`, nil),
			chromedp.SetUploadFiles("#file", files), chromedp.WaitVisible("#result .one, #result > p"), chromedp.Text("#result", &said))
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("of %v it does not say %s:\n%s", files, w, said)
			}
		}
	}
	run(emulation.SetDeviceMetricsOverride(390, 844, 1, true), chromedp.Navigate(web.URL+"/verify/index.html"), chromedp.WaitVisible("#tool"))
	see([]string{"✓ 与发布的文件完全相同", "这是发行时的文件", "第2篇已撤回"}, old)
	see([]string{"公报.ofd", "✓ 与发布的文件完全相同", "gazette-2026-04-r1.ofd", "第1篇的单篇 PDF"}, renamed, single)
	see([]string{"✗ 与发布的文件不同", "发布的 SM3："}, edited)
	see([]string{"✗ 各期的校验数据里没有这个文件", sum([]byte("%PDF-1.4 x"))}, stranger)
	var wide float64
	var right string
	run(chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide), chromedp.Evaluate(`(async () => {
		const of = (s) => new TextEncoder().encode(s), wrong = [];
		if (digests.sm3(of("abc")) !== "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0") wrong.push("SM3, first vector of GB/T 32905");
		if (digests.sm3(of("abcd".repeat(16))) !== "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732") wrong.push("SM3, second vector of GB/T 32905");
		if (digests.sha256Here(of("abc")) !== "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") wrong.push("SHA-256, first vector of FIPS 180");
		for (const n of [0, 1, 55, 56, 63, 64, 65, 119, 120, 4096]) {
			const b = new Uint8Array(n).map((_, i) => i * 7);
			if (digests.sha256Here(b) !== await digests.sha256(b)) wrong.push("SHA-256 of " + n + " bytes");
		}
		return wrong.join("; ");
	})()`, &right, awaited))
	if wide > 390 || right != "" {
		t.Errorf("the page is %v px wide; wrong: %s", wide, right)
	}
	run(chromedp.Navigate("file://"+filepath.Join(o.cfg.Root, "verify", "index.html")), chromedp.WaitVisible("#tool"))
	see([]string{"没有读到校验数据", "verify.json", sum(issued)}, old)
	see([]string{"✓ 与发布的文件完全相同"}, old, local)
}
