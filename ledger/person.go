package ledger

import (
	"slices"
	"time"

	"tongfa/press"
)

// Person is somebody who works at the desk, or a machine that works through the API (its roles are empty and Rights says what it may).
type Person struct {
	ID          int64
	Login       string // what is typed to sign in
	Name        string // as records name the person; no two have the same
	Office      string
	Roles       []press.Role
	Rights      []press.Right // of a token of the API; people have those of their roles
	HasPassword bool          // else she comes in by single sign-on only
	MustChange  bool          // the password was given by somebody else
	Failures    int           // wrong passwords in a row
	Disabled    time.Time
	Locked      time.Time // no sign-in before this moment, after too many wrong passwords
	Made        time.Time
	MadeBy      string
	Changed     time.Time // of password, roles or state: what was begun before has ended
	Seen        time.Time
	Lang        string // zh or en; "" is zh
	Theme       string // light or dark; "" is as the browser says
}

// May reports whether a person has a right.
func (p Person) May(right press.Right) bool {
	return slices.Contains(p.Rights, right) || slices.ContainsFunc(p.Roles, func(r press.Role) bool { return r.Has(right) })
}

// By is a person in the role that has a right, as a move records it. A person without the right has no role in it, which the table of moves
// refuses.
func (p Person) By(right press.Right) Who {
	who := Who{Name: p.Name}
	for _, r := range p.Roles {
		if r.Has(right) {
			who.Role = r
			return who
		}
	}
	if slices.Contains(p.Rights, right) {
		who.Role = press.Machine(right)
	}
	return who
}
