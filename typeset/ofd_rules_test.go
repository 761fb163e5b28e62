package typeset

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"tongfa/press"
)

// node is an element of a part.
type node struct {
	name string
	attr map[string]string
	kids []*node
	text string
}

func (n *node) kid(name string) *node {
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// each calls f for an element and all below it.
func (n *node) each(f func(*node)) {
	f(n)
	for _, k := range n.kids {
		k.each(f)
	}
}

func parsed(data []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	root := &node{}
	open := []*node{root}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root.kids[0], nil
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attr: map[string]string{}}
			for _, a := range t.Attr {
				n.attr[a.Name.Local] = a.Value
			}
			if t.Name.Space != "http://www.ofdspec.org/2016" && t.Name.Space != orderNS {
				return nil, fmt.Errorf("%s is in the namespace %q", n.name, t.Name.Space)
			}
			top.kids = append(top.kids, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
}

// ofdRules are what GB/T 33190-2016 says of the elements that we write: the children in their order (with "+" those that must be there), the attributes that
// must be there, and those that may be.
var ofdRules = map[string]struct{ kids, must, may string }{
	"OFD":         {"DocBody+", "Version DocType", "ofd"},
	"DocBody":     {"DocInfo+ DocRoot+ Versions Signatures", "", ""},
	"DocInfo":     {"DocID+ Title Author Subject Abstract CreationDate ModDate DocUsage Cover Keywords Creator CreatorVersion CustomDatas", "", ""},
	"Document":    {"CommonData+ Pages+ Outlines Permissions Actions VPreferences Bookmarks Annotations CustomTags Attachments Extensions", "", "ofd"},
	"CommonData":  {"MaxUnitID+ PageArea+ PublicRes DocumentRes TemplatePage DefaultCS", "", ""},
	"PageArea":    {"PhysicalBox+ ApplicationBox ContentBox BleedBox", "", ""},
	"Area":        {"PhysicalBox+ ApplicationBox ContentBox BleedBox", "", ""},
	"Pages":       {"Page+", "", ""},
	"Outlines":    {"OutlineElem+", "", ""},
	"OutlineElem": {"Actions OutlineElem", "Title", "Count Expanded"},
	"Actions":     {"Action+", "", ""},
	"Action":      {"Region Goto URI GotoA Sound Movie", "Event", ""},
	"Goto":        {"Dest Bookmark", "", ""},
	"Dest":        {"", "Type PageID", "Left Top Right Bottom Zoom"},
	"URI":         {"", "URI", "Base"},
	"Permissions": {"Edit Annot Export Signature Watermark PrintScreen Print ValidPeriod", "", ""},
	"Res":         {"ColorSpaces DrawParams Fonts MultiMedias CompositeGraphicUnits", "BaseLoc", "ofd"},
	"Fonts":       {"Font+", "", ""},
	"Font":        {"FontFile", "ID FontName", "FamilyName Charset Italic Bold Serif FixedWidth"},
	"MultiMedias": {"MultiMedia+", "", ""},
	"MultiMedia":  {"MediaFile+", "ID Type", "Format"},
	"Content":     {"Layer+", "", ""},
	"Layer":       {"*", "ID", "Type DrawParam"},
	"TextObject":  {"Actions FillColor StrokeColor CGTransform TextCode+", "ID Boundary Font Size", "CTM HScale Weight Italic"},
	"PathObject":  {"Actions FillColor StrokeColor AbbreviatedData+", "ID Boundary", "Stroke Fill Rule LineWidth CTM"},
	"ImageObject": {"Actions Border", "ID Boundary ResourceID", "CTM"},
	"FillColor":   {"", "Value", "ColorSpace Alpha"},
	"TextCode":    {"", "X Y", "DeltaX DeltaY"},
	"CustomTags":  {"CustomTag+", "", "ofd"},
	"CustomTag":   {"SchemaLoc FileLoc+", "NameSpace", ""},
	"Attachments": {"Attachment+", "", "ofd"},
	"Attachment":  {"FileLoc+", "ID Name", "Format CreationDate ModDate Size Visible Usage"},
	"Signatures":  {"MaxSignId Signature+", "", "ofd"},
	"SignedInfo":  {"Provider+ SignatureMethod SignatureDateTime References+ StampAnnot Seal", "", ""},
	"Provider":    {"", "ProviderName", "Version Company"},
	"References":  {"Reference+", "", "CheckMethod"},
	"Reference":   {"CheckValue+", "FileRef", ""},
	"Order":       {"Article+", "", "t ofd"},
	"Article":     {"ObjectRef+", "", ""},
	"ObjectRef":   {"", "PageRef", ""},
	"PhysicalBox": {}, "MaxUnitID": {}, "PublicRes": {}, "DocumentRes": {}, "DocID": {}, "Title": {}, "Author": {}, "CreationDate": {}, "ModDate": {}, "Creator": {}, "DocRoot": {},
	"Edit": {}, "Annot": {}, "Export": {}, "Watermark": {}, "PrintScreen": {}, "FontFile": {}, "MediaFile": {}, "AbbreviatedData": {}, "FileLoc": {}, "MaxSignId": {},
	"SignatureMethod": {}, "SignatureDateTime": {}, "CheckValue": {}, "SignedValue": {},
}

// where an element's rule depends on where it stands.
func ruleOf(n *node, parent string) (r struct{ kids, must, may string }, ok bool) {
	switch n.name {
	case "Page":
		if parent == "Pages" {
			return struct{ kids, must, may string }{"", "ID BaseLoc", ""}, true
		}
		return struct{ kids, must, may string }{"Template PageRes Area Content Actions", "", "ofd"}, true
	case "Signature":
		switch parent {
		case "Permissions":
			return r, true
		case "Signatures":
			return struct{ kids, must, may string }{"", "ID BaseLoc", "Type"}, true
		}
		return struct{ kids, must, may string }{"SignedInfo+ SignedValue+", "", "ofd"}, true
	case "Signatures", "Attachments", "CustomTags":
		if parent == "DocBody" || parent == "Document" {
			return r, true
		}
	}
	r, ok = ofdRules[n.name]
	return r, ok
}

// checkNode compares an element with its rule, and those below it.
func checkNode(n *node, parent string) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, n.name+": "+fmt.Sprintf(format, args...)) }
	r, ok := ruleOf(n, parent)
	if !ok {
		say("no rule knows it")
		return wrong
	}
	must, may := strings.Fields(r.must), strings.Fields(r.may)
	for _, a := range must {
		if n.attr[a] == "" {
			say("no %s", a)
		}
	}
	for a := range n.attr {
		if !slices.Contains(must, a) && !slices.Contains(may, a) {
			say("%s is not its attribute", a)
		}
	}
	order := strings.Fields(r.kids)
	at := 0
	for _, k := range n.kids {
		if r.kids != "*" {
			i := slices.IndexFunc(order, func(o string) bool { return strings.TrimSuffix(o, "+") == k.name })
			if i < 0 || i < at {
				say("%s stands where it may not", k.name)
			}
			at = max(at, i)
		}
		wrong = append(wrong, checkNode(k, n.name)...)
	}
	for _, o := range order {
		if name, needed := strings.CutSuffix(o, "+"); needed && n.kid(name) == nil {
			say("no %s", name)
		}
	}
	if r.kids == "*" && len(n.kids) == 0 {
		say("it is empty")
	}
	if len(order) == 0 && r.must == "" && len(n.kids) == 0 && n.text == "" {
		say("it says nothing")
	}
	return wrong
}

// checkOFD checks every part of an OFD, and what leads from one to the other.
func checkOFD(t *testing.T, data []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts, roots := map[string][]byte{}, map[string]*node{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if parts[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, ".xml") {
			n, err := parsed(parts[f.Name])
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			roots[f.Name] = n
			for _, w := range checkNode(n, "") {
				t.Errorf("%s: %s", f.Name, w)
			}
		}
	}
	if roots["OFD.xml"] == nil || roots["OFD.xml"].attr["Version"] != "1.0" || roots["OFD.xml"].attr["DocType"] != "OFD" {
		t.Fatal("OFD.xml is not as the standard wants it")
	}
	named := map[string]bool{"OFD.xml": true}
	there := func(from, loc string) {
		name := path.Join(path.Dir(from), loc)
		if strings.HasPrefix(loc, "/") || strings.HasPrefix(loc, "Doc_0/") {
			name = strings.TrimPrefix(loc, "/")
		}
		named[name] = true
		if parts[name] == nil {
			t.Errorf("%s names %s, which is not there", from, name)
		}
	}
	ids, objects, fonts, media := map[string]string{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	most := 0
	for name, root := range roots {
		base := root.attr["BaseLoc"]
		root.each(func(n *node) {
			switch n.name {
			case "DocRoot", "PublicRes", "DocumentRes", "FileLoc", "SignedValue":
				there(name, n.text)
			case "Signatures", "CustomTags", "Attachments":
				if len(n.kids) == 0 {
					there(name, n.text)
				}
			case "FontFile", "MediaFile":
				there(name, path.Join(base, n.text))
			case "Font":
				fonts[n.attr["ID"]] = true
			case "MultiMedia":
				media[n.attr["ID"]] = true
			case "TextObject":
				objects[n.attr["ID"]] = true
			}
			if n.name != "Res" && n.attr["BaseLoc"] != "" {
				there(name, n.attr["BaseLoc"])
			}
			id := n.attr["ID"]
			if id == "" || n.name == "Attachment" || n.name == "Signature" {
				return
			}
			if ids[id] != "" {
				t.Errorf("%s and %s have the same ID %s", ids[id], name, id)
			}
			ids[id] = name
			v, err := strconv.Atoi(id)
			if err != nil {
				t.Errorf("%s: ID %q", name, id)
			}
			most = max(most, v)
		})
	}
	doc := roots["Doc_0/Document.xml"]
	if n, _ := strconv.Atoi(doc.kid("CommonData").kid("MaxUnitID").text); n < most {
		t.Errorf("MaxUnitID is %d, and %d is used", n, most)
	}
	pages := map[string]bool{}
	for _, p := range doc.kid("Pages").kids {
		pages[p.attr["ID"]] = true
	}
	for name, root := range roots {
		root.each(func(n *node) {
			for _, w := range checkValues(n) {
				t.Errorf("%s: %s", name, w)
			}
			for _, ref := range []struct {
				attr string
				to   map[string]bool
			}{{"Font", fonts}, {"ResourceID", media}, {"PageID", pages}, {"PageRef", pages}} {
				if v := n.attr[ref.attr]; v != "" && !ref.to[v] {
					t.Errorf("%s: %s leads to %s %s, which is not there", name, n.name, ref.attr, v)
				}
			}
			if n.name == "ObjectRef" && !objects[n.text] {
				t.Errorf("%s: no object %s", name, n.text)
			}
			if b := n.attr["Boundary"]; b != "" && !isBox(b) {
				t.Errorf("%s: boundary %q", name, b)
			}
		})
	}
	checkOrder(t, roots)
	checkReferences(t, parts, roots["Doc_0/Signs/Sign_1/Signature.xml"])
	for name := range parts {
		if !named[name] {
			t.Errorf("nothing names %s", name)
		}
	}
}

// ofdValues are the forms that values have, of elements and of attributes (Element@Attribute).
var ofdValues = map[string]*regexp.Regexp{
	"CreationDate": regexp.MustCompile(`^\d{4}-\d\d-\d\d$`), "ModDate": regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
	"DocID": regexp.MustCompile(`^[0-9a-f]{32}$`),
	"Edit":  regexp.MustCompile(`^(true|false)$`), "Annot": regexp.MustCompile(`^(true|false)$`), "Export": regexp.MustCompile(`^(true|false)$`),
	"Watermark": regexp.MustCompile(`^(true|false)$`), "PrintScreen": regexp.MustCompile(`^(true|false)$`),
	"MaxSignId": regexp.MustCompile(`^s\d{3}$`), "SignatureDateTime": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
	"CheckValue": regexp.MustCompile(`^[A-Za-z0-9+/]{43}=$`), "SignatureMethod": regexp.MustCompile(`^1\.2\.156\.10197\.1\.501$`),
	"References@CheckMethod": regexp.MustCompile(`^1\.2\.156\.10197\.1\.401$`), "Reference@FileRef": regexp.MustCompile(`^/`),
	"Attachment@ID": regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`), "Signature@ID": regexp.MustCompile(`^s\d{3}$`), "Signature@Type": regexp.MustCompile(`^(Seal|Sign)$`),
	"Attachment@CreationDate": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`), "Attachment@Size": regexp.MustCompile(`^\d+\.\d{3}$`),
	"Layer@Type": regexp.MustCompile(`^(Body|Background|Foreground|Custom)$`), "Action@Event": regexp.MustCompile(`^(DO|PO|CLICK)$`),
	"Dest@Type": regexp.MustCompile(`^(XYZ|Fit|FitH|FitV|FitR)$`), "MultiMedia@Type": regexp.MustCompile(`^(Image|Audio|Video)$`),
	"FillColor@Value": regexp.MustCompile(`^\d{1,3} \d{1,3} \d{1,3}$`), "CTM": regexp.MustCompile(`^(-?\d+(\.\d+)? ){5}-?\d+(\.\d+)?$`),
	"AbbreviatedData": regexp.MustCompile(`^(S|M|L|Q|B|A|C|-?\d+(\.\d+)?)( (S|M|L|Q|B|A|C|-?\d+(\.\d+)?))*$`),
}

// checkValues compares the text and the attributes of an element with their forms, and its distances with its characters.
func checkValues(n *node) (wrong []string) {
	if r := ofdValues[n.name]; r != nil && len(n.kids) == 0 && !r.MatchString(n.text) {
		wrong = append(wrong, fmt.Sprintf("%s says %q", n.name, n.text))
	}
	for a, v := range n.attr {
		r := ofdValues[n.name+"@"+a]
		if r == nil && a == "CTM" {
			r = ofdValues[a]
		}
		if r != nil && !r.MatchString(v) {
			wrong = append(wrong, fmt.Sprintf("%s of %s is %q", a, n.name, v))
		}
	}
	if n.name == "TextCode" {
		if d, c := distances(n.attr["DeltaX"]), utf8.RuneCountInString(n.text); d != c-1 {
			wrong = append(wrong, fmt.Sprintf("%d distances between the %d characters of %q", d, c, n.text))
		}
	}
	return wrong
}

// distances counts a list of distances, of which "g n d" stands for n of them; -1 for a list that is none.
func distances(s string) (n int) {
	f := strings.Fields(s)
	for i := 0; i < len(f); i++ {
		if f[i] != "g" {
			n++
			continue
		}
		if i+2 >= len(f) {
			return -1
		}
		times, err := strconv.Atoi(f[i+1])
		if err != nil {
			return -1
		}
		n, i = n+times, i+2
	}
	return n
}

// checkOrder wants the layers of a page from the back to the front, their identifiers rising in the order in which they are drawn, and the reading order to name
// objects of the pages on which they stand.
func checkOrder(t *testing.T, roots map[string]*node) {
	t.Helper()
	depth := map[string]int{"Background": 0, "Body": 1, "Foreground": 2}
	pageOf := map[string]string{}
	for _, p := range roots["Doc_0/Document.xml"].kid("Pages").kids {
		root := roots["Doc_0/"+p.attr["BaseLoc"]]
		last, id := -1, -1
		root.each(func(n *node) {
			if n.name == "TextObject" {
				pageOf[n.attr["ID"]] = p.attr["ID"]
			}
			if v, err := strconv.Atoi(n.attr["ID"]); err == nil {
				if v <= id {
					t.Errorf("page %s: %s %d is drawn after %d", p.attr["ID"], n.name, v, id)
				}
				id = v
			}
			if n.name != "Layer" {
				return
			}
			if d := depth[n.attr["Type"]]; d <= last {
				t.Errorf("page %s: layer %s is too late", p.attr["ID"], n.attr["Type"])
			} else {
				last = d
			}
		})
	}
	if order := roots["Doc_0/Tags/Order.xml"]; order != nil {
		order.each(func(n *node) {
			if n.name == "ObjectRef" && pageOf[n.text] != n.attr["PageRef"] {
				t.Errorf("the reading order looks for object %s on page %s, and it is on %s", n.text, n.attr["PageRef"], pageOf[n.text])
			}
		})
	}
}

// checkReferences wants every part but those of the signature to be signed, once.
func checkReferences(t *testing.T, parts map[string][]byte, signature *node) {
	t.Helper()
	if signature == nil {
		return
	}
	signed := map[string]bool{}
	signature.each(func(n *node) {
		if n.name != "Reference" {
			return
		}
		name := strings.TrimPrefix(n.attr["FileRef"], "/")
		if signed[name] {
			t.Errorf("%s is signed twice", name)
		}
		signed[name] = true
	})
	for name := range parts {
		if !signed[name] && !strings.HasPrefix(name, "Doc_0/Signs/") {
			t.Errorf("%s is not signed", name)
		}
	}
}

// isBox reports whether four numbers are a rectangle that has an extent.
func isBox(s string) bool {
	f := strings.Fields(s)
	if len(f) != 4 {
		return false
	}
	for i, x := range f {
		v, err := strconv.ParseFloat(x, 64)
		if err != nil || i > 1 && v <= 0 {
			return false
		}
	}
	return true
}

// replaced is an archive with another part in the place of one, or one more.
func replaced(t *testing.T, data []byte, name string, part []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	put := func(name string, data []byte) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range z.File {
		if f.Name == name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		old, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		put(f.Name, old)
	}
	put(name, part)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTheOFDIsAsTheStandardSays checks issues of every style, with files that go along and a table that is read in another order than it is drawn.
func TestTheOFDIsAsTheStandardSays(t *testing.T) {
	t.Parallel()
	c := credential(t, sm2Key(t))
	for _, s := range []*Style{Gazette(), Gazette16(), GazetteTwoColumns(), Official()} {
		w := issue(t)
		w.Sections[0].Articles[0].Body = append(w.Sections[0].Articles[0].Body, torn())
		out, _, err := Make(w, Making{Style: s, Faces: faces(t), Made: made(), Formats: []Format{FormatOFD}, Watermark: "清样", OFD: OFD{Attachments: []Attached{{"a&b.docx", []byte("x")}, {"表.xlsx", nil}}, Signer: c}})
		if err != nil {
			t.Fatal(err)
		}
		checkOFD(t, out[FormatOFD])
		if p := Verify(w, out); !p.Same() {
			t.Error(p.Files[0].Difference)
		}
	}
}

// TestTheRulesOfOFDSeeAWrongPart turns what the rules are about.
func TestTheRulesOfOFDSeeAWrongPart(t *testing.T) {
	t.Parallel()
	for _, part := range []string{
		`<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Pages><ofd:Page ID="1" BaseLoc="x"/></ofd:Pages><ofd:CommonData><ofd:MaxUnitID>1</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 1 1</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData></ofd:Document>`,
		`<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016" BaseLoc="Res"><ofd:MultiMedias></ofd:MultiMedias></ofd:Res>`,
		`<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Fonts><ofd:Font ID="1" FontName="x"/></ofd:Fonts></ofd:Res>`,
		`<ofd:Font xmlns:ofd="http://www.ofdspec.org/2016" ID="1" FontName="x" Colour="red"/>`,
		`<ofd:Nothing xmlns:ofd="http://www.ofdspec.org/2016"/>`,
		`<ofd:TextCode xmlns:ofd="http://www.ofdspec.org/2016" X="0" Y="0" DeltaX="g 3 3.7">三个字</ofd:TextCode>`,
		`<ofd:TextCode xmlns:ofd="http://www.ofdspec.org/2016" X="0" Y="0">三个字</ofd:TextCode>`,
		`<ofd:Attachment xmlns:ofd="http://www.ofdspec.org/2016" ID="1" Name="x"><ofd:FileLoc>x</ofd:FileLoc></ofd:Attachment>`,
		`<ofd:Dest xmlns:ofd="http://www.ofdspec.org/2016" Type="Page" PageID="1"/>`,
	} {
		n, err := parsed([]byte(part))
		if err != nil {
			t.Fatal(err)
		}
		if len(checkNode(n, ""))+len(checkValues(n)) == 0 {
			t.Errorf("nobody sees what is wrong with %s", part)
		}
	}
}

// torn is a table whose cells are longer than a page.
func torn() press.Block {
	long := strings.Repeat("这一格的内容很长，要跨到下一页去，", 150)
	return press.Block{Kind: press.TableKind, Table: &press.Table{Rows: [][]press.Cell{{{Spans: span(long)}, {Spans: span("右" + long)}}, {{Spans: span("下一行")}, {Spans: span("右下")}}}}}
}
