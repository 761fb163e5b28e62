package desk

import (
	"context"
	"net/http"
	"time"
)

// policy lets a page use our own files and nothing else. There is no inline script or style anywhere.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// mostPosted bounds a form.
const mostPosted = 64 << 10

// patience is how long a page may read the ledger. A question that takes longer would keep the others from their answers.
const patience = 8 * time.Second

// guard is what every request passes before a page sees it.
func (d *desk) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.refuse(w, r, http.StatusForbidden, d.t(r, "这个操作不是从编辑台的页面发出的，没有执行"), d.t(r, "请回到编辑台，在页面上重新操作。"))
	}))
	if d.Address != nil { // also where a proxy does not keep the Host
		if err := origin.AddTrustedOrigin(d.Address.Scheme + "://" + d.Address.Host); err != nil {
			panic(err) // unreachable: it is an address of the web
		}
	}
	next = origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !d.ours(r.Host) {
			d.refuse(w, r, http.StatusMisdirectedRequest, d.t(r, "编辑台不认识这个访问地址"),
				d.t(r, "请用系统管理员告诉您的网址，在本机可以用 127.0.0.1。系统管理员请检查配置里的 desk，以及反向代理是否保留了 Host。"))
			return
		}
		if d.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r = whole(r)
		r.Body = http.MaxBytesReader(w, r.Body, mostPosted)
		if r.Method != http.MethodPost && r.URL.Path != "/live" { // a move, once it is asked for, is not given up half way
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}

type wholeKey struct{}

// whole remembers a request as it came, for the few that may be long: an upload, a stream.
func whole(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), wholeKey{}, r))
}

// unbounded is a request as it came, before a form's bounds were put on its body and a page's on its time.
func unbounded(r *http.Request) *http.Request {
	if w, ok := r.Context().Value(wholeKey{}).(*http.Request); ok {
		return w
	}
	return r
}
