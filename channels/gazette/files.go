package gazette

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"tongfa/press"
	"tongfa/typeset"
)

// Making says how the files of an issue are made: in the style of a gazette, in the built-in faces and the office's own before them. The faces are read
// for the making and belong to it: nothing holds them between one issue and the next.
func (c *Channel) making(r record) (typeset.Making, error) {
	faces, err := typeset.Builtin()
	if err != nil {
		return typeset.Making{}, fmt.Errorf("read faces: %w", err)
	}
	m := typeset.Making{Made: r.day(c.o.Location).UTC()}
	own, err := c.ownFaces()
	m.Style, m.Faces = typeset.WithOffice(typeset.Gazette(), faces, own)
	return m, err
}

// ownFaces are the faces of the office's own, by configuration.
func (c *Channel) ownFaces() (own []*typeset.Face, err error) {
	for _, path := range c.cfg.Fonts {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, c.faceTrouble(path, err)
		}
		f, _, err := typeset.OfficeFace(data)
		if err != nil {
			return nil, c.faceTrouble(path, err)
		}
		own = append(own, f)
	}
	return own, nil
}

func (c *Channel) faceTrouble(path string, err error) error {
	t := &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: fmt.Sprintf("本单位的字体 %s 读不出来，没有制作这一期", path),
		Do: "检查配置 fonts 里的这个文件，要能读的 TrueType 字体（.ttf）", Err: fmt.Errorf("read face %s: %w", path, err)}
	if errors.Is(err, typeset.ErrNoEmbedding) {
		t.Do = "字体的授权标记（fsType）不允许嵌入文件，请换用允许嵌入的版本，或者从配置 fonts 里去掉"
	}
	return t
}

// File is one file of an issue, by its path within the folder.
type File struct {
	Name string
	Data []byte
}

// Files are what is made of an issue beside its pages: all of it in four formats, each article as a PDF, and the verification block.
type Files struct {
	Files []File
	Proof typeset.Proof
	Pages int // of the whole
}

// Make makes the files of an issue without issuing it; done is told of each, nil tells nobody. A character that no face has, a picture that cannot be read, and a
// format that does not say what was approved are a person's matter, and nothing of the issue may be published then.
func (c *Channel) Make(ctx context.Context, ed press.Edition, done func(name string, bytes int)) (Files, error) {
	r, err := c.recordOf(ed)
	if err != nil {
		return Files{}, err
	}
	w := c.workOf(r, ed.Entries)
	if err := c.pictures(ctx, w, ed.Entries); err != nil {
		return Files{}, err
	}
	m, err := c.making(r)
	if err != nil {
		return Files{}, err
	}
	return makeFiles(ctx, r, w, m, done)
}

// makeFiles makes the files of a work as a making says.
func makeFiles(ctx context.Context, r record, w *typeset.Work, m typeset.Making, done func(name string, bytes int)) (Files, error) {
	if done == nil {
		done = func(string, int) {}
	}
	m.Done = func(f typeset.Format, n int) { done(r.place().file(f), n) }
	whole, book, err := typeset.Make(w, m)
	if err != nil {
		return Files{}, madeTrouble(err)
	}
	out := Files{Proof: typeset.Verify(w, whole), Pages: len(book.Pages)}
	for i := range out.Proof.Files {
		f := &out.Proof.Files[i]
		f.Name = r.place().file(f.Format)
		out.Files = append(out.Files, File{f.Name, whole[f.Format]})
	}
	m.Formats, m.Done = []typeset.Format{typeset.FormatPDF}, nil
	n := 0
	for _, s := range w.Sections {
		for _, a := range s.Articles {
			n++
			if err := ctx.Err(); err != nil {
				return Files{}, err
			}
			name := r.pdfOf(a)
			one := w.Single(a)
			files, _, err := typeset.Make(one, m)
			if err != nil {
				return Files{}, madeTrouble(err)
			}
			checked := typeset.Verify(one, files).Files[0]
			checked.Name, checked.Article = name, n
			out.Proof.Files = append(out.Proof.Files, checked)
			out.Files = append(out.Files, File{name, files[typeset.FormatPDF]})
			done(name, checked.Bytes)
		}
	}
	if !out.Proof.Same() {
		return out, unevenTrouble(out.Proof)
	}
	return out, nil
}

// verifyName is the verification block of an issue.
const verifyName = "verify.json"

// file is the name of a whole issue in a format. It is ASCII, and says what it is once it is in another folder.
func (p place) file(f typeset.Format) string {
	return fmt.Sprintf("gazette-%04d-%s.%s", p.year, p.folder(), f)
}

// pdfOf is the name of the PDF of an article, beside its page.
func (r record) pdfOf(a typeset.Article) string {
	for _, x := range r.Articles {
		if x.Item == a.ID {
			return x.pdf()
		}
	}
	return strings.TrimSuffix(errataName, ".html") + ".pdf"
}

func (a article) pdf() string { return strings.TrimSuffix(a.Page, ".html") + ".pdf" }

// madeTrouble says why an issue could not be made.
func madeTrouble(err error) error {
	var missing typeset.MissingError
	if !errors.As(err, &missing) {
		return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: "这一期的 PDF、OFD、EPUB 和网页没有做成，没有发行",
			Do: "记下时间，把日志交给系统维护人员", Err: fmt.Errorf("make issue: %w", err)}
	}
	return &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: "有字体里没有的字，没有制作这一期：" + missing.List(),
		Do: "请系统管理员在配置 fonts 里加一种有这些字的字体，或者由原单位改用现有的字并重新审签", Err: fmt.Errorf("make issue: %w", missing)}
}

// unevenTrouble says which files do not say what was approved.
func unevenTrouble(p typeset.Proof) error {
	var said []string
	for _, f := range p.Files {
		if !f.Same {
			said = append(said, f.Name+"："+f.Difference)
		}
	}
	return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: "做出的文件与签发的文字不一致，没有发行。" + strings.Join(said[:min(3, len(said))], "；"),
		Do: "把这一期的清样和这条说明交给系统维护人员", Err: errors.New("the text of " + fmt.Sprint(len(said)) + " files differs from the approved one")}
}
