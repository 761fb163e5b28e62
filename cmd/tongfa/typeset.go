package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"tongfa/channels"
	"tongfa/intake"
	"tongfa/typeset"
)

func (a *app) typesetCmd() *cobra.Command {
	var dir, style, formats string
	var fonts []string
	c := &cobra.Command{
		Use:   "typeset 文件...",
		Short: "把一份文件排成 PDF、OFD、EPUB 和手机网页，并核对四种格式文字一致",
		Long: `把文件排成版面：PDF 和 OFD 逐页相同，EPUB 和网页（一个 .html 文件）供手机阅读。
收 tongfa add 收的文件：.docx、.md、.html、.txt、.json；不读台账，不发布，不需要配置。

做完以后从每个文件里重新读出文字，与原文逐字比较；有一种不一致，退出码是 1。
同一份文件每次排出的字节相同。摘要（SHA-256 和 SM3）写在 名称.proof.json 里。

版式：gazette（公报，A4）、gazette-16（公报，16 开）、gazette-2（公报，双栏）、official（公文，GB/T 9704）。`,
		Example: `  tongfa typeset 通知.docx
  tongfa typeset --style official --formats pdf,ofd -o 清样/ 通知.md
  tongfa typeset --font fonts/FZXBSK.TTF 通知.docx`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("要写明排哪些文件，运行 %s --help 看用法", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			t, err := a.typesetter(style, formats, fonts)
			if err != nil {
				a.begun = false
				return err
			}
			return t.documents(c.Context(), args, dir)
		},
	}
	c.Flags().StringVarP(&dir, "output", "o", ".", "写进哪个文件夹")
	c.Flags().StringVar(&style, "style", "gazette", "版式：gazette gazette-16 gazette-2 official")
	c.Flags().StringVar(&formats, "formats", "pdf,ofd,epub,html", "做哪几种格式，用逗号分开")
	c.Flags().StringArrayVar(&fonts, "font", nil, "本单位的字体（.ttf），可以写几次；按名称认出宋体、黑体、楷体、仿宋、小标宋")
	return c
}

// typesetter makes files of works and says how it went.
type typesetter struct {
	a       *app
	style   *typeset.Style
	faces   typeset.Faces
	formats []typeset.Format
}

func (a *app) typesetter(style, formats string, fonts []string) (*typesetter, error) {
	debug.SetGCPercent(25) // a command that sets an issue and ends stays below 100 MB, for a tenth more time
	t := &typesetter{a: a, style: typeset.StyleOf(style)}
	if t.style == nil {
		return nil, fmt.Errorf("没有叫“%s”的版式，可以写 gazette、gazette-16、gazette-2、official", style)
	}
	for _, f := range strings.Split(formats, ",") {
		f := typeset.Format(strings.ToLower(strings.TrimSpace(f)))
		if !slices.Contains(typeset.Formats(), f) {
			return nil, fmt.Errorf("没有叫“%s”的格式，可以写 pdf、ofd、epub、html", f)
		}
		if !slices.Contains(t.formats, f) {
			t.formats = append(t.formats, f)
		}
	}
	return t, t.fonts(fonts)
}

// fonts takes the built-in faces, and the office's own before them.
func (t *typesetter) fonts(paths []string) error {
	faces, err := typeset.Builtin()
	if err != nil {
		return err
	}
	var own []*typeset.Face
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			return fmt.Errorf("字体文件 %s 打不开，请检查路径和权限：%w", p, err)
		}
		f, _, err := typeset.OfficeFace(data)
		if errors.Is(err, typeset.ErrNoEmbedding) {
			return fmt.Errorf("字体 %s 的授权标记（fsType）不允许嵌入文件，请向字体厂商取得允许嵌入的版本：%w", p, err)
		}
		if err != nil {
			return fmt.Errorf("字体 %s 不能用，要 TrueType 轮廓的 .ttf 文件：%w", p, err)
		}
		own = append(own, f)
	}
	t.style, t.faces = typeset.WithOffice(t.style, faces, own)
	return nil
}

// errUneven says that a file does not say what its work says.
var errUneven = errors.New("有格式与原文不一致，这些文件不要使用，请把原文件交给系统管理员")

// documents sets each document by itself.
func (t *typesetter) documents(ctx context.Context, names []string, dir string) error {
	used := map[string]string{}
	var wrong error
	for _, name := range names {
		packages, err := intake.Read(name, intake.Options{Meta: map[string]string{"kind": "other"}})
		if err != nil {
			return err
		}
		for _, p := range packages {
			if err := ctx.Err(); err != nil {
				return err
			}
			base := strings.TrimSuffix(filepath.Base(p.Source), filepath.Ext(p.Source))
			if other, ok := used[base]; ok {
				return fmt.Errorf("%s 和 %s 会写成同一个文件，请分开排，或者改名", other, p.Source)
			}
			used[base] = p.Source
			w, err := workOf(p, t.style)
			if err != nil {
				return err
			}
			err = t.write(w, dir, base, stampOf(p.Source))
			if err != nil && !errors.Is(err, errUneven) {
				return err
			}
			wrong = errors.Join(wrong, err)
		}
	}
	return wrong
}

// stampOf is the moment that stands in the metadata: the one of the document, so that the same document gives the same bytes.
func stampOf(path string) time.Time {
	if info, err := os.Stat(path); err == nil {
		return info.ModTime().UTC().Truncate(time.Second)
	}
	return time.Unix(0, 0).UTC()
}

// workOf is a document that was read, as a work of its own.
func workOf(p intake.Package, s *typeset.Style) (*typeset.Work, error) {
	r := p.Revision
	a := typeset.Article{ID: "1", Title: r.Title, Number: r.Meta.DocNumber, Body: channels.SetBlocks(r.Body)}
	for _, f := range r.Attachments {
		a.Attachments = append(a.Attachments, f.Name)
	}
	w := &typeset.Work{Name: r.Title, Issuer: r.Meta.Issuer, Pictures: map[string]typeset.Picture{}, Sections: []typeset.Section{{Articles: []typeset.Article{a}}}}
	if s.Official && r.Meta.Issuer != "" {
		w.Head = &typeset.RedHead{Mark: r.Meta.Issuer + "文件", Number: r.Meta.DocNumber}
	}
	for _, im := range r.Images {
		pic, err := typeset.NewPicture(p.Files[im.Digest])
		if err != nil {
			return nil, fmt.Errorf("%s 的图片“%s”读不出来：%w", p.Source, im.Name, err)
		}
		w.Pictures[im.Digest] = pic
	}
	return w, nil
}

// madeWork is what is told of a work that was set.
type madeWork struct {
	Title string        `json:"title"`
	Pages int           `json:"pages,omitempty"`
	Proof typeset.Proof `json:"proof"`
}

// write makes the files of a work, reads them again, and tells of each whether it says what the work says.
func (t *typesetter) write(w *typeset.Work, dir, base string, at time.Time) error {
	bar := t.a.bar(w.Name)
	bar.draw("排版")
	files, book, err := typeset.Make(w, typeset.Making{Style: t.style, Faces: t.faces, Made: at, Formats: t.formats, Done: func(f typeset.Format, n int) { bar.done(string(f), n) }})
	bar.clear()
	var missing typeset.MissingError
	if errors.As(err, &missing) {
		return fmt.Errorf("《%s》%w", w.Name, missing)
	}
	if err != nil {
		return err
	}
	proof := typeset.Verify(w, files)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("写不了：%w", err)
	}
	for i := range proof.Files {
		f := &proof.Files[i]
		f.Name = base + "." + string(f.Format)
		if err := os.WriteFile(filepath.Join(dir, f.Name), files[f.Format], 0o644); err != nil {
			return fmt.Errorf("写不了：%w", err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, base+".proof.json"), proof.JSON(), 0o644); err != nil {
		return fmt.Errorf("写不了：%w", err)
	}
	done := madeWork{Title: w.Name, Proof: proof}
	if book != nil {
		done.Pages = len(book.Pages)
	}
	return t.tell(done, dir)
}

func (t *typesetter) tell(m madeWork, dir string) error {
	var err error
	if !m.Proof.Same() {
		err = errUneven
	}
	if t.a.json {
		return errors.Join(err, t.a.printJSON(m))
	}
	pages := ""
	if m.Pages > 0 {
		pages = fmt.Sprintf("，%d页", m.Pages)
	}
	fmt.Fprintf(t.a.out, "%s，%s字%s\n", m.Title, humanize.Comma(int64(m.Proof.Characters)), pages)
	for _, f := range m.Proof.Files {
		t.a.tellFile(f, filepath.Join(dir, f.Name))
	}
	return err
}

// bar tells on a terminal what is being made.
type bar struct {
	a     *app
	title string
	live  bool
}

func (a *app) bar(title string) *bar {
	_, lines := sizeOf(a.out)
	return &bar{a: a, title: clip(title, 40), live: lines > 0 && !a.json}
}

func (b *bar) draw(what string) {
	if b.live {
		fmt.Fprintf(b.a.out, "\r\x1b[K%s：%s……", b.title, what)
	}
}

// done tells of a file that is made: on a terminal in place, elsewhere a line of messages.
func (b *bar) done(what string, n int) {
	if !b.live && !b.a.json {
		fmt.Fprintf(b.a.err, "%s 做好了（%s）\n", what, humanize.IBytes(uint64(n)))
	}
	b.draw(what + " 做好了，接着做")
}

func (b *bar) clear() {
	if b.live {
		fmt.Fprint(b.a.out, "\r\x1b[K")
	}
}
