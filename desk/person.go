package desk

import (
	"context"
	"net/http"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

type personKey struct{}

// known puts the person of a request into it, before a page sees it: of the session, or the guest. What is for machines and our own files ask
// for nobody.
func (d *desk) known(next http.Handler) http.Handler {
	sessions := d.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := d.visitor(r)
		if err != nil {
			d.fail(w, r, err)
			return
		}
		if p.Name == "" && d.Guest != nil {
			p = *d.Guest
		}
		next.ServeHTTP(w, withPerson(r, p))
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/static/") || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			next.ServeHTTP(w, r)
			return
		}
		if ofAPI(r) && r.Header.Get("Authorization") != "" {
			d.bearer(w, r, next)
			return
		}
		sessions.ServeHTTP(w, r)
	})
}

func withPerson(r *http.Request, p ledger.Person) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), personKey{}, p))
}

// personOf is who sends a request. The zero Person is nobody, and may do nothing.
func personOf(r *http.Request) ledger.Person {
	p, _ := r.Context().Value(personKey{}).(ledger.Person)
	return p
}

// by is who makes the moves of a request, in the role that has a right.
func (d *desk) by(r *http.Request, right press.Right) ledger.Who { return personOf(r).By(right) }
