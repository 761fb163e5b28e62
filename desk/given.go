package desk

import (
	"net/http"

	"tongfa/ledger"
)

// givenPage shows a password that somebody was given, once.
type givenPage struct {
	frame
	Whose    ledger.Person
	Password string
	At       string // where to sign in
}

// reached is the address of the desk as people reach it.
func (d *desk) reached(r *http.Request) string {
	if d.Address != nil {
		return d.Address.String()
	}
	return "http://" + r.Host
}
