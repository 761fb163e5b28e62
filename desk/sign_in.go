package desk

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/ledger"
)

// signInPage asks who somebody is.
type signInPage struct {
	frame
	Login   string
	Next    string
	Problem string
	SSO     string // name of the single sign-on; "" for none
	First   bool   // nobody can sign in yet
	Demo    bool
}

func (d *desk) signInRoutes() []route {
	return []route{
		{"GET", "/sign-in", "", d.signInForm},
		{"POST", "/sign-in", "", d.signIn},
		{"POST", "/sign-out", "", d.signOut},
		{"POST", "/language", "", d.setLanguage},
		{"POST", "/theme", "", d.setTheme},
		{"POST", "/guise", "", d.changeGuise},
	}
}

// signInDone is what is said above the form.
func (d *desk) signInDone(r *http.Request) string {
	switch r.URL.Query().Get("done") {
	case "out":
		return d.t(r, "已经退出登录。")
	case "ended":
		return d.t(r, "登录已经结束，刚才的操作没有执行。请重新登录以后再做一次。")
	}
	return ""
}

func (d *desk) signInPage(r *http.Request, login, to, problem string) signInPage {
	p := signInPage{frame: d.frame(r, d.t(r, "登录"), ""), Login: login, Next: to, Problem: problem, First: d.code() != "", Demo: d.Guest != nil}
	p.Path = "/sign-in" // with what was typed, after a refusal, is no address to come back to
	if to != "/" {
		p.Path += "?next=" + url.QueryEscape(to)
	}
	p.Done = d.signInDone(r)
	if d.SignIn.OIDC != nil {
		p.SSO = d.SignIn.OIDC.Name
	}
	return p
}

func (d *desk) signInForm(w http.ResponseWriter, r *http.Request) {
	to := next(r.URL.Query().Get("next"))
	if personOf(r).ID != 0 {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	d.show(w, r, http.StatusOK, "sign_in", d.signInPage(r, "", to, ""))
}

func (d *desk) signIn(w http.ResponseWriter, r *http.Request) {
	if !d.form(w, r) {
		return
	}
	login, to := ledger.Login(r.PostForm.Get("login")), next(r.PostForm.Get("next"))
	no := func(status int, problem string) {
		if utf8.RuneCountInString(login) > 64 {
			login = ""
		}
		d.show(w, r, status, "sign_in", d.signInPage(r, login, to, problem))
	}
	if login == "" || r.PostForm.Get("password") == "" {
		no(http.StatusUnprocessableEntity, d.t(r, "请填写登录名和密码。"))
		return
	}
	p, err := d.prove(r, login, r.PostForm.Get("password"))
	var late *tooMany
	switch {
	case err == nil:
	case errors.As(err, &late):
		w.Header().Set("Retry-After", strconv.Itoa(late.seconds()))
		no(http.StatusTooManyRequests, d.sayLate(r, late))
		return
	case errors.Is(err, errWrong):
		no(http.StatusUnprocessableEntity, d.t(r, "登录名或者密码不对。"))
		return
	case errors.Is(err, errDisabled):
		no(http.StatusForbidden, d.t(r, "这个账号已经停用。需要恢复的话，请找系统管理员。"))
		return
	case errors.Is(err, errBusy):
		no(http.StatusServiceUnavailable, d.t(r, "现在登录的人太多，请过几秒再试。"))
		return
	default:
		d.fail(w, r, err)
		return
	}
	if err := d.begin(r, p, byPassword); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.MustChange {
		to = with("/me/password", url.Values{"next": {to}})
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

var (
	errWrong    = errors.New("wrong login or password")
	errDisabled = errors.New("the account is disabled")
)

// tooMany is the error after too many wrong passwords.
type tooMany struct{ wait time.Duration }

func (t *tooMany) Error() string { return fmt.Sprintf("wait %s", t.wait) }

func (t *tooMany) seconds() int { return int((t.wait + time.Second - 1) / time.Second) }

// sayLate says how long one has to wait. It is the same for a login that there is and one that there is not.
func (d *desk) sayLate(r *http.Request, t *tooMany) string {
	if t.seconds() > 90 {
		return d.t(r, "尝试的次数太多，请在%d分钟以后再试。着急的话，请系统管理员在“人员”里解除锁定。", (t.seconds()+59)/60)
	}
	return d.t(r, "尝试的次数太多，请在%d秒以后再试。", t.seconds())
}

// prove finds the person of a login and a password. Who asks too often is not answered.
func (d *desk) prove(r *http.Request, login, password string) (ledger.Person, error) {
	ctx, now, at := r.Context(), d.Now(), d.from(r)
	name := login[:min(len(login), 100)]
	p, hash, err := d.Ledger.PersonByLogin(ctx, login)
	if err != nil && !errors.Is(err, ledger.ErrNoPerson) {
		return p, err
	}
	if p.ID != 0 && p.Failures == 0 { // she has come in since, or somebody has unlocked her, perhaps on the server
		d.logins.passed(name)
	}
	if wait := max(d.addresses.wait(crowd(at), now), d.logins.wait(name, now)); wait > 0 {
		return ledger.Person{}, &tooMany{wait}
	}
	if wait := p.Locked.Sub(now); wait > 0 && !p.Locked.IsZero() {
		return p, &tooMany{wait}
	}
	ok, err := d.matches(ctx, password, hash)
	if err != nil {
		return p, err
	}
	if !ok {
		d.addresses.failed(crowd(at), now)
		d.logins.failed(name, now)
		d.Log.WarnContext(ctx, "wrong password", "person", p.Login, "from", at) // not what was typed: people type passwords there
		if p.ID != 0 {
			if err := d.Ledger.WrongPassword(ctx, p.ID, at, d.SignIn.Lockout, now); err != nil {
				return p, err
			}
		}
		return p, errWrong
	}
	d.logins.passed(name)
	if !p.Disabled.IsZero() {
		return p, errDisabled
	}
	return p, nil
}

// form reads the form of a request, or says that it cannot be read.
func (d *desk) form(w http.ResponseWriter, r *http.Request) bool {
	err := r.ParseForm()
	if err == nil {
		return true
	}
	status, what := http.StatusBadRequest, d.t(r, "提交的内容读不出来，没有执行")
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		status, what = http.StatusRequestEntityTooLarge, d.t(r, "提交的内容太大，没有执行")
	}
	d.refuse(w, r, status, what, d.t(r, "请返回上一页，检查以后重新提交。"))
	return false
}

func (d *desk) signOut(w http.ResponseWriter, r *http.Request) {
	p := personOf(r)
	if err := d.sessions.Destroy(r.Context()); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.ID != 0 {
		if err := d.Ledger.Note(r.Context(), "sign_out", p.Login, "", d.self(p), d.Now()); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, "/sign-in?done=out", http.StatusSeeOther)
}

// self is a person who does something to herself, which needs no right.
func (d *desk) self(p ledger.Person) ledger.Who {
	who := ledger.Who{Name: p.Name}
	if len(p.Roles) > 0 {
		who.Role = p.Roles[0]
	}
	return who
}

func (d *desk) setLanguage(w http.ResponseWriter, r *http.Request) {
	d.setTaste(w, r, "lang", chinese, english)
}

func (d *desk) setTheme(w http.ResponseWriter, r *http.Request) {
	d.setTaste(w, r, "theme", "", "light", "dark")
}

// setTaste remembers a choice in the browser, for before a sign-in, and of a person also in the ledger.
func (d *desk) setTaste(w http.ResponseWriter, r *http.Request, name string, allowed ...string) {
	if !d.form(w, r) {
		return
	}
	value, ok := r.PostForm.Get(name), false
	for _, a := range allowed {
		ok = ok || a == value
	}
	if !ok {
		d.refuse(w, r, http.StatusUnprocessableEntity, d.t(r, "没有这个选项"), d.t(r, "请返回上一页，检查以后重新提交。"))
		return
	}
	if p := personOf(r); p.ID != 0 {
		lang, theme := p.Lang, value
		if name == "lang" {
			lang, theme = value, p.Theme
		}
		if err := d.Ledger.SetTaste(r.Context(), p.ID, lang, theme); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure(), MaxAge: 365 * 24 * 3600}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
	to := strings.TrimSpace(r.PostForm.Get("next"))
	if to == "/sign-in" || strings.HasPrefix(to, "/sign-in?next=") { // the only one of its kind that one may come back to
		u, err := url.Parse(to)
		if err == nil {
			http.Redirect(w, r, with("/sign-in", url.Values{"next": {next(u.Query().Get("next"))}}), http.StatusSeeOther)
			return
		}
	}
	http.Redirect(w, r, next(to), http.StatusSeeOther)
}

// guises are whom the visitor of a demonstration may be: people without a password, whom nobody could sign in as otherwise.
func (d *desk) guises(r *http.Request) []ledger.Person {
	if d.Guest == nil {
		return nil
	}
	all, err := d.Ledger.People(r.Context(), "", 50)
	if err != nil {
		d.Log.ErrorContext(r.Context(), "read people", "err", err)
	}
	return slices.DeleteFunc(all, func(p ledger.Person) bool { return p.HasPassword || !p.Disabled.IsZero() })
}

// changeGuise lets the visitor of a demonstration be somebody else, to see what others may do.
func (d *desk) changeGuise(w http.ResponseWriter, r *http.Request) {
	if d.Guest == nil {
		d.nowhere(w, r)
		return
	}
	if !d.form(w, r) {
		return
	}
	p, _, err := d.Ledger.PersonByLogin(r.Context(), r.PostForm.Get("login"))
	switch {
	case errors.Is(err, ledger.ErrNoPerson) || err == nil && (p.HasPassword || !p.Disabled.IsZero()): // somebody real
		err = d.sessions.Destroy(r.Context())
	case err == nil:
		err = d.begin(r, p, byGuise)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
