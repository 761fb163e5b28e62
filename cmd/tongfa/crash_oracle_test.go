//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongfa/press"
	"tongfa/standin"
	"tongfa/typeset"
)

// The numbers of the items that must never be seen in public. Those that are wanted count from one.
const (
	unapproved = 901
	notDue     = 902
)

func wanted(external string) bool { return external < "oa-00900" }

// secondRevision writes the corrected text of an item, which people file when the first is verified.
func (o *office) secondRevision(n int, wants []string) {
	body := fmt.Sprintf("各街道办事处，区政府各部门：\n\n%s更正通知如下，请认真贯彻执行。", words(n))
	o.move(o.item(n, map[string]any{"channels": wants, "body": body}), correctionOf(n))
	o.item(n, map[string]any{"channels": wants})
}

// move takes a package out of what is filed at once.
func (o *office) move(from, to string) {
	o.t.Helper()
	if err := os.Rename(filepath.Join(o.dir, from), filepath.Join(o.dir, to)); err != nil {
		o.t.Fatal(err)
	}
}

func correctionOf(n int) string { return fmt.Sprintf("second-%05d.json", n) }

// Sins are what must never happen.
const (
	twice   = "duplicate"
	lost    = "lost"
	early   = "early"
	without = "unapproved"
	broken  = "ledger"
)

func (l *life) sin(kind, format string, args ...any) {
	l.wrong = append(l.wrong, kind+": "+fmt.Sprintf(format, args...))
}

// inspect looks at what stands in public now.
func (l *life) inspect(when string) {
	l.inspectPages(when)
	l.inspectGazette(when)
	l.inspectEffects(when)
}

// inspectPages looks at every page of website and gazette.
func (l *life) inspectPages(when string) {
	shown := map[string][]string{}
	l.made = map[string][]byte{}
	root := filepath.Join(l.dir, "public")
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(path, filepath.Join(root, ".tmp")) {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		l.forbidden(when, path, string(b))
		rel, _ := filepath.Rel(root, path)
		if strings.HasPrefix(filepath.Base(path), "gazette-") && !strings.Contains(path, "/.new-") {
			l.made[rel] = b
		}
		if strings.HasPrefix(rel, "content/") && strings.HasSuffix(rel, ".html") {
			for n := range l.m.items {
				if strings.Contains(string(b), words(n+1)) {
					shown[words(n+1)] = append(shown[words(n+1)], rel)
				}
			}
		}
		return nil
	})
	if err != nil {
		l.sin(broken, "%s: %v", when, err)
	}
	for w, pages := range shown {
		if len(pages) > 1 {
			l.sin(twice, "%s: %s stands on %v", when, w, pages)
		}
	}
}

// words stand in every revision of an item's text, and nowhere else.
func words(n int) string { return fmt.Sprintf("现就第%d号事项", n) }

// forbidden looks for what is not approved or not due.
func (l *life) forbidden(when, where, text string) {
	for n, sin := range map[int]string{unapproved: without, notDue: early} {
		if strings.Contains(text, fmt.Sprintf("第%d号事项", n)) {
			l.sin(sin, "%s: item %d is to be seen at %s", when, n, strings.TrimPrefix(where, l.dir))
		}
	}
}

// inspectGazette counts the issues that print an item.
func (l *life) inspectGazette(when string) {
	found, err := filepath.Glob(filepath.Join(l.dir, "public", "gazette", "*", "*", "edition.json"))
	if err != nil {
		l.sin(broken, "%v", err)
	}
	in := map[string][]string{}
	l.errata = 0
	for _, name := range found {
		if strings.Contains(name, "/.new-") {
			continue // being written, and served to nobody
		}
		b, err := os.ReadFile(name)
		var e struct {
			Articles []struct{ Item, Marker string }
			Errata   []json.RawMessage
		}
		if err == nil {
			err = json.Unmarshal(b, &e)
		}
		if err != nil {
			l.sin(broken, "%s: %s: %v", when, name, err)
		}
		l.errata += len(e.Errata)
		for _, a := range e.Articles {
			in[a.Item] = append(in[a.Item], strings.TrimPrefix(name, l.dir))
		}
	}
	for item, issues := range in {
		if len(issues) > 1 {
			l.sin(twice, "%s: %s is printed in %v", when, item, issues)
		}
	}
}

// inspectEffects goes through everything that happened at the platform, and looks at every moment of it.
func (l *life) inspectEffects(when string) {
	for _, w := range oncePerItem(l.outside.Effects(), l.outside.Articles()) {
		l.sin(twice, "%s: %s", when, w)
	}
	for _, a := range l.outside.Articles() {
		l.forbidden(when, a.URL, a.Title+a.Text)
	}
	for _, d := range l.outside.Drafts() {
		l.forbidden(when, "draft "+d.MediaID, strings.Join(d.Titles, " "))
	}
}

// oncePerItem says where two articles of one item, by its title, were live at the same moment.
func oncePerItem(effects []standin.Effect, articles []standin.LiveArticle) (wrong []string) {
	live := map[string]int{}
	for _, e := range effects {
		by := 0
		switch e.Kind {
		case "published", "pushed", "human-publish":
			by = 1
		case "article-delete", "human-delete-article", "human-ban-article":
			by = -1
		}
		for _, title := range e.Titles {
			if live[title] += by; by > 0 && live[title] > 1 {
				wrong = append(wrong, fmt.Sprintf("%s is live %d times from effect %d (%s) on", title, live[title], e.Seq, e.Kind))
			}
		}
	}
	now := map[string]int{}
	for _, a := range articles {
		if !a.Deleted && !a.Banned {
			now[a.Title]++
		}
	}
	for title, n := range now {
		if n > 1 {
			wrong = append(wrong, fmt.Sprintf("%d articles are live: %s", n, title))
		}
	}
	return wrong
}

// judge holds what the ledger says at the end, and what readers could and can find, against an undisturbed life.
func (l *life) judge(undisturbed *life) {
	for _, b := range l.report.Broken {
		l.sin(broken, "chain of %s breaks at %d: %s", b.Item, b.N, b.Why)
	}
	ends := map[string]string{}
	for _, it := range undisturbed.report.Items {
		ends[it.External] = it.end()
	}
	for _, it := range l.report.Items {
		if it.end() != ends[it.External] {
			l.sin(lost, "%s ended as %s, undisturbed as %s", it.External, it.end(), ends[it.External])
		}
		l.seenEachTime(it)
	}
	if l.errata != undisturbed.errata {
		l.sin(lost, "%d corrections are printed in the gazette, undisturbed %d", l.errata, undisturbed.errata)
	}
	l.nothingWithdrawn()
	if got, want := l.everPublic(), undisturbed.everPublic(); !slices.Equal(got, want) {
		l.sin(lost, "readers could find %q, undisturbed %q", got, want)
	}
}

// nothingWithdrawn reads the text of every file that the gazette had public at last, and wants none that the ledger calls withdrawn.
func (l *life) nothingWithdrawn() {
	texts := map[string]string{}
	for name, data := range l.made {
		text, err := typeset.Extract(typeset.Format(strings.TrimPrefix(filepath.Ext(name), ".")), data)
		if err != nil {
			l.sin(broken, "%s: %v", name, err)
		}
		texts[name] = text
	}
	for _, it := range l.report.Items {
		var n int
		if _, err := fmt.Sscanf(it.External, "oa-%d", &n); err != nil || it.State != press.Withdrawn {
			continue
		}
		for name, text := range texts {
			if strings.Contains(text, words(n)+"通知如下") { // the correction of it quotes less
				l.sin(without, "%s is withdrawn, and its text is in %s", it.External, name)
			}
		}
	}
}

// everPublic are the articles that readers ever found on the official account, in the order of their publication.
func (l *life) everPublic() (all []string) {
	for _, a := range l.outside.Articles() {
		all = append(all, fmt.Sprintf("%s, %d characters, deleted %v", a.Title, len([]rune(a.Text)), a.Deleted))
	}
	return all
}

// seenEachTime wants every generation of a wanted item to have been verified in public before it was gone.
func (l *life) seenEachTime(it lifeItem) {
	for _, c := range it.Copies {
		if wanted(it.External) != !c.FirstSeen.IsZero() {
			l.sin(lost, "%s, generation %d on %s, first seen %v", it.External, c.Generation, c.Channel, c.FirstSeen)
		}
	}
}

// end is how the ledger says that an item ended.
func (it lifeItem) end() string {
	var b strings.Builder
	b.WriteString(string(it.State))
	for _, c := range it.Copies {
		fmt.Fprintf(&b, ", %s generation %d revision %d %s", c.Channel, c.Generation, c.Revision, c.State)
	}
	return b.String()
}

// handed are the sentences with which copies were left to people in a life.
func (l *life) handed() (all []string) {
	for _, it := range l.report.Items {
		for _, m := range it.Moves {
			if m.Now == string(press.CopyNeedsHand) {
				words, _, _ := strings.Cut(m.Detail, " ") // without what the platform calls it
				all = append(all, words)
			}
		}
	}
	return all
}
