package desk

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tongfa/ledger"
)

// OIDC is the office's single sign-on (统一身份认证), by OpenID Connect: the code flow with PKCE, a state and a nonce. It says who somebody is;
// what she may do, and whether she may come in at all, is said under People, by login.
type OIDC struct {
	Name      string // as people see it
	Issuer    string
	ClientID  string
	Secret    func() string
	Claim     string // of the token that is the login here
	Transport http.RoundTripper
	Now       func() time.Time // nil means the wall clock

	mu       sync.Mutex
	provider *oidc.Provider // after the first success
}

// oidcPatience is how long the provider may take for one answer.
const oidcPatience = 10 * time.Second

func (o *OIDC) client(ctx context.Context) context.Context {
	t := o.Transport
	if t == nil {
		t = http.DefaultTransport
	}
	return oidc.ClientContext(ctx, &http.Client{Transport: t, Timeout: oidcPatience})
}

// find asks the provider for its addresses, once. A provider that is not there keeps nobody from a sign-in by password.
func (o *OIDC) find(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	p, err := oidc.NewProvider(o.client(context.WithoutCancel(ctx)), o.Issuer) // it keeps the context for its keys
	if err != nil {
		return nil, fmt.Errorf("find provider: %w", err)
	}
	o.provider = p
	return p, nil
}

func (o *OIDC) config(p *oidc.Provider, back string) oauth2.Config {
	return oauth2.Config{ClientID: o.ClientID, ClientSecret: o.Secret(), Endpoint: p.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// errand is what the browser carries to the provider and back, in a cookie of ten minutes: nothing is stored for who has not signed in.
type errand struct {
	State, Nonce, Verifier, Next string
}

const errandCookie = "tongfa_errand"

func (d *desk) errandCookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: errandCookie, Value: value, Path: "/sign-in/oidc", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure(), MaxAge: age}
}

func random() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // it does not fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// back is the address that the provider sends people back to.
func (d *desk) back(r *http.Request) string { return d.reached(r) + "/sign-in/oidc/back" }

func (d *desk) oidcStart(w http.ResponseWriter, r *http.Request) {
	o := d.SignIn.OIDC
	if o == nil {
		d.nowhere(w, r)
		return
	}
	p, err := o.find(r.Context())
	if err != nil {
		d.oidcFail(w, r, err)
		return
	}
	e := errand{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier(), Next: next(r.URL.Query().Get("next"))}
	raw, err := json.Marshal(e)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	http.SetCookie(w, d.errandCookie(base64.RawURLEncoding.EncodeToString(raw), 600))
	c := o.config(p, d.back(r))
	http.Redirect(w, r, c.AuthCodeURL(e.State, oidc.Nonce(e.Nonce), oauth2.S256ChallengeOption(e.Verifier)), http.StatusSeeOther)
}

// oidcBack is where the provider sends people back to. By the protocol that is a GET, and the one that changes something: it signs in. A page of
// others that sends a browser here has not the state that the browser carries.
func (d *desk) oidcBack(w http.ResponseWriter, r *http.Request) {
	if d.SignIn.OIDC == nil {
		d.nowhere(w, r)
		return
	}
	http.SetCookie(w, d.errandCookie("", -1)) // it counts once
	e, err := readErrand(r)
	if err != nil {
		d.oidcFail(w, r, err)
		return
	}
	login, err := d.SignIn.OIDC.login(r.Context(), r.URL.Query(), e, d.back(r))
	if err != nil {
		d.oidcFail(w, r, err)
		return
	}
	p, _, err := d.Ledger.PersonByLogin(r.Context(), login)
	switch {
	case errors.Is(err, ledger.ErrNoPerson):
		d.Log.WarnContext(r.Context(), "nobody of this login", "login", login, "from", d.from(r))
		d.refuse(w, r, http.StatusForbidden, d.t(r, "编辑台里没有登录名是“%s”的账号", bounded(login, 64)), d.t(r, "您的身份没有问题，但是还没有开通编辑台。请系统管理员在“人员”里用这个登录名新增账号。"))
		return
	case err != nil:
		d.fail(w, r, err)
		return
	case !p.Disabled.IsZero():
		d.refuse(w, r, http.StatusForbidden, d.t(r, "这个账号已经停用。需要恢复的话，请找系统管理员。"), d.t(r, "没有登录。"))
		return
	}
	if err := d.begin(r, p, bySSO); err != nil {
		d.fail(w, r, err)
		return
	}
	http.Redirect(w, r, next(e.Next), http.StatusSeeOther)
}

func (d *desk) oidcFail(w http.ResponseWriter, r *http.Request, err error) {
	d.Log.WarnContext(r.Context(), "single sign-on", "err", err, "from", d.from(r))
	d.refuse(w, r, http.StatusBadGateway, d.t(r, "用%s登录没有成功", d.SignIn.OIDC.Name), d.t(r, "请回到登录页再试一次。还是不行的话，请系统管理员查看日志；有密码的可以用密码登录。"))
}

func readErrand(r *http.Request) (e errand, err error) {
	c, err := r.Cookie(errandCookie)
	if err != nil {
		return e, errors.New("the browser carries no errand: too late, or begun elsewhere")
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return e, fmt.Errorf("read errand: %w", err)
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, fmt.Errorf("read errand: %w", err)
	}
	if e.State == "" || e.Nonce == "" || e.Verifier == "" {
		return e, errors.New("read errand: something is missing")
	}
	return e, nil
}

// login is the login of whom the provider vouches for.
func (o *OIDC) login(ctx context.Context, answer url.Values, e errand, back string) (string, error) {
	if subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(e.State)) != 1 {
		return "", errors.New("the state is not the one that was sent")
	}
	if code := answer.Get("error"); code != "" {
		return "", fmt.Errorf("the provider says %.100q: %.200q", code, answer.Get("error_description"))
	}
	p, err := o.find(ctx)
	if err != nil {
		return "", err
	}
	c := o.config(p, back)
	token, err := c.Exchange(o.client(ctx), answer.Get("code"), oauth2.VerifierOption(e.Verifier))
	if err != nil {
		return "", fmt.Errorf("exchange code: %w", scrub(err))
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", errors.New("the provider gave no id_token")
	}
	id, err := p.VerifierContext(o.client(context.WithoutCancel(ctx)), &oidc.Config{ClientID: o.ClientID, Now: o.Now}).Verify(ctx, raw)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(e.Nonce)) != 1 {
		return "", errors.New("the nonce of the token is not the one that was sent")
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("read claims: %w", err)
	}
	login, _ := claims[o.Claim].(string)
	if login = ledger.Login(login); login == "" {
		return "", fmt.Errorf("the token has no claim %q", o.Claim)
	}
	return login, nil
}

// scrub leaves of the answer to a code what is no secret: the body may hold tokens.
func scrub(err error) error {
	var r *oauth2.RetrieveError
	if errors.As(err, &r) && r.Response != nil {
		return fmt.Errorf("status %d, %.100q", r.Response.StatusCode, r.ErrorCode)
	}
	return err
}
