package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"tongfa/press"
)

// loadedFile is what became of a file that the document names.
type loadedFile struct {
	data []byte
	ok   bool
}

// cleanPath makes a path relative to the document of what was written, or says why it is none.
func cleanPath(name string) (clean, trouble string) {
	name = strings.ReplaceAll(strings.TrimSpace(name), "\\", "/")
	switch {
	case name == "":
		return "", "文件名是空的"
	case strings.Contains(name, "://"), strings.HasPrefix(name, "//"):
		return "", "这是网上的地址，本程序不下载文件"
	case strings.HasPrefix(name, "/"), len(name) > 1 && name[1] == ':':
		return "", "不能用绝对路径"
	case slices.Contains(strings.Split(name, "/"), ".."):
		return "", "不能用..指到稿件所在文件夹之外"
	case strings.ContainsFunc(name, func(c rune) bool { v, _ := judge(c); return v != keep || c == '\t' || c == '\n' }) || !utf8.ValidString(name):
		return "", "文件名里有不可见字符"
	case len(name) > 1000:
		return "", "文件名太长"
	}
	return path.Clean(name), ""
}

// load reads a file beside the document, once. What is wrong with its name is a problem at the given place, where the name is written; what
// is wrong with its content is a problem of the file.
func (r *reading) load(name string, at Problem) ([]byte, string, bool) {
	clean, trouble := cleanPath(name)
	if trouble != "" {
		at.Text, at.Do = trouble+"：“"+clip(name)+"”", "请把文件放在稿件旁边，写相对的文件名"
		r.refuse(at)
		return nil, "", false
	}
	if f, ok := r.loaded[clean]; ok {
		return f.data, clean, f.ok
	}
	f := r.fetch(clean, at)
	r.loaded[clean] = f
	return f.data, clean, f.ok
}

func (r *reading) fetch(clean string, at Problem) (f loadedFile) {
	shown, l := r.beside(clean), r.o.Limits
	if len(r.loaded) >= l.Files {
		at.Text, at.Do = fmt.Sprintf("文件超过%d个", l.Files), "请合并或减少附件"
		r.refuse(at)
		return f
	}
	if r.total > l.Total {
		return f // told already
	}
	data, err := r.open(clean)
	if err != nil {
		r.cannotOpen(at, clean, err)
		return f
	}
	size := int64(len(data))
	r.total += size
	switch {
	case size > l.Attachment:
		r.refuse(Problem{File: shown, Field: at.Field, Text: "文件有" + bytesOf(size) + "，超过上限" + bytesOf(l.Attachment), Do: "请压缩图片或拆分文件"})
	case r.total > l.Total:
		r.refuse(Problem{File: shown, Field: at.Field, Text: "全部文件合计超过上限" + bytesOf(l.Total), Do: "请减少附件"})
	case size == 0:
		r.refuse(Problem{File: shown, Field: at.Field, Text: "文件是空的", Do: "请检查是否保存或上传完整"})
	default:
		return loadedFile{data: data, ok: true}
	}
	return f
}

// keepFile puts bytes among the files of the package.
func (r *reading) keepFile(name, mime string, data []byte) press.Asset {
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	r.pkg.Files[digest] = data
	return press.Asset{Digest: digest, Name: safeName(name), MIME: mime, Size: int64(len(data))}
}

// maxName bounds a file name as readers see it, in characters.
const maxName = 120

// safeName is a name without folder that every system can write, with its extension kept.
func safeName(name string) string {
	name = strings.Map(func(c rune) rune {
		if v, _ := judge(c); v != keep || c == '\n' || c == '\t' {
			return -1
		}
		if strings.ContainsRune(`<>:"|?*\/`, c) {
			return '_'
		}
		return c
	}, path.Base(name))
	name = strings.TrimLeft(trim(name), ".")
	ext := path.Ext(name)
	stem := []rune(strings.TrimSuffix(name, ext))
	if most := maxName - utf8.RuneCountInString(ext); most > 0 && len(stem) > most {
		stem = stem[:most]
	}
	if len(stem) == 0 {
		stem = []rune("文件")
	}
	return string(stem) + ext
}

// attachments takes the attachments in the order in which readers will see them, then the cover.
func (r *reading) attachments() {
	const name = "attachments"
	v := r.asked[name]
	vs := v.list
	if v.shape == words {
		vs = []value{v}
	}
	for _, e := range vs {
		if e.shape != words || trim(e.text) == "" {
			continue // told by take
		}
		data, clean, ok := r.load(e.text, e.place(name))
		if !ok {
			continue
		}
		a, ok := r.attachment(clean, data)
		if !ok {
			continue
		}
		if slices.ContainsFunc(r.pkg.Revision.Attachments, func(b press.Asset) bool { return b.Name == a.Name }) {
			r.at(e, name, "有两个附件都叫“"+a.Name+"”，读者分不清", "请改名")
			continue
		}
		r.pkg.Revision.Attachments = append(r.pkg.Revision.Attachments, a)
	}
	if c := r.asked["cover"]; c.shape == words && trim(c.text) != "" {
		if data, clean, ok := r.load(c.text, c.place("cover")); ok {
			if a, ok := r.pictureAsset(clean, "cover", data); ok {
				r.pkg.Revision.Cover = &a
			}
		}
	}
}

// claimed are the files that belong to the document, whether or not they could be read.
func (r *reading) claimed() []string {
	var out []string
	for name := range r.loaded {
		out = append(out, name)
	}
	for _, key := range []string{"attachments", "cover"} {
		for _, e := range append([]value{r.asked[key]}, r.asked[key].list...) {
			if clean, trouble := cleanPath(e.text); trouble == "" {
				out = append(out, clean)
			}
		}
	}
	return out
}
