package intake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tongfa/press"
)

// The documents of tongfa demo, which are written like those of a real office.
const demo = "../cmd/tongfa/demo"

var (
	pictureSource = regexp.MustCompile(`!\[[^\]]*\]\([^ )]+(?: "([^"]*)")?\)`)
	numberSource  = regexp.MustCompile(`(?m)^[ \x{3000}]*\d+\. `)
	noteSource    = regexp.MustCompile(`\[\^([0-9]+)\]:?`)
	titleSource   = regexp.MustCompile(`(?m)^ *"?title"?: "?(.*?)"?,?$`)
	tagSource     = regexp.MustCompile(`<[^>]*>`)
)

// bare is a Markdown text, or what was made of one, without marks, white space and list markers: the words, in their order.
func bare(s string) string {
	s = pictureSource.ReplaceAllString(s, "$1")
	s = noteSource.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.Atoi(noteSource.FindStringSubmatch(m)[1])
		return press.NoteMark(n)
	})
	s = tagSource.ReplaceAllString(numberSource.ReplaceAllString(s, ""), "")
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("#*_|->:•\\", c) {
			return -1
		}
		return c
	}, press.Fold(s))
}

// source gives the title and the body of a document as they are written in it.
func source(t *testing.T, name string) (title, text string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(name) != ".json" {
		parts := strings.SplitN(string(data), "---\n", 3)
		return titleSource.FindStringSubmatch(parts[1])[1], parts[2]
	}
	var in struct{ Title, Body string }
	if err := json.Unmarshal(data, &in); err != nil {
		t.Fatal(err)
	}
	return in.Title, in.Body
}

func TestDemoDocumentsArriveWordForWord(t *testing.T) {
	ps, err := Read(demo, Options{Channels: []string{"site", "wechat", "gazette"}})
	if err != nil || len(ps) != 13 {
		t.Fatalf("%d documents: %v", len(ps), err)
	}
	for _, p := range ps {
		title, text := source(t, p.Source)
		if p.Revision.Title != title {
			t.Errorf("%s: title %q, want %q", p.Source, p.Revision.Title, title)
		}
		if want, got := bare(text), bare(body(p)); got != want {
			t.Errorf("%s: body\n%s\nwant\n%s", p.Source, got, want)
		}
		if len(p.Warnings) > 0 || len(p.Approvals) != 4 || p.Item.ExternalID == "" || p.Revision.Meta.Issuer == "" || p.Revision.Meta.FormedOn.IsZero() {
			t.Errorf("%s: warnings %v, %d approvals, %+v", p.Source, p.Warnings, len(p.Approvals), p.Revision.Meta)
		}
	}
}
