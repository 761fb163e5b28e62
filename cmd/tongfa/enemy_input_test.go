package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"tongfa/ledger"
)

// wrong is one bad input: what is typed, how it must end, and what the answer must say. What keeps nothing must leave the ledger and
// the folders exactly as they were.
type wrong struct {
	name  string
	args  []string
	exit  int
	say   string
	keeps bool // something is recorded all the same: a gate stops what was taken in, or a person's word is noted
}

// quietOffice is an office without an outside: nothing listens where its channels look.
func quietOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), deskAt: freePort(t), siteAt: freePort(t), wx: freePort(t)}
	o.write("secret", []byte("rehearsal-only"))
	o.write("tongfa.yaml", []byte(o.yaml()))
	return o
}

func (o *office) yaml() string { return fmt.Sprintf(officeYAML, o.deskAt, o.siteAt, o.wx, hurried) }

// put writes a file and gives its name.
func (o *office) put(name string, data string) string {
	o.t.Helper()
	o.write(name, []byte(data))
	return name
}

// said runs a command and returns everything that it printed, the messages first.
func (o *office) said(args ...string) (text string, code int) {
	o.t.Helper()
	c := exec.Command("tongfa", args...)
	c.Dir = o.dir
	return spoken(o.t, c)
}

// spoken runs a command to its end, and lets others deal with its process meanwhile.
func spoken(t testing.TB, c *exec.Cmd, meanwhile ...func(*os.Process)) (text string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for _, do := range meanwhile {
		do(c.Process)
	}
	late := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() }) // one that goes on when it should have ended
	defer late.Stop()
	var e interface{ ExitCode() int }
	if err := c.Wait(); err != nil && !asExit(err, &e) {
		t.Fatal(err)
	} else if err != nil {
		code = e.ExitCode()
	}
	return errs.String() + out.String(), code
}

// begun is one moment for all copies of a test.
var begun = time.Now()

// fingerprint is a digest of everything the ledger holds and of the names of all files beside it. The numbers that SQLite counts its
// own changes with are left out.
func (o *office) fingerprint() string {
	o.t.Helper()
	led, err := ledger.Open(o.t.Context(), filepath.Join(o.dir, "data", "tongfa.db"), ledger.Rules{})
	if err != nil {
		o.t.Fatal(err)
	}
	defer led.Close()
	path := filepath.Join(o.dir, "copy.db")
	for range 2 { // the ledger remembers its last backup: the second copy has the same memory each time
		if err := os.RemoveAll(path); err != nil {
			o.t.Fatal(err)
		}
		if err := led.Backup(o.t.Context(), path, begun); err != nil {
			o.t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		o.t.Fatal(err)
	}
	clear(b[24:28])
	clear(b[40:44])
	clear(b[92:100])
	h := sha256.New()
	h.Write(b)
	for _, dir := range []string{"data", "public"} {
		_ = filepath.WalkDir(filepath.Join(o.dir, dir), func(path string, e fs.DirEntry, err error) error {
			if err == nil && !strings.HasPrefix(e.Name(), "tongfa.db") {
				fmt.Fprintln(h, path)
			}
			return nil // what is not there, is not there
		})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// badly runs one bad input and judges the answer. Before and after are fingerprints.
func (o *office) badly(w wrong, before string) (after string) {
	o.t.Helper()
	text, code := o.said(w.args...)
	o.t.Logf("%-36s exit %d  %.200s", w.name, code, strings.ReplaceAll(strings.Replace(text, "\n", " ", 1), o.dir, "…"))
	o.judge(w.name, text, code, w.exit, w.say)
	after = o.fingerprint()
	if changed := after != before; changed && !w.keeps {
		o.t.Errorf("%s: something was written", w.name)
	} else if !changed && w.keeps {
		o.t.Errorf("%s: nothing was written", w.name)
	}
	return after
}

func (o *office) judge(name, text string, code, exit int, say string) {
	o.t.Helper()
	if code != exit {
		o.t.Errorf("%s: exit code %d, want %d:\n%.1500s", name, code, exit, text)
	}
	if !strings.Contains(text, say) {
		o.t.Errorf("%s: it does not say “%s”:\n%.1500s", name, say, text)
	}
	for _, word := range []string{"panic", "goroutine ", ".go:", "runtime error", "rehearsal-only", "\x1b"} {
		if strings.Contains(text, word) {
			o.t.Errorf("%s: it says “%s”:\n%.1500s", name, word, text)
		}
	}
	for strings.HasPrefix(text, "time=") { // what stands in the log is for the operator
		_, text, _ = strings.Cut(text, "\n")
	}
	if first, _, _ := strings.Cut(text, "\n"); !chinese(first) {
		o.t.Errorf("%s: its first line is not for an editor: %s", name, first)
	}
	if len(text) > 8<<10 {
		o.t.Errorf("%s: a message of %d bytes", name, len(text))
	}
}

func chinese(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
}

// doc is a right item with other lines of front matter (the key of each line replaces the one that is there) and a body.
func doc(body string, lines ...string) string {
	day := time.Now().Add(-48 * time.Hour).Format(time.DateOnly)
	keys := []string{"external_id: oa-bad", "kind: notice", "title: 示例区人民政府办公室关于做好有关工作的通知", "issuer: 示例区人民政府办公室",
		"formed_on: " + day, "theme: 综合政务", "genre: 通知", "disclosure: 主动公开", "column: 通知公告", "summary: 样例", "channels: [site]", signed(-30*time.Hour, 0)}
	for _, l := range lines {
		key, _, _ := strings.Cut(l, ":")
		i := 0
		for i < len(keys) && !strings.HasPrefix(keys[i], key+":") {
			i++
		}
		keys = append(append(keys[:i:i], l), keys[min(i+1, len(keys)):]...)
	}
	return "---\n" + strings.Join(keys, "\n") + "\n---\n\n" + body
}

// signed is approvals given so long from now, of which one person gave several.
func signed(ago time.Duration, same int) string {
	var b strings.Builder
	b.WriteString("approvals:")
	for i, step := range []string{"secrecy", "first", "second", "final"} {
		by := []string{"王某", "李某", "赵某", "孙某"}[i]
		if i > 0 && i <= same {
			by = "周某"
		}
		fmt.Fprintf(&b, "\n  - {step: %s, by: %s, office: 区政府办公室, at: %s, result: pass, ground: 同意公开}", step, by, time.Now().Add(ago).Format(time.RFC3339))
	}
	return b.String()
}

// TestBadInputIsRefusedInPlainWords hands in everything that is malformed, oversized, hostile or half sent.
func TestBadInputIsRefusedInPlainWords(t *testing.T) {
	o := quietOffice(t)
	good := o.put("good.md", doc("各街道办事处：\n\n请贯彻执行。", "external_id: oa-live"))
	if text, code := o.said("add", good); code != 0 {
		t.Fatalf("the good item: %s", text)
	}
	if text, code := o.said("pass"); code != 0 || !strings.Contains(text, "编成1期") {
		t.Fatalf("the good item: %s", text)
	}
	n, was := 0, o.fingerprint()
	for _, group := range [][]wrong{o.badDocuments(), o.badFiles(), o.badMetadata(), o.badCommands()} {
		for _, w := range group {
			if n++; !testing.Short() || w.keeps || n%4 == 0 {
				was = o.badly(w, was)
			}
		}
	}
	t.Logf("%d bad inputs", n)
	if text, code := o.said("check", "--offline"); code != 0 {
		t.Errorf("after all this check ended with %d:\n%s", code, text)
	}
}

func (o *office) badDocuments() []wrong {
	o.put("same/a.md", doc("甲", "external_id: oa-x"))
	o.put("same/b.md", doc("乙", "external_id: oa-x"))
	add := func(name, file, text string, exit int, say string) wrong {
		return wrong{name: name, args: []string{"add", o.put("bad/"+file, text)}, exit: exit, say: say}
	}
	gb := "---\ntitle: \xc1\xf9\xd4\xc2\nkind: notice\n---\n\xcd\xa8\xd6\xaa\xa3\xba\xc7\xeb\xd6\xb4\xd0\xd0\xa1\xa3\n" // 六月 … 通知：请执行。
	return []wrong{
		add("YAML bracket left open", "open.md", doc("正文", "channels: [site"), 1, "open.md:"),
		add("YAML with a tab", "tab.md", "---\ntitle: 甲\nchannels:\n\t- site\n---\n正文", 1, "tab.md:4:1"),
		add("title is a list", "list.md", doc("正文", "title: [甲, 乙]"), 1, "title"),
		add("unknown key", "key.md", doc("正文", "titel: 甲"), 1, "titel"),
		add("key twice", "twice.md", "---\ntitle: 甲\ntitle: 乙\nkind: notice\n---\n正文", 1, "twice.md:3:1"),
		add("front matter without end", "end.md", "---\ntitle: 甲\n正文", 1, "没有结束"),
		add("half a JSON", "half.json", `{"title": "甲", "body": "正`, 1, "突然结束"),
		add("JSON list", "list.json", `[{}]`, 1, "list.json:1:1"),
		add("JSON number for a text", "num.json", `{"kind":"notice","title":7,"body":"正文"}`, 1, "num.json:1:"),
		add("JSON nested deep", "deep.json", strings.Repeat(`{"a":`, 5000), 1, "嵌套"),
		add("empty file", "empty.md", "", 1, "文件是空的"),
		add("six megabytes of text", "big.md", doc(strings.Repeat("字", 2<<20)), 1, "超过上限"),
		add("title of a megabyte", "title.md", doc("正文", "title: "+strings.Repeat("长", 350_000)), 1, "title"),
		add("NUL in the text", "nul.md", doc("正文\x00后文"), 1, "U+0000"),
		add("broken UTF-8", "utf8.md", doc("正文\xe6\xad后文\xff\xfe\xfd"), 1, "文字编码"),
		{name: "GB18030 text is read, and stopped", args: []string{"add", o.put("bad/gb.md", gb)}, exit: 3, say: "六月", keeps: true},
		add("word processor's own file", "a.doc", "\xd0\xcf\x11\xe0", 1, "a.doc"),
		add("no such format", "a.xyz", "甲", 1, "a.xyz"),
		add("scripts and nothing else", "js.html", "<script>alert(1)</script>", 1, "没有正文"),
		{name: "no such file", args: []string{"add", "nowhere.md"}, exit: 1, say: "找不到"},
		{name: "name with line breaks and escapes", args: []string{"add", "a\nb\x1b[31m.md"}, exit: 1, say: "找不到"},
		{name: "folder without documents", args: []string{"add", filepath.Dir(o.put("bad/none/x.bin", "\x00"))}, exit: 1, say: "没有稿件"},
		{name: "one id in two files", args: []string{"add", "same"}, exit: 1, say: "重复"},
		{name: "a device", args: []string{"add", "/dev/zero"}, exit: 1, say: "/dev/zero"},
	}
}

func (o *office) badFiles() []wrong {
	secret := o.put("outside.txt", "不该看到")
	link := func(name, to string) string {
		if err := os.Symlink(to, filepath.Join(o.dir, name)); err != nil {
			o.t.Fatal(err)
		}
		return name
	}
	attach := func(name, file, data, say string) wrong {
		dir := "files/" + strings.NewReplacer(" ", "-", "/", "-").Replace(name) + "/"
		o.put(dir+file, data)
		return wrong{name: name, args: []string{"add", o.put(dir+"a.md", doc("正文", "attachments: ['"+file+"']"))}, exit: 1, say: say}
	}
	named := func(name, ref, say string) wrong {
		return wrong{name: name, args: []string{"add", o.put("named-"+fmt.Sprintf("%x", ref)+".md", doc("正文", "attachments: ['"+ref+"']"))}, exit: 1, say: say}
	}
	o.put("links/a.md", doc("正文", "attachments: [b.txt]"))
	link("links/b.txt", filepath.Join(o.dir, secret))
	o.put("pictures/a.md", doc("正文\n\n![图](b.png)"))
	o.put("pictures/b.png", bombPNG(60_000, 60_000))
	return []wrong{
		attach("program named PDF", "表.pdf", "MZ\x90\x00\x03"+strings.Repeat("\x00", 200), "表.pdf"),
		attach("text named PDF", "表.pdf", "只是文字", "表.pdf"),
		attach("document with macros", "表.docx", zipped("[Content_Types].xml", ctypes, "word/document.xml", "<w:document/>", "word/vbaProject.bin", "\xd0\xcf\x11\xe0"), "宏"),
		attach("zip bomb", "表.zip", zipped("a.txt", strings.Repeat("\x00", 64<<20)), "表.zip"),
		attach("zip with a way out", "表.zip", zipped("../../etc/cron.d/x", "* * * * * root id"), "表.zip"),
		attach("zip cut off", "表.zip", zipped("a.txt", "甲")[:30], "表.zip"),
		attach("empty attachment", "表.pdf", "", "文件是空的"),
		{name: "picture of 3.6 thousand megapixels", args: []string{"add", "pictures"}, exit: 1, say: "b.png"},
		{name: "link out of the folder", args: []string{"add", "links"}, exit: 1, say: "文件夹之外"},
		named("attachment above the folder", "../outside.txt", ".."),
		named("attachment in DOS spelling", `..\outside.txt`, ".."),
		named("attachment by absolute path", "/etc/passwd", "绝对路径"),
		named("attachment from the net", "http://127.0.0.1/x.pdf", "网上的地址"),
		named("attachment that is a folder", "links", "文件夹"),
		named("attachment that is not there", "没有.pdf", "没有.pdf"),
	}
}

const ctypes = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`

// zipped is an archive of names and contents in turn.
func zipped(pairs ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = w.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			panic(err) // a buffer does not fail
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// bombPNG is a few bytes that claim to be an enormous picture.
func bombPNG(width, height uint32) string {
	head := append([]byte("IHDR"), make([]byte, 13)...)
	binary.BigEndian.PutUint32(head[4:], width)
	binary.BigEndian.PutUint32(head[8:], height)
	head[12], head[13] = 8, 2
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\r"), head...)
	return string(binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))) + "\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e\x00\x00\x00\x00IEND\xae\x42\x60\x82"
}

func (o *office) badMetadata() []wrong {
	n := 0
	add := func(name string, exit int, say string, lines ...string) wrong {
		n++
		file := o.put(fmt.Sprintf("meta/%02d.md", n), doc(fmt.Sprintf("正文第%d件。", n), append([]string{fmt.Sprintf("external_id: oa-meta-%02d", n),
			fmt.Sprintf("title: 示例区人民政府办公室关于第%d号事项的通知", n)}, lines...)...))
		return wrong{name: name, args: []string{"add", file}, exit: exit, say: say, keeps: exit != 1}
	}
	return []wrong{
		add("unknown channel", 1, "weibo", "channels: [site, weibo]"),
		add("unknown kind", 1, "policy", "kind: letter"),
		add("unknown relation", 1, "relations", "relations: {hates: oa-1}"),
		add("relation to itself", 1, "自己", "relations: {interprets: oa-meta-04}"),
		add("belongs with itself", 1, "自己", "belongs_with: oa-meta-05"),
		add("unknown column type", 1, "column", "column: [甲]"),
		add("day that does not exist", 1, "2026-02-30", "formed_on: 2026-02-30"),
		add("release without a time of day", 1, "release_at", "release_at: 2026-11-23"),
		add("release at hour 25", 1, "release_at", "release_at: 2026-11-23T25:00:00"),
		add("release in no zone there is", 1, "release_at", "release_at: 2026-11-23T18:00:00+25:00"),
		add("release in 1970", 0, "早于成文日期", "release_at: 1970-01-01T00:00:00+08:00"),
		add("release in 9999", 0, "一年以后", "release_at: 9999-12-31T23:59:59+08:00"),
		add("formed in the future", 3, "formed_on", "formed_on: 2049-01-01"),
		add("not open to the public", 3, "不予公开", "disclosure: 不予公开", "disclosure_ground: 内部事务"),
		add("identity number in the title", 3, "身份证", "title: 关于对110101199003070134作出决定的通知"),
		add("all signed by one person", 3, "不同的人", signed(-30*time.Hour, 3)),
		add("signed tomorrow", 3, "晚于现在", signed(24*time.Hour, 0)),
		add("not signed at all", 3, "保密审查", "approvals: []"),
		add("signed in a step there is not", 1, "fourth", "approvals: [{step: fourth, by: 王某, at: 2026-11-20T10:00:00+08:00, result: pass}]"),
		add("signed with a result there is not", 1, "maybe", "approvals: [{step: first, by: 王某, at: 2026-11-20T10:00:00+08:00, result: maybe}]"),
		{name: "live item, other text, unsigned", args: []string{"add", o.put("meta/live.md", doc("另一种文本。", "external_id: oa-live", "approvals: []"))},
			exit: 3, say: "新版本", keeps: true},
		{name: "live item, signed for the old text", args: []string{"add", o.put("meta/live.md", doc("另一种文本。", "external_id: oa-live", "approvals: []"))},
			exit: 3, say: "修改以前"},
	}
}

func (o *office) badCommands() []wrong {
	run := func(name string, exit int, say string, args ...string) wrong {
		return wrong{name: name, args: args, exit: exit, say: say}
	}
	const sql = `x' OR 1=1; DROP TABLE item; --`
	return []wrong{
		run("unknown id", 1, "没有", "show", "oa-nothing"),
		run("empty id", 1, "没有", "show", ""),
		run("SQL for an id", 1, "没有", "show", sql),
		run("SQL for an id to withdraw", 1, "没有", "withdraw", sql, "--reason", "试"),
		run("percent sign for an id", 1, "没有", "show", "%"),
		run("very long id", 1, "没有", "show", strings.Repeat("9", 100_000)),
		run("cursor that is none", 1, "翻页标记", "status", "--after", "~~~~"),
		run("cursor of other things", 1, "翻页标记", "list", "--after", "QUJD"),
		run("limit that is no number", 2, "--limit", "list", "--limit", "many"),
		run("negative limit", 2, "--limit", "list", "--limit", "-5"),
		run("state there is not", 2, "--state", "list", "--state", "gone"),
		run("copy state there is not", 2, "--copy", "status", "--copy", "gone"),
		run("channel there is not", 2, "weibo", "status", "--channel", "weibo"),
		run("time that is none", 2, "--now", "pass", "--now", "yesterday"),
		run("approval without a step", 2, "--step", "approve", "oa-live", "--by", "王某"),
		run("approval in a step there is not", 1, "fourth", "approve", "oa-live", "--step", "fourth", "--by", "王某"),
		run("approval by nobody", 1, "审签人", "approve", "oa-live", "--step", "first", "--by", " "),
		run("waiver without a reason", 1, "理由", "waive", "oa-live", "--rule", "pii.id"),
		run("waiver of no rule", 1, "门禁", "waive", "oa-live", "--rule", "nonsense", "--reason", "试"),
		run("waiver of what cannot be waived", 1, "不是可以准许放行的门禁", "waive", "oa-live", "--rule", "secrecy", "--reason", "试"),
		run("withdrawal without a reason", 1, "理由", "withdraw", "oa-live"),
		run("withdrawal to a script", 1, "转去的网址", "withdraw", "oa-live", "--reason", "试", "--notice", "javascript:alert(1)"),
		run("withdrawal to nowhere", 1, "转去的网址", "withdraw", "oa-live", "--reason", "试", "--notice", "https://"),
		run("link that is a script", 1, "链接", "retry", "oa-live", "--link", "javascript:alert(1)"),
		run("link and absence at once", 2, "--absent", "retry", "oa-live", "--link", "http://127.0.0.1/", "--absent"),
		run("retry on a channel there is not", 1, "weibo", "retry", "oa-live", "--channel", "weibo"),
		run("release of what is not held", 1, "暂缓", "release", "oa-live"),
		run("edition there is not", 1, "没有", "edition", "show", sql),
		run("issue of no edition", 1, "没有", "edition", "issue", "gazette@x#1"),
		run("edition of no channel", 1, "weibo", "edition", "new", "weibo"),
		run("edition at no time", 2, "2026-12-01T09:00", "edition", "new", "gazette", "--at", "soon"),
		run("edition of a website", 1, "site", "edition", "new", "site"),
		run("pause of no channel", 1, "weibo", "channel", "pause", "weibo"),
		run("catching up with nothing", 1, "没有等待", "channel", "catch-up", "gazette", "--at", "2026-11-24T18:00"),
		run("backup over the ledger", 1, "已经存在", "backup", "data/tongfa.db"),
		run("backup to a place that is a file", 1, "secret", "backup", "secret/x.db"),
		run("backup to nowhere", 1, "/proc", "backup", "/proc/none/x.db"),
		run("stand-in on no address", 1, "nowhere", "standin", "wechat", "--listen", "nowhere"),
		run("meta without a key", 2, "--meta", "add", "good.md", "--meta", "甲"),
		run("meta of no key", 1, "colour", "add", "good.md", "--meta", "colour=red"),
		run("option twice over", 2, "--json", "list", "--json=maybe"),
	}
}

// TestHostileWordsStayWords publishes what a hostile author would write and reads the pages that come of it.
func TestHostileWordsStayWords(t *testing.T) {
	o := quietOffice(t)
	o.put("x.json", hostile(t))
	if text, code := o.said("add", "x.json"); code != 0 {
		t.Fatalf("add ended with %d:\n%s", code, text)
	}
	if text, code := o.said("pass"); code != 0 {
		t.Fatalf("pass ended with %d:\n%s", code, text)
	}
	pages := 0
	err := filepath.WalkDir(filepath.Join(o.dir, "public"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".html" {
			pages++
			harmless(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages < 3 {
		t.Errorf("%d pages were written", pages)
	}
	text, _ := o.said("status")
	if strings.ContainsAny(text, "\x1b\a\u202e") {
		t.Errorf("a title steers the terminal: %q", text)
	}
}

// harmless reads a page as a browser does and wants nothing in it that runs but the site's own files.
func harmless(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	root, err := html.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "iframe", n.Data == "object", n.Data == "embed", n.Data == "math", n.Data == "script" && n.FirstChild != nil:
			t.Errorf("%s has <%s>", path, n.Data)
		default:
			for _, a := range n.Attr {
				v := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(v, "javascript:") || a.Key == "style" || a.Key == "src" && strings.Contains(v, "//") {
					t.Errorf("%s has <%s %s=%q>", path, n.Data, a.Key, a.Val)
				}
			}
		}
	}
}

func hostile(t *testing.T) string {
	t.Helper()
	var approvals []map[string]any
	for i, step := range []string{"secrecy", "first", "second", "final"} {
		approvals = append(approvals, map[string]any{"step": step, "by": "甲乙丙丁"[i*3 : i*3+3], "office": `<script>alert(1)</script>`,
			"at": time.Now().Add(-30 * time.Hour).Format(time.RFC3339), "result": "pass", "ground": `"><script>alert(2)</script>`})
	}
	b, err := json.Marshal(map[string]any{
		"external_id": `oa-"><script>alert(3)</script>`, "kind": "notice", "title": "通知</title><script>alert(4)</script>\u202e\u200b", "issuer": `示例区"onmouseover="evil()`,
		"formed_on": time.Now().Add(-48 * time.Hour).Format(time.DateOnly), "theme": "综合政务", "genre": "通知", "disclosure": "主动公开", "column": "通知公告",
		"channels": []string{"site"}, "summary": `--><script>alert(5)</script>`, "keywords": []string{`'"><svg/onload=alert(6)>`}, "approvals": approvals,
		"body_format": "html",
		"body": `<p>正文<script>alert(7)</script><a href="javascript:alert(8)">链接</a><a href="jAvA&#10;script:alert(9)">又一个</a>` +
			`<span onerror="evil()" style="background:url(javascript:alert(10))">样式</span><iframe src="https://example.com"></iframe></p>` +
			`<p>&lt;img src=x onerror=alert(11)&gt;</p><svg><script>alert(12)</script></svg><math><a xlink:href="javascript:alert(13)">数</a></math>`,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
