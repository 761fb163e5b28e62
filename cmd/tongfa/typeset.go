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
	"tongfa/channels/gazette"
	"tongfa/config"
	"tongfa/intake"
	"tongfa/typeset"
)

func (a *app) typesetCmd() *cobra.Command {
	var dir string
	var o typesetOptions
	c := &cobra.Command{
		Use:   "typeset 文件...",
		Short: "把一份文件排成 PDF、OFD、EPUB 和手机网页，并核对四种格式文字一致",
		Long: `把文件排成版面：PDF 和 OFD 逐页相同，EPUB 和网页（一个 .html 文件）供手机阅读。
收 tongfa add 收的文件：.docx、.md、.html、.txt、.json；不读台账，不发布，不需要配置。

做完以后从每个文件里重新读出文字，与原文逐字比较；有一种不一致，退出码是 1。
同一份文件每次排出的字节相同。摘要（SHA-256 和 SM3）写在 名称.proof.json 里。

版式：gazette（公报，A4）、gazette-16（公报，16 开）、gazette-2（公报，双栏）、official（公文，GB/T 9704）。
后面加上 -hanging（如 gazette-hanging）是悬挂标点：行末的逗号、顿号、句号排在版心外面，不挤压行内的字。`,
		Example: `  tongfa typeset 通知.docx
  tongfa typeset --style official --formats pdf,ofd -o 清样/ 通知.md
  tongfa typeset --font fonts/FZXBSK.TTF 通知.docx
  tongfa typeset --certificate keys/pdf.pem --key keys/pdf.key --key-password keys/pdf.password 通知.docx`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("要写明排哪些文件，运行 %s --help 看用法", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			t, err := a.typesetter(o)
			if err != nil {
				a.begun = false
				return err
			}
			return t.documents(c.Context(), args, dir)
		},
	}
	c.Flags().StringVarP(&dir, "output", "o", ".", "写进哪个文件夹")
	c.Flags().StringVar(&o.style, "style", "gazette", "版式：gazette gazette-16 gazette-2 official")
	c.Flags().StringVar(&o.formats, "formats", "pdf,ofd,epub,html", "做哪几种格式，用逗号分开")
	c.Flags().StringArrayVar(&o.fonts, "font", nil, "本单位的字体（.ttf），可以写几次；按名称认出宋体、黑体、楷体、仿宋、小标宋")
	c.Flags().StringVar(&o.fallback, "fallback", config.FallbackFonts, "后备字体的文件夹：别的字体都没有的字才到里面的 .ttf 文件里找")
	c.Flags().StringVar(&o.watermark, "watermark", "", "PDF 和 OFD 每页底下的浅灰色水印")
	c.Flags().StringArrayVar(&o.certificates, "certificate", nil, "签名证书（PEM）；RSA、ECDSA 的给 PDF 签名，SM2 的给 OFD 签名，两张就写两次")
	c.Flags().StringArrayVar(&o.keys, "key", nil, "证书的私钥（PEM），次序和 --certificate 一样")
	c.Flags().StringVar(&o.password, "key-password", "", "私钥口令所在的文件")
	c.Flags().BoolVar(&o.attach, "attach", false, "把附件原样收进 OFD")
	return c
}

// typesetOptions are what the flags say.
type typesetOptions struct {
	style, formats, fallback, watermark, password string
	fonts, certificates, keys                     []string
	attach                                        bool
}

// typesetter makes files of works and says how it went.
type typesetter struct {
	a      *app
	making typeset.Making
	attach bool
}

func (a *app) typesetter(o typesetOptions) (*typesetter, error) {
	debug.SetGCPercent(25) // a command that sets an issue and ends stays below 100 MB, for a tenth more time
	t := &typesetter{a: a, attach: o.attach, making: typeset.Making{Style: typeset.StyleOf(o.style), Watermark: o.watermark}}
	if t.making.Style == nil {
		return nil, fmt.Errorf("没有叫“%s”的版式，可以写 gazette、gazette-16、gazette-2、official", o.style)
	}
	for _, f := range strings.Split(o.formats, ",") {
		f := typeset.Format(strings.ToLower(strings.TrimSpace(f)))
		if !slices.Contains(typeset.Formats(), f) {
			return nil, fmt.Errorf("没有叫“%s”的格式，可以写 pdf、ofd、epub、html", f)
		}
		if !slices.Contains(t.making.Formats, f) {
			t.making.Formats = append(t.making.Formats, f)
		}
	}
	if err := t.signatures(o); err != nil {
		return nil, err
	}
	spare, err := config.Fallback(o.fallback)
	if err != nil && o.fallback != config.FallbackFonts {
		return nil, fmt.Errorf("后备字体的文件夹 %s 打不开，请检查路径和权限：%w", o.fallback, err)
	}
	t.making.Fallback = gazette.Fallback(spare)
	return t, t.fonts(o.fonts)
}

// signatures reads who signs. A certificate that is not valid today signs nothing, whatever the age of the document.
func (t *typesetter) signatures(o typesetOptions) error {
	if len(o.certificates) != len(o.keys) {
		return fmt.Errorf("写了%d个 --certificate 和%d个 --key，每张证书要有它的私钥", len(o.certificates), len(o.keys))
	}
	password := ""
	if o.password != "" {
		data, err := os.ReadFile(o.password)
		if err != nil {
			return fmt.Errorf("口令文件 %s 打不开，请检查路径和权限：%w", o.password, err)
		}
		password = strings.TrimRight(string(data), "\r\n")
	}
	for i, certificate := range o.certificates {
		c, err := config.ReadSignature(certificate, o.keys[i], password)
		if err != nil {
			return err
		}
		if err := c.ValidAt(time.Now()); err != nil {
			return fmt.Errorf("证书 %s 不在有效期内，请换一张：%w", certificate, err)
		}
		f := typeset.FormatPDF
		if c.For(typeset.FormatOFD) == nil {
			f, t.making.OFD.Signer = typeset.FormatOFD, c
		} else {
			t.making.PDF.Signature = c
		}
		if !slices.Contains(t.making.Formats, f) {
			return fmt.Errorf("证书 %s 给 %s 签名，--formats 里没有这种格式", certificate, strings.ToUpper(string(f)))
		}
	}
	return nil
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
	t.making.Style, t.making.Faces = typeset.WithOffice(t.making.Style, faces, own)
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
			w, err := workOf(p, t.making.Style)
			if err != nil {
				return err
			}
			err = t.write(w, dir, base, stampOf(p.Source), t.attached(p))
			if err != nil && !errors.Is(err, errUneven) {
				return err
			}
			wrong = errors.Join(wrong, err)
		}
	}
	return wrong
}

// attached are the attachments of a document that go along in its OFD.
func (t *typesetter) attached(p intake.Package) (files []typeset.Attached) {
	if !t.attach {
		return nil
	}
	for _, f := range p.Revision.Attachments {
		files = append(files, typeset.Attached{Name: f.Name, Data: p.Files[f.Digest]})
	}
	return files
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
func (t *typesetter) write(w *typeset.Work, dir, base string, at time.Time, attached []typeset.Attached) error {
	bar := t.a.bar(w.Name)
	bar.draw("排版")
	m := t.making
	m.Made, m.OFD.Attachments, m.Done = at, attached, func(f typeset.Format, n int) { bar.done(string(f), n) }
	files, book, err := typeset.Make(w, m)
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
