package desk

import (
	"net/http"
	"slices"

	"tongfa/ledger"
	"tongfa/press"
)

// accountCheck shows once more what is about to be done to a person.
type accountCheck struct {
	frame
	Whose   ledger.Person
	What    string // the move in words, as the button says it
	Move    string // last part of the address
	Bureau  string
	Roles   []press.Role
	Reason  string
	Warning string
}

// Seen names the state that the operator had before her.
func (p accountCheck) Seen() string { return stateOf(p.Whose) }

// sure reports whether the operator has seen the check page; it shows it if not.
func (d *desk) sure(w http.ResponseWriter, r *http.Request, c accountCheck) bool {
	if r.PostForm.Get("sure") == "yes" {
		return true
	}
	c.frame = d.frame(r, d.t(r, "请核对：%s", c.Whose.Name), "settings")
	d.show(w, r, http.StatusOK, "account_check", c)
	return false
}

// Same reports whether the roles stay as they are.
func (p accountCheck) Same(r press.Role) bool { return slices.Contains(p.Whose.Roles, r) }

// Gone are the roles that she loses.
func (p accountCheck) Gone() []press.Role {
	var out []press.Role
	for _, r := range p.Whose.Roles {
		if !slices.Contains(p.Roles, r) {
			out = append(out, r)
		}
	}
	return out
}
