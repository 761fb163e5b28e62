package intake

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// with is right front matter with more lines.
func with(lines string) string {
	return strings.Replace(head, "kind: notice\n", "kind: notice\n"+lines+"\n", 1) + "正文"
}

func TestBadDocumentsAreRefusedWithPlaceAndRemedy(t *testing.T) {
	many := files{}
	list := ""
	for i := range 201 {
		name := fmt.Sprintf("f%d.txt", i)
		many[name] = fmt.Appendf(nil, "附件%d", i)
		list += name + ", "
	}
	for name, c := range map[string]struct {
		file, text string
		files      files
		at         string // begins the problem: file, line, column
		say        string // is part of it
	}{
		"tab in YAML":                  {"a.md", "---\ntitle: 甲\nchannels:\n\t- site\n---\n正文", nil, "a.md:4:1：", "制表符"},
		"unclosed quote":               {"a.md", "---\ntitle: '甲\nkind: news\n---\n正文", nil, "a.md:2:8：", "引号没有配对"},
		"unclosed bracket":             {"a.md", with("channels: [site"), nil, "a.md:4:11：", "括号没有配对"},
		"colon in a value":             {"a.md", "---\ntitle: 甲: 乙\nkind: news\n---\n正文", nil, "a.md:2:8：", "加引号"},
		"reserved character":           {"a.md", with("author: @某"), nil, "a.md:4:9：", "加上引号"},
		"repeated key":                 {"a.md", with("title: 又一个"), nil, "a.md:4:1：title：", "第2行已经写过"},
		"unknown key":                  {"a.md", with("titel: 甲"), nil, "a.md:4:1：", "是不是想写title？"},
		"front matter not a mapping":   {"a.md", "---\n- 甲\n---\n正文", nil, "a.md:2:", "键: 值"},
		"two YAML documents":           {"a.txt", "甲\n正文", files{"a.yaml": []byte("kind: news\n---\ntitle: 乙\n")}, "a.yaml:3", "两段YAML"},
		"anchor":                       {"a.md", with("author: &x 某"), nil, "a.md:4:", "锚点"},
		"front matter without end":     {"a.md", "---\ntitle: 甲\n正文", nil, "a.md:1：", "没有结束"},
		"deep YAML":                    {"a.md", with("relations: " + strings.Repeat("[", 100)), nil, "a.md:4", "嵌套"},
		"unknown kind":                 {"a.md", "---\ntitle: 甲\nkind: letter\n---\n正文", nil, "a.md:3:7：kind：", "policy（政策文件）"},
		"no kind":                      {"a.md", "---\ntitle: 甲\n---\n正文", nil, "a.md：kind：", "policy"},
		"no title":                     {"a.md", "---\nkind: news\n---\n正文", nil, "a.md：title：", "没有标题"},
		"empty title":                  {"a.md", "---\nkind: news\ntitle: ''\n---\n正文", nil, "a.md:3:8：title：", "标题是空的"},
		"title of two lines":           {"a.md", "---\nkind: news\ntitle: \"甲\\n乙\"\n---\n正文", nil, "a.md:3:8：title：", "不能换行"},
		"title a number":               {"a.md", "---\nkind: news\ntitle: 2026\n---\n正文", nil, "a.md:3:8：title：", "加上引号"},
		"title a list":                 {"a.md", "---\nkind: news\ntitle: [甲]\n---\n正文", nil, "a.md:3:8：title：", "现在是列表"},
		"day that does not exist":      {"a.md", with("formed_on: 2026-02-30"), nil, "a.md:4:12：formed_on：", "2026-02-30"},
		"date in another form":         {"a.md", with("formed_on: 2026年2月3日"), nil, "a.md:4:12：", "formed_on"},
		"release without time":         {"a.md", with("release_at: 2026-11-23"), nil, "a.md:4:13：release_at：", "要有日期和时刻"},
		"hour that does not exist":     {"a.md", with("release_at: 2026-11-23T25:00:00"), nil, "a.md:4:13：", "不存在"},
		"unknown disclosure":           {"a.md", with("disclosure: 公开"), nil, "a.md:4:13：disclosure：", "主动公开、依申请公开、不予公开"},
		"unknown validity":             {"a.md", with("validity: 作废"), nil, "a.md:4:11：validity：", "有效、失效、废止、已修改"},
		"unknown relation":             {"a.md", with("relations: {replaces: x}"), nil, "a.md:4:13：relations：", "interprets、amends、repeals、answers"},
		"relations a list":             {"a.md", with("relations: [x]"), nil, "a.md:4:12：relations：", "一组键值"},
		"channel twice":                {"a.md", with("channels: [site, site]"), nil, "a.md:4:18：channels：", "写了两次"},
		"belongs with itself":          {"a.md", with("external_id: x\nbelongs_with: x"), nil, "a.md:5:15：belongs_with：", "自己"},
		"keyword a number":             {"a.md", with("keywords: [甲, 12]"), nil, "a.md:4:15：keywords：", "\"12\""},
		"approval of unknown step":     {"a.md", with("approvals: [{step: 四审, by: 某, at: 2026-11-20 10:00, result: pass}]"), nil, "a.md:4:20：approvals：", "secrecy、first、second、final"},
		"approval without time":        {"a.md", with("approvals: [{step: first, by: 某, result: pass}]"), nil, "a.md:4:", "缺少at"},
		"approval without result":      {"a.md", with("approvals: [{step: first, by: 某, at: 2026-11-20 10:00, result: ok}]"), nil, "a.md:4:64：approvals：", "pass、fail"},
		"approval of unknown key":      {"a.md", with("approvals: [{step: first, who: 某}]"), nil, "a.md:4:27：", "不认识的键“who”"},
		"approvals a mapping":          {"a.md", with("approvals: {step: first}"), nil, "a.md:4:12：", "应当是列表"},
		"empty file":                   {"a.md", "", nil, "a.md：", "文件是空的"},
		"front matter only":            {"a.md", head, nil, "a.md：body：", "没有正文"},
		"blank text":                   {"a.txt", "甲\n　　\n \n", files{"a.yaml": []byte("kind: news")}, "a.txt：body：", "没有正文"},
		"too large":                    {"a.md", head + strings.Repeat("字", 2<<20), nil, "a.md：", "超过上限5.0 MB"},
		"broken UTF-8":                 {"a.md", head + "正文第一段\n正文\xe6\xad", nil, "a.md:6:3：", "文字编码"},
		"binary":                       {"a.md", head + "\x80\x81\xfe\xff\xff\xfa", nil, "a.md:5:1：", "文字编码"},
		"NUL":                          {"a.md", head + "正文\n有\x00空", nil, "a.md:6:2：body：", "U+0000"},
		"private use":                  {"a.md", head + "正\ue001文", nil, "a.md:5:2：body：", "自造字"},
		"lost character":               {"a.md", head + "正\ufffd文", nil, "a.md:5:2：body：", "乱码"},
		"NUL by entity":                {"a.md", head + "正&#0;文", nil, "a.md：body：", "乱码"},
		"private use in title":         {"a.md", "---\nkind: news\ntitle: 正\ue001文\n---\n正文", nil, "a.md:3：title：", "自造字"},
		"deep quotation":               {"a.md", head + strings.Repeat("> ", 70) + "正文", nil, "a.md:5：body：", "嵌套超过64层"},
		"deep emphasis":                {"a.md", head + strings.Repeat("<b><i>", 40) + "正文", nil, "a.md：body：", "嵌套超过64层"},
		"endless marks":                {"a.md", head + strings.Repeat("[a](", 30_000), nil, "a.md：body：", "记号"},
		"deep HTML":                    {"a.html", strings.Repeat("<div>", 600) + "正文", meta, "a.html：body：", "嵌套"},
		"half a tag":                   {"a.html", "<p>正文</p>\n<p>后文<b cla", meta, "a.html:2：body：", "突然结束"},
		"unclosed comment":             {"a.html", "<p>正文</p>\n<!-- <p>后文</p>", meta, "a.html:2：body：", "-->"},
		"unclosed script":              {"a.html", "<p>正文</p>\n<script>\nx<p>后文</p>", meta, "a.html:2：body：", "</script>"},
		"unclosed script in md":        {"a.md", head + "正文\n\n<script>\nx", nil, "a.md:7：body：", "</script>"},
		"tag that swallows words":      {"a.html", "<p 正文没有闭合 <b>后文</b>", meta, "a.html:1：body：", "正文没有闭合"},
		"frames":                       {"a.html", "<frameset><frame src=x></frameset>", meta, "a.html:1：body：", "框架"},
		"scripts only":                 {"a.html", "<script>alert(1)</script>", meta, "a.html：body：", "没有正文"},
		"half JSON":                    {"a.json", "{\"title\": \"甲\",\n \"body\": \"正", nil, "a.json:2:12：", "突然结束"},
		"JSON with a comma too many":   {"a.json", "{\"title\": \"甲\",\n}", nil, "a.json:2:1：", "JSON写法有误"},
		"JSON key twice":               {"a.json", "{\"kind\": \"news\", \"title\": \"甲\",\n\"kind\": \"list\", \"body\": \"正文\"}", nil, "a.json:2:1：kind：", "重复的键"},
		"JSON body twice":              {"a.json", `{"kind":"news","title":"甲","body":"正文","body":"又"}`, nil, "a.json:1:40：body：", "重复的键"},
		"JSON list":                    {"a.json", "[{}]", nil, "a.json:1:1：", "一份文件写一份稿件"},
		"JSON and more":                {"a.json", "{}\n{}", nil, "a.json:2:1：", "多余的内容"},
		"JSON unknown format":          {"a.json", `{"kind":"news","title":"甲","body":"正文","body_format":"docx"}`, nil, "a.json:1:54：body_format：", "markdown、html"},
		"JSON without body":            {"a.json", `{"kind":"news","title":"甲"}`, nil, "a.json:1:1：body：", "没有正文"},
		"odd character in a JSON body": {"a.json", "{\"kind\":\"news\",\"title\":\"甲\",\n\"body\":\"正\\n文\ue001\"}", nil, "a.json:2:8：body：", "正文第2行有自造字"},
		"JSON body a number":           {"a.json", `{"kind":"news","title":"甲","body":1}`, nil, "a.json:1:35：body：", "应当是文字"},
		"JSON in GB18030":              {"a.json", "{\"title\": \"\xca\xbe\xc0\xfd\"}", nil, "a.json:1:13：", "UTF-8"},
		"deep JSON":                    {"a.json", strings.Repeat(`{"a":`, 100), nil, "a.json:1:", "嵌套超过64层"},
		"lone surrogate in JSON":       {"a.json", `{"kind":"news","title":"甲\ud800","body":"正文"}`, nil, "a.json:1：title：", "乱码"},
		"docx as body":                 {"a.docx", "PK", nil, "a.docx：", "重新另存为docx"},
		"doc as body":                  {"a.doc", "x", nil, "a.doc：", "另存为docx"},
		"wps as body":                  {"a.wps", "x", nil, "a.wps：", "另存为docx"},
		"pdf as body":                  {"a.pdf", pdf, nil, "a.pdf：", "原稿"},
		"ofd as body":                  {"a.ofd", "PK", nil, "a.ofd：", "原稿"},
		"unknown format":               {"a.xyz", "x", nil, "a.xyz：", "md、json、html、txt"},
		"two side files":               {"a.txt", "甲\n正文", files{"a.yaml": []byte("kind: news"), "a.yml": []byte("kind: news")}, "a.yml：", "只留一个"},
		"empty attachment in a folder": {"稿/a.json", `{"kind":"news","title":"甲","body":"正文","attachments":["b.pdf"]}`, files{"b.pdf": nil}, "稿/b.pdf：attachments：", "文件是空的"},
		"attachment of a side file":    {"a.txt", "甲\n正文", files{"a.yaml": []byte("kind: news\nattachments: 没有.pdf")}, "a.yaml:2:14：attachments：", "没有.pdf"},
		"bad side file":                {"稿/a.txt", "甲\n正文", files{"a.yaml": []byte("kind: news\nkind: news")}, "稿/a.yaml:2:1：kind：", "重复的键"},
		"missing attachment":           {"a.md", with("attachments: [没有.pdf]"), nil, "a.md:4:15：attachments：", "找不到文件：“没有.pdf”"},
		"attachment outside":           {"a.md", with("attachments: [../a.pdf]"), nil, "a.md:4:15：attachments：", ".."},
		"attachment outside, DOS":      {"a.md", with(`attachments: ['x\..\..\a.pdf']`), nil, "a.md:4:15：attachments：", ".."},
		"attachment absolute":          {"a.md", with("attachments: [/etc/passwd]"), nil, "a.md:4:15：attachments：", "绝对路径"},
		"attachment on a drive":        {"a.md", with(`attachments: ['C:\a.pdf']`), nil, "a.md:4:15：attachments：", "绝对路径"},
		"picture outside":              {"a.md", head + "正文\n\n![甲](..%2fa.png)", nil, "a.md:7：body：", ".."},
		"picture from the net":         {"a.md", head + "正文\n\n![甲](https://www.example.gov.cn/a.png)", nil, "a.md:7：body：", "不下载"},
		"missing picture":              {"a.md", head + "正文\n\n![甲](a.png)", nil, "a.md:7：body：", "找不到文件：“a.png”"},
		"too many attachments":         {"a.md", with("attachments: [" + list + "]"), many, "a.md:4:1905：attachments：", "超过200个"},
		"attachment twice":             {"a.md", with("attachments: [a.pdf, a.pdf]"), files{"a.pdf": []byte(pdf)}, "a.md:4:22：attachments：", "写了两次"},
		"two of one name":              {"a.md", with("attachments: [x/a.pdf, y/a.pdf]"), files{"x/a.pdf": []byte(pdf), "y/a.pdf": []byte(pdf)}, "a.md:4:24：attachments：", "读者分不清"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadBytes(c.file, []byte(c.text), c.files.open, Options{})
			t.Logf("%.70q\n%v", c.text, err) // the list of all messages, for people: go test -v -run BadDocuments
			found := false
			for _, p := range problems(t, err) {
				s := p.String()
				found = found || strings.HasPrefix(s, c.at) && strings.Contains(s, c.say)
				if p.Do == "" {
					t.Errorf("no remedy: %s", s)
				}
			}
			if !found {
				t.Errorf("got  %s\nwant %s … %s", err, c.at, c.say)
			}
		})
	}
}

// meta is a side file for a.html.
var meta = files{"a.yaml": []byte("title: 甲\nkind: news\n")}

func TestAllProblemsOfAFileAreToldAtOnce(t *testing.T) {
	text := "---\ntitle: 1\nkind: x\nformed_on: 2026-13-01\nfoo: y\nattachments: [../z, 没有.pdf]\n---\n正\ue000文\n"
	_, err := ReadBytes("a.md", []byte(text), nil, Options{})
	ps := problems(t, err)
	if len(ps) != 7 {
		t.Errorf("%d problems:\n%v", len(ps), err)
	}
	for i := 1; i < len(ps); i++ {
		if ps[i].Line > 0 && ps[i-1].Line > ps[i].Line {
			t.Errorf("not in order:\n%v", err)
		}
	}
}

func TestFlagsAreCheckedLikeFiles(t *testing.T) {
	for key, text := range map[string]string{"kind": "x", "foo": "y", "formed_on": "heute", "approvals": "first", "channels": "gedruckt"} {
		o := Options{Meta: map[string]string{key: text}, Channels: []string{"site", "wechat"}}
		_, err := ReadBytes("a.md", []byte(head+"正文"), nil, o)
		if p := problems(t, err)[0]; p.File != flagsName || len(problems(t, err)) != 1 {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func write(t *testing.T, dir string, f files) string {
	t.Helper()
	for name, data := range f {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadNeverLeavesTheFolder(t *testing.T) {
	dir := write(t, t.TempDir(), files{
		"geheim.pdf": []byte(pdf), "in/a.md": []byte(with("attachments: [x.pdf]")), "in/echt.pdf": []byte(pdf), "in/unter/z.md": nil,
	})
	in := filepath.Join(dir, "in")
	link := filepath.Join(in, "x.pdf")
	for name, c := range map[string]struct {
		make func() error
		say  string
	}{
		"link out":       {func() error { return os.Symlink("../geheim.pdf", link) }, "文件夹之外的链接"},
		"absolute link":  {func() error { return os.Symlink(filepath.Join(dir, "geheim.pdf"), link) }, "文件夹之外的链接"},
		"dangling link":  {func() error { return os.Symlink("nirgends.pdf", link) }, "找不到文件"},
		"device":         {func() error { return os.Symlink("/dev/zero", link) }, "文件夹之外的链接"},
		"named pipe":     {func() error { return syscall.Mkfifo(link, 0o600) }, "不是普通文件"},
		"folder":         {func() error { return os.Mkdir(link, 0o755) }, "这是文件夹"},
		"endless circle": {func() error { return os.Symlink("x.pdf", link) }, "打不开"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.make(); err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(link)
			_, err := Read(filepath.Join(in, "a.md"), Options{})
			if p := problems(t, err)[0]; !strings.Contains(p.Text, c.say) {
				t.Error(err)
			}
		})
	}
	if err := os.Symlink("echt.pdf", link); err != nil {
		t.Fatal(err)
	}
	if ps, err := Read(filepath.Join(in, "a.md"), Options{}); err != nil || len(ps[0].Revision.Attachments) != 1 {
		t.Errorf("a link inside the folder: %v", err)
	}
}

func TestDocumentsThatAreNoFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "a.md")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fifo, filepath.Join(dir, "keine.md"), "/dev/null", write(t, t.TempDir(), files{"x.png": pngOf(1, 1)})} {
		ps, err := Read(name, Options{})
		if problems(t, err); len(ps) != 0 {
			t.Errorf("%s: %d packages", name, len(ps))
		}
	}
}

func TestOpenersOwnErrorsAreTold(t *testing.T) {
	_, err := ReadBytes("a.md", []byte(with("cover: a.png")), func(name string) ([]byte, error) {
		if name == "a.png" {
			return nil, fs.ErrPermission
		}
		return nil, fs.ErrNotExist
	}, Options{})
	if p := problems(t, err)[0]; p.Line != 4 || p.Field != "cover" || p.Text != "打不开文件：“a.png”" {
		t.Error(err)
	}
}
