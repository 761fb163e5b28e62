package gazette

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/typeset"
)

// record is edition.json: what an issue holds. It is written with the issue and never again.
type record struct {
	Format     string          `json:"format"`
	Name       string          `json:"name"`
	Host       string          `json:"host,omitempty"`
	Year       int             `json:"year"`
	Number     int             `json:"number"`
	Total      int             `json:"total"`
	Supplement bool            `json:"supplement,omitempty"` // outside of the numbers, and without a total
	Title      string          `json:"title"`
	Theme      string          `json:"theme,omitempty"` // what the issue is called beside its number
	Date       string          `json:"date"`
	Statement  string          `json:"statement,omitempty"`
	Articles   []article       `json:"articles"`
	Errata     []erratum       `json:"errata,omitempty"`        // corrections of earlier issues, printed on errata.html
	Source     string          `json:"source_sha256,omitempty"` // of an imported issue: the digest of what was imported
	YearIndex  []press.Indexed `json:"year_index,omitempty"`    // what the issues of its year have printed, this one too
	Text       *textSeal       `json:"text,omitempty"`          // of the whole; nil for an issue that has no files beside its pages
	Files      []sealed        `json:"files"`                   // every file of the issue but this one
}

// article is one article as edition.json tells of it.
type article struct {
	Position  int    `json:"position"`
	Section   string `json:"section"`
	Title     string `json:"title"`
	DocNumber string `json:"doc_number,omitempty"`
	Issuer    string `json:"issuer,omitempty"`
	FormedOn  string `json:"formed_on,omitempty"`
	Page      string `json:"page"`
	PDF       string `json:"pdf,omitempty"`
	Item      string `json:"item,omitempty"` // "" in an imported issue, and so all below
	Revision  int    `json:"revision,omitempty"`
	Digest    string `json:"digest,omitempty"` // of the approved revision
	Text      string `json:"text_sha256,omitempty"`
	Marker    string `json:"marker,omitempty"`
	Begins    int    `json:"begins_on,omitempty"` // the number printed on the page on which it begins
	PDFPage   int    `json:"pdf_page,omitempty"`  // of an imported issue
}

type sealed struct {
	Path   string `json:"path"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3,omitempty"`       // of what readers take away
	Signer string `json:"signed_by,omitempty"` // whom its certificate is made out to
}

// textSeal is the one text that all formats of an issue have.
type textSeal struct {
	Characters int `json:"characters"`
	typeset.Digests
}

const (
	recordName   = "edition.json"
	recordFormat = "tongfa-gazette/1"
	importFormat = "tongfa-gazette-imported/1" // of an issue that came out before the program was used
)

func (r record) place() place { return place{year: r.Year, number: r.Number, supplement: r.Supplement} }

func (r record) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("encode %s: %w", recordName, err)
	}
	return b.Bytes(), nil
}

// holds reports whether an issue is this edition: the same copies in the same revisions and in the same order, the same corrections. How the program
// would draw it today does not matter.
func (r record) holds(ed press.Edition) bool {
	if r.Format != recordFormat || r.Year != ed.Year || r.Number != ed.Number || r.Total != ed.Total || r.Supplement != ed.Supplement || len(r.Articles) != len(ed.Entries) || !r.corrects(ed) || (len(r.YearIndex) > 0) != ed.WithIndex {
		return false
	}
	for _, e := range ed.Entries {
		a, ok := r.at(e.Position)
		if !ok || a.Marker != e.Copy.Marker || a.Digest != e.Revision.Digest {
			return false
		}
	}
	return true
}

func (r record) at(position int) (article, bool) {
	i := slices.IndexFunc(r.Articles, func(a article) bool { return a.Position == position })
	if i < 0 {
		return article{}, false
	}
	return r.Articles[i], true
}

// of reports whether a file of an issue belongs to an article: its page, its PDF, or what stands in its folder.
func (a article) of(file string) bool {
	return file == a.Page || a.PDF != "" && file == a.PDF || strings.HasPrefix(file, strings.TrimSuffix(a.Page, ".html")+"/")
}

// readRecord reads what an issue holds; false when no issue is there.
func (c *Channel) readRecord(p place) (record, bool, error) {
	dir := c.abs(p.issue())
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		return record{}, false, foreign(p, channels.ErrNotFile)
	}
	data, err := readPlain(filepath.Join(dir, recordName))
	if errors.Is(err, channels.ErrNotFile) {
		return record{}, false, foreign(p, err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
			return record{}, false, foreign(p, errors.New("folder without edition.json"))
		}
		return record{}, false, nil
	}
	if err != nil {
		return record{}, false, c.diskTrouble(filepath.Join(dir, recordName), err)
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return record{}, false, foreign(p, fmt.Errorf("edition.json: %w", err))
	}
	if r.Format != recordFormat && r.Format != importFormat || r.place() != p.wholeIssue() {
		return record{}, false, foreign(p, fmt.Errorf("edition.json: %s of %s", r.Format, r.place().issue()))
	}
	if !r.plain() {
		return record{}, false, foreign(p, errors.New("edition.json: names files that no issue has"))
	}
	return r, true, nil
}

// plain reports whether a record names what an issue has: each article once, on the page of its number, and files below the issue's own folder. What
// stands in public somebody may have changed, and these names become paths.
func (r record) plain() bool {
	seen := map[int]bool{}
	for _, a := range r.Articles {
		if a.Position < 1 || seen[a.Position] || a.Page != r.pageOf(a) || a.PDF != "" && a.PDF != r.place().of(a.Position).pdf() {
			return false
		}
		seen[a.Position] = true
	}
	return !slices.ContainsFunc(r.Files, func(f sealed) bool { return !f.plain() })
}

// plain reports whether a file may be one of an issue.
func (f sealed) plain() bool {
	return f.Path != "." && f.Path != recordName && f.Path != withdrawnName && f.Path != replacedName && fs.ValidPath(f.Path) && !strings.ContainsAny(f.Path, "\\:\x00") && f.Bytes >= 0
}

// pageOf is where an article stands within its issue: a page of its own, or, in an imported issue, one of the PDF.
func (r record) pageOf(a article) string {
	switch {
	case r.Format != importFormat:
		return fmt.Sprintf("%02d.html", a.Position)
	case a.PDFPage > 1:
		return fmt.Sprintf("%s#page=%d", r.place().file(typeset.FormatPDF, 0), a.PDFPage)
	}
	return r.place().file(typeset.FormatPDF, 0)
}

// errForeign is in the trouble of a place that holds something else than the issue looked for.
var errForeign = errors.New("not the issue")

// foreign says that a place is taken by something else, which only a person can judge.
func foreign(p place, err error) error {
	return &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), Err: fmt.Errorf("issue %s: %w: %w", p.issue(), errForeign, err),
		What: fmt.Sprintf("公报文件夹 %s 里已经有别的内容，不是台账里的%s", p.issue(), p.name()),
		Do:   "核对那里是哪一期：如已用同一期号出过刊，请改正台账的期号；如是误放的文件，请系统管理员移走后重试"}
}

// damaged lists the files of an issue that are not what was issued, remarks apart. Those of withdrawn articles are left out.
// edition.json itself is compared with the office's own copy, if there is one.
func (c *Channel) damaged(r record, w withdrawals) (bad []string) {
	if want := c.kept(r.place())[recordName]; want != nil && !channels.SameFile(c.abs(r.place().issue()+"/"+recordName), want) {
		bad = append(bad, recordName)
	}
	for _, f := range r.Files {
		if w.covers(r, f.Path) {
			continue
		}
		data, err := readSealed(c.abs(r.place().issue()+"/"+f.Path), f)
		was := r.part(f.Path, data)
		if err != nil || was.broken || sum(was.issued) != f.SHA256 {
			bad = append(bad, f.Path)
		}
	}
	return append(bad, c.unreplaced(r, w)...)
}

// part takes the remarks out of a file of the issue. Only the pages of articles have any.
func (r record) part(file string, data []byte) parted {
	if _, isPage := r.pageAt(file); isPage {
		return part(data)
	}
	return parted{issued: data}
}

// sealed reports whether a file was issued with these bytes.
func (r record) sealed(file string, issued []byte) bool {
	return slices.ContainsFunc(r.Files, func(f sealed) bool { return f.Path == file && f.SHA256 == sum(issued) })
}

// pageAt is the article whose page a file is.
func (r record) pageAt(file string) (article, bool) {
	i := slices.IndexFunc(r.Articles, func(a article) bool { return a.Page == file })
	if i < 0 {
		return article{}, false
	}
	return r.Articles[i], true
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}
