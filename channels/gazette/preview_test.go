package gazette

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"tongfa/channels"
)

var _ channels.Previewer = (*Channel)(nil)

// What is seen before is what comes, but for the number of the issue.
func TestPreviewIsThePage(t *testing.T) {
	o := newOffice(t)
	e := o.withFile(o.entry(), "附件.pdf", "%PDF-1.7")
	e.Copy.Marker = "0123456789abcdef0123"
	e.Public = o.clock()
	seen, err := o.gazette.Preview(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(tree(t, o.cfg.Root)); n > 0 {
		t.Errorf("a preview wrote %d files", n)
	}
	ed := o.publish(e)
	page := string(o.read(place{ed.Year, ed.Number, 0, false}.issue() + "/01.html"))
	page = regexp.MustCompile(`\n<p class="single">.*</p>`).ReplaceAllString(page, "") // no file before there is an issue
	number := numberText(ed.Year, ed.Number, ed.Total, false)
	was := strings.NewReplacer(number, toCome, ed.Title, o.cfg.Name, ed.Entries[0].Copy.Marker, e.Copy.Marker).Replace(page)
	if string(seen.Page) != was {
		t.Errorf("the page differs from its preview:\n%s\n---\n%s", was, seen.Page)
	}
	if len(seen.Files) != 2 || !strings.Contains(page, seen.Files[1].URL) || !strings.Contains(page, seen.Files[0].URL) {
		t.Errorf("files %+v", seen.Files)
	}
}
