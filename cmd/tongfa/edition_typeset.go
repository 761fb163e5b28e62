package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
	"tongfa/scheduler"
	"tongfa/typeset"
)

// writeFormats makes an issue of the gazette in all formats, and each of its articles as a PDF, without issuing it. Of another channel nothing is made.
func (h *house) writeFormats(ctx context.Context, a *app, e press.Edition, dir string) error {
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == e.Slot.Channel })
	if i < 0 || i >= len(h.cfg.Channels) || h.cfg.Channels[i].Gazette == nil {
		return nil
	}
	g := h.cfg.Channels[i].Gazette
	title := g.Name
	if n, ok := h.lanes[i].Driver.(interface{ Title(press.Edition) string }); ok {
		title = n.Title(e)
	}
	w, err := h.issueWork(ctx, g, e, strings.TrimSpace(strings.TrimPrefix(title, g.Name)))
	if err != nil {
		return err
	}
	t, err := a.typesetter("gazette", "pdf,ofd,epub,html", g.Fonts)
	if err != nil {
		return err
	}
	at := e.Due().UTC()
	wrong := t.write(w, dir, "edition", at)
	if wrong != nil && !errors.Is(wrong, errUneven) {
		return wrong
	}
	t.formats = []typeset.Format{typeset.FormatPDF}
	n := 0
	for _, s := range w.Sections {
		for _, one := range s.Articles {
			n++
			err := t.write(w.Single(one), filepath.Join(dir, "articles"), fmt.Sprintf("%02d", n), at)
			if err != nil && !errors.Is(err, errUneven) {
				return err
			}
			wrong = errors.Join(wrong, err)
		}
	}
	return wrong
}

// issueWork is an issue as it is set: its articles by section, in their order, as they were approved.
func (h *house) issueWork(ctx context.Context, g *config.Gazette, e press.Edition, volume string) (*typeset.Work, error) {
	w := &typeset.Work{Name: g.Name, Volume: volume, Issued: e.Due().In(h.cfg.Timezone), Issuer: g.Host, Cover: &typeset.Cover{}, Statement: g.Statement,
		Colophon: []typeset.Fact{{Name: "主办", Value: g.Host}, {Name: "网址", Value: g.URL + "/"}}, Pictures: map[string]typeset.Picture{}}
	for _, en := range e.Entries {
		if n := len(w.Sections); n == 0 || w.Sections[n-1].Title != en.Section {
			w.Sections = append(w.Sections, typeset.Section{Title: en.Section})
		}
		one := typeset.Article{ID: string(en.Item.ID), Title: en.Revision.Title, Number: en.Revision.Meta.DocNumber, Body: en.Revision.Body, Origin: fmt.Sprintf("本文刊于《%s》%s", g.Name, volume)}
		for _, f := range en.Revision.Attachments {
			one.Attachments = append(one.Attachments, f.Name)
		}
		s := &w.Sections[len(w.Sections)-1]
		s.Articles = append(s.Articles, one)
		for _, im := range en.Revision.Images {
			data, err := channels.Approved(ctx, h.led, im.Digest, "图片“"+im.Name+"”")
			if err != nil {
				return nil, err
			}
			if w.Pictures[im.Digest], err = typeset.NewPicture(data); err != nil {
				return nil, fmt.Errorf("《%s》的图片“%s”读不出来，请换一张：%w", en.Revision.Title, im.Name, err)
			}
		}
	}
	if len(e.Errata) > 0 {
		w.Sections = append(w.Sections, typeset.Section{Title: "更正", Articles: []typeset.Article{errataArticle(e.Errata)}})
	}
	return w, nil
}

// errataArticle is what an issue corrects in earlier ones, as one article.
func errataArticle(all []press.Correction) typeset.Article {
	a := typeset.Article{ID: "errata", Title: "更正"}
	for _, c := range all {
		a.Body = append(a.Body, press.P(strings.TrimSpace(fmt.Sprintf("%d年第%d号刊登的《%s》%s更正如下。%s", c.Year, c.Number, c.Title, bracketed(c.DocNumber), c.Reason))))
		for _, x := range c.Changes {
			a.Body = append(a.Body, press.P(changed(x)))
		}
	}
	return a
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

func changed(x press.Change) string {
	near := "“" + x.Before + x.Was + x.After + "”"
	if x.Was == "" {
		return near + "应为“" + x.Before + x.Now + x.After + "”（补上“" + x.Now + "”）。"
	}
	if x.Now == "" {
		return near + "应为“" + x.Before + x.After + "”（删去“" + x.Was + "”）。"
	}
	return near + "应为“" + x.Before + x.Now + x.After + "”。"
}
