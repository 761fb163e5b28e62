//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// judge asks at the end of a life what must always hold.
func (s *storm) judge() {
	s.broken = append(s.broken, oncePerItem(s.outside.Effects(), s.outside.Articles())...)
	s.judgeArticles()
	s.judgePages()
	_, broken, err := s.h.led.Chain(context.Background())
	if err != nil || len(broken) > 0 {
		s.wrong("chains: %v %v", broken, err)
	}
	for _, l := range s.lines() {
		for _, c := range l.Copies {
			s.judgeCopy(l, c)
		}
	}
}

// judgeArticles asks of everything that was ever public whether it was approved and due.
func (s *storm) judgeArticles() {
	for _, a := range s.outside.Articles() {
		if a.Title == stormTitle(external(unapproved)) {
			s.wrong("unapproved item was public")
		}
		if strings.Contains(a.Text, "第0稿") {
			s.wrong("unapproved revision was public: %s", a.Title)
		}
		for n := range s.p.items {
			if a.Title == stormTitle(external(n+1)) && a.At.Before(s.release(n+1)) {
				s.wrong("early: %s at %s", a.Title, a.At)
			}
		}
		if strings.Contains(a.Text, byPeople) && !s.touched[a.Title] {
			s.wrong("changed text went out: %s", a.Title)
		}
	}
}

// judgePages asks the same of the website as it is at the end.
func (s *storm) judgePages() {
	pages, err := filepath.Glob(filepath.Join(s.run(), "public", "content", "*", "*", "*.html"))
	if err != nil {
		s.wrong("%v", err)
	}
	seen := map[string]string{}
	for _, page := range pages {
		b, err := os.ReadFile(page)
		if err != nil {
			s.wrong("%v", err)
		}
		text := string(b)
		if strings.Contains(text, words(unapproved)) || strings.Contains(text, "第0稿") {
			s.wrong("unapproved text stands on %s", page)
		}
		for n := range s.p.items {
			w := words(n + 1)
			if !strings.Contains(text, w) {
				continue
			}
			if seen[w] != "" {
				s.wrong("duplicate: %s stands on %s and %s", w, seen[w], page)
			}
			seen[w] = page
		}
	}
}

// judgeCopy asks whether a copy is where the ledger says, or with a person who is told why.
func (s *storm) judgeCopy(l ledger.Line, c press.Copy) {
	name := fmt.Sprintf("%s on %s, generation %d, %s", l.Item.ExternalID, c.Channel, c.Generation, c.State)
	live := 0
	for _, a := range s.outside.Articles() {
		if a.Title == l.Title && !a.Deleted && !a.Banned {
			live++
		}
	}
	on := c.Channel == "wechat"
	s.ends[c.Channel+" "+string(c.State)]++
	switch c.State {
	case press.CopyVerified:
		if on && live != 1 {
			s.wrong("lost: %s, and %d articles are live", name, live)
		}
		if l.Item.State == press.Withdrawn && c.Task == "" {
			s.wrong("lost: %s, though the item was withdrawn", name)
		}
	case press.CopyWithdrawn:
		if on && live != 0 {
			s.wrong("lost: %s, and %d articles are live", name, live)
		}
	case press.Waiting:
		if l.Item.State == press.Approved && !l.Item.Held && wanted(l.Item.ExternalID) && c.Note == "" {
			s.wrong("lost: %s for nothing: %q", name, c.Note)
		}
	case press.CopyNeedsHand, press.CopyRefused, press.CopyDiffers:
		if c.Note == "" {
			s.wrong("lost: %s without a reason", name)
		}
	case press.CopyLive:
		if c.Note == "" || s.p.mode == "publish" && live == 1 && !s.touched[l.Title] {
			s.wrong("lost: %s %q, and %d articles are live", name, c.Note, live)
		}
	default:
		s.wrong("lost: %s %q after the faults have ended", name, c.Note)
	}
}
