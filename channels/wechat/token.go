package wechat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/cache"

	"tongfa/press"
)

// tokenCache holds the one access token of one account for the library, whose own cache is not safe for concurrent use. The token is in
// memory only.
type tokenCache struct {
	now func() time.Time

	mu    sync.Mutex
	token any
	until time.Time
}

var _ cache.Cache = (*tokenCache)(nil)

// Get returns the token while it is good.
func (t *tokenCache) Get(string) any {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == nil || !t.now().Before(t.until) {
		return nil
	}
	return t.token
}

// Set keeps a token for some time.
func (t *tokenCache) Set(_ string, token any, life time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token, t.until = token, t.now().Add(life)
	return nil
}

// IsExist reports whether there is a good token.
func (t *tokenCache) IsExist(key string) bool { return t.Get(key) != nil }

// Delete forgets the token.
func (t *tokenCache) Delete(string) error {
	t.forget(nil)
	return nil
}

// forget drops the token if it is still the one that was refused; nil means any.
func (t *tokenCache) forget(refused any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if refused == nil || t.token == refused {
		t.token = nil
	}
}

// known is the token that must not be seen in any text.
func (t *tokenCache) known() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, _ := t.token.(string)
	return s
}

// token is a good access token, from the cache or from the platform.
func (c *Channel) token(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", notBegun(err)
	}
	if c.c.Secret.Reveal() == "" { // whoever only looks at the ledger may make a channel without it
		return "", &press.Trouble{Remedy: press.AskPerson, What: "公众号的 AppSecret 没有找到", Who: operator,
			Do: "检查配置里 secret 指向的环境变量或文件", Err: errors.New("no secret configured")}
	}
	x := &exchange{from: c}
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	token, err := c.tokens.GetAccessTokenContext(x.in(limited))
	if err == nil && token != "" {
		return token, nil
	}
	if x.asked {
		if err := c.judge(ctx, stableToken, x); err != nil {
			return "", err
		}
	}
	return "", &press.Trouble{
		Remedy: press.TryAgain, What: "微信接口没有给出访问凭证，稍后自动重试", Raw: c.excerpt(x.body), Err: errors.New("no access token in the answer"),
	}
}
