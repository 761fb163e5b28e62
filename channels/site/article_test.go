package site

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
)

// The names, their case and their order are those of 《政府网站发展指引》: three of the site, four of the column, three of the article.
func TestMetaTagsAreThoseOfTheGuide(t *testing.T) {
	w := newTown(t)
	e := w.publish(w.entry(func(e *press.Entry) {
		e.Revision.Title = `关于"示例"<办法>的通知`
		e.Revision.Meta.Author = "王某"
		e.Revision.Meta.Summary = "第一行\n第二行"
	}))[0]

	home, _ := guideMetas(w.dom("index.html"))
	if want := []string{"SiteName", "SiteDomain", "SiteIDCode"}; !slices.Equal(home, want) {
		t.Errorf("home page has %v, want %v", home, want)
	}
	column, values := guideMetas(w.dom("tzgg/index.html"))
	if want := []string{"SiteName", "SiteDomain", "SiteIDCode", "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"}; !slices.Equal(column, want) {
		t.Errorf("column page has %v, want %v", column, want)
	}
	for name, want := range map[string]string{"ColumnName": "通知公告", "ColumnDescription": "发布通知和公告", "ColumnKeywords": "通知,公告", "ColumnType": "通知公告"} {
		if values[name] != want {
			t.Errorf("%s is %q, want %q", name, values[name], want)
		}
	}
	names, values := guideMetas(w.dom(w.path(e)))
	want := []string{"SiteName", "SiteDomain", "SiteIDCode", "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType",
		"ArticleTitle", "PubDate", "ContentSource", "Keywords", "Author", "Description", "Url"}
	if !slices.Equal(names, want) {
		t.Errorf("article has %v, want %v", names, want)
	}
	for name, want := range map[string]string{
		"SiteName": "示例区人民政府", "SiteDomain": "www.example.gov.cn", "SiteIDCode": "3700000001",
		"ArticleTitle": `关于"示例"<办法>的通知`, "PubDate": "2026-11-24 18:00", "ContentSource": "示例区人民政府办公室",
		"Keywords": "示例,工作", "Author": "王某", "Description": "第一行 第二行", "Url": w.site.Address(e),
	} {
		if values[name] != want {
			t.Errorf("%s is %q, want %q", name, values[name], want)
		}
	}
}

func TestAColumnOfItsOwnHasAllFourTags(t *testing.T) {
	w := newTown(t)
	w.publish(w.entry(func(e *press.Entry) { e.Revision.Meta.Column = "人事任免" }))
	_, values := guideMetas(w.dom(w.site.column("人事任免").Path + "/index.html"))
	for _, name := range []string{"ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"} {
		if values[name] == "" {
			t.Errorf("%s is empty", name)
		}
	}
}

// evil is a text that would run, or end an attribute, wherever it is written without care.
const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'javascript:{{.}}` + "\x1b\u202e]]>"

func TestHostileTextStaysText(t *testing.T) {
	w := newTown(t, func(c *config.Site) { c.Name, c.Contact = "示例"+evil, evil })
	ok := w.publish(w.entry())[0]
	digest := w.memory.Put([]byte("<script>alert(3)</script>"))
	e := w.publish(w.entry(func(e *press.Entry) {
		e.Item.IndexNumber = evil
		r := &e.Revision
		r.Title = evil
		r.Body = append(r.Body, press.P(evil), press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: "点", Link: "javascript:alert(4)"}}})
		r.Meta = press.Meta{Column: evil, Theme: evil, Genre: evil, Issuer: evil, DocNumber: evil, Keywords: []string{evil}, Summary: evil, Author: evil, Validity: press.Validity(evil)}
		r.Attachments = []press.Asset{{Digest: digest, Name: `..\../..//etc/` + evil + ".html", MIME: "text/html"}}
		e.Links = []press.Link{{Rel: press.LinkRel(evil), Item: press.ItemID(evil), Title: evil, URL: "javascript:alert(5)"},
			{Rel: press.LinkAmends, Item: ok.Item.ID, Title: evil, URL: ok.Copy.URL}}
	}))[0]
	pages := 0
	for rel, data := range w.tree() {
		if !strings.HasSuffix(rel, ".html") {
			continue
		}
		pages++
		root := parse(t, []byte(data))
		for n := range root.Descendants() {
			for _, a := range n.Attr {
				value := strings.ToLower(strings.TrimSpace(a.Val))
				if strings.HasPrefix(a.Key, "on") || (a.Key == "href" || a.Key == "src") && strings.HasPrefix(value, "javascript:") {
					t.Errorf("%s: <%s %s=%q>", rel, n.Data, a.Key, a.Val)
				}
			}
		}
		for _, s := range all(root, "script") {
			if src := channels.AttrOf(s, "src"); !strings.HasPrefix(src, "/assets/") {
				t.Errorf("%s: a script that is not ours: %q %q", rel, src, channels.NodeText(s))
			}
		}
		for _, img := range all(root, "img") {
			t.Errorf("%s: an image that nobody approved: %q", rel, channels.AttrOf(img, "src"))
		}
	}
	if pages < 10 {
		t.Fatalf("only %d pages were looked at", pages)
	}
	if s, err := w.site.Observe(t.Context(), e); err != nil || s.Status != press.SeenEqual {
		t.Errorf("the hostile page reads %v %q, %v", s.Status, s.Detail, err)
	}
	if title, _ := channels.TextIn(w.read(w.path(e)), titleID); press.Fold(title) != press.Fold(evil) {
		t.Errorf("the title reads %q", title)
	}
}

func TestNamesStayBelowTheRoot(t *testing.T) {
	plain := regexp.MustCompile(`^content/2026/11/[A-Za-z0-9_-]+(\.html|/[0-9a-f]{8}-[\pL\pN_-]*\.[a-z0-9]+)$`)
	w := newTown(t)
	ids := []press.ItemID{"../../etc/passwd", "a/b", "..", ".htaccess", "con\x00", "中文", press.ItemID(strings.Repeat("长", 400)), "plain-1", ""}
	for i, name := range []string{"../../../etc/passwd", `..\..\x.php`, "a.html", ".htaccess", "index.php.", "附件 1：“表”.PDF", strings.Repeat("长", 300) + ".docx", "", "\x00.pdf"} {
		w.publish(w.entry(func(e *press.Entry) {
			e.Item.ID = ids[i]
			e.Revision.Attachments = []press.Asset{{Digest: w.memory.Put([]byte(name)), Name: name, MIME: "application/pdf"}}
		}))
	}
	files := 0
	for rel := range w.tree() {
		if !strings.HasPrefix(rel, "content/") {
			continue
		}
		files++
		if !plain.MatchString(rel) {
			t.Errorf("a file was named %q", rel)
		}
	}
	if files != 2*len(ids) {
		t.Errorf("%d files below content, want a page and a file for each of %d items", files, len(ids))
	}
	for _, column := range []string{"../up", "/abs", "a/../b", "content", "search"} {
		if dir := w.site.column(column).Path; strings.ContainsAny(dir, "./") || slices.Contains(reserved, dir) {
			t.Errorf("column %q lives in %q", column, dir)
		}
	}
}

func TestColumnsThatCannotBeAreRefused(t *testing.T) {
	for _, columns := range [][]config.Column{
		{{Name: "甲", Path: "../x"}}, {{Name: "甲", Path: "content"}}, {{Name: "甲", Path: "A B"}}, {{Path: "x"}}, {{Name: "甲", Path: "x"}, {Name: "乙", Path: "x"}},
	} {
		w := newTown(t)
		w.cms.Columns = columns
		_, err := New(w.cms, Options{Archive: w.memory, Blobs: w.memory})
		if err == nil || !strings.Contains(err.Error(), "栏目") {
			t.Errorf("%+v: %v", columns, err)
		}
	}
}

func TestADocumentAndItsInterpretationLinkEachOther(t *testing.T) {
	w := newTown(t)
	doc := w.publish(w.entry())[0]
	note := w.publish(w.entry(func(e *press.Entry) {
		e.Item.Kind = press.Interpretation
		e.Links = []press.Link{{Rel: press.LinkInterprets, Item: doc.Item.ID, Title: doc.Revision.Title, URL: doc.Copy.URL}}
	}))[0]
	if got := links(w.dom(w.path(doc)))[w.site.Address(note)]; got != note.Revision.Title {
		t.Errorf("the document calls its interpretation %q", got)
	}
	if got := links(w.dom(w.path(note)))[w.site.Address(doc)]; got != doc.Revision.Title {
		t.Errorf("the interpretation calls its document %q", got)
	}
	w.withdraw(press.NoticeGone, note)
	if _, still := links(w.dom(w.path(doc)))[w.site.Address(note)]; still {
		t.Error("the document links an interpretation that was withdrawn")
	}
}

func TestPagesOfOneEditionLinkEachOther(t *testing.T) {
	w := newTown(t)
	a, b := w.entry(), w.entry()
	a.Public, b.Public = w.clock(), w.clock()
	a.Links = []press.Link{{Rel: press.LinkInterpretation, Item: b.Item.ID, Title: "解读", URL: w.site.Address(b)}}
	b.Links = []press.Link{{Rel: press.LinkInterprets, Item: a.Item.ID, Title: "文件", URL: w.site.Address(a)}}
	w.publish(a, b)
	if links(w.dom(w.path(a)))[w.site.Address(b)] != b.Revision.Title || links(w.dom(w.path(b)))[w.site.Address(a)] != a.Revision.Title { // as they are called there
		t.Error("two pages that came together do not link each other")
	}
}

// A link that was resolved before its page was there is shown when the page comes, and not before.
func TestALinkWaitsForItsPage(t *testing.T) {
	w := newTown(t)
	a, b := w.entry(), w.entry()
	a.Public, b.Public = w.clock(), w.clock()
	a.Links = []press.Link{{Rel: press.LinkInterpretation, Item: b.Item.ID, Title: "解读", URL: w.site.Address(b)}}
	b.Links = []press.Link{{Rel: press.LinkInterprets, Item: a.Item.ID, Title: "文件", URL: w.site.Address(a)}}
	w.publish(a)
	if _, early := links(w.dom(w.path(a)))[w.site.Address(b)]; early {
		t.Error("a page links one that is not there")
	}
	w.publish(b)
	if _, ok := links(w.dom(w.path(a)))[w.site.Address(b)]; !ok {
		t.Error("the link did not come with its page")
	}
}

func TestARepealedDocumentSaysSo(t *testing.T) {
	w := newTown(t)
	old := w.publish(w.entry())[0]
	w.publish(w.entry(func(e *press.Entry) {
		e.Revision.Title = "示例区人民政府关于废止部分文件的决定"
		e.Links = []press.Link{{Rel: press.LinkRepeals, Item: old.Item.ID, Title: old.Revision.Title, URL: old.Copy.URL}}
	}))
	page := string(w.read(w.path(old)))
	if got := words(byID(parse(t, []byte(page)), bannerID)); press.Fold(got) != "本文件已废止依据：示例区人民政府关于废止部分文件的决定" {
		t.Errorf("the banner says %q", got)
	}
	for _, want := range []string{"<dt>有效性</dt><dd>废止</dd>", `data-validity="废止"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the repealed document does not say %q", want)
		}
	}
	if s, err := w.site.Observe(t.Context(), old); err != nil || s.Status != press.SeenEqual {
		t.Errorf("a mark made the text read %v %q", s.Status, s.Detail)
	}
	amended := press.Entry{Links: []press.Link{{Rel: press.LinkAmendedBy, Title: "决定", URL: "https://x"}}}
	for _, c := range []struct {
		v     press.Validity
		links []press.Link
		want  string
	}{
		{press.InForce, nil, ""}, {press.Expired, nil, "本文件已失效"}, {press.Repealed, nil, "本文件已废止"},
		{press.Amended, nil, "本文件已修改"}, {press.InForce, amended.Links, "本文件已修改见：决定"}, {press.Repealed, amended.Links, "本文件已废止"},
	} {
		got := ""
		if b := linkBanner(c.v, c.links); b != nil {
			got = b.What + b.By
		}
		if got != c.want {
			t.Errorf("banner(%s, %v) is %q, want %q", c.v, c.links, got, c.want)
		}
	}
}

func byID(root *html.Node, id string) *html.Node {
	return channels.FindElement(root, func(n *html.Node) bool { return channels.AttrOf(n, "id") == id })
}

func TestAPageNeedsNoScriptAndNoOtherHost(t *testing.T) {
	w := newTown(t)
	e := w.publish(w.entry())[0]
	root := w.dom(w.path(e))
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if (a.Key == "src" || a.Key == "href" && n.Data == "link") && !strings.HasPrefix(a.Val, "/") {
				t.Errorf("<%s> loads %q", n.Data, a.Val)
			}
		}
	}
	if text, ok := channels.TextIn(w.read(w.path(e)), articleID); !ok || !strings.Contains(text, "坚持以人民为中心") {
		t.Errorf("the text is not in the page itself: %q", text)
	}
	sizes := 0
	for _, in := range all(root, "input") {
		if channels.AttrOf(in, "name") == "size" {
			sizes++
		}
	}
	if sizes != 3 {
		t.Errorf("%d sizes of type, want three that work without a script", sizes)
	}
	if len(all(root, "svg")) != 1 {
		t.Error("no QR code on the page")
	}
}

func TestIndexNumbersHaveAPlace(t *testing.T) {
	for number, want := range map[string]struct {
		year   string
		serial int64
	}{
		"11370000MB2840001X/2026-00012": {"2026", 12}, "SL001/2026-7": {"2026", 7}, "": {}, "没有": {}, "11370000MB2840001X/202611-00012": {},
	} {
		if year, serial := indexPlace(number); year != want.year || serial != want.serial {
			t.Errorf("%q has place %s %d, want %v", number, year, serial, want)
		}
	}
}

func TestRelationsHaveTwoSides(t *testing.T) {
	for _, r := range []press.LinkRel{press.LinkInterprets, press.LinkInterpretation, press.LinkAnswers, press.LinkFeedback,
		press.LinkAmends, press.LinkAmendedBy, press.LinkRepeals, press.LinkRepealedBy} {
		if other := inverse(r); other == "" || other == r || inverse(other) != r {
			t.Errorf("%s seen from the other side is %q, and back %q", r, other, inverse(other))
		}
	}
	if inverse(press.LinkCanonical) != "" {
		t.Error("the address of the page itself has another side")
	}
}

func TestTheSourceOfAnArticle(t *testing.T) {
	for _, c := range []struct {
		m    press.Meta
		want string
	}{{press.Meta{Source: "新华社", Issuer: "甲局"}, "新华社"}, {press.Meta{Issuer: "甲局"}, "甲局"}, {press.Meta{}, "办公室"}} {
		if got := sourceOf(c.m, "办公室"); got != c.want {
			t.Errorf("source of %+v is %q, want %q", c.m, got, c.want)
		}
	}
}
