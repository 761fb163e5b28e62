package desk

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

// accountPage is one person, as the operator sees her.
type accountPage struct {
	frame
	personForm
	Whose   ledger.Person
	Roles   []press.Role
	Deeds   []ledger.Deed // about her account
	Problem string
}

// Self reports whether the operator looks at herself.
func (p accountPage) Self() bool { return p.Person.ID == p.Whose.ID }

// Seen names the state that the operator had before her.
func (p accountPage) Seen() string { return stateOf(p.Whose) }

func stateOf(p ledger.Person) string { return fmt.Sprint(p.Changed.UnixMicro()) }

// whose is the person that a request is about.
func (d *desk) whose(w http.ResponseWriter, r *http.Request) (ledger.Person, bool) {
	id, err := strconv.ParseInt(r.PathValue("person"), 10, 64)
	if err == nil {
		p, err := d.Ledger.Person(r.Context(), id)
		if err == nil {
			return p, true
		}
		if !errors.Is(err, ledger.ErrNoPerson) {
			d.fail(w, r, err)
			return p, false
		}
	}
	d.refuse(w, r, http.StatusNotFound, d.t(r, "没有这位人员"), d.t(r, "请从“人员”里重新进入。"))
	return ledger.Person{}, false
}

func (d *desk) account(w http.ResponseWriter, r *http.Request) {
	p, ok := d.whose(w, r)
	if !ok {
		return
	}
	d.showAccount(w, r, http.StatusOK, p, personForm{Bureau: p.Office, Roles: p.Roles}, "")
}

func (d *desk) showAccount(w http.ResponseWriter, r *http.Request, status int, p ledger.Person, f personForm, problem string) {
	page := accountPage{frame: d.frame(r, p.Name, "settings"), personForm: f, Whose: p, Roles: press.Roles(), Problem: problem}
	page.Done = d.accountDone(r)
	var err error
	if page.Deeds, err = d.Ledger.Deeds(r.Context(), ledger.DeedFilter{About: p.Login, Most: 20}); err != nil {
		d.fail(w, r, err)
		return
	}
	d.show(w, r, status, "account", page)
}

func (d *desk) accountDone(r *http.Request) string {
	if r.Method != http.MethodGet {
		return ""
	}
	switch r.URL.Query().Get("done") {
	case "admitted":
		return d.t(r, "已新增，可以用统一身份认证登录。")
	case "roles":
		return d.t(r, "角色已调整。本人需要重新登录。")
	case "disabled":
		return d.t(r, "账号已停用，在各处的登录都已结束。")
	case "enabled":
		return d.t(r, "账号已启用。")
	case "unlocked":
		return d.t(r, "锁定已解除，可以马上再试。")
	}
	return ""
}

// aboutPerson reads a form about a person, and refuses one that was filled in before the person was changed by somebody else.
func (d *desk) aboutPerson(w http.ResponseWriter, r *http.Request) (p ledger.Person, f personForm, ok bool) {
	if !d.form(w, r) {
		return p, f, false
	}
	if p, ok = d.whose(w, r); !ok {
		return p, f, false
	}
	f = readPersonForm(r)
	if r.PostForm.Get("seen") != stateOf(p) {
		d.showAccount(w, r, http.StatusConflict, p, personForm{Bureau: p.Office, Roles: p.Roles}, d.t(r, "这位人员的资料在您填写期间已经变了，没有执行。请看过现在的情况再改。"))
		return p, f, false
	}
	return p, f, true
}

// changed goes back to a person after a move, or says what the ledger did not like about it.
func (d *desk) changed(w http.ResponseWriter, r *http.Request, p ledger.Person, f personForm, done string, err error) {
	if err == nil {
		http.Redirect(w, r, to("people", fmt.Sprint(p.ID))+"?done="+done, http.StatusSeeOther)
		return
	}
	if f.Wrong == nil {
		f.Wrong = map[string]string{}
	}
	if !d.wrongs(r, err, f.Wrong) {
		d.fail(w, r, err)
		return
	}
	d.showAccount(w, r, http.StatusUnprocessableEntity, p, f, "")
}

func (d *desk) changeRoles(w http.ResponseWriter, r *http.Request) {
	p, f, ok := d.aboutPerson(w, r)
	if !ok {
		return
	}
	own := personOf(r).ID == p.ID
	if own && !f.Has(press.Operator) {
		f.Wrong["roles"] = d.t(r, "不能给自己去掉系统管理员的角色，请另一位系统管理员来改")
		d.showAccount(w, r, http.StatusUnprocessableEntity, p, f, "")
		return
	}
	warning := d.t(r, "确认后，%s在各处的登录都会结束，重新登录以后按新的角色办事。", p.Name)
	if own {
		warning = d.t(r, "您在改自己的角色。确认后，您要重新登录。")
	}
	if len(f.Roles) > 0 && !d.sure(w, r, accountCheck{Whose: p, What: d.t(r, "调整角色"), Move: "roles", Bureau: f.Bureau, Roles: f.Roles, Warning: warning}) {
		return
	}
	err := d.Ledger.SetRoles(r.Context(), p.ID, f.Roles, f.Bureau, d.by(r, press.MayAdmit), d.Now())
	d.changed(w, r, p, f, "roles", err)
}

func (d *desk) disable(w http.ResponseWriter, r *http.Request) {
	p, _, ok := d.aboutPerson(w, r)
	if !ok {
		return
	}
	now := personForm{Bureau: p.Office, Roles: p.Roles}
	if personOf(r).ID == p.ID {
		d.showAccount(w, r, http.StatusUnprocessableEntity, p, now, d.t(r, "不能停用自己的账号，请另一位系统管理员来做"))
		return
	}
	c := accountCheck{Whose: p, What: d.t(r, "停用账号"), Move: "disable", Reason: bounded(r.PostForm.Get("reason"), 300),
		Warning: d.t(r, "确认后，%s在各处的登录马上结束，不能再登录。台账里的记录都保留，以后可以再启用。", p.Name)}
	if !d.sure(w, r, c) {
		return
	}
	err := d.Ledger.Disable(r.Context(), p.ID, c.Reason, d.by(r, press.MayAdmit), d.Now())
	d.changed(w, r, p, now, "disabled", err)
}

func (d *desk) enable(w http.ResponseWriter, r *http.Request) {
	p, _, ok := d.aboutPerson(w, r)
	if !ok {
		return
	}
	d.logins.passed(p.Login)
	err := d.Ledger.Enable(r.Context(), p.ID, d.by(r, press.MayAdmit), d.Now())
	d.changed(w, r, p, personForm{}, "enabled", err)
}

func (d *desk) unlock(w http.ResponseWriter, r *http.Request) {
	p, _, ok := d.aboutPerson(w, r)
	if !ok {
		return
	}
	d.logins.passed(p.Login)
	err := d.Ledger.Unlock(r.Context(), p.ID, d.by(r, press.MayAdmit), d.Now())
	d.changed(w, r, p, personForm{}, "unlocked", err)
}

// resetPassword gives a person a password for one sign-in. It is shown here and nowhere else, so the answer to the form is the page itself.
func (d *desk) resetPassword(w http.ResponseWriter, r *http.Request) {
	p, _, ok := d.aboutPerson(w, r)
	if !ok {
		return
	}
	if personOf(r).ID == p.ID {
		http.Redirect(w, r, "/me/password", http.StatusSeeOther)
		return
	}
	c := accountCheck{Whose: p, What: d.t(r, "重置密码"), Move: "password",
		Warning: d.t(r, "确认后，%s原来的密码作废，在各处的登录都会结束；新的初始密码只显示一次，请当面或者打电话告诉本人。", p.Name)}
	if !d.sure(w, r, c) {
		return
	}
	password := OneTimePassword()
	hash, err := d.hash(r.Context(), password)
	if err == nil {
		err = d.Ledger.SetPassword(r.Context(), p.ID, hash, true, d.by(r, press.MayAdmit), d.Now())
	}
	if err != nil {
		d.fail(w, r, fmt.Errorf("reset password: %w", err))
		return
	}
	d.logins.passed(p.Login)
	d.show(w, r, http.StatusOK, "given", givenPage{d.frame(r, d.t(r, "已重置%s的密码", p.Name), "settings"), p, password, d.reached(r)})
}
