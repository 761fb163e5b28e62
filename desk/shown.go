package desk

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

func htmlEscape(s string) string { return html.EscapeString(s) }

// shownBlock is one block of a body as it is shown beside what the gates say of it.
type shownBlock struct {
	HTML     template.HTML
	Anchor   string   // "" for one that nothing can be said of
	Label    string   // 第3段
	places   []string // as findings name them
	Findings []press.Finding
}

// shownBody draws a body block by block, each with the findings about it. Those that name no place in it, or one that is not there, are left over.
func shownBody(r press.Revision, found []press.Finding, picture func(press.Asset) string) (out []shownBlock, rest []press.Finding) {
	count := &places{}
	var notes []string
	at := func(p press.Picture) channels.Placed {
		for _, a := range r.Images {
			if a.Digest == p.Digest {
				return channels.Placed{Src: picture(a), Width: a.Width, Height: a.Height}
			}
		}
		return channels.Placed{}
	}
	for i, b := range r.Body {
		s := shownBlock{places: count.of(b)}
		var buf bytes.Buffer
		_ = channels.WriteHTML(&buf, []press.Block{b}, channels.HTMLOptions{Top: 3, Picture: at, Notes: &notes}) // a buffer takes everything
		s.HTML = template.HTML(buf.String())
		if name, unsaved := notYet(r, b, picture); unsaved {
			s.HTML = template.HTML(`<p class="dim">图片 ` + htmlEscape(name) + "</p>")
		}
		if len(s.places) > 0 {
			s.Label, s.Anchor = s.places[0], fmt.Sprintf("b-%d", i+1)
			if last := s.places[len(s.places)-1]; last != s.Label {
				s.Label += "—" + last
			}
		}
		s.places = append(s.places, count.notes(b)...)
		out = append(out, s)
	}
	if len(notes) > 0 {
		var buf bytes.Buffer
		_ = channels.WriteNotes(&buf, channels.HTMLOptions{Notes: &notes})
		out = append(out, shownBlock{HTML: template.HTML(buf.String())})
	}
	for _, f := range found {
		if i := placed(out, f); i >= 0 {
			out[i].Findings = append(out[i].Findings, f)
		} else {
			rest = append(rest, f)
		}
	}
	return out, rest
}

// notYet reports whether a block is a picture that is nowhere yet, as it was not saved, and what it is called.
func notYet(r press.Revision, b press.Block, picture func(press.Asset) string) (name string, unsaved bool) {
	if b.Kind != press.Figure || b.Picture == nil {
		return "", false
	}
	for _, a := range r.Images {
		if a.Digest == b.Picture.Digest {
			return a.Name + "：" + b.Picture.Alt, picture(a) == ""
		}
	}
	return "", false
}

// placed is the block that a finding is about; -1 for none.
func placed(blocks []shownBlock, f press.Finding) int {
	if f.Field != "body" || f.Place == "" {
		return -1
	}
	for i, b := range blocks {
		for _, p := range b.places {
			if f.Place == p || strings.HasPrefix(f.Place, p+"第") {
				return i
			}
		}
	}
	return -1
}

// places counts paragraphs, tables and pictures as the gates count them.
type places struct{ paragraph, table, picture, note int }

// notes are the places of the footnotes in a block, which are shown beside the block that has their marks.
func (c *places) notes(b press.Block) (out []string) {
	for range press.Notes([]press.Block{b}) {
		c.note++
		out = append(out, fmt.Sprintf("脚注%d", c.note))
	}
	return out
}

func (c *places) of(b press.Block) (out []string) {
	switch b.Kind {
	case press.Heading, press.Paragraph:
		if strings.TrimSpace(press.Fold(press.SpanText(b.Spans))) != "" {
			c.paragraph++
			out = append(out, fmt.Sprintf("第%d段", c.paragraph))
		}
	case press.TableKind:
		c.table++
		out = append(out, fmt.Sprintf("表%d", c.table))
	case press.Figure:
		c.picture++
		out = append(out, fmt.Sprintf("图%d", c.picture))
	}
	for _, it := range b.Items {
		for _, inner := range it.Blocks {
			out = append(out, c.of(inner)...)
		}
	}
	for _, inner := range b.Blocks {
		out = append(out, c.of(inner)...)
	}
	return out
}

// fileOf is the address of a file of an item.
func fileOf(id press.ItemID) func(press.Asset) string {
	return func(a press.Asset) string {
		return to("items", string(id), "file", a.Digest) + "?name=" + url.QueryEscape(a.Name)
	}
}

// findingLine is a finding with the place on the page that it is about.
type findingLine struct {
	press.Finding
	URL       string
	FieldWord string
	RuleWord  string
}

// jumps are findings with links to their places, those that stop first.
func jumps(found []press.Finding, blocks []shownBlock) []findingLine {
	var stops, others []findingLine
	for _, f := range found {
		l := findingLine{Finding: f, FieldWord: fieldName(f.Field), RuleWord: ruleName(f.Rule), URL: "#f-" + f.Field}
		if !slices.Contains(formKeys(), f.Field) && !slices.Contains([]string{"channels", "relations", "attachments"}, f.Field) {
			l.URL = "#f-body"
		}
		if i := placed(blocks, f); i >= 0 {
			l.URL = "#" + blocks[i].Anchor
		}
		if f.Severity == press.Stop {
			stops = append(stops, l)
		} else {
			others = append(others, l)
		}
	}
	return append(stops, others...)
}
