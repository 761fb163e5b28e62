package report

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"tongfa/press"
)

// readable is a revision as plain text: what it is called, what the catalogue says of it, and what it says.
func readable(r press.Revision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", r.Title)
	for _, f := range metaOf(r) {
		fmt.Fprintf(&b, "%s：%s\n", f[0], f[1])
	}
	fmt.Fprintf(&b, "摘要：%s\n\n%s\n", r.Digest, press.Text(r.Body))
	for i, a := range r.Attachments {
		fmt.Fprintf(&b, "\n附件%d：%s（%d字节，%s）", i+1, a.Name, a.Size, a.Digest)
	}
	return b.String() + "\n"
}

// metaOf is what the catalogue says of a revision, in words.
func metaOf(r press.Revision) (out [][2]string) {
	m := r.Meta
	date := func(d press.Date) string {
		if d == (press.Date{}) {
			return ""
		}
		return d.String()
	}
	for _, f := range [][2]string{
		{"版本", strconv.Itoa(r.Number)}, {"短标题", r.ShortTitle}, {"文号", m.DocNumber}, {"发布机构", m.Issuer}, {"信息来源", m.Source}, {"作者", m.Author},
		{"成文日期", date(m.FormedOn)}, {"批准日期", date(m.ApprovedOn)}, {"主题分类", m.Theme}, {"体裁分类", m.Genre}, {"有效性", string(m.Validity)},
		{"公开属性", string(m.Disclosure)}, {"不公开依据", m.DisclosureGround}, {"栏目", m.Column}, {"内容概述", m.Summary}, {"关键词", strings.Join(m.Keywords, "、")},
	} {
		if f[1] != "" {
			out = append(out, f)
		}
	}
	return out
}

// style is what a page of a bundle looks like: it is read where nothing else is.
const style = `<style>body{font:16px/1.7 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1f1e;background:#fffefb}
h1{font-size:1.6rem;line-height:1.4}h2{font-size:1.15rem;border-bottom:1px solid #8d8a7f;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{border:1px solid #c9c5b8;padding:4px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{font-weight:500;background:#efede5}
code{font:13px/1.4 ui-monospace,Menlo,Consolas,monospace;word-break:break-all}.r{text-align:right}.c{text-align:center}.bad{color:#a3201c}.good{color:#17633f}figure{margin:1rem 0}</style>`

// pageOf is a revision as a page. Nothing in it is fetched, and nothing of it can run.
func pageOf(r press.Revision) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>" + html.EscapeString(r.Title) + "</title>" + style + "</head><body>\n<h1>" +
		html.EscapeString(r.Title) + "</h1>\n<table>")
	for _, f := range metaOf(r) {
		b.WriteString("<tr><th scope=\"row\">" + html.EscapeString(f[0]) + "</th><td>" + html.EscapeString(f[1]) + "</td></tr>\n")
	}
	b.WriteString("<tr><th scope=\"row\">摘要</th><td><code>" + html.EscapeString(r.Digest) + "</code></td></tr></table>\n")
	w := &pageWriter{}
	w.blocks(r.Body)
	b.WriteString(w.String())
	for i, n := range w.notes {
		b.WriteString("<p>" + press.NoteMark(i+1) + strings.ReplaceAll(html.EscapeString(n), "\n", "<br>") + "</p>\n")
	}
	for i, a := range r.Attachments {
		fmt.Fprintf(&b, "<p>附件%d：<a href=\"../%s\">%s</a>（%d字节）</p>\n", i+1, html.EscapeString(assetName(a)), html.EscapeString(a.Name), a.Size)
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

// pageWriter writes a body, and keeps its footnotes.
type pageWriter struct {
	strings.Builder
	notes []string
}

func (b *pageWriter) blocks(blocks []press.Block) {
	for _, bl := range blocks {
		switch bl.Kind {
		case press.Heading:
			level := strconv.Itoa(min(max(bl.Level, 1), 4) + 1)
			b.WriteString("<h" + level + ">" + b.spans(bl.Spans) + "</h" + level + ">\n")
		case press.Paragraph:
			class := map[press.Align]string{press.AlignRight: ` class="r"`, press.AlignCenter: ` class="c"`}[bl.Align]
			b.WriteString("<p" + class + ">" + b.spans(bl.Spans) + "</p>\n")
		case press.TableKind:
			b.table(bl.Table)
		case press.Figure:
			if bl.Picture != nil {
				b.WriteString("<figure><p>〔图片：" + html.EscapeString(bl.Picture.Alt) + "〕<code>" + html.EscapeString(bl.Picture.Digest) + "</code></p><figcaption>" +
					html.EscapeString(bl.Picture.Caption) + "</figcaption></figure>\n")
			}
		case press.ListKind:
			for _, it := range bl.Items {
				b.WriteString("<div>" + html.EscapeString(it.Marker) + " ")
				b.blocks(it.Blocks)
				b.WriteString("</div>\n")
			}
		case press.Note:
			b.WriteString("<blockquote>")
			b.blocks(bl.Blocks)
			b.WriteString("</blockquote>\n")
		}
	}
}

func (b *pageWriter) table(t *press.Table) {
	if t == nil {
		return
	}
	b.WriteString("<table>")
	if t.Caption != "" {
		b.WriteString("<caption>" + html.EscapeString(t.Caption) + "</caption>")
	}
	for i, row := range t.Rows {
		b.WriteString("<tr>")
		for _, c := range row {
			tag := "td"
			if i < t.Head || c.Header {
				tag = "th"
			}
			b.WriteString("<" + tag + c.Covers() + ">" + b.spans(c.Spans) + "</" + tag + ">")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
}

func (w *pageWriter) spans(list []press.Span) string {
	var b strings.Builder
	list, w.notes = press.Noted(list, w.notes)
	for _, s := range list {
		text := s.HTML()
		if s.Link != "" { // written out: a bundle leads nowhere by itself
			text += "〔" + html.EscapeString(s.Link) + "〕"
		}
		b.WriteString(text)
	}
	return b.String()
}
