package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/silenceper/wechat/v2/util"

	"tongfa/press"
)

// endpoint is one call of the API.
type endpoint struct {
	path    string
	once    bool // its effect must not happen twice: an answer that got lost leaves the outcome unknown
	perDay  int  // of a new account; 0 means that nobody counts
	reserve int  // of perDay, for people
}

// names reports whether an answer tells what something is called from now on. A decoder would quietly replace what is damaged in a name; texts
// of others, which a list holds, may be damaged.
func (ep endpoint) names() bool { return ep.once || ep.perDay == 0 || ep.path == pubGet.path }

// The calls that are made.
var (
	stableToken = endpoint{path: "/cgi-bin/stable_token"}
	uploadImg   = endpoint{path: "/cgi-bin/media/uploadimg"}
	addMaterial = endpoint{path: "/cgi-bin/material/add_material"}
	draftAdd    = endpoint{path: "/cgi-bin/draft/add", once: true, perDay: 1000, reserve: 50}
	draftGet    = endpoint{path: "/cgi-bin/draft/get", perDay: 500, reserve: 50}
	draftDelete = endpoint{path: "/cgi-bin/draft/delete", once: true, perDay: 1000, reserve: 50}
	draftBatch  = endpoint{path: "/cgi-bin/draft/batchget", perDay: 1000, reserve: 50}
	pubSubmit   = endpoint{path: "/cgi-bin/freepublish/submit", once: true, perDay: 100, reserve: 10}
	pubGet      = endpoint{path: "/cgi-bin/freepublish/get", perDay: 100, reserve: 30}
	pubArticle  = endpoint{path: "/cgi-bin/freepublish/getarticle", perDay: 100, reserve: 10}
	pubBatch    = endpoint{path: "/cgi-bin/freepublish/batchget", perDay: 100, reserve: 30}
	pubDelete   = endpoint{path: "/cgi-bin/freepublish/delete", once: true, perDay: 10}
	pubReplace  = endpoint{path: "/cgi-bin/freepublish/delete", once: true, perDay: 10, reserve: 3} // for a correction; urgent withdrawals go before
	massSend    = endpoint{path: "/cgi-bin/message/mass/sendall", once: true, perDay: 100, reserve: 10}
	massGet     = endpoint{path: "/cgi-bin/message/mass/get", perDay: 100, reserve: 10}
	massDelete  = endpoint{path: "/cgi-bin/message/mass/delete", once: true, perDay: 100}
)

const (
	apiHost       = "https://api.weixin.qq.com" // what the library is told; the exchange goes to the account's own base
	callTimeout   = 40 * time.Second
	uploadTimeout = 2 * time.Minute
)

// post makes a call with a JSON body and decodes the answer into out, which is filled also when the platform refuses.
func (c *Channel) post(ctx context.Context, ep endpoint, in, out any) error {
	return c.call(ctx, ep, callTimeout, func(ctx context.Context, token string) error {
		_, err := util.PostJSONContext(ctx, apiHost+ep.path+"?access_token="+url.QueryEscape(token), in)
		return err
	}, out)
}

// upload sends a file as the platform wants it. The library's own uploads take no context, and one of them sends the path on our disk.
func (c *Channel) upload(ctx context.Context, ep endpoint, query, name string, data []byte, out any) error {
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("media", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err = errors.Join(err, m.Close()); err != nil {
		return fmt.Errorf("encode upload: %w", err)
	}
	header := map[string]string{"Content-Type": m.FormDataContentType()}
	return c.call(ctx, ep, uploadTimeout, func(ctx context.Context, token string) error {
		_, err := util.HTTPPostContext(ctx, apiHost+ep.path+"?access_token="+url.QueryEscape(token)+query, form.Bytes(), header)
		return err
	}, out)
}

// call sends with a good token. A token that the platform refuses is fetched anew, once: nothing was executed.
func (c *Channel) call(ctx context.Context, ep endpoint, limit time.Duration, send func(context.Context, string) error, out any) error {
	for again := false; ; again = true {
		token, err := c.token(ctx)
		if err != nil {
			return err
		}
		x, err := c.exchange(ctx, limit, token, send)
		if err != nil {
			return err
		}
		err = c.judge(ctx, ep, x)
		if !again && tokenRefused(err) {
			c.cache.forget(token)
			continue
		}
		if out != nil && len(x.body) > 0 && json.Unmarshal(x.body, out) != nil && err == nil {
			err = c.noSense(ep, x)
		}
		return err
	}
}

func (c *Channel) exchange(ctx context.Context, limit time.Duration, token string, send func(context.Context, string) error) (*exchange, error) {
	if err := ctx.Err(); err != nil {
		return nil, notBegun(err)
	}
	x := &exchange{from: c}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := send(x.in(limited), token); err != nil && !x.asked {
		x.err = errUnsent
		c.o.Log.Debug("call was not sent", "err", c.scrub(err.Error()))
	}
	return x, nil
}

// errUnsent is a call that the library gave up before the transport.
var errUnsent = errors.New("the request could not be made")

// judge reads what came back. nil means that the platform says yes.
func (c *Channel) judge(ctx context.Context, ep endpoint, x *exchange) error {
	if x.err != nil {
		return c.lost(ctx, ep, x)
	}
	if x.status != http.StatusOK {
		return c.badStatus(ep, x)
	}
	var said util.CommonError
	if !json.Valid(x.body) || ep.names() && !utf8.Valid(x.body) || json.Unmarshal(x.body, &said) != nil {
		return c.noSense(ep, x)
	}
	if said.ErrCode != 0 {
		t := c.refusal(ep, int(said.ErrCode), said.ErrMsg)
		c.o.Log.Info("wechat refuses", "path", ep.path, "code", t.Code, "remedy", string(t.Remedy))
		return t
	}
	return nil
}

// notBegun is a call that was not made because its context had ended.
func notBegun(err error) *press.Trouble {
	return &press.Trouble{Remedy: press.TryAgain, What: "程序正在停止，这一步没有开始", Err: err}
}

// lost is a call without an answer. Only where no connection came about is it sure that nothing was executed.
func (c *Channel) lost(ctx context.Context, ep endpoint, x *exchange) *press.Trouble {
	cause := fmt.Errorf("%s: %s", ep.path, c.scrub(x.err.Error()))
	if ended := ctx.Err(); ended != nil {
		cause = fmt.Errorf("%s: %w", ep.path, ended)
	}
	t := &press.Trouble{Remedy: press.TryAgain, What: "连接不上微信接口，稍后自动重试", Err: cause,
		Do: "如果一直如此，请系统管理员检查本机网络、代理和域名解析"}
	if !x.unsent && !unsent(x.err) {
		t.What = "微信接口没有在限定时间内给出答复，稍后自动重试"
		if ep.once {
			t.Remedy, t.What = press.LookFirst, "请求已经发出，没有收到微信的答复，结果待核实"
		}
	}
	return t
}

// unsent reports whether an error proves that no byte of the request left, whatever the transport.
func unsent(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.Is(err, errUnsent) || errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// badStatus is an answer that is not the platform's: of a proxy, of a gateway. A proxy that refuses passes nothing on; of whatever leads elsewhere
// nobody knows whether it has passed on what it was given.
func (c *Channel) badStatus(ep endpoint, x *exchange) *press.Trouble {
	t := &press.Trouble{
		Code: strconv.Itoa(x.status), Raw: c.excerpt(x.body), Err: fmt.Errorf("%s: HTTP %d", ep.path, x.status),
		Remedy: press.AskPerson, Who: press.Operator.Name(), What: fmt.Sprintf("微信接口的地址答复了 HTTP %d，请求没有到达微信", x.status),
		Do: "检查代理、防火墙和配置里的 base_url",
	}
	switch {
	case x.status == http.StatusTooManyRequests:
		t.Remedy, t.Who, t.Do, t.When = press.TryLater, "", "稍后自动继续", c.o.Now().Add(time.Minute)
		t.What = "微信接口要求放慢（HTTP 429）"
	case x.status < 400 && ep.once:
		t.Remedy, t.Who, t.What = press.LookFirst, "", fmt.Sprintf("微信接口的地址答复了 HTTP %d，结果待核实", x.status)
		t.Do = "如果一直如此，请系统管理员检查代理、防火墙和配置里的 base_url"
	case x.status >= 500 && ep.once:
		t.Remedy, t.Who, t.Do, t.What = press.LookFirst, "", "", fmt.Sprintf("微信接口的网关出错（HTTP %d），结果待核实", x.status)
	case x.status >= 500:
		t.Remedy, t.Who, t.Do, t.What = press.TryAgain, "", "", fmt.Sprintf("微信接口的网关出错（HTTP %d），稍后自动重试", x.status)
	}
	return t
}

// noSense is an answer that cannot be understood: a portal's page, half a reply, a success without the name of what was made.
func (c *Channel) noSense(ep endpoint, x *exchange) *press.Trouble {
	t := &press.Trouble{
		Remedy: press.TryAgain, What: "微信接口的答复无法识别，稍后自动重试", Raw: c.excerpt(x.body), Err: fmt.Errorf("%s: unreadable answer", ep.path),
		Do: "如果一直如此，请系统管理员检查是否有上网认证或代理改动了答复",
	}
	if ep.once {
		t.Remedy, t.What = press.LookFirst, "微信接口的答复无法识别，结果待核实"
	}
	return t
}

// nameless is a success that does not tell the name of what was made.
func (c *Channel) nameless(ep endpoint) error {
	return c.noSense(ep, &exchange{})
}

// excerpt is the beginning of an answer, for a person.
func (c *Channel) excerpt(body []byte) string {
	const most = 200
	s := []rune(strings.ToValidUTF8(string(body[:min(len(body), 4*most)]), "?"))
	return c.scrub(string(s[:min(len(s), most)]))
}

var secretParam = regexp.MustCompile(`(?i)((?:access_token|secret|appsecret)["']?\s*[=:]\s*["']?)[^&\s"',}]+`)

// scrub removes the secret and the token from a text.
func (c *Channel) scrub(s string) string {
	for _, secret := range []string{c.c.Secret.Reveal(), c.cache.known()} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	return secretParam.ReplaceAllString(s, "${1}***")
}
