package typeset

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html"
)

// Format is one of the four formats of a work, by the ending of its file.
type Format string

// The formats.
const (
	FormatPDF  Format = "pdf"
	FormatOFD  Format = "ofd"
	FormatEPUB Format = "epub"
	FormatHTML Format = "html"
)

// Formats are all of them, in the order in which they are named.
func Formats() []Format { return []Format{FormatPDF, FormatOFD, FormatEPUB, FormatHTML} }

// Extract reads the text of a work from a file that was made of it: what a reader gets who copies all of it, without cover, directory, running heads, page
// numbers and repeated heads of tables. It knows nothing but the bytes. A PDF is read by its tags, an OFD by its body layers, EPUB and HTML by their markup.
func Extract(f Format, data []byte) (string, error) {
	switch f {
	case FormatPDF:
		return extractPDF(data)
	case FormatOFD:
		return extractOFD(data)
	case FormatEPUB:
		return extractEPUB(data)
	case FormatHTML:
		return extractHTML(data)
	}
	return "", fmt.Errorf("no format is called %q", f)
}

// extractHTML is the text of the articles and of the titles of sections.
func extractHTML(data []byte) (string, error) {
	z := html.NewTokenizer(bytes.NewReader(data))
	var out strings.Builder
	article, section, aside := 0, false, false
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return "", err
			}
			return out.String(), nil
		case html.TextToken:
			if (article > 0 || section) && !aside {
				out.Write(z.Text())
			}
		case html.StartTagToken:
			t := z.Token()
			class := attribute(t, "class")
			switch {
			case t.Data == "article":
				article++
			case strings.HasPrefix(t.Data, "h") && class == "section":
				section = true
			case t.Data == "p" && (class == "origin" || class == "back"):
				aside = true
			}
		case html.EndTagToken:
			t := z.Token()
			switch {
			case t.Data == "article":
				article--
			case strings.HasPrefix(t.Data, "h"):
				section = false
			case t.Data == "p":
				aside = false
			}
			if !strings.Contains(" a em strong u sup sub span wbr ", " "+t.Data+" ") {
				out.WriteByte('\n')
			}
		}
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// mostPart bounds what a part of an archive unpacks to.
const mostPart = 256 << 20

// parcel is an archive that is read.
type parcel struct{ z *zip.Reader }

func openParcel(data []byte) (parcel, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	return parcel{z}, err
}

func (p parcel) read(name string) ([]byte, error) {
	f, err := p.z.Open(strings.TrimPrefix(path.Clean("/"+name), "/"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostPart+1))
	if len(data) > mostPart {
		return nil, fmt.Errorf("%s unpacks to more than %d bytes", name, mostPart)
	}
	return data, err
}

// parse reads a part as XML into a value.
func (p parcel) parse(name string, into any) error {
	data, err := p.read(name)
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// extractEPUB reads the chapters in the order of the spine.
func extractEPUB(data []byte) (string, error) {
	p, err := openParcel(data)
	if err != nil {
		return "", err
	}
	var container struct {
		Root []struct {
			Path string `xml:"full-path,attr"`
		} `xml:"rootfiles>rootfile"`
	}
	if err := p.parse("META-INF/container.xml", &container); err != nil {
		return "", err
	}
	if len(container.Root) == 0 {
		return "", errors.New("the container names no package")
	}
	root := container.Root[0].Path
	var pack struct {
		Items []struct {
			ID   string `xml:"id,attr"`
			Href string `xml:"href,attr"`
		} `xml:"manifest>item"`
		Spine []struct {
			ID string `xml:"idref,attr"`
		} `xml:"spine>itemref"`
	}
	if err := p.parse(root, &pack); err != nil {
		return "", err
	}
	href := map[string]string{}
	for _, it := range pack.Items {
		href[it.ID] = path.Join(path.Dir(root), it.Href)
	}
	var out strings.Builder
	for _, it := range pack.Spine {
		chapter, err := p.read(href[it.ID])
		if err != nil {
			return "", err
		}
		text, err := extractHTML(chapter)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// extractOFD reads the body layers of the pages.
func extractOFD(data []byte) (string, error) {
	p, err := openParcel(data)
	if err != nil {
		return "", err
	}
	var root struct {
		Doc string `xml:"DocBody>DocRoot"`
	}
	if err := p.parse("OFD.xml", &root); err != nil {
		return "", err
	}
	var doc struct {
		Pages []struct {
			Loc string `xml:"BaseLoc,attr"`
		} `xml:"Pages>Page"`
		Tags string `xml:"CustomTags"`
	}
	if err := p.parse(root.Doc, &doc); err != nil {
		return "", err
	}
	var drawn []textObject
	for _, pg := range doc.Pages {
		if drawn, err = p.layers(path.Join(path.Dir(root.Doc), pg.Loc), drawn); err != nil {
			return "", err
		}
	}
	var groups [][]string
	if doc.Tags != "" {
		if groups, err = p.readingOrder(path.Join(path.Dir(root.Doc), doc.Tags)); err != nil {
			return "", err
		}
	}
	return inOrder(drawn, groups), nil
}

// textObject is a text object and what it says.
type textObject struct{ id, text string }

// readingOrder reads the tags that name objects in another order than they are drawn.
func (p parcel) readingOrder(name string) ([][]string, error) {
	var tags struct {
		Tag []struct {
			NS  string `xml:"NameSpace,attr"`
			Loc string `xml:"FileLoc"`
		} `xml:"CustomTag"`
	}
	if err := p.parse(name, &tags); err != nil {
		return nil, err
	}
	var out [][]string
	for _, t := range tags.Tag {
		if t.NS != orderNS {
			continue
		}
		var order struct {
			Article []struct {
				Ref []string `xml:"ObjectRef"`
			} `xml:"Article"`
		}
		if err := p.parse(path.Join(path.Dir(name), t.Loc), &order); err != nil {
			return nil, err
		}
		for _, a := range order.Article {
			out = append(out, a.Ref)
		}
	}
	return out, nil
}

// inOrder is the text of objects as they are read: as they are drawn, but for those of a group, which stand where the first of it is drawn.
func inOrder(drawn []textObject, groups [][]string) string {
	says, group := map[string]string{}, map[string]int{}
	for _, o := range drawn {
		says[o.id] = o.text
	}
	for i, g := range groups {
		for _, id := range g {
			group[id] = i + 1
		}
	}
	var out strings.Builder
	done := map[int]bool{}
	for _, o := range drawn {
		n := group[o.id]
		if n == 0 {
			out.WriteString(o.text + "\n")
			continue
		}
		if done[n] {
			continue
		}
		done[n] = true
		for _, id := range groups[n-1] {
			out.WriteString(says[id] + "\n")
		}
	}
	return out.String()
}

// layers adds the text objects of a page's body layers.
func (p parcel) layers(name string, drawn []textObject) ([]textObject, error) {
	data, err := p.read(name)
	if err != nil {
		return nil, err
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	body, code := false, false
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return drawn, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "Layer":
				body = cmp.Or(xmlAttr(t, "Type"), "Body") == "Body"
			case "TextObject":
				if body {
					drawn = append(drawn, textObject{id: xmlAttr(t, "ID")})
				}
			case "TextCode":
				code = body && len(drawn) > 0
			}
		case xml.EndElement:
			if t.Name.Local == "TextCode" {
				code = false
			}
		case xml.CharData:
			if code {
				drawn[len(drawn)-1].text += string(t)
			}
		}
	}
}

func xmlAttr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
