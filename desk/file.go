package desk

import (
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"tongfa/press"
)

// fileRules keep a file that somebody handed in from doing anything but being looked at.
const fileRules = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"

// sendFile gives a file of the ledger. Pictures are shown; everything else is kept by the browser as a file.
func (d *desk) sendFile(w http.ResponseWriter, r *http.Request, a press.Asset) {
	data, err := d.Ledger.Blob(r.Context(), a.Digest)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", fileRules)
	h.Set("ETag", `"`+a.Digest+`"`)
	h.Set("Cache-Control", "private, no-cache")
	if r.Header.Get("If-None-Match") == `"`+a.Digest+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	switch a.MIME {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp":
		h.Set("Content-Type", a.MIME)
	default:
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	}
	_, _ = w.Write(data) // the reader may have gone
}

func extension(name string) string { return strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".") }

// fromMap opens one of some files that are at hand.
func fromMap(files map[string][]byte, name string) ([]byte, error) {
	if data, ok := files[name]; ok {
		return data, nil
	}
	if data, ok := files[path.Base(name)]; ok { // a browser sends files without their folders
		return data, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
