package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Read takes in a file, or a folder. A folder with one document is a package; a folder of many documents, or of
// folders, gives many packages, sorted by name. The error is a *Refusal with the problems of all documents; the packages that had
// none are returned all the same, so that one bad document does not hold up forty good ones.
func Read(name string, o Options) ([]Package, error) {
	o = o.filled()
	info, err := os.Stat(name)
	if err != nil {
		return nil, refusal([]Problem{{File: name, Text: "找不到文件或文件夹", Do: "请检查路径"}})
	}
	h := handIn{o: o}
	if info.IsDir() {
		h.folder(name, 0)
		if len(h.packages) == 0 && len(h.problems) == 0 {
			h.problems = append(h.problems, Problem{File: name, Text: "文件夹里没有稿件", Do: "稿件应当是docx、md、json、html或txt文件"})
		}
	} else {
		h.single(name)
	}
	slices.SortStableFunc(h.packages, func(a, b Package) int { return strings.Compare(a.Source, b.Source) })
	h.repeated()
	return h.packages, refusal(h.problems)
}

// handIn is the work on everything that was handed in at once.
type handIn struct {
	o         Options
	packages  []Package
	problems  []Problem
	documents int
}

func (h *handIn) problem(file, text, do string) {
	h.problems = append(h.problems, Problem{File: file, Text: text, Do: do})
}

func (h *handIn) single(name string) {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		h.problem(name, "打不开所在的文件夹", "请检查权限")
		return
	}
	defer root.Close()
	h.document(root, name, filepath.Base(name))
}

// document reads one document of a folder and gives the files it claims.
func (h *handIn) document(root *os.Root, shown, base string) []string {
	r := newReading(shown, base, nil, h.o)
	if !r.readable() {
		h.problems = append(h.problems, r.problems...)
		return nil
	}
	data, err := openIn(root, base, h.o.Limits.document(base))
	if err != nil {
		r.cannotOpen(Problem{}, "", err)
		h.problems = append(h.problems, r.problems...)
		return nil
	}
	p, claimed, err := readDocument(shown, base, data, func(name string) ([]byte, error) { return openIn(root, name, h.o.Limits.Attachment) }, h.o)
	var refused *Refusal
	if errors.As(err, &refused) {
		h.problems = append(h.problems, refused.Problems...)
		return claimed
	}
	h.packages = append(h.packages, p)
	return claimed
}

// openIn reads a regular file below root, following no link out of it, and at most one byte more than allowed.
func openIn(root *os.Root, name string, most int64) ([]byte, error) {
	info, err := root.Stat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil && strings.Contains(err.Error(), "escapes"):
		return nil, &fileTrouble{"这是指到文件夹之外的链接", "请放上文件本身"}
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fileTrouble{"这是文件夹，不是文件", "请写文件名"}
	case !info.Mode().IsRegular():
		return nil, &fileTrouble{"这不是普通文件（管道、设备或套接字）", "请放上普通文件"}
	case info.Size() > most:
		return nil, &fileTrouble{"文件有" + bytesOf(info.Size()) + "，超过上限" + bytesOf(most), "请压缩图片或拆分文件"}
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most+1))
}

// Bounds of a folder: how deep, and how many documents.
const (
	maxFolders   = 8
	maxDocuments = 1000
)

// folder reads the documents of a folder, those with metadata of their own first, because they say which of the other
// files are their attachments.
func (h *handIn) folder(dir string, depth int) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		h.problem(dir, "打不开文件夹", "请检查权限")
		return
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		h.problem(dir, "读不了文件夹", "请检查权限")
		return
	}
	c := sortOut(entries)
	h.orphans(dir, c)
	claimed := map[string]bool{}
	for _, group := range [][]string{c.own, c.plain} {
		for _, base := range group {
			if claimed[base] {
				continue
			}
			if h.documents++; h.documents > maxDocuments {
				h.problem(dir, fmt.Sprintf("稿件超过%d份", maxDocuments), "请分批提交")
				return
			}
			for _, name := range h.document(root, filepath.Join(dir, base), base) {
				claimed[name] = true
			}
		}
	}
	h.rest(dir, c, claimed)
	h.folders(dir, c.dirs, claimed, depth)
}

// contents are the entries of a folder by what they are.
type contents struct {
	own   []string // documents that carry metadata, or have a side file
	plain []string // html and txt without
	side  []string
	other []string
	dirs  []string
}

func sortOut(entries []fs.DirEntry) (c contents) {
	sides := map[string]bool{}
	for _, e := range entries {
		if ext := format(e.Name()); ext == "yaml" || ext == "yml" {
			sides[strings.TrimSuffix(e.Name(), path.Ext(e.Name()))] = true
		}
	}
	for _, e := range entries {
		name := e.Name()
		switch ext := format(name); {
		case strings.HasPrefix(name, "."), strings.HasPrefix(name, "~$"), name == "Thumbs.db", name == "desktop.ini", name == "__MACOSX":
		case e.IsDir():
			c.dirs = append(c.dirs, name)
		case ext == "yaml", ext == "yml":
			c.side = append(c.side, name)
		case ext == "md", ext == "markdown", ext == "json":
			c.own = append(c.own, name)
		case sides[strings.TrimSuffix(name, path.Ext(name))]:
			c.own = append(c.own, name)
		case ext == "html", ext == "htm", ext == "txt", ext == "docx":
			c.plain = append(c.plain, name)
		default:
			c.other = append(c.other, name)
		}
	}
	return c
}

// orphans tells of side files that belong to no document, or to several.
func (h *handIn) orphans(dir string, c contents) {
	for _, side := range c.side {
		base := strings.TrimSuffix(side, path.Ext(side))
		n := 0
		for _, name := range append(slices.Clone(c.own), c.plain...) {
			if strings.TrimSuffix(name, path.Ext(name)) == base {
				n++
			}
		}
		switch {
		case n == 0:
			h.problem(filepath.Join(dir, side), "找不到它说明的稿件", "请把稿件放在旁边，两个文件的名字除扩展名外要相同")
		case n > 1:
			h.problem(filepath.Join(dir, side), "有几份同名的稿件，不知道它说明的是哪一份", "请给稿件改名")
		}
	}
}

// rest looks at what no document claimed. A text document that this room cannot read must not be passed over.
func (h *handIn) rest(dir string, c contents, claimed map[string]bool) {
	for _, name := range c.other {
		ext := format(name)
		switch {
		case claimed[name]:
		case slices.Contains([]string{"doc", "wps"}, ext), len(c.own)+len(c.plain) == 0 && (ext == "pdf" || ext == "ofd"):
			r := newReading(filepath.Join(dir, name), name, nil, h.o)
			r.readable()
			h.problems = append(h.problems, r.problems...)
		case len(h.packages) > 0:
			p := &h.packages[len(h.packages)-1]
			p.Warnings = append(p.Warnings, Warning{Text: "文件夹里的“" + name + "”没有被稿件引用，没有收下；如是附件，请写进attachments"})
		}
	}
}

func (h *handIn) folders(dir string, names []string, claimed map[string]bool, depth int) {
	for _, name := range names {
		if depth >= maxFolders {
			h.problem(filepath.Join(dir, name), fmt.Sprintf("文件夹套了%d层以上", maxFolders), "请放浅一些")
			return
		}
		if !filesBelow(claimed, name) {
			h.folder(filepath.Join(dir, name), depth+1)
		}
	}
}

// filesBelow reports whether a document of the folder above keeps its files in this one.
func filesBelow(claimed map[string]bool, dir string) bool {
	for name := range claimed {
		if strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}

// repeated refuses all documents with the same external id: it would be left to chance which one is the newest revision.
func (h *handIn) repeated() {
	first, twice := map[string]string{}, map[string]bool{}
	for _, p := range h.packages {
		id := p.Item.ExternalID
		if other, again := first[id]; again && id != "" {
			h.problems = append(h.problems, Problem{File: p.Source, Field: "external_id", Text: "“" + clip(id) + "”和" + other + "重复，都没有收下", Do: "请核对编号，每份稿件一个"})
			twice[id] = true
		}
		first[id] = p.Source
	}
	h.packages = slices.DeleteFunc(h.packages, func(p Package) bool { return twice[p.Item.ExternalID] })
}
