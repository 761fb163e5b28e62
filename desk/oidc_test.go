package desk

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
	"golang.org/x/oauth2"

	"tongfa/press"
)

// sso is an office's single sign-on that vouches for whoever it is told to.
type sso struct {
	*httptest.Server
	key, stranger *rsa.PrivateKey
	challenge     string                       // of the sign-in under way
	nonce         string                       // likewise
	claims        func(m map[string]any)       // spoils a token
	signer        func(s *sso) *rsa.PrivateKey // signs it
	spent         int                          // codes
}

func newSSO(t *testing.T) *sso {
	t.Helper()
	s := &sso{}
	var err error
	if s.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if s.stranger, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	provider := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: s.key.Public(), KeyID: "k", Algorithm: oidc.RS256}}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			s.token(w, r)
			return
		}
		provider.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	provider.SetIssuer(s.URL)
	return s
}

func (s *sso) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	good := r.FormValue("code") == "the-code" && oauth2.S256ChallengeFromVerifier(r.FormValue("code_verifier")) == s.challenge && id == "tongfa" && secret == "geheim"
	w.Header().Set("Content-Type", "application/json")
	if !good {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	}
	s.spent++
	m := map[string]any{"iss": s.URL, "aud": "tongfa", "sub": "1", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "nonce": s.nonce, "preferred_username": "Li.Mou"}
	if s.claims != nil {
		s.claims(m)
	}
	raw, _ := json.Marshal(m)
	key := s.key
	if s.signer != nil {
		key = s.signer(s)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": oidctest.SignIDToken(key, "k", oidc.RS256, string(raw))})
}

// start goes to the provider, and gives the address that it sends the browser back to.
func (s *sso) start(t *testing.T, b *browser) url.Values {
	t.Helper()
	res, text := b.visit("GET", "/sign-in/oidc?next=/matrix", nil)
	u, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != 303 || !strings.HasPrefix(u.String(), s.URL+"/auth?") {
		t.Fatalf("%d to %q\n%s", res.StatusCode, res.Header.Get("Location"), text)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != "http://127.0.0.1:8080/sign-in/oidc/back" || q.Get("client_id") != "tongfa" || strings.Contains(u.String(), "geheim") {
		t.Errorf("asks with %v", q)
	}
	s.challenge, s.nonce = q.Get("code_challenge"), q.Get("nonce")
	return url.Values{"state": {q.Get("state")}, "code": {"the-code"}}
}

func (w *world) withSSO(s *sso) *world {
	return w.real(func(o *Options) {
		o.SignIn.OIDC = &OIDC{Name: "统一身份认证", Issuer: s.URL, ClientID: "tongfa", Secret: func() string { return "geheim" }, Claim: "preferred_username"}
	})
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	s := newSSO(t)
	w := newWorld(t).withSSO(s)
	p := w.person("li.mou", "李某", press.Publisher)
	b := w.browser()
	b.wants("GET", "/sign-in?next=/matrix", nil, 200, "用统一身份认证登录", `href="/sign-in/oidc?next=%2fmatrix"`)
	back := "/sign-in/oidc/back?" + s.start(t, b).Encode()
	b.wants("GET", back, nil, 303, "/matrix")
	b.wants("GET", "/matrix", nil, 200, "李某")
	b.wants("GET", "/me", nil, 200, "统一身份认证，来自")
	w.browser().wants("GET", back, nil, 502, "没有成功") // the same answer in another browser
	b.wants("GET", back, nil, 502, "没有成功")           // and once more
	if s.spent != 1 {
		t.Errorf("%d codes were spent", s.spent)
	}
	w.must(w.ledger.Disable(t.Context(), p.ID, "", operatorWho, w.now))
	b.wants("GET", "/matrix", nil, 303)
	b.wants("GET", "/sign-in/oidc/back?"+s.start(t, b).Encode(), nil, 403, "已经停用")
	s.claims = func(m map[string]any) { m["preferred_username"] = "<script>who" }
	text := b.wants("GET", "/sign-in/oidc/back?"+s.start(t, b).Encode(), nil, 403, "没有登录名是“&lt;script&gt;who”的账号", "请系统管理员")
	checkHTML(t, "unknown", text)
}

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newSSO(t)
	w := newWorld(t).withSSO(s)
	w.person("li.mou", "李某", press.Publisher)
	for name, c := range map[string]struct {
		claims func(m map[string]any)
		signer func(s *sso) *rsa.PrivateKey
		answer func(q url.Values)
	}{
		"another nonce":            {claims: func(m map[string]any) { m["nonce"] = "another" }},
		"no nonce":                 {claims: func(m map[string]any) { delete(m, "nonce") }},
		"for another client":       {claims: func(m map[string]any) { m["aud"] = "another" }},
		"by another issuer":        {claims: func(m map[string]any) { m["iss"] = "https://evil.example" }},
		"one that has run out":     {claims: func(m map[string]any) { m["exp"] = time.Now().Add(-time.Hour).Unix() }},
		"signed by somebody else":  {signer: func(s *sso) *rsa.PrivateKey { return s.stranger }},
		"without the login":        {claims: func(m map[string]any) { delete(m, "preferred_username") }},
		"a login that is a number": {claims: func(m map[string]any) { m["preferred_username"] = 7 }},
		"another state":            {answer: func(q url.Values) { q.Set("state", "another") }},
		"no state":                 {answer: func(q url.Values) { q.Del("state") }},
		"another code":             {answer: func(q url.Values) { q.Set("code", "another") }},
		"a refusal":                {answer: func(q url.Values) { q.Set("error", "access_denied"); q.Set("error_description", hostile) }},
	} {
		b := w.browser()
		s.claims, s.signer = c.claims, c.signer
		q := s.start(t, b)
		if c.answer != nil {
			c.answer(q)
		}
		res, text := b.visit("GET", "/sign-in/oidc/back?"+q.Encode(), nil)
		if res.StatusCode != 502 || !strings.Contains(text, "用统一身份认证登录没有成功") || strings.Contains(text, "<script>alert") {
			t.Errorf("%s: %d\n%.300s", name, res.StatusCode, text)
		}
		b.wants("GET", "/matrix", nil, 303, "/sign-in")
	}
	// A code that somebody else began with, for whom the browser has no verifier.
	s.claims, s.signer = nil, nil
	attacker, victim := w.browser(), w.browser()
	s.start(t, victim)
	q := s.start(t, attacker)
	victim.wants("GET", "/sign-in/oidc/back?"+q.Encode(), nil, 502, "没有成功")
}

func TestAProviderThatIsAway(t *testing.T) {
	t.Parallel()
	s := newSSO(t)
	w := newWorld(t).withSSO(s)
	s.Close()
	w.person("li", "李某", press.Publisher)
	b := w.browser()
	b.wants("GET", "/sign-in/oidc", nil, 502, "没有成功")
	if res, _ := b.signIn("li", lantern); res.StatusCode != 303 {
		t.Error("and the password does not work either")
	}
}
