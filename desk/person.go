package desk

import (
	"context"
	"net/http"

	"tongfa/ledger"
	"tongfa/press"
)

type personKey struct{}

// known puts the person of a request into it, before a page sees it.
func (d *desk) known(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ofAPI(r) && r.Header.Get("Authorization") != "" {
			d.bearer(w, r, next)
			return
		}
		if d.Guest != nil {
			r = withPerson(r, *d.Guest)
		}
		next.ServeHTTP(w, r)
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
