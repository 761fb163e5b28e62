package site

import (
	"strings"
	"time"

	"tongfa/press"
)

// bannerView says at the top of a page that the document no longer holds as it stands there.
type bannerView struct {
	What string // 本文件已废止
	When string // the day it was remarked on
	By   string // what repealed or amended it
	URL  string
}

// remarkView is a dated note above the text.
type remarkView struct {
	Name, Text, URL       string
	Day, Minute, DateTime string
}

func (s *Site) remarkView(r press.Remark) remarkView {
	at := s.local(r.At)
	return remarkView{Name: r.Kind.Name(), Text: strings.TrimSpace(r.Text), URL: safeURL(r.URL),
		Day: dayText(at), Minute: at.Format(minutes), DateTime: at.Format("2006-01-02T15:04:05-07:00")}
}

func dayText(t time.Time) string { return t.Format("2006年1月2日") }

// safeURL is an address if a reader may be sent there.
func safeURL(link string) string {
	l := strings.ToLower(link)
	if strings.HasPrefix(l, "http://") || strings.HasPrefix(l, "https://") {
		return link
	}
	return ""
}

// remark puts the remarks of an entry on its page: the last word on its validity as the banner, everything else above the text, oldest first.
func (s *Site) remark(p *articlePage, e press.Entry, links []press.Link) {
	p.BannerID, p.RemarksID = bannerID, remarksID
	last, ok := lastValidity(e.Remarks)
	for i, r := range e.Remarks {
		view := s.remarkView(r)
		if r.Kind == press.RemarkCorrection {
			p.Corrected = &view
		}
		if !ok || i != last {
			p.Remarks = append(p.Remarks, view)
		}
	}
	if ok {
		p.Banner = s.remarkBanner(e.Remarks[last])
		return
	}
	p.Banner = linkBanner(e.Revision.Meta.Validity, links)
}

func lastValidity(remarks []press.Remark) (at int, ok bool) {
	for i := len(remarks) - 1; i >= 0; i-- {
		if remarks[i].Kind == press.RemarkValidity {
			return i, true
		}
	}
	return 0, false
}

// remarkBanner is the banner for a remark on validity; also for one that says the document holds again.
func (s *Site) remarkBanner(r press.Remark) *bannerView {
	b := bannerView{What: validityText(r.Validity), By: strings.TrimSpace(r.Text), URL: safeURL(r.URL), When: dayText(s.local(r.At))}
	if b.What == "" {
		b.What = r.Kind.Name()
	}
	if b.By == "" && b.URL != "" {
		b.By = "查看依据"
	}
	return &b
}

func validityText(v press.Validity) string {
	switch v {
	case press.Repealed:
		return "本文件已废止"
	case press.Amended:
		return "本文件已修改"
	case press.Expired:
		return "本文件已失效"
	case press.InForce:
		return "本文件现行有效"
	}
	return ""
}

// linkBanner is the banner of a document whose own metadata or related documents say that it no longer holds.
func linkBanner(v press.Validity, links []press.Link) *bannerView {
	v = validityOf(v, links)
	rel, by := press.LinkRepealedBy, "依据："
	switch v {
	case press.Expired:
		return &bannerView{What: validityText(v)}
	case press.Amended:
		rel, by = press.LinkAmendedBy, "见："
	case press.Repealed:
	default:
		return nil
	}
	b := &bannerView{What: validityText(v)}
	if l, ok := (press.Entry{Links: links}).Link(rel); ok {
		b.By, b.URL = by+l.Title, l.URL
	}
	return b
}

// validNow is what holds now: the last remark on it, or what metadata and links say.
func validNow(e press.Entry, links []press.Link) press.Validity {
	if at, ok := lastValidity(e.Remarks); ok && e.Remarks[at].Validity != "" {
		return e.Remarks[at].Validity
	}
	return validityOf(e.Revision.Meta.Validity, links)
}

// validityOf is what holds now: a document that was repealed or amended says so whatever its own metadata said when it was signed.
func validityOf(v press.Validity, links []press.Link) press.Validity {
	switch {
	case v == press.Expired || v == press.Repealed:
		return v
	case hasLink(links, press.LinkRepealedBy):
		return press.Repealed
	case hasLink(links, press.LinkAmendedBy):
		return press.Amended
	}
	return v
}

func hasLink(links []press.Link, rel press.LinkRel) bool {
	_, ok := press.Entry{Links: links}.Link(rel)
	return ok
}
