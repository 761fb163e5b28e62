package gazette

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/typeset"
)

// Work is an issue as it is set: its articles by section, in their order and as they were approved, and its corrections at the end. What is made of it for a
// proof and what is published are the same.
func (c *Channel) Work(ctx context.Context, ed press.Edition) (*typeset.Work, error) {
	r, err := c.recordOf(ed)
	if err != nil {
		return nil, err
	}
	w := c.workOf(r, ed.Entries)
	return w, c.pictures(ctx, w, ed.Entries)
}

// workOf is the work of an issue without its pictures. All of it comes from the record and the approved revisions, so that it is the same whenever it is made.
func (c *Channel) workOf(r record, entries []press.Entry) *typeset.Work {
	w := &typeset.Work{Name: r.Name, Volume: r.volume(), Issued: r.day(c.o.Location), Issuer: r.Host, Cover: &typeset.Cover{}, Statement: r.Statement,
		Colophon: []typeset.Fact{{Name: "主办", Value: r.Host}, {Name: "网址", Value: c.cfg.URL + "/"}}, Pictures: map[string]typeset.Picture{}}
	add := func(section string, a typeset.Article) {
		if n := len(w.Sections); n == 0 || w.Sections[n-1].Title != section {
			w.Sections = append(w.Sections, typeset.Section{Title: section})
		}
		s := &w.Sections[len(w.Sections)-1]
		s.Articles = append(s.Articles, a)
	}
	for _, a := range r.Articles {
		i := slices.IndexFunc(entries, func(e press.Entry) bool { return e.Position == a.Position })
		if i >= 0 {
			add(a.Section, r.set(a, entries[i].Revision))
		}
	}
	if len(r.Errata) > 0 {
		add(errataSection, r.setErrata())
	}
	if len(r.YearIndex) > 0 {
		add(indexSection, r.setIndex(nil, nil))
	}
	return w
}

// volume is what an issue is called beside the name of the gazette: 2026年第4号（总第123号） 专刊; before it has a number, its theme only.
func (r record) volume() string {
	if r.Number <= 0 {
		return r.Theme
	}
	return strings.TrimSpace(numberText(r.Year, r.Number, r.Total, r.Supplement) + " " + r.Theme)
}

// day is the beginning of the day that an issue bears.
func (r record) day(zone *time.Location) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, r.Date, zone)
	if err != nil {
		return time.Time{}
	}
	return day
}

// set is an article as it is set.
func (r record) set(a article, v press.Revision) typeset.Article {
	out := typeset.Article{ID: a.Item, Title: a.Title, Number: a.DocNumber, Body: channels.SetBlocks(v.Body), Origin: fmt.Sprintf("本文刊于《%s》%s", r.Name, r.volume())}
	for _, f := range v.Attachments {
		out.Attachments = append(out.Attachments, f.Name)
	}
	return out
}

// setErrata are the corrections as one article, in the words of their page.
func (r record) setErrata() typeset.Article {
	out := typeset.Article{ID: "errata", Title: r.errataTitle()}
	for i, e := range r.Errata {
		x := printed(i, e, len(r.Errata))
		p := x.Ordinal + "本刊" + x.Issue + "刊登的" + x.Title + inBrackets(x.DocNumber)
		switch {
		case len(x.Changes) == 0:
			p += "有误，现予更正。"
		case x.One:
			p += "中，" + x.Changes[0].text() + "。"
		default:
			p += "更正如下："
		}
		out.Body = append(out.Body, press.P(p))
		for k, ch := range x.Changes {
			if !x.One {
				out.Body = append(out.Body, press.P(fmt.Sprintf("%d. %s%s", k+1, ch.text(), ch.stop())))
			}
		}
		if x.Reason != "" {
			out.Body = append(out.Body, press.P("更正原因："+x.Reason+"。"))
		}
	}
	out.Body = append(out.Body, press.P("特此更正。"))
	return out
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

// pictures reads the pictures of the articles. One that cannot be read stops the issue: a page with a hole in it is not what was approved.
func (c *Channel) pictures(ctx context.Context, w *typeset.Work, entries []press.Entry) error {
	for _, e := range entries {
		for _, im := range e.Revision.Images {
			data, err := channels.Approved(ctx, c.o.Blobs, im.Digest, "图片“"+im.Name+"”")
			if err != nil {
				return err
			}
			if w.Pictures[im.Digest], err = typeset.NewPicture(data); err != nil {
				return &press.Trouble{Remedy: press.ChangeText, Who: press.GazetteEditor.Name(), What: fmt.Sprintf("第%d篇《%s》的图片“%s”读不出来，没有制作这一期",
					e.Position, e.Revision.Title, im.Name), Do: "请换成能打开的 PNG 或 JPEG 图片，重新审签后再编入", Err: fmt.Errorf("picture %s: %w", im.Digest, err)}
			}
		}
	}
	return nil
}
