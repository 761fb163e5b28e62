package config

import (
	"net/url"
	"strings"
	"time"
)

// SignIn is how people come in to the desk.
type SignIn struct {
	Idle  time.Duration // a session ends when nothing was asked for so long
	Life  time.Duration // and at the latest after so long
	Tries int           // wrong passwords in a row that lock an account
	Lock  time.Duration // for how long
	OIDC  *OIDC         // single sign-on of the office; nil for none
}

// OIDC is a provider of OpenID Connect.
type OIDC struct {
	Name     string // as people see it
	Issuer   string // its address, as it says it itself
	ClientID string
	Secret   Secret
	Claim    string // which claim of a token is the login here
}

var (
	signInKeys = []string{"idle", "life", "tries", "lock", "oidc"}
	oidcKeys   = []string{"name", "issuer", "client_id", "client_secret", "login_claim"}
)

// desk reads the address of the desk: a host, and no path, as the pages of the desk name each other from the root.
func (t *table) desk(dst *string) {
	t.web("desk", dst)
	if *dst == "" {
		return
	}
	if u, err := url.Parse(*dst); err != nil || u.Path != "" || u.Hostname() == "" {
		t.fields["desk"].fail("%s后面不能有路径，编辑台要有自己的域名或者端口，例如 https://desk.example.gov.cn", show(*dst))
		*dst = ""
	}
}

func (t *table) signIn(dst *SignIn) {
	m := t.sub("sign_in", signInKeys...)
	if m == nil {
		return
	}
	m.duration("idle", &dst.Idle, 5*time.Minute, 24*time.Hour)
	m.duration("life", &dst.Life, 15*time.Minute, 7*day)
	m.integer("tries", &dst.Tries, 3, 100)
	m.duration("lock", &dst.Lock, time.Minute, day)
	if dst.Idle > dst.Life {
		for _, key := range []string{"idle", "life"} { // the one that was written
			if f, ok := m.fields[key]; ok {
				f.fail("idle（多久不用就退出）不能比 life（最长多久）还长")
				break
			}
		}
	}
	dst.OIDC = m.oidc()
}

func (t *table) oidc() *OIDC {
	m := t.sub("oidc", oidcKeys...)
	if m == nil {
		return nil
	}
	o := &OIDC{Name: "统一身份认证", Claim: "preferred_username"}
	m.need("issuer", "身份认证系统的网址，例如 https://sso.example.gov.cn")
	m.need("client_id", "在身份认证系统里登记的客户端编号")
	m.need("client_secret", "客户端密钥在哪里，例如 client_secret: {env: 环境变量名}")
	m.text("name", &o.Name)
	m.text("client_id", &o.ClientID)
	m.secret("client_secret", &o.Secret)
	m.text("login_claim", &o.Claim)
	if m.text("issuer", &o.Issuer) {
		u, err := url.Parse(o.Issuer)
		plain := err == nil && u.Scheme == "http" && isLoopback(u.Hostname())
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !plain || strings.ContainsAny(o.Issuer, " \t") {
			m.fields["issuer"].fail("%s不能用：应当是 https 的网址，和身份认证系统自己公布的 issuer 一字不差", show(hideUser(o.Issuer)))
		}
	}
	return o
}
