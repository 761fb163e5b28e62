package desk

import (
	"fmt"
	"net/http"

	"tongfa/ledger"
	"tongfa/press"
)

// admitPage is the form for somebody new.
type admitPage struct {
	frame
	personForm
	Roles []press.Role
	SSO   string
}

func (d *desk) admitPage(r *http.Request, f personForm) admitPage {
	p := admitPage{d.frame(r, d.t(r, "新增人员"), "settings"), f, press.Roles(), ""}
	if d.SignIn.OIDC != nil {
		p.SSO = d.SignIn.OIDC.Name
	}
	return p
}

func (d *desk) admitForm(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusOK, "admit", d.admitPage(r, personForm{}))
}

func (d *desk) admit(w http.ResponseWriter, r *http.Request) {
	if !d.form(w, r) {
		return
	}
	f := readPersonForm(r)
	p := ledger.Person{Login: f.Login, Name: f.Name, Office: f.Bureau, Roles: f.Roles}
	password, hash := "", ""
	if !f.Without || d.SignIn.OIDC == nil {
		p.MustChange, password = true, OneTimePassword()
		var err error
		if hash, err = d.hash(r.Context(), password); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	p, err := d.Ledger.AddPerson(r.Context(), p, hash, d.by(r, press.MayAdmit), d.Now())
	if err != nil {
		if !d.wrongs(r, err, f.Wrong) {
			d.fail(w, r, err)
			return
		}
		d.show(w, r, http.StatusUnprocessableEntity, "admit", d.admitPage(r, f))
		return
	}
	if password == "" {
		http.Redirect(w, r, to("people", fmt.Sprint(p.ID))+"?done=admitted", http.StatusSeeOther)
		return
	}
	d.show(w, r, http.StatusOK, "given", givenPage{d.frame(r, d.t(r, "已新增%s", p.Name), "settings"), p, password, d.reached(r)})
}
