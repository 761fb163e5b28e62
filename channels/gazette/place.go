package gazette

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongfa/press"
)

// place is where an article stands: the third one of number 4 of 2026. An issue as such has article 0.
type place struct{ year, number, article int }

func (p place) issue() string { return fmt.Sprintf("%04d/%02d", p.year, p.number) }
func (p place) ref() string   { return fmt.Sprintf("%s/%02d", p.issue(), p.article) }
func (p place) page() string  { return p.ref() + ".html" }

var placeForm = regexp.MustCompile(`^(\d{4})/(\d{2,3})/(\d{2,4})$`)

// parsePlace reads a Ref that Arrange or a receipt wrote.
func parsePlace(ref string) (place, bool) {
	m := placeForm.FindStringSubmatch(ref)
	if m == nil {
		return place{}, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	return place{n(1), n(2), n(3)}, true
}

// placeOf is the place of an entry in its edition. What was published knows it even where the edition is not at hand.
func placeOf(ed press.Edition, e press.Entry) (place, error) {
	if ed.Year > 0 && ed.Number > 0 && e.Position > 0 {
		return place{ed.Year, ed.Number, e.Position}, nil
	}
	if p, ok := parsePlace(e.Copy.Ref); ok {
		return p, nil
	}
	return place{}, &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: "这一期公报还没有编号，不能发行",
		Do: "先定稿，定稿时编号", Err: fmt.Errorf("edition %s has no number", ed.Key)}
}

// harmless are the endings under which a web server sends nothing that a browser would run as part of the site.
var harmless = []string{".pdf", ".ofd", ".doc", ".docx", ".wps", ".xls", ".xlsx", ".et", ".csv", ".ppt", ".pptx", ".dps", ".txt",
	".zip", ".rar", ".7z", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".mp3", ".mp4"}

// fileName is the name of a file on disk and in its address: eight digits of its digest, then its own name with nothing in
// it that a file system, a URL or a web server could take for something else.
func fileName(a press.Asset) string {
	name := path.Base(strings.ReplaceAll(a.Name, `\`, "/"))
	ext := strings.ToLower(path.Ext(name))
	stem := strings.Trim(strings.Map(plainRune, name[:len(name)-len(ext)]), "_.")
	if !slices.Contains(harmless, ext) {
		ext = extensionOf(a.MIME)
	}
	return a.Digest[:min(8, len(a.Digest))] + "-" + clipBytes(stem, 100) + ext
}

func plainRune(r rune) rune {
	if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
		return '_'
	}
	return r
}

func clipBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

func extensionOf(mime string) string {
	mime, _, _ = strings.Cut(mime, ";")
	switch mime {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/gif":
		return ".gif"
	case "image/webp":
		return ".webp"
	case "application/pdf":
		return ".pdf"
	}
	return ".bin"
}

// assetsOf are the files of a revision that stand beside its page, each digest once.
func assetsOf(r press.Revision) (all []press.Asset) {
	seen := map[string]bool{}
	for _, a := range slices.Concat(r.Images, r.Attachments) {
		if name := fileName(a); !seen[name] {
			seen[name] = true
			all = append(all, a)
		}
	}
	return all
}
