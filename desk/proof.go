package desk

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

// proofPolicy lets a proof be looked at in a frame of ours and do nothing at all: no script, no form, nothing from elsewhere.
const proofPolicy = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; " +
	"sandbox allow-same-origin allow-popups allow-downloads"

// proof shows a file of an edition as it will look, drawn by what will put it out.
func (d *desk) proof(w http.ResponseWriter, r *http.Request) {
	key, path := r.PathValue("key"), r.PathValue("path")
	line, err := d.Ledger.Edition(r.Context(), key)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	c, ok := d.composing(line.Slot.Channel)
	if !ok || c.Proof == nil {
		d.refuseEdition(w, r, errNotComposed)
		return
	}
	e, err := d.Ledger.Numbering(r.Context(), c.Plan, line.Edition)
	if err != nil {
		d.refuse(w, r, http.StatusUnprocessableEntity, say(err), "")
		return
	}
	s, err := c.Proof.Proof(r.Context(), e, path)
	var t *press.Trouble
	switch {
	case errors.Is(err, channels.ErrNoSheet):
		d.refuse(w, r, http.StatusNotFound, d.t(r, "清样里没有这个文件"), d.t(r, "清样只有这一期自己的内容。"))
		return
	case errors.As(err, &t):
		d.refuse(w, r, http.StatusUnprocessableEntity, t.Say(), "")
		return
	case err != nil:
		d.fail(w, r, err)
		return
	case s.Go != "":
		http.Redirect(w, r, to(append([]string{"editions", key, "proof"}, strings.Split(s.Go, "/")...)...), http.StatusSeeOther)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", proofPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", s.MIME)
	if kind, _, err := mime.ParseMediaType(s.MIME); err != nil || !strings.HasPrefix(kind, "image/") && kind != "text/html" && kind != "text/css" && kind != "text/plain" || kind == "image/svg+xml" {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path[strings.LastIndex(path, "/")+1:]}))
	}
	_, _ = w.Write(s.Data) // the reader may have gone
}
