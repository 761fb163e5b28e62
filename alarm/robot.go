package alarm

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tongfa/press"
)

// Robot is a group's robot that takes messages over HTTP.
type Robot struct {
	URL     string // the whole address that the platform gave out; it is a secret
	Secret  string // of its signature, where it asks for one
	Keyword string // that every message must hold, where it asks for one
	BaseURL string // another server that stands in for the platform's host; empty: the host in URL
	Client  *http.Client
	Now     func() time.Time
}

// platform is how one maker's robots talk.
type platform struct {
	name string
	host string
	most int // bytes of text
	// body is a text message; stamp is the moment of the signature.
	body func(r Robot, text string, stamp time.Time) any
	// query is what is added to the address.
	query func(r Robot, stamp time.Time) url.Values
	// code finds the platform's own code in an answer, and its words; ok is false where there is none.
	code func(answer []byte) (code int, words string, ok bool)
	what func(code int) (what, do string)
}

// robot is a Receiver.
type robot struct {
	Robot
	platform
	address string
}

// WeCom (企业微信) is a robot of a WeCom group.
func WeCom(r Robot) (Receiver, error) {
	return newRobot(r, platform{name: "企业微信机器人", host: "qyapi.weixin.qq.com", most: 2048, code: errcode, what: wecomCode,
		body: func(_ Robot, text string, _ time.Time) any {
			return map[string]any{"msgtype": "text", "text": map[string]any{"content": text}}
		}})
}

// DingTalk (钉钉) is a robot of a DingTalk group.
func DingTalk(r Robot) (Receiver, error) {
	return newRobot(r, platform{name: "钉钉机器人", host: "oapi.dingtalk.com", most: 18000, code: errcode, what: dingtalkCode,
		body: func(_ Robot, text string, _ time.Time) any {
			return map[string]any{"msgtype": "text", "text": map[string]any{"content": text}}
		},
		query: func(r Robot, stamp time.Time) url.Values {
			if r.Secret == "" {
				return nil
			}
			ms := strconv.FormatInt(stamp.UnixMilli(), 10)
			return url.Values{"timestamp": {ms}, "sign": {sign([]byte(r.Secret), ms+"\n"+r.Secret)}}
		}})
}

// Feishu (飞书) is a robot of a Feishu group.
func Feishu(r Robot) (Receiver, error) {
	return newRobot(r, platform{name: "飞书机器人", host: "open.feishu.cn", most: 18000, code: feishuAnswer, what: feishuCode,
		body: func(r Robot, text string, stamp time.Time) any {
			m := map[string]any{"msg_type": "text", "content": map[string]any{"text": text}}
			if r.Secret != "" {
				s := strconv.FormatInt(stamp.Unix(), 10)
				m["timestamp"], m["sign"] = s, sign([]byte(s+"\n"+r.Secret), "") // here the text is the key, and nothing is signed
			}
			return m
		}})
}

func sign(key []byte, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func newRobot(r Robot, p platform) (Receiver, error) {
	wrong := &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: p.name + "的地址不对", Do: "从群的机器人设置里重新复制整个地址，应当以 https://" + p.host + "/ 开头"}
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "https" || u.Host != p.host || u.User != nil {
		return nil, wrong
	}
	if r.BaseURL != "" {
		base, err := url.Parse(r.BaseURL)
		if err != nil || base.Host == "" {
			return nil, wrong
		}
		u.Scheme, u.Host, u.Path = base.Scheme, base.Host, strings.TrimRight(base.Path, "/")+u.Path
	}
	if r.Client == nil {
		r.Client = &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	return &robot{Robot: r, platform: p, address: u.String()}, nil
}

// Name is the platform's.
func (r *robot) Name() string { return r.name }

// Most leaves room for the keyword.
func (r *robot) Most() int { return r.most - len(r.Keyword) - 1 }

// Send sends a message to the robot's group.
func (r *robot) Send(ctx context.Context, m Message) error {
	text := m.Text
	if r.Keyword != "" && !strings.Contains(text, r.Keyword) {
		text = r.Keyword + "\n" + text
	}
	now := r.Now()
	body, err := json.Marshal(r.body(r.Robot, text, now))
	if err != nil {
		return err // unreachable: it is texts
	}
	address := r.address
	if r.query != nil {
		if q := r.query(r.Robot, now).Encode(); q != "" {
			address += map[bool]string{true: "&", false: "?"}[strings.Contains(address, "?")] + q
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return r.unreached(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	res, err := r.Client.Do(req)
	if err != nil {
		return r.unreached(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return r.unreached(err)
	}
	return r.judged(res.StatusCode, answer)
}

// unreached is a call that got no answer. The error of the client repeats the address, which is a secret.
func (r *robot) unreached(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	host := r.host
	if r.BaseURL != "" {
		host = "设定的 base_url"
	}
	return &press.Trouble{Remedy: press.TryAgain, Who: "系统管理员", What: "连不上" + r.name + "的服务器", Do: "检查本机到 " + host + " 的网络",
		Raw: r.hide(err.Error()), Err: errors.New(r.hide(err.Error()))}
}

// judged reads an answer: 200 says nothing, the platform's own code does.
func (r *robot) judged(status int, answer []byte) error {
	code, words, ok := r.code(answer)
	if ok && code == 0 && status == http.StatusOK {
		return nil
	}
	t := &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", Code: strconv.Itoa(code), Raw: r.hide(words)}
	if !ok {
		t.Code, t.Raw = "HTTP "+strconv.Itoa(status), r.hide(cut(string(answer), 500))
		t.What, t.Do = r.name+"的服务器没有给出认识的答复", "过一会儿会自动再试；一直这样，检查 base_url 和代理是否指向了别的服务器"
	} else if t.What, t.Do = r.what(code); t.What == "" {
		t.What, t.Do = r.name+"没有收下消息", "对照平台的说明查这个代码；多半要到群里重新添加机器人"
	}
	t.Err = fmt.Errorf("%s: status %d, code %d", r.host, status, code)
	return t
}

// hide takes the secrets out of a text.
func (r *robot) hide(text string) string {
	u, _ := url.Parse(r.URL) // it was parsed before
	secrets := []string{r.URL, r.address, r.Secret}
	for _, vs := range u.Query() {
		secrets = append(secrets, vs...)
	}
	secrets = append(secrets, u.Path[strings.LastIndexByte(u.Path, '/')+1:])
	for _, s := range secrets {
		if len(s) > 7 { // shorter ones are words of the interface, such as "send"
			text = strings.ReplaceAll(text, s, "***")
		}
	}
	return text
}

// errcode reads an answer of WeCom or DingTalk.
func errcode(answer []byte) (code int, words string, ok bool) {
	var a struct {
		Code  *int   `json:"errcode"`
		Words string `json:"errmsg"`
	}
	if json.Unmarshal(answer, &a) != nil || a.Code == nil {
		return 0, "", false
	}
	return *a.Code, a.Words, true
}

// feishuAnswer reads an answer of Feishu, in its newer or its older form.
func feishuAnswer(answer []byte) (code int, words string, ok bool) {
	var a struct {
		Code     *int   `json:"code"`
		Msg      string `json:"msg"`
		OldCode  *int   `json:"StatusCode"`
		OldWords string `json:"StatusMessage"`
	}
	switch {
	case json.Unmarshal(answer, &a) != nil || a.Code == nil && a.OldCode == nil:
		return 0, "", false
	case a.Code != nil:
		return *a.Code, a.Msg, true
	}
	return *a.OldCode, a.OldWords, true
}

func wecomCode(code int) (what, do string) {
	switch code {
	case 93000, 40001, 40014:
		return "企业微信不认这个机器人的地址", "机器人可能已被移出群；请在群里重新添加，把新地址放进密钥"
	case 45009, 45033:
		return "企业微信机器人发得太快，被限流", "过一会儿会自动再发；同一个机器人不要给别的系统合用（每分钟最多20条）"
	case 40008, 40058, 44004, 45002:
		return "企业微信不接受这条消息的格式", "请把这个代码报给同发的维护人员"
	case 60020:
		return "企业微信不接受本机的网络出口地址", "请企业微信管理员把本机出口 IP 加入可信名单"
	}
	return "", ""
}

func dingtalkCode(code int) (what, do string) {
	switch code {
	case 310000:
		return "钉钉机器人的安全设置没有通过", "核对加签的密钥（secret）、关键词（keyword）、本机时钟和 IP 名单，四项里设了哪项就要对上哪项"
	case 300001, 300005, 400101:
		return "钉钉不认这个机器人的地址", "机器人可能已被移出群；请在群里重新添加，把新地址放进密钥"
	case 400102:
		return "钉钉机器人已被停用", "请群主在机器人设置里启用"
	case 400013:
		return "钉钉群已经解散", "请在新的群里添加机器人，把新地址放进密钥"
	case 130101, 410100, -1:
		return "钉钉机器人发得太快或者平台繁忙", "过一会儿会自动再发；同一个机器人不要给别的系统合用（每分钟最多20条）"
	case 430101, 430102, 430103, 430104:
		return "钉钉认为消息里有不合适的链接或文字", "请把编辑台地址（desk）换成单位的正式域名"
	}
	return "", ""
}

func feishuCode(code int) (what, do string) {
	switch code {
	case 19001:
		return "飞书不认这个机器人的地址", "机器人可能已被移出群；请在群里重新添加，把新地址放进密钥"
	case 19021:
		return "飞书机器人的签名没有通过", "核对签名校验的密钥（secret）和本机时钟（相差不能超过一小时）"
	case 19022:
		return "飞书不接受本机的网络出口地址", "请在机器人设置里把本机出口 IP 加入白名单"
	case 19024:
		return "飞书机器人要求消息里有关键词", "把机器人设置里的关键词写到 keyword"
	case 9499, 11232:
		return "飞书机器人发得太快或者格式不被接受", "过一会儿会自动再发；同一个机器人不要给别的系统合用"
	}
	return "", ""
}
