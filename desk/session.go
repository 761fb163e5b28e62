package desk

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"tongfa/ledger"
	"tongfa/press"
)

// Door is who may come in, from where, and how.
type Door struct {
	Address  *url.URL       // where people reach the desk, as the operator says; nil means on this machine only
	Proxies  []netip.Prefix // whose word about where a request came from is believed, beside this machine's own
	SignIn   SignIn
	Code     func() string // what whoever makes the first account must know; "" when there is an operator already
	Admitted func()        // called when the first account was made
}

// door is what the desk keeps of who comes in.
type door struct {
	sessions  *scs.SessionManager
	turnstile turnstile
	addresses *throttle // by where the wrong passwords came from
	logins    *throttle // and by whose they should have been
}

func (d *desk) newDoor() door {
	d.SignIn = d.SignIn.filled()
	lock := d.SignIn.Lockout
	return door{
		sessions:  d.newSessions(),
		turnstile: make(turnstile, 2),
		addresses: &throttle{free: 20, first: time.Second, most: time.Minute, keep: 15 * time.Minute},
		logins:    &throttle{free: 4, first: 2 * time.Second, most: lock.For, last: lock.After, keep: 2 * lock.For},
	}
}

// code is what whoever makes the first account must know; "" where there is nothing to make.
func (d *desk) code() string {
	if d.Code == nil {
		return ""
	}
	return d.Code()
}

// SignIn is how long a session lasts and what wrong passwords lead to. The zero value has the usual terms.
type SignIn struct {
	Idle    time.Duration // a session ends when nothing was asked for so long; 2 h
	Life    time.Duration // and at the latest after so long; 12 h
	Lockout ledger.Lockout
	OIDC    *OIDC // single sign-on; nil for none
}

func (s SignIn) filled() SignIn {
	if s.Idle <= 0 {
		s.Idle = 2 * time.Hour
	}
	if s.Life <= 0 {
		s.Life = 12 * time.Hour
	}
	if s.Lockout.After <= 0 {
		s.Lockout = ledger.Lockout{After: 10, For: 15 * time.Minute}
	}
	return s
}

// What a session holds. changed is what the ledger said of the person when it began: any change since ends it.
const (
	keyPerson  = "person"
	keyChanged = "changed"
	keyBegan   = "began"
	keyTouched = "touched"
	keyVouched = "vouched" // not by a password of ours
)

// How people come in, as the record says it.
const (
	byPassword = "密码"
	bySSO      = "统一身份认证"
	byGuise    = "演示"
)

// touchEvery is how often it is written down that somebody is still there. Every request would be a write of the ledger otherwise.
const touchEvery = time.Minute

func (d *desk) newSessions() *scs.SessionManager {
	s := scs.New()
	s.Store = d.Ledger.Sessions()
	s.Lifetime = d.SignIn.Life
	s.HashTokenInStore = true
	s.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) { d.fail(w, r, err) }
	s.Cookie = scs.SessionCookie{Name: "tongfa", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure()} // it ends with the browser
	return s
}

// secure reports whether the desk is reached by https, so that its cookies go no other way.
func (d *desk) secure() bool { return d.Address != nil && d.Address.Scheme == "https" }

// begin signs a person in. The token is a new one: what the browser had before, or was given by somebody else, is worth nothing.
func (d *desk) begin(r *http.Request, p ledger.Person, how string) error {
	ctx := r.Context()
	if err := d.sessions.Clear(ctx); err != nil {
		return err
	}
	if err := d.sessions.RenewToken(ctx); err != nil {
		return err
	}
	d.remember(ctx, p)
	d.sessions.Put(ctx, keyVouched, how != byPassword)
	return d.Ledger.SignedIn(ctx, p.ID, how, d.from(r), d.Now())
}

func (d *desk) remember(ctx context.Context, p ledger.Person) {
	now := d.Now().UnixMicro()
	d.sessions.Put(ctx, keyPerson, p.ID)
	d.sessions.Put(ctx, keyChanged, p.Changed.UnixMicro())
	d.sessions.Put(ctx, keyBegan, now)
	d.sessions.Put(ctx, keyTouched, now)
}

// visitor is the person of a session that still counts; the zero Person where there is none.
func (d *desk) visitor(r *http.Request) (ledger.Person, error) {
	ctx := r.Context()
	id := d.sessions.GetInt64(ctx, keyPerson)
	if id == 0 {
		return ledger.Person{}, nil
	}
	p, err := d.Ledger.Person(ctx, id)
	if err != nil && !errors.Is(err, ledger.ErrNoPerson) {
		return ledger.Person{}, err
	}
	now := d.Now()
	since := func(key string) time.Duration { return now.Sub(time.UnixMicro(d.sessions.GetInt64(ctx, key))) }
	over := err != nil || !p.Disabled.IsZero() || d.sessions.GetInt64(ctx, keyChanged) != p.Changed.UnixMicro() ||
		since(keyTouched) > d.SignIn.Idle || since(keyBegan) > d.SignIn.Life
	if over {
		return ledger.Person{}, d.sessions.Destroy(ctx)
	}
	if d.sessions.GetBool(ctx, keyVouched) {
		p.MustChange = false // the password that she did not need
	}
	if attended(r) && (since(keyTouched) >= touchEvery || since(keyTouched) < 0) {
		if err := d.Ledger.Seen(ctx, p.ID, now); err != nil { // on a full disk one can still look
			d.Log.WarnContext(ctx, "cannot record presence", "err", err)
			return p, nil
		}
		d.sessions.Put(ctx, keyTouched, now.UnixMicro())
	}
	return p, nil
}

// stillIn reports whether who reads a stream may still do so: it asks the ledger again, as her session may have ended since.
func (d *desk) stillIn(r *http.Request) bool {
	p := personOf(r)
	if p.ID <= 0 { // a guest
		return p.May(press.MaySee)
	}
	c, err := r.Cookie(d.sessions.Cookie.Name)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience) // not the request's, which holds the session as it was
	defer cancel()
	if ctx, err = d.sessions.Load(ctx, c.Value); err != nil {
		return true // nobody knows; the next beat asks again
	}
	now, err := d.visitor(r.WithContext(ctx))
	return err != nil || now.May(press.MaySee)
}

// attended reports whether somebody asked, and not a page by itself that lies open: a browser that goes to a page wants text/html, a script
// takes anything.
func attended(r *http.Request) bool {
	return r.Method == http.MethodPost || strings.Contains(r.Header.Get("Accept"), "text/html")
}

// next is the address of ours that a form or a link wants to come back to; "/" for anything else.
func next(s string) string {
	const most = 2000
	bad := func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }
	if s == "" || len(s) > most || s[0] != '/' || strings.HasPrefix(s, "//") || strings.ContainsFunc(s, bad) {
		return "/"
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(u.Path, bad) {
		return "/"
	}
	if u.Path == "/sign-in" || strings.HasPrefix(u.Path, "/sign-in/") || u.Path == "/sign-out" || u.Path == "/welcome" || strings.HasPrefix(u.Path, "/api/") {
		return "/"
	}
	return u.RequestURI()
}

// cameFor is the page that a request was made for, or from where it was not for a page.
func cameFor(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return next(r.URL.RequestURI())
	}
	if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
		return next(u.RequestURI())
	}
	return "/"
}

// unknown answers who has not signed in and wants what only people of the office may.
func (d *desk) unknown(w http.ResponseWriter, r *http.Request) {
	if ofAPI(r) {
		d.apiStranger(w, r)
		return
	}
	q := url.Values{}
	if to := cameFor(r); to != "/" {
		q.Set("next", to)
	}
	if r.Method == http.MethodPost {
		q.Set("done", "ended")
	}
	http.Redirect(w, r, with("/sign-in", q), http.StatusSeeOther)
}

func with(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// from is the address that a request came from, as far as that is known: what a proxy says is believed only of a proxy of ours.
func (d *desk) from(r *http.Request) string {
	at := hostOf(r.RemoteAddr)
	if !d.trusted(at) {
		return at
	}
	var hops []string
	for _, line := range r.Header.Values("X-Forwarded-For") {
		hops = append(hops, strings.Split(line, ",")...)
	}
	for i := len(hops) - 1; i >= 0; i-- {
		hop := hostOf(strings.TrimSpace(hops[i]))
		if hop == "" {
			break
		}
		if at = hop; !d.trusted(at) {
			break
		}
	}
	return at
}
