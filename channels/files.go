package channels

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongfa/press"
)

// FilesOf are the pictures and attachments of a revision that stand beside its page, each once.
func FilesOf(r press.Revision) (all []press.Asset) {
	seen := map[string]bool{}
	for _, a := range slices.Concat(r.Images, r.Attachments) {
		if name := FileName(a); !seen[name] {
			seen[name] = true
			all = append(all, a)
		}
	}
	return all
}

// harmless are the endings under which a web server sends nothing that a browser would run as part of the site.
var harmless = []string{".pdf", ".ofd", ".doc", ".docx", ".wps", ".xls", ".xlsx", ".et", ".csv", ".ppt", ".pptx", ".dps", ".txt",
	".zip", ".rar", ".7z", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".mp3", ".mp4"}

// Harmless reports whether a file has an ending that FileName gives.
func Harmless(name string) bool {
	return slices.Contains(harmless, strings.ToLower(path.Ext(name))) || path.Ext(name) == ".bin"
}

// FileName is the name of a file on disk and in its address: eight digits of its digest, then its own name with nothing in
// it that a file system, a URL or a web server could take for something else.
func FileName(a press.Asset) string {
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
	switch mime, _, _ = strings.Cut(mime, ";"); mime {
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

// FileLink is an attachment as a page lists it.
type FileLink struct{ Name, URL, Kind, Size string }

// FileLinks lists the attachments of a revision. href is the link to a file by its name on disk.
func FileLinks(r press.Revision, href func(name string) string) (out []FileLink) {
	for _, a := range r.Attachments {
		name := FileName(a)
		out = append(out, FileLink{a.Name, href(name), strings.ToUpper(strings.TrimPrefix(path.Ext(name), ".")), SizeText(a.Size)})
	}
	return out
}

// SizeText is the size of a file as people read it.
func SizeText(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d 字节", n)
}

// Pictures places the pictures of a revision for WriteHTML. One that the revision does not hold is left without a file, and its words stand for it.
func Pictures(r press.Revision, href func(name string) string) func(press.Picture) Placed {
	return func(p press.Picture) Placed {
		for _, a := range r.Images {
			if a.Digest == p.Digest {
				return Placed{Src: href(FileName(a)), Width: a.Width, Height: a.Height}
			}
		}
		return Placed{}
	}
}

// Approved reads a file of the ledger and checks that it is what was approved. what names it in a sentence.
func Approved(ctx context.Context, blobs Blobs, digest, what string) ([]byte, error) {
	data, err := blobs.Blob(ctx, digest)
	if err != nil {
		return nil, &press.Trouble{Remedy: press.TryAgain, What: "从台账读取" + what + "失败", Err: fmt.Errorf("read blob: %w", err)}
	}
	if hexDigest(data) != digest {
		return nil, &press.Trouble{Remedy: press.AskPerson, What: what + "与审签时不是同一个文件，没有发布", Who: press.Operator.Name(),
			Do: "检查台账文件是否损坏", Err: fmt.Errorf("blob %s: digest differs", digest)}
	}
	return data, nil
}

func hexDigest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
