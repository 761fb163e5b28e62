package desk

import (
	"errors"
	"net/http"
	"net/url"

	"tongfa/ledger"
	"tongfa/press"
)

// peoplePage lists who may work at the desk.
type peoplePage struct {
	frame
	Tabs   []entry
	People []ledger.Person
	Next   string // address of the next page
}

const peopleOnAPage = 100

func (d *desk) people(w http.ResponseWriter, r *http.Request) {
	all, err := d.Ledger.People(r.Context(), r.URL.Query().Get("after"), peopleOnAPage+1)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	page := peoplePage{frame: d.frame(r, d.t(r, "人员"), "settings"), Tabs: d.settingTabs(r, "/people"), People: all}
	if len(all) > peopleOnAPage {
		page.People = all[:peopleOnAPage]
		page.Next = with("/people", url.Values{"after": {all[peopleOnAPage-1].Login}})
	}
	d.show(w, r, http.StatusOK, "people", page)
}

// IsLocked reports whether a person cannot sign in just now.
func (f frame) IsLocked(p ledger.Person) bool { return p.Locked.After(f.Now) }

// personForm is what is typed about a person, and what is wrong with it.
type personForm struct {
	Login, Name, Bureau string
	Roles               []press.Role
	Without             bool              // without a password: single sign-on only
	Wrong               map[string]string // by field
}

// Has reports whether a role is ticked.
func (f personForm) Has(r press.Role) bool {
	for _, have := range f.Roles {
		if have == r {
			return true
		}
	}
	return false
}

// Fields are the fields that something is wrong with, in the order of the form.
func (f personForm) Fields() []string {
	var out []string
	for _, name := range []string{"login", "name", "office", "roles", "code", "new", ""} {
		if f.Wrong[name] != "" {
			out = append(out, name)
		}
	}
	return out
}

func readPersonForm(r *http.Request) personForm {
	f := personForm{Login: bounded(r.PostForm.Get("login"), 200), Name: bounded(r.PostForm.Get("name"), 200), Bureau: bounded(r.PostForm.Get("office"), 400),
		Without: r.PostForm.Get("without") == "yes", Wrong: map[string]string{}}
	for _, s := range r.PostForm["role"] {
		if len(f.Roles) < 2*len(press.Roles()) {
			f.Roles = append(f.Roles, press.Role(s))
		}
	}
	return f
}

// wrongs sorts what the ledger says is wrong by field; false where it is another kind of error.
func (d *desk) wrongs(r *http.Request, err error, into map[string]string) bool {
	if m, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range m.Unwrap() {
			if !d.wrongs(r, e, into) {
				return false
			}
		}
		return true
	}
	var w *ledger.Wrong
	if !errors.As(err, &w) {
		return false
	}
	if into[w.Field] == "" {
		into[w.Field] = d.t(r, w.Say, w.More...)
	}
	return true
}
