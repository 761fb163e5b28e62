package desk

import (
	"errors"
	"net/http"
	"net/url"

	"tongfa/ledger"
	"tongfa/press"
)

// mePage is a person's own page.
type mePage struct {
	frame
	Rights  []rightLine
	SignIns []ledger.Deed
}

// rightLine is one right, and by which of her roles a person has it.
type rightLine struct {
	press.RightInfo
	By []press.Role
}

func (d *desk) personRoutes() []route {
	return []route{
		{"GET", "/me", "", d.own(d.me)},
		{"GET", "/me/password", "", d.own(d.passwordForm)},
		{"POST", "/me/password", "", d.own(d.changePassword)},
		{"GET", "/rights", press.MaySee, d.rights},
		{"GET", "/people", press.MayAdmit, d.people},
		{"GET", "/people/add", press.MayAdmit, d.admitForm},
		{"POST", "/people/add", press.MayAdmit, d.admit},
		{"GET", "/people/{person}", press.MayAdmit, d.account},
		{"POST", "/people/{person}/roles", press.MayAdmit, d.changeRoles},
		{"POST", "/people/{person}/disable", press.MayAdmit, d.disable},
		{"POST", "/people/{person}/enable", press.MayAdmit, d.enable},
		{"POST", "/people/{person}/unlock", press.MayAdmit, d.unlock},
		{"POST", "/people/{person}/password", press.MayAdmit, d.resetPassword},
		{"GET", "/welcome", "", d.welcomeForm},
		{"POST", "/welcome", "", d.welcome},
		{"GET", "/sign-in/oidc", "", d.oidcStart},
		{"GET", "/sign-in/oidc/back", "", d.oidcBack},
	}
}

// own is for pages that everybody has for herself, whatever she may do besides.
func (d *desk) own(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if personOf(r).ID == 0 && d.Guest == nil {
			d.unknown(w, r)
			return
		}
		do(w, r)
	}
}

func (d *desk) me(w http.ResponseWriter, r *http.Request) {
	p := personOf(r)
	page := mePage{frame: d.frame(r, d.t(r, "我的账号"), "me"), Rights: rightsOf(p)}
	if r.URL.Query().Get("done") == "password" {
		page.Done = d.t(r, "密码已经修改。您在别处的登录都已结束。")
	}
	var err error
	if p.ID != 0 {
		page.SignIns, err = d.Ledger.Deeds(r.Context(), ledger.DeedFilter{By: p.Name, Verb: "sign_in", Most: 5})
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	d.show(w, r, http.StatusOK, "me", page)
}

func rightsOf(p ledger.Person) []rightLine {
	var out []rightLine
	for _, i := range press.Rights() {
		l := rightLine{RightInfo: i}
		for _, r := range p.Roles {
			if r.Has(i.Right) {
				l.By = append(l.By, r)
			}
		}
		if len(l.By) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// changeFirst answers who signed in with a password that somebody else gave, and wants anything but another one.
func (d *desk) changeFirst(w http.ResponseWriter, r *http.Request) {
	if ofAPI(r) {
		d.refuse(w, r, http.StatusForbidden, d.t(r, "密码是别人给的，请先在编辑台改掉"), d.t(r, "没有执行。"))
		return
	}
	http.Redirect(w, r, with("/me/password", url.Values{"next": {cameFor(r)}}), http.StatusSeeOther)
}

// passwordPage asks for a new password.
type passwordPage struct {
	frame
	Next string
	Old  string // what is wrong with the present password as typed
	New  string // and with the new one
}

// Wrong reports whether anything is.
func (p passwordPage) Wrong() bool { return p.Old != "" || p.New != "" }

func (d *desk) passwordPage(r *http.Request, to string) passwordPage {
	return passwordPage{frame: d.frame(r, d.t(r, "修改密码"), "me"), Next: to}
}

func (d *desk) passwordForm(w http.ResponseWriter, r *http.Request) {
	if !personOf(r).HasPassword {
		d.noPassword(w, r)
		return
	}
	d.show(w, r, http.StatusOK, "password", d.passwordPage(r, next(r.URL.Query().Get("next"))))
}

func (d *desk) noPassword(w http.ResponseWriter, r *http.Request) {
	d.refuse(w, r, http.StatusNotFound, d.t(r, "您的账号没有密码"), d.t(r, "您用统一身份认证登录，密码在那里修改。"))
}

func (d *desk) changePassword(w http.ResponseWriter, r *http.Request) {
	p := personOf(r)
	if !p.HasPassword {
		d.noPassword(w, r)
		return
	}
	if !d.form(w, r) {
		return
	}
	page := d.passwordPage(r, next(r.PostForm.Get("next")))
	old, fresh, again := r.PostForm.Get("old"), r.PostForm.Get("new"), r.PostForm.Get("again")
	if _, err := d.prove(r, p.Login, old); err != nil {
		var late *tooMany
		switch {
		case errors.As(err, &late):
			page.Old = d.sayLate(r, late)
		case errors.Is(err, errBusy):
			page.Old = d.t(r, "现在登录的人太多，请过几秒再试。")
		case errors.Is(err, errWrong):
			page.Old = d.t(r, "现在的密码不对。")
		default:
			d.fail(w, r, err)
			return
		}
	}
	if problem := PasswordProblem(fresh, p); problem != "" {
		page.New = d.t(r, problem)
	} else if fresh != again {
		page.New = d.t(r, "两次输入的新密码不一样")
	} else if fresh == old {
		page.New = d.t(r, "新密码不能和现在的密码一样")
	}
	if page.Wrong() {
		d.show(w, r, http.StatusUnprocessableEntity, "password", page)
		return
	}
	if err := d.setPassword(r, p, fresh); err != nil {
		d.fail(w, r, err)
		return
	}
	to := "/me?done=password"
	if p.MustChange && page.Next != "/" {
		to = page.Next
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// setPassword gives a person the password that she chose. Her other sessions end; this one goes on, with another token.
func (d *desk) setPassword(r *http.Request, p ledger.Person, password string) error {
	ctx := r.Context()
	hash, err := d.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := d.Ledger.SetPassword(ctx, p.ID, hash, false, d.self(p), d.Now()); err != nil {
		return err
	}
	if p, err = d.Ledger.Person(ctx, p.ID); err != nil {
		return err
	}
	if err := d.sessions.RenewToken(ctx); err != nil {
		return err
	}
	d.remember(ctx, p)
	return nil
}
