package report

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// world is a ledger with one item that went out and was seen, and a daily head.
type world struct {
	testing.TB
	led *ledger.Ledger
	now time.Time
	id  press.ItemID
}

const hostile = `<script>alert(1)</script>'"&`

func newWorld(t testing.TB) *world {
	t.Helper()
	zone := time.FixedZone("CST", 8*60*60)
	w := &world{TB: t, now: time.Date(2026, 11, 25, 10, 0, 0, 0, zone)}
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), ledger.Rules{Zone: zone, Calendar: workday.Builtin(), Limits: map[string]press.Limits{"site": {}}})
	w.must(err)
	t.Cleanup(func() { w.must(l.Close()) })
	w.led = l
	w.must(l.Register(t.Context(), "site", "site"))
	w.publish()
	_, _, err = l.Seal(t.Context(), false, w.now)
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) publish() {
	w.Helper()
	ctx := context.Background()
	data := []byte("%PDF-1.4 附件的内容")
	sum := sha256.Sum256(data)
	table := press.Block{Kind: press.TableKind, Table: &press.Table{Caption: "表", Head: 1, Rows: [][]press.Cell{{{Spans: []press.Span{{Text: "甲"}}, ColSpan: 2}}, {{Spans: []press.Span{{Text: hostile}}}, {}}}}}
	list := press.Block{Kind: press.ListKind, Items: []press.ListItem{{Marker: "一、", Blocks: []press.Block{press.P("第一项")}}}}
	f := ledger.Filing{
		Item: press.Item{ExternalID: "oa-1", Kind: press.News, Wants: []press.Want{{Channel: "site"}}},
		Revision: press.Revision{Title: "关于供暖的消息" + hostile,
			Body: []press.Block{press.H(1, "一、总则"), press.P("十一月二十五日上午，示例区召开会议。\n" + hostile), table, list, {Kind: press.Note, Blocks: []press.Block{press.P("注")}}},
			Meta: press.Meta{Issuer: "示例区人民政府办公室", Source: "示例区人民政府办公室", FormedOn: workday.Date{Year: 2026, Month: time.November, Day: 24},
				Disclosure: press.Proactive, Column: "政务动态", Theme: "综合政务", Genre: "其他", Summary: "例行会议。", Keywords: []string{"供暖"}, Validity: press.InForce},
			Attachments: []press.Asset{{Digest: hex.EncodeToString(sum[:]), Name: "附件1.pdf", MIME: "application/pdf", Size: int64(len(data))}}},
		Files: map[string][]byte{hex.EncodeToString(sum[:]): data},
		By:    ledger.Who{Name: "王某", Role: press.Registrar},
	}
	for s, by := range map[press.Step]string{press.SecrecyReview: "王某", press.FirstReview: "李某", press.SecondReview: "赵某", press.FinalReview: "孙某"} {
		f.Approvals = append(f.Approvals, press.Approval{Step: s, By: by, Office: "区政府办公室", At: w.now.Add(-time.Hour), Pass: true, Ground: "同意公开"})
	}
	out, err := w.led.File(ctx, f, w.now)
	w.must(err)
	w.id = out.ID
	_, err = w.led.Compose(ctx, press.Plan{Channel: "site", Max: 1}, w.now, w.now)
	w.must(err)
	acts, err := w.led.Begin(ctx, "site", w.now, 10)
	w.must(err)
	if len(acts) != 1 {
		w.Fatalf("%d acts; findings %+v", len(acts), out.Findings)
	}
	j := w.led.Journal(acts[0], func() time.Time { return w.now })
	w.must(j.Intend(ctx, "page"))
	w.must(j.Done(ctx, "page", "r"))
	w.must(w.led.Settle(ctx, acts[0], press.Receipt{Status: press.Live, URL: "https://www.example.gov.cn/1.html", Raw: hostile}, nil, w.now))
	s, err := w.led.Story(ctx, string(w.id), w.now)
	w.must(err)
	w.now = w.now.Add(time.Minute)
	w.must(w.led.Saw(ctx, press.Sighting{Copy: s.Copies[0].ID, Status: press.SeenEqual, Digest: strings.Repeat("ab", 32), URL: s.Copies[0].URL, At: w.now}, w.now))
}

func (w *world) bundle() []byte {
	w.Helper()
	e, err := w.led.Evidence(w.Context(), string(w.id), w.now)
	w.must(err)
	var b bytes.Buffer
	sum, err := Write(&b, e, Export{At: w.now, By: "郑某", Role: press.Supervisor, Office: "示例区人民政府办公室", Program: "v1"}, func(d string) ([]byte, error) { return w.led.Blob(w.Context(), d) })
	w.must(err)
	if got := sha256.Sum256(b.Bytes()); hex.EncodeToString(got[:]) != sum {
		w.Error("the digest is not that of the file")
	}
	return b.Bytes()
}

func checkBytes(b []byte) (Checked, error) { return Check(bytes.NewReader(b), int64(len(b))) }

func TestABundleHoldsAndIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.bundle(), w.bundle()
	if !bytes.Equal(one, two) {
		t.Error("two exports at the same moment differ")
	}
	c, err := checkBytes(one)
	w.must(err)
	for _, v := range c.Verdicts {
		if !v.OK {
			t.Errorf("%+v", v)
		}
	}
	for _, name := range []string{"文件", "标记", "版本", "附件", "审签", "流转", "签发", "首次公开", "每日总摘要"} {
		if !slices.ContainsFunc(c.Verdicts, func(v Verdict) bool { return v.Name == name && v.OK && !v.Remark }) {
			t.Errorf("nothing is said of %s", name)
		}
	}
	files := unpack(t, one)
	page := string(files["index.html"])
	for _, want := range []string{"首次公开", "终审", "&lt;script&gt;", "每日总摘要"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for name, data := range files {
		if strings.HasSuffix(name, ".html") && (bytes.Contains(data, []byte("<script")) || !bytes.HasSuffix(bytes.TrimSpace(data), []byte("</html>"))) {
			t.Errorf("%s is not whole or not escaped", name)
		}
	}
}

func unpack(t testing.TB, b []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// pack makes a bundle of files, with a manifest that says that they are right.
func pack(t testing.TB, files map[string][]byte, honest bool) []byte {
	t.Helper()
	var m Manifest
	if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	if honest {
		m.Files = nil
		for name, data := range files {
			if name != "manifest.json" {
				sum := sha256.Sum256(data)
				m.Files = append(m.Files, File{name, int64(len(data)), hex.EncodeToString(sum[:])})
			}
		}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		if name == "manifest.json" {
			data, _ = json.Marshal(m)
		}
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whoever alters a bundle may also write a manifest that fits: the digests of what was signed, the chain and the head show it.
func TestEveryAlterationIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	whole := w.bundle()
	swap := func(name, old, with string) func(map[string][]byte) {
		return func(f map[string][]byte) {
			was := string(f[name])
			if f[name] = []byte(strings.Replace(was, old, with, 1)); string(f[name]) == was {
				t.Errorf("%s does not have %q", name, old)
			}
		}
	}
	for name, c := range map[string]struct {
		alter  func(map[string][]byte)
		honest bool
		says   string
	}{
		"text":         {swap("revisions/1.txt", "示例区", "别的区"), false, "文件"},
		"text, hidden": {swap("revisions/1.txt", "示例区", "别的区"), true, "版本"},
		"page, hidden": {swap("revisions/1.html", "示例区", "别的区"), true, "版本"},
		"body":         {swap("revisions/1.json", "召开会议", "取消会议"), true, "版本"},
		"approval":     {swap("approvals.json", `"digest": "`, `"digest": "0`), true, "审签"},
		"move":         {swap("moves.json", "王某", "张某"), true, "流转"},
		"move's time":  {swap("moves.json", "2026-11-25T10", "2026-11-25T09"), true, "流转"},
		"head":         {swap("heads.json", `"root": "`, `"root": "0`), true, "每日总摘要"},
		"head's time":  {swap("heads.json", `"at": "2026-11-25`, `"at": "2026-11-24`), true, "每日总摘要"},
		"first time":   {swap("item.json", `"first_public": "2026-11-25`, `"first_public": "2026-11-20`), true, "首次公开"},
		"marker":       {swap("item.json", `"marker": "`, `"marker": "0`), true, "标记"},
		"sightings":    {func(f map[string][]byte) { f["sightings.json"] = []byte("[]") }, true, "首次公开"},
		"moves gone":   {func(f map[string][]byte) { delete(f, "moves.json") }, true, "流转"},
		"file gone":    {func(f map[string][]byte) { delete(f, "receipts.json") }, false, "文件"},
		"file more":    {func(f map[string][]byte) { f["extra.txt"] = []byte("x") }, false, "文件"},
		"attachment": {func(f map[string][]byte) {
			for n := range f {
				if strings.HasPrefix(n, "files/") {
					f[n] = []byte("another")
				}
			}
		}, true, "附件"},
		"last moves gone": {func(f map[string][]byte) {
			var list []json.RawMessage
			w.must(json.Unmarshal(f["moves.json"], &list))
			f["moves.json"], _ = json.Marshal(list[:len(list)-1])
		}, true, "每日总摘要"},
	} {
		files := unpack(t, whole)
		c.alter(files)
		got, err := checkBytes(pack(t, files, c.honest))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.OK() || !slices.ContainsFunc(got.Verdicts, func(v Verdict) bool { return !v.OK && !v.Remark && v.Name == c.says }) {
			t.Errorf("%s is not found by %s: %+v", name, c.says, got.Verdicts)
		}
	}
}

func TestHostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	whole := w.bundle()
	renamed := func(name string) []byte {
		files := unpack(t, whole)
		files[name] = []byte("x")
		return pack(t, files, false)
	}
	manifest := func(text string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		f, err := z.Create("manifest.json")
		w.must(err)
		_, err = f.Write([]byte(text))
		w.must(err)
		w.must(z.Close())
		return b.Bytes()
	}
	var twice bytes.Buffer
	z := zip.NewWriter(&twice)
	for range 2 {
		_, err := z.Create("manifest.json")
		w.must(err)
	}
	w.must(z.Close())
	for name, b := range map[string][]byte{
		"nothing": nil, "no zip": []byte("hello"), "cut short": whole[:len(whole)/2], "climbs": renamed("../../etc/passwd"), "absolute": renamed("/etc/passwd"),
		"backslash": renamed(`a\b`), "twice": twice.Bytes(), "no manifest": manifest("x"), "other format": manifest(`{"format":"x"}`), "empty": manifest(""),
		"bomb":     manifest(`{"format":"` + Format + `","files":[{"name":"a","size":9000000000000}]}`),
		"negative": manifest(`{"format":"` + Format + `","files":[{"name":"a","size":-1}]}`),
		"huge":     manifest(strings.Repeat(" ", mostManifest+1)),
	} {
		if c, err := checkBytes(b); err == nil {
			t.Errorf("%s is taken: %+v", name, c)
		}
	}
	if c, err := checkBytes(manifest(fmt.Sprintf(`{"format":%q,"files":[]}`, Format))); err != nil || c.OK() {
		t.Errorf("a bundle of nothing holds: %v %+v", err, c)
	}
	// Many files that unpack to much, and that no manifest has to name, are not all read into memory.
	files := unpack(t, whole)
	padded := append(bytes.Repeat([]byte{' '}, 60<<20), files["revisions/1.json"]...)
	var read int64
	c := &checker{zip: map[string]*zip.File{}, left: mostRead}
	for n := 1; n <= 8; n++ {
		files[fmt.Sprintf("revisions/%d.json", n)] = padded
	}
	b := pack(t, files, false)
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	w.must(err)
	w.must(c.open(zr))
	for n := 1; n <= 8; n++ {
		text, _ := c.read(fmt.Sprintf("revisions/%d.json", n), mostJSON)
		read += int64(len(text))
	}
	if read > mostRead {
		t.Errorf("%d bytes were read into memory", read)
	}
	// A file that unpacks to more than the manifest says is read no further than that.
	files = unpack(t, whole)
	files["receipts.json"] = bytes.Repeat([]byte{0}, 50<<20)
	if c, err := checkBytes(pack(t, files, false)); err != nil || c.OK() {
		t.Errorf("%v", err)
	}
}

func FuzzCheck(f *testing.F) {
	w := newWorld(f)
	f.Add(w.bundle())
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = checkBytes(b) })
}

// The page of a revision in a bundle has its footnotes, numbered as everywhere.
func TestPageOfARevisionHasItsFootnotes(t *testing.T) {
	page := pageOf(press.Revision{Title: "题", Body: []press.Block{{Kind: press.TableKind, Table: &press.Table{Rows: [][]press.Cell{{{Spans: []press.Span{{Text: "甲", Note: "注<甲>"}}}}}}},
		{Kind: press.Paragraph, Spans: []press.Span{{Text: "乙", Note: "注乙"}}}}})
	for _, want := range []string{"<td>甲<sup>①</sup></td>", "<p>乙<sup>②</sup></p>", "<p>①注&lt;甲&gt;</p>\n<p>②注乙</p>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
}
