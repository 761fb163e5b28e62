package gazette

import (
	"fmt"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/typeset"
)

// formatsBlock is what the directory of an issue says of its files (本期文件).
type formatsBlock struct {
	Replaced   bool   // by a version without what was withdrawn
	Said       string // why these are not the files as they were issued; "" for those
	Files      []formatFile
	Characters string // of the one text; "" before it was made
	Verify     string // the verification block; "" before it was made
	Issued     string // that of the files as they were issued, where these are others
}

// formatFile is the whole issue in one format.
type formatFile struct {
	Name, For   string
	URL, Size   string
	SHA256, SM3 string
}

// fileLink is a link to a file, with its size where it is known.
type fileLink struct{ URL, Size string }

// link is the link to a file of an issue; nothing for a file that the issue does not have.
func (r record) link(name string) fileLink {
	if name == "" {
		return fileLink{}
	}
	l := fileLink{URL: name}
	if f, ok := named(r.Files, name); ok {
		l.Size = channels.SizeText(int64(f.Bytes))
	}
	return l
}

// formats is the block of an issue as it comes out. Of one that is not made yet, a proof, it has the links only.
func (r record) formats() formatsBlock {
	b := r.formatsOf(0, r.Files)
	if r.Text != nil {
		b.Characters, b.Verify = grouped(r.Text.Characters), verifyName
	}
	return b
}

// formatsOf lists the files of a version.
func (r record) formatsOf(version int, files []sealed) (b formatsBlock) {
	for _, f := range typeset.Formats() {
		x := formatFile{URL: r.place().file(f, version)}
		x.Name, x.For = formatName(f)
		if version > 0 && f == typeset.FormatPDF {
			x.For = "阅读和打印" // the paper is another one
		}
		if s, ok := named(files, x.URL); ok {
			x.Size, x.SHA256, x.SM3 = channels.SizeText(int64(s.Bytes)), s.SHA256, s.SM3
			if s.Signer != "" {
				x.For += "；有“" + s.Signer + "”的电子签名"
			}
		}
		b.Files = append(b.Files, x)
	}
	return b
}

// formatName is what readers call a format, and what it is good for.
func formatName(f typeset.Format) (name, use string) {
	switch f {
	case typeset.FormatPDF:
		return "PDF", "阅读和打印，版面与纸质公报相同"
	case typeset.FormatOFD:
		return "OFD", "国家标准版式文件（GB/T 33190），归档和公文系统用，版面与 PDF 相同"
	case typeset.FormatEPUB:
		return "EPUB", "电子书，在阅读器和手机上调字号阅读"
	}
	return "手机网页", "一个文件，下载后不联网也能看，适合手机和读屏软件"
}

func named(files []sealed, name string) (sealed, bool) {
	i := slices.IndexFunc(files, func(f sealed) bool { return f.Path == name })
	if i < 0 {
		return sealed{}, false
	}
	return files[i], true
}

// grouped writes a number with its thousands apart.
func grouped(n int) string {
	s := fmt.Sprint(n)
	var parts []string
	for len(s) > 3 {
		parts, s = append(parts, s[len(s)-3:]), s[:len(s)-3]
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}
