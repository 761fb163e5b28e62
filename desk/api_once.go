package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"tongfa/ledger"
)

// mostKey bounds an Idempotency-Key.
const mostKey = 200

// once executes a request with an Idempotency-Key once, however often it is sent within a day: who has lost the answer asks again and gets it.
func (d *desk) once(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		keys := r.Header.Values("Idempotency-Key")
		if len(keys) == 0 {
			next(w, r)
			return
		}
		if len(keys) > 1 || !goodKey(keys[0]) {
			d.problem(w, r, apiProblem{Status: http.StatusBadRequest, Code: "bad_key", Field: "Idempotency-Key", Detail: fmt.Sprintf("请写1到%d个可见的ASCII字符，每个请求一个", mostKey)})
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			d.unread(w, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		o := ledger.Once{Owner: owner(r), Key: keys[0], Digest: requestDigest(r, body)}
		if leave := d.inTurn.enter(r.Context(), o.Owner+" "+o.Key); leave != nil {
			defer leave()
			d.executeOnce(w, r, o, next)
		}
	}
}

// owner is whose keys a request has: two of them may use the same one.
func owner(r *http.Request) string {
	p := personOf(r)
	return fmt.Sprint(p.ID, " ", p.Name)
}

func goodKey(s string) bool {
	return s != "" && len(s) <= mostKey && !strings.ContainsFunc(s, func(c rune) bool { return c < '!' || c > '~' })
}

func requestDigest(r *http.Request, body []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n%s\n", r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func (d *desk) executeOnce(w http.ResponseWriter, r *http.Request, o ledger.Once, next http.HandlerFunc) {
	a, err := d.Ledger.Answered(r.Context(), o, d.Now())
	switch {
	case errors.Is(err, ledger.ErrOtherRequest):
		d.problem(w, r, apiProblem{Status: http.StatusUnprocessableEntity, Code: "key_reused", Field: "Idempotency-Key", Detail: "请给新的请求换一个键"})
	case err != nil:
		d.apiFail(w, r, err)
	case a.Made && a.Status != 0:
		w.Header().Set("Idempotent-Replayed", "true")
		mime := "application/json"
		if a.Status >= 400 {
			mime = "application/problem+json"
		}
		w.Header().Set("Content-Type", mime)
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body) // the reader may have gone
	case a.Made:
		d.answerLost(w, r)
	default:
		k := &taken{ResponseWriter: w}
		next(k, r.WithContext(ledger.WithOnce(r.Context(), o, d.Now())))
		if k.status == 0 || k.status >= 500 || k.status == http.StatusTooManyRequests || k.status == http.StatusUnauthorized || k.status == http.StatusForbidden {
			return // it may well go otherwise the next time
		}
		if err := d.Ledger.KeepAnswer(context.WithoutCancel(r.Context()), o, k.status, k.body.Bytes(), d.Now()); err != nil {
			d.Log.WarnContext(r.Context(), "cannot keep an answer", "path", r.URL.Path, "err", err)
		}
	}
}

// answerLost answers a request that was executed by a run of the program that ended before it had written the answer down: of a move on an item
// with how it stands now, else with the fact.
func (d *desk) answerLost(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Idempotent-Replayed", "true")
	if r.PathValue("id") != "" && strings.HasPrefix(r.URL.Path, "/api/v1/items/") {
		d.standing(w, r, r.PathValue("id"))
		return
	}
	d.problem(w, r, apiProblem{Status: http.StatusConflict, Code: "answer_lost", Detail: "请查询现在的情况"})
}

// taken is an answer that is also written down.
type taken struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *taken) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *taken) Write(b []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	k.body.Write(b)
	return k.ResponseWriter.Write(b)
}

// turns lets the requests of one key in one after another.
type turns struct {
	mu   sync.Mutex
	busy map[string]chan struct{} // closed when who is in leaves
}

// enter waits for the turn of a key. It returns how to leave; nil when the caller has gone before.
func (t *turns) enter(ctx context.Context, key string) (leave func()) {
	for {
		t.mu.Lock()
		if t.busy == nil {
			t.busy = map[string]chan struct{}{}
		}
		wait, taken := t.busy[key]
		if !taken {
			mine := make(chan struct{})
			t.busy[key] = mine
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.busy, key)
				t.mu.Unlock()
				close(mine)
			}
		}
		t.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil
		}
	}
}
