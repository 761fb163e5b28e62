package wechat

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/credential"

	"tongfa/channels"
	"tongfa/config"
	"tongfa/press"
)

// The modes of an account, as config.WeChat names them.
const (
	modeDraft   = "draft"   // a person presses publish
	modePublish = "publish" // 发布: silent, listed by freepublish
	modeMass    = "mass"    // 群发: pushed to the followers, listed by nothing
)

// Options is what an account needs beside its configuration. Blobs is required.
type Options struct {
	Blobs     channels.Blobs
	Get       *channels.Getter  // for Observe; nil means a guarded one that reaches public addresses only
	Now       func() time.Time  // nil means time.Now
	Transport http.RoundTripper // to the API; nil means one of this account's own, with the proxy of the environment
	Log       *slog.Logger      // nil discards
}

// Channel is one official account. It implements channels.Channel, Withdrawer, GivingUp, Corrector, Surveyor, Observer and Limiter and is safe for
// concurrent use.
type Channel struct {
	c         config.WeChat
	o         Options
	base      *url.URL
	transport http.RoundTripper
	cache     *tokenCache
	tokens    credential.AccessTokenContextHandle
	drafts    *lister
	published *lister
	pending   *pending
	heard     *heard
}

var appID = regexp.MustCompile(`^wx[0-9A-Za-z]+$`)

// New makes the channel of an account and calls nobody. An error is the configuration's: its text is for the operator.
func New(c config.WeChat, o Options) (*Channel, error) {
	c = configured(c)
	base, err := url.Parse(c.BaseURL)
	switch {
	case !appID.MatchString(c.AppID):
		return nil, fmt.Errorf("公众号的 appid %q 不对，应当是 wx 开头的一串字母和数字", c.AppID)
	case c.Mode != modeDraft && c.Mode != modePublish && c.Mode != modeMass:
		return nil, fmt.Errorf("公众号的 mode %q 不对，可以写：draft publish mass", c.Mode)
	case err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		return nil, fmt.Errorf("公众号的 base_url %q 不是以 http:// 或 https:// 开头的地址", c.BaseURL)
	case c.Callback.AESKey.Reveal() != "" && decodeAESKey(c.Callback.AESKey) == nil:
		return nil, errors.New("公众号的 callback.aes_key 不对，EncodingAESKey 是公众平台给的 43 个字符")
	case o.Blobs == nil:
		return nil, errors.New("make wechat channel: no blobs")
	}
	o = withDefaults(o)
	ch := &Channel{c: c, o: o, base: base, transport: o.Transport, cache: &tokenCache{now: o.Now},
		pending: &pending{jobs: map[string]time.Time{}}, heard: &heard{keys: map[string]time.Time{}}}
	ch.tokens = credential.NewStableAccessToken(c.AppID, c.Secret.Reveal(), credential.CacheKeyOfficialAccountPrefix, ch.cache)
	ch.drafts = newLister(ch, draftList)
	ch.published = newLister(ch, publishedList)
	dispatchLibrary()
	return ch, nil
}

func configured(c config.WeChat) config.WeChat {
	if c.BaseURL == "" {
		c.BaseURL = "https://api.weixin.qq.com"
	}
	if c.Articles == "" {
		c.Articles = "https://mp.weixin.qq.com"
	}
	if c.Mode == "" {
		c.Mode = modeDraft
	}
	if len(c.Poll) == 0 {
		c.Poll = []time.Duration{15 * time.Second, 45 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
			time.Hour, 2 * time.Hour, 4 * time.Hour}
	}
	if c.Recover <= 0 {
		c.Recover = 24 * time.Hour
	}
	c.BaseURL, c.Articles = strings.TrimRight(c.BaseURL, "/"), strings.TrimRight(c.Articles, "/")
	return c
}

func withDefaults(o Options) Options {
	if o.Get == nil {
		o.Get = channels.NewGetter(nil, nil)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Limits of one article. The document of 2025-12 says 32 characters for a title, longer ones were accepted in 2026, and older documents
// say 64: up to 64 the platform is the judge (45003), and a short title is used where there is one.
const (
	titleSafe    = 32
	titleMax     = 64
	authorMax    = 16
	digestMax    = 120
	contentWarn  = 20000
	contentBytes = 1 << 20 // of HTML; it must be smaller
	mostArticles = 8
	coverMax     = 10 << 20
)

// Most is how many articles a message holds.
func (c *Channel) Most() int { return mostArticles }

// Limits is what the platform takes.
func (c *Channel) Limits() press.Limits {
	return press.Limits{
		Title: titleMax, Author: authorMax, Summary: digestMax, TextWarn: contentWarn, TextStop: contentBytes / 4, PictureBytes: coverMax,
	}
}

var (
	_ channels.Channel    = (*Channel)(nil)
	_ channels.Withdrawer = (*Channel)(nil)
	_ channels.GivingUp   = (*Channel)(nil)
	_ channels.Observer   = (*Channel)(nil)
	_ channels.Limiter    = (*Channel)(nil)
	_ channels.Corrector  = (*Channel)(nil)
	_ channels.Surveyor   = (*Channel)(nil)
)
