package config

import (
	"net/mail"
	"net/url"
	"strings"
	"time"
)

// Alarms is what is called wrong, and who is told of it.
type Alarms struct {
	Every    time.Duration // at least so often it is judged
	Gather   time.Duration // what comes within this time is one message
	Slow     time.Duration // a look that takes longer is slow
	Unknown  time.Duration // how long an outcome may be unknown
	Blind    time.Duration // how long nobody may be able to look
	Email    *Email
	WeCom    *Robot
	DingTalk *Robot
	Feishu   *Robot
}

// The values of the key level.
const (
	LevelIncident = "incident" // of incidents only
	LevelWarning  = "warning"  // of everything
)

// Email is a mail server and who gets mail.
type Email struct {
	SMTP     string // HOST:PORT
	TLS      string // starttls, tls or none
	User     string
	Password Secret
	From     string
	To       []string
	Level    string
}

// Robot is a robot of a group in a messenger.
type Robot struct {
	URL     Secret // its address holds the key
	Secret  Secret // of its signature; the zero Secret where it has none
	Keyword string
	BaseURL string // of a gateway that stands in for the platform; empty: the platform itself
	Level   string
}

var (
	alarmKeys = []string{"every", "gather", "slow", "unknown", "blind", "email", "wecom", "dingtalk", "feishu"}
	emailKeys = []string{"smtp", "tls", "user", "password", "from", "to", "level"}
	wecomKeys = []string{"url", "base_url", "level"}
	robotKeys = []string{"url", "secret", "keyword", "base_url", "level"}
)

func defaultAlarms() Alarms {
	return Alarms{Every: time.Minute, Gather: time.Minute, Slow: 5 * time.Second, Unknown: 30 * time.Minute, Blind: day}
}

func (t *table) alarms(dst *Alarms) {
	m := t.sub("alarms", alarmKeys...)
	if m == nil {
		return
	}
	m.duration("every", &dst.Every, time.Second, time.Hour)
	m.duration("gather", &dst.Gather, 5*time.Second, time.Hour) // a robot may speak twenty times a minute
	m.duration("slow", &dst.Slow, 100*time.Millisecond, time.Minute)
	m.duration("unknown", &dst.Unknown, time.Minute, 30*day)
	m.duration("blind", &dst.Blind, time.Minute, 30*day)
	dst.Email = m.email()
	dst.WeCom = m.robot("wecom", "https://qyapi.weixin.qq.com/", wecomKeys)
	dst.DingTalk = m.robot("dingtalk", "https://oapi.dingtalk.com/", robotKeys)
	dst.Feishu = m.robot("feishu", "https://open.feishu.cn/", robotKeys)
}

func (t *table) email() *Email {
	m := t.sub("email", emailKeys...)
	if m == nil {
		return nil
	}
	e := &Email{TLS: "starttls", Level: LevelWarning}
	m.need("smtp", "邮件服务器，例如 smtp.example.gov.cn:587")
	m.need("from", "发件人的邮箱")
	m.need("to", "收件人的邮箱，可以写几个")
	m.address("smtp", &e.SMTP)
	m.choice("tls", &e.TLS, "starttls", "tls", "none")
	m.text("user", &e.User)
	m.secret("password", &e.Password)
	m.choice("level", &e.Level, LevelIncident, LevelWarning)
	if m.text("from", &e.From) {
		m.fields["from"].mailbox(e.From)
	}
	m.texts("to", func(v value, s string) {
		if v.mailbox(s) {
			e.To = append(e.To, s)
		}
	})
	host, _, _ := strings.Cut(e.SMTP, ":")
	_, signs := m.fields["password"]
	switch {
	case signs && e.User == "":
		m.fields["password"].fail("写了 password 就要写 user")
	case !signs && e.User != "":
		m.fields["user"].fail("写了 user 就要写 password")
	case signs && e.TLS == "none" && !isLoopback(host):
		m.fields["tls"].fail("不加密就不能登录，密码会被路上的人看到；请用 starttls 或者 tls")
	}
	return e
}

// mailbox checks an address without a name, as a@b.
func (v value) mailbox(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		v.fail("%s不是邮箱地址，例如 fabuke@example.gov.cn", show(s))
		return false
	}
	return true
}

// robot reads one robot. Its address is a secret, of which only the beginning may be known.
func (t *table) robot(key, begins string, allowed []string) *Robot {
	m := t.sub(key, allowed...)
	if m == nil {
		return nil
	}
	r := &Robot{Level: LevelWarning}
	m.need("url", "机器人的地址在哪里，例如 url: {env: 环境变量名}")
	m.secret("url", &r.URL)
	if s := r.URL.Reveal(); s != "" && !strings.HasPrefix(s, begins) {
		m.fields["url"].fail("机器人的地址（这里不显示）不对，应当以 %s 开头；请从群的机器人设置里重新复制整个地址", begins)
	}
	m.secret("secret", &r.Secret)
	m.text("keyword", &r.Keyword)
	m.web("base_url", &r.BaseURL)
	m.choice("level", &r.Level, LevelIncident, LevelWarning)
	return r
}

// web reads an address of the web without a query, and takes the slash at its end away.
func (t *table) web(key string, dst *string) {
	var s string
	if !t.text(key, &s) {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		t.fields[key].fail("%s不是网址，应当像 https://tongfa.example.gov.cn 这样写", show(s))
		return
	}
	*dst = strings.TrimRight(s, "/")
}
