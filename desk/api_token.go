package desk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tongfa/ledger"
)

// bearer lets the owner of a token in, with the rights of the token.
func (d *desk) bearer(w http.ResponseWriter, r *http.Request, next http.Handler) {
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") || len(r.Header.Values("Authorization")) > 1 {
		d.apiStranger(w, r)
		return
	}
	t, err := d.Ledger.Bearer(r.Context(), strings.TrimSpace(secret), d.Now())
	if errors.Is(err, ledger.ErrNoToken) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tongfa", error="invalid_token"`)
		d.problem(w, r, apiProblem{Status: http.StatusUnauthorized, Code: "no_token", Detail: "请核对令牌，或者请系统管理员新增一个"})
		return
	}
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	if wait := d.pace.take(t.ID, time.Now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		d.problem(w, r, apiProblem{Status: http.StatusTooManyRequests, Code: "too_many", Detail: "每个令牌每秒可以请求20次，短时间内可以到100次"})
		return
	}
	p := t.Person()
	p.ID = -t.ID // no person has it
	next.ServeHTTP(w, withPerson(r, p))
}

// How often a token may ask: so often for long, and so often at once.
const (
	paceEvery = time.Second / 20
	paceBurst = 100
)

// pace bounds how often each token asks: a program that runs wild must not keep the people from their work. It goes by the machine's own clock,
// as it is about the machine.
type pace struct {
	mu   sync.Mutex
	full map[int64]time.Time // when what a token has used is made up for
}

// take takes one of a token's requests, or tells how long to wait for it.
func (p *pace) take(token int64, now time.Time) (wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full == nil {
		p.full = map[int64]time.Time{}
	}
	at := p.full[token]
	if at.Before(now) {
		at = now
	}
	if at = at.Add(paceEvery); at.Sub(now) > paceBurst*paceEvery {
		return at.Sub(now) - paceBurst*paceEvery
	}
	p.full[token] = at
	return 0
}
