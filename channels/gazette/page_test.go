package gazette

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/press"
)

// rich is a body with every kind of block.
func rich(o *office) func(*press.Entry) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 800, 400))); err != nil {
		o.t.Fatal(err)
	}
	data := b.Bytes()
	png := o.memory.Put(data)
	return func(e *press.Entry) {
		e.Revision.Images = []press.Asset{{Digest: png, Name: "图 1.png", MIME: "image/png", Size: int64(len(data)), Width: 800, Height: 400}}
		e.Revision.Body = []press.Block{
			press.P("各单位："), press.H(1, "示例区某某办法"), press.H(2, "第一章　总则"), press.P("第一条　为了规范工作，制定本办法。"), press.H(1, "一、目标"), press.H(2, "（一）任务"),
			{Kind: press.ListKind, Items: []press.ListItem{{Marker: "1.", Blocks: []press.Block{press.P("甲")}}, {Marker: "2.", Blocks: []press.Block{press.P("乙"), press.P("丙")}}}},
			{Kind: press.TableKind, Table: &press.Table{Caption: "表1", Head: 1, Rows: [][]press.Cell{{{Spans: []press.Span{{Text: "项目"}}}}, {{Spans: []press.Span{{Text: "12"}}, Align: press.AlignRight}}}}},
			{Kind: press.Figure, Picture: &press.Picture{Digest: png, Alt: "柱状图", Caption: "图1"}}, {Kind: press.Note, Blocks: []press.Block{press.P("注：略。")}},
			press.P("示例区人民政府办公室"), press.P("2026年11月20日"), press.P("（此件公开发布）"),
		}
	}
}

// pagesOf publishes an issue with everything, withdraws an article, and names every page.
func pagesOf(t *testing.T) (*office, []string) {
	o := newOffice(t)
	ed := o.publish(o.withFile(o.entry(rich(o)), "附件1.pdf", "%PDF-1.4 a"), o.entry(), o.entry(kind(press.Interpretation)))
	o.withdraw(press.NoticePage, ed.Entries[1])
	return o, []string{"index.html", "2026/index.html", "2026/04/index.html", "2026/04/01.html", "2026/04/02.html", "2026/04/03.html"}
}

func TestEveryPageCanBeReadByEverybody(t *testing.T) {
	o, names := pagesOf(t)
	for _, name := range names {
		page := o.dom(name)
		root := all(page, "html")[0]
		if channels.AttrOf(root, "lang") != "zh-CN" || len(all(page, "title")) != 1 || len(all(page, "main")) != 1 || len(all(page, "h1")) != 1 || len(all(page, "footer")) != 1 {
			t.Errorf("%s: language or landmarks", name)
		}
		if skip := all(page, "a")[0]; channels.AttrOf(skip, "href") != "#main" || channels.AttrOf(all(page, "main")[0], "id") != "main" {
			t.Errorf("%s: no way past the head", name)
		}
		for _, p := range []string{headings(page), identities(page), pictures(page), foreigners(page)} {
			if p != "" {
				t.Errorf("%s: %s", name, p)
			}
		}
	}
}

// headings says where a level of headings is left out.
func headings(page *html.Node) string {
	last := 0
	for n := range page.Descendants() {
		if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			if level := int(n.Data[1] - '0'); level > last+1 {
				return "heading " + channels.NodeText(n) + " leaves out a level"
			} else {
				last = level
			}
		}
	}
	return ""
}

// identities says which id is there twice, or named and not there.
func identities(page *html.Node) string {
	seen := map[string]bool{}
	var named []string
	for n := range page.Descendants() {
		if id := channels.AttrOf(n, "id"); id != "" {
			if seen[id] {
				return "id " + id + " twice"
			}
			seen[id] = true
		}
		if by := channels.AttrOf(n, "aria-labelledby"); by != "" {
			named = append(named, by)
		}
	}
	for _, id := range named {
		if !seen[id] {
			return "label " + id + " is not there"
		}
	}
	return ""
}

func pictures(page *html.Node) string {
	for _, img := range all(page, "img") {
		if channels.AttrOf(img, "alt") == "" || channels.AttrOf(img, "width") == "" {
			return "a picture without words or size"
		}
	}
	return ""
}

// foreigners says what a page would run, or load from another host.
func foreigners(page *html.Node) string {
	for n := range page.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		src := channels.AttrOf(n, "src")
		if n.Data == "link" {
			src = channels.AttrOf(n, "href")
		}
		if n.Data == "script" || channels.AttrOf(n, "style") != "" || strings.Contains(src, "//") {
			return "a script, a style of its own or a file of another host: " + n.Data + " " + src
		}
	}
	return ""
}

// Everything that a page links or loads is there, so that an issue can be read from a disc.
func TestEveryLinkWithinTheGazetteLeadsSomewhere(t *testing.T) {
	o, names := pagesOf(t)
	for _, name := range names {
		for rel := range channels.LinksIn(o.read(name)) {
			if rel == "" || strings.HasPrefix(rel, "#") || strings.Contains(rel, "://") && !strings.HasPrefix(rel, o.cfg.URL) {
				continue // another place on the page, or another site
			}
			res, err := o.gazette.o.Get.Get(t.Context(), resolved(o.cfg.URL+"/"+name, rel))
			if err != nil || res.Status != 200 && !(res.Status == 301 && strings.HasSuffix(rel, "index.html")) {
				t.Errorf("%s: %s is %d, %v", name, rel, res.Status, err)
			}
		}
	}
}

func resolved(base, rel string) string {
	dir := base[:strings.LastIndexByte(base, '/')]
	for strings.HasPrefix(rel, "../") {
		dir, rel = dir[:strings.LastIndexByte(dir, '/')], rel[3:]
	}
	return dir + "/" + rel
}
