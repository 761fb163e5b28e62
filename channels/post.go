package channels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// Poster sends to the addresses of other systems under the same guard as a Getter: no private network that is not allowed, no redirect, no
// second try, bounded time and size. It is safe for concurrent use.
type Poster struct {
	client *http.Client
}

// Limits of one POST.
const (
	postTimeout = 10 * time.Second
	postBytes   = 2 << 10 // of an answer
)

// NewPoster makes a Poster that may also reach the given networks.
func NewPoster(allow []netip.Prefix) *Poster {
	return &Poster{&http.Client{Transport: guarded(allow, nil), Timeout: postTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Post sends a body and returns the beginning of the answer. An error means that there was none, and is in words for people.
func (p *Poster) Post(ctx context.Context, address string, head http.Header, body []byte) (status int, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, "", fmt.Errorf("网址不对：%w", err)
	}
	r.Header = head.Clone()
	r.Header.Set("User-Agent", "Tongfa/1 (webhook)")
	res, err := p.client.Do(r)
	if err != nil {
		return 0, "", noAnswer(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, postBytes))
	if err != nil && len(b) == 0 && res.StatusCode < 300 {
		return 0, "", noAnswer(err) // whether it was taken is not known: it is sent again, under the same id
	}
	return res.StatusCode, strings.ToValidUTF8(string(b), ""), nil
}

// noAnswer says in words why there was no answer. The error of the client repeats the address.
func noAnswer(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	switch {
	case errors.Is(err, ErrPrivate):
		return errors.New("这个地址在内网，allow_private 里没有写，没有发出")
	case errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "Timeout"):
		return errors.New("对方在10秒之内没有答复")
	}
	text := err.Error()
	for len(text) > 200 || !utf8.ValidString(text) {
		text = text[:min(200, len(text)-1)]
	}
	return errors.New("连不上对方：" + text)
}
