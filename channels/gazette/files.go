package gazette

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tongfa/press"
	"tongfa/typeset"
)

// making says how the files of an issue are made: in the style of a gazette, in the built-in faces and the office's own before them. The faces are read
// for the making and belong to it: nothing holds them between one issue and the next.
func (c *Channel) making(r record) (typeset.Making, error) {
	faces, err := c.faces()
	if err != nil {
		return typeset.Making{}, fmt.Errorf("read faces: %w", err)
	}
	own, err := c.ownFaces()
	if err != nil {
		return typeset.Making{}, err
	}
	m := typeset.Making{Made: r.day(c.o.Location).UTC(), Watermark: c.cfg.Watermark, Fallback: Fallback(c.cfg.Fallback)}
	m.Style, m.Faces = typeset.WithOffice(typeset.Gazette(), faces, own)
	return m, nil
}

// ownFaces are the faces of the office's own, by configuration.
func (c *Channel) ownFaces() (own []*typeset.Face, err error) {
	for _, path := range c.cfg.Fonts {
		f, err := ownFace(path)
		if err != nil {
			return nil, err
		}
		own = append(own, f)
	}
	return own, nil
}

func faceTrouble(path string, err error) error {
	t := &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: fmt.Sprintf("本单位的字体 %s 读不出来，没有制作这一期", path),
		Do: "检查配置 fonts 里的这个文件，要能读的 TrueType 字体（.ttf）", Err: fmt.Errorf("read face %s: %w", path, err)}
	if errors.Is(err, typeset.ErrNoEmbedding) {
		t.Do = "字体的授权标记（fsType）不允许嵌入文件，请换用允许嵌入的版本，或者从配置 fonts 里去掉"
	}
	return t
}

// File is one file of an issue, by its path within the issue's folder.
type File struct {
	Name string
	Data []byte
}

// Made is an issue as it will be published, file by file, and what was found when the files that are made of its text were read again.
type Made struct {
	Folder string // below the gazette's address: 2026/04
	Files  []File
	Proof  typeset.Proof
	Pages  int // of the whole
}

// Make makes an issue without issuing it, as Publish would, but unsigned: the office signs what it issues, and nothing before; done is told of each file that is laid out, nil tells nobody. With the trouble that a format does
// not say what was approved, the issue comes all the same, for those who have to look into it.
func (c *Channel) Make(ctx context.Context, ed press.Edition, done func(name string, bytes int)) (Made, error) {
	r, err := c.recordOf(ed)
	if err != nil {
		return Made{}, err
	}
	m, err := c.making(r)
	if err != nil {
		return Made{}, err
	}
	set, err := c.setOf(ctx, r, ed, m, done)
	if err != nil && set.files == nil {
		return Made{}, err
	}
	files, buildErr := c.folderOf(ctx, r, ed, set)
	out := Made{Folder: r.place().issue(), Proof: set.proof, Pages: set.pages}
	for _, f := range files {
		out.Files = append(out.Files, File{f.rel, f.data})
	}
	return out, errors.Join(err, buildErr)
}

// fileSet are the files of an issue that are made of its text: all of it in four formats, each article as a PDF, and the verification block, which is the last one.
type fileSet struct {
	work  *typeset.Work
	files []blob
	proof typeset.Proof
	pages int // of the whole

	signers map[string]string // who signed, by the ending of a file
	begins  map[string]int    // the numbers of the pages on which the articles begin, by their items
}

// setOf makes the files of an issue. A character that no face has, a picture that cannot be read, and a format that does not say what was approved are a
// person's matter, and nothing of the issue may be published then.
func (c *Channel) setOf(ctx context.Context, r record, ed press.Edition, m typeset.Making, done func(name string, bytes int)) (fileSet, error) {
	w := c.workOf(r, ed.Entries)
	err := c.pictures(ctx, w, ed.Entries)
	if err == nil {
		m.OFD.Attachments, err = c.attached(ctx, ed.Entries)
	}
	if err != nil {
		return fileSet{}, err
	}
	if err := c.paged(r, w, nil, m); err != nil {
		return fileSet{}, err
	}
	set, err := c.whole(r, w, m, 0, done)
	if err != nil {
		return fileSet{}, err
	}
	if err := c.addArticles(ctx, &set, r, w, m, done); err != nil {
		return fileSet{}, err
	}
	set.proof.SameText = set.proof.Same()
	set.files = append(set.files, blob{verifyName, set.proof.JSON()})
	if !set.proof.SameText {
		return set, unevenTrouble(set.proof)
	}
	return set, nil
}

// whole makes a work in all formats, in some version: 0 is what was issued.
func (c *Channel) whole(r record, w *typeset.Work, m typeset.Making, version int, done func(name string, bytes int)) (fileSet, error) {
	name := func(f typeset.Format) string { return r.place().file(f, version) }
	if done != nil {
		m.Done = func(f typeset.Format, n int) { done(name(f), n) }
	}
	files, book, err := c.make(w, m)
	if err != nil {
		return fileSet{}, madeTrouble(err)
	}
	set := fileSet{work: w, proof: typeset.Verify(w, files), pages: len(book.Pages), begins: beginnings(w, book), signers: signersOf(m)}
	for i := range set.proof.Files {
		f := &set.proof.Files[i]
		f.Name = name(f.Format)
		set.files = append(set.files, blob{f.Name, files[f.Format]})
	}
	set.proof.Edition = &typeset.Numbered{Year: r.Year, Number: r.Number, Total: r.Total, Supplement: r.Supplement, Date: r.Date, Version: version}
	return set, nil
}

// addArticles makes the PDF of each article and of the corrections, and adds the digests of their texts.
func (c *Channel) addArticles(ctx context.Context, s *fileSet, r record, w *typeset.Work, m typeset.Making, done func(name string, bytes int)) error {
	m.Formats = []typeset.Format{typeset.FormatPDF}
	n := 0
	for _, sec := range w.Sections {
		for _, a := range sec.Articles {
			if err := ctx.Err(); err != nil {
				return err
			}
			n++
			one := w.Single(a)
			files, _, err := c.make(one, m)
			if err != nil {
				return madeTrouble(err)
			}
			p := typeset.Verify(one, files)
			f := p.Files[0]
			f.Name, f.Article = r.pdfOf(a.ID), n
			s.proof.Files = append(s.proof.Files, f)
			s.proof.Articles = append(s.proof.Articles, typeset.ArticleText{Article: n, Title: a.Title, Number: a.Number, Characters: p.Characters, Text: p.Text})
			s.files = append(s.files, blob{f.Name, files[typeset.FormatPDF]})
			if done != nil {
				done(f.Name, f.Bytes)
			}
		}
	}
	return nil
}

// verifyName is the verification block of an issue.
const verifyName = "verify.json"

// file is the name of a whole issue in a format. It is ASCII, and says what it is once it is in another folder.
func (p place) file(f typeset.Format, version int) string {
	if version > 0 {
		return fmt.Sprintf("%s-r%d.%s", p.stem(), version, f)
	}
	return p.stem() + "." + string(f)
}

// pdf is the name of the PDF of an article.
func (p place) pdf() string { return fmt.Sprintf("%s-%02d.pdf", p.stem(), p.article) }

// stem begins the names of the files of an issue.
func (p place) stem() string { return fmt.Sprintf("gazette-%04d-%s", p.year, p.folder()) }

// indexPDF is the name of the PDF of the index of a year.
func (p place) indexPDF() string { return p.stem() + "-yearindex.pdf" }

// errataPDF is the name of the PDF of an issue's corrections.
func (p place) errataPDF() string { return p.stem() + "-errata.pdf" }

// pdfOf is the name of the PDF of an article, by its item.
func (r record) pdfOf(item string) string {
	i := slices.IndexFunc(r.Articles, func(a article) bool { return a.Item == item })
	switch {
	case item == indexID:
		return r.place().indexPDF()
	case i < 0:
		return r.place().errataPDF()
	}
	return r.Articles[i].PDF
}

// madeOfText reports whether a file of an issue is made of its text: one of its formats, the PDF of an article, or the verification block.
func (r record) madeOfText(file string) bool {
	return r.Text != nil && (file == verifyName || strings.HasPrefix(file, r.place().stem()))
}

// isPDF reports whether a file is the PDF of an article.
func (r record) isPDF(file string) bool {
	return slices.ContainsFunc(r.Articles, func(a article) bool { return a.PDF == file })
}

// ofIndex reports whether a file of an issue is the index of its year, as a page or as a PDF: it names the issue's own articles too.
func (r record) ofIndex(file string) bool {
	return len(r.YearIndex) > 0 && (file == indexName || file == r.place().indexPDF())
}

// directory reports whether a file of an issue is a page that shows no more than titles: its directory, or the index of its year.
func (r record) directory(file string) bool {
	return file == "index.html" || file == indexName && len(r.YearIndex) > 0
}

// wholeFile reports whether a file of an issue holds all of it, or tells of all of it: what cannot stay as it is once an article is withdrawn.
func (r record) wholeFile(file string) bool {
	return r.Text != nil && (file == "index.html" || r.ofIndex(file) || slices.ContainsFunc(typeset.Formats(), func(f typeset.Format) bool { return r.place().file(f, 0) == file }))
}

// madeTrouble says why an issue could not be made.
func madeTrouble(err error) error {
	var missing typeset.MissingError
	if errors.Is(err, typeset.ErrNotValid) {
		return signatureTrouble(err)
	}
	if !errors.As(err, &missing) {
		return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: "这一期的 PDF、OFD、EPUB 和手机网页没有做成，没有发行",
			Do: "记下时间，把日志交给系统维护人员", Err: fmt.Errorf("make issue: %w", err)}
	}
	return &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: "有字体里没有的字，没有制作这一期：" + missing.List(),
		Do: missingRemedy, Err: fmt.Errorf("make issue: %w", missing)}
}

// missingRemedy is what is to be done about a character that no face has.
const missingRemedy = "请系统管理员在配置 fonts 或 fallback_fonts 里加一种有这些字的字体，或者由原单位改用现有的字并重新审签"

// unevenTrouble says which files do not say what was approved.
func unevenTrouble(p typeset.Proof) error {
	var said []string
	for _, f := range p.Files {
		if !f.Same {
			said = append(said, f.Name+"："+f.Difference)
		}
	}
	return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: "做出的文件与签发的文字不一致，没有发行。" + strings.Join(said[:min(3, len(said))], "；"),
		Do: "把这一期的清样和这条说明交给系统维护人员", Err: fmt.Errorf("the text of %d files differs from the approved one", len(said))}
}

// makeFile makes a file again that is made of the text of the issue; nil when that cannot be done. The PDF of an article takes that article, the others take all of
// them.
func (p *planner) makeFile(ctx context.Context, f sealed) ([]byte, error) {
	if p.made == nil {
		p.made = map[string][]byte{}
		entries, err := p.printed(ctx)
		if err != nil {
			return nil, err
		}
		ed := press.Edition{Entries: entries}
		if len(entries) == len(p.record.Articles) {
			set, err := p.c.set(ctx, p.record, ed)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err == nil {
				p.made = keptOf(set.files)
			}
		} else if err := p.makePDFs(ctx, ed); err != nil {
			return nil, err
		}
	}
	if data := p.made[f.Path]; sum(data) == f.SHA256 {
		return data, nil
	}
	return nil, nil
}

// printed are the articles of the issue that are at hand in the revision which was printed.
func (p *planner) printed(ctx context.Context) (entries []press.Entry, err error) {
	for _, a := range p.record.Articles {
		e, known := p.entries[a.Marker]
		if !known || e.Revision.Digest != a.Digest {
			if e, known, err = p.c.archived(ctx, a); err != nil {
				return nil, err
			}
		}
		if known && e.Revision.Digest == a.Digest {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// makePDFs makes the PDFs of some articles. One that cannot be made stays lost.
func (p *planner) makePDFs(ctx context.Context, ed press.Edition) error {
	w := p.c.workOf(p.record, ed.Entries)
	m, err := p.c.issuing(p.record)
	if err == nil {
		err = p.c.pictures(ctx, w, ed.Entries)
	}
	var set fileSet
	if err == nil {
		err = p.c.addArticles(ctx, &set, p.record, w, m, nil)
	}
	p.made = keptOf(set.files)
	if ctx.Err() != nil || press.RemedyOf(err) == press.TryAgain {
		return err
	}
	return nil
}
