package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zone names must resolve on a machine without a zone database

	"github.com/goccy/go-yaml/ast"

	"tongfa/press"
)

// defaults is the configuration before the file is read over it.
func (r *reader) defaults() *Config {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		zone = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	return &Config{
		File:          r.file,
		Timezone:      zone,
		Data:          r.absolute("data"),
		Listen:        "127.0.0.1:8080",
		Steps:         []press.Step{press.FirstReview, press.SecondReview, press.FinalReview},
		VerifyEvery:   Verify{After: []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, day, 7 * day}, Survey: day},
		Clock:         Clock{Every: 5 * time.Minute, Most: time.Minute},
		Alarms:        defaultAlarms(),
		SignIn:        SignIn{Idle: 2 * time.Hour, Life: 12 * time.Hour, Tries: 10, Lock: 15 * time.Minute},
		BackupEvery:   day,
		BackupKeep:    14,
		MaxAttachment: 50 << 20,
	}
}

// topKeys are the keys at the top of the file.
var topKeys = []string{
	"office", "uscc", "timezone", "data", "listen", "desk", "trusted_proxies", "sign_in", "allow_private", "holidays", "steps", "one_person",
	"verify", "clock", "alarms", "backup", "max_attachment", "standin", "webhooks", "channels",
}

func (r *reader) config(v value) *Config {
	cfg := r.defaults()
	t := v.open(topKeys...)
	if t == nil {
		return cfg
	}
	t.need("office", "本机关的全称，例如 office: 示例区人民政府办公室")
	t.need("channels", "至少写一个渠道，例如 channels: {site: {kind: site, …}}")
	t.text("office", &cfg.Office)
	t.uscc(&cfg.USCC)
	t.zone(&cfg.Timezone)
	t.path("data", &cfg.Data)
	t.address("listen", &cfg.Listen)
	t.desk(&cfg.Desk)
	t.networks("trusted_proxies", &cfg.Proxies)
	t.signIn(&cfg.SignIn)
	t.networks("allow_private", &cfg.AllowPrivate)
	t.holidays(&cfg.Holidays)
	t.steps(&cfg.Steps)
	t.boolean("one_person", &cfg.OnePerson)
	t.size("max_attachment", &cfg.MaxAttachment, 1<<10, 2<<30)
	t.verify(&cfg.VerifyEvery)
	t.clock(&cfg.Clock)
	t.alarms(&cfg.Alarms)
	t.backup(cfg)
	t.standin(&cfg.Standin)
	t.webhooks(cfg)
	t.channels(cfg)
	return cfg
}

// sub opens a mapping under key; nil if it is absent or wrong.
func (t *table) sub(key string, allowed ...string) *table {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	return v.open(allowed...)
}

var (
	verifyKeys  = []string{"after", "survey"}
	clockKeys   = []string{"hosts", "every", "most"}
	backupKeys  = []string{"every", "keep"}
	standinKeys = []string{"wechat"}
	playKeys    = []string{"listen", "state", "review"}
)

func (t *table) verify(dst *Verify) {
	if m := t.sub("verify", verifyKeys...); m != nil {
		m.durations("after", &dst.After, time.Second, 366*day)
		m.duration("survey", &dst.Survey, 0, 31*day)
	}
}

func (t *table) clock(dst *Clock) {
	m := t.sub("clock", clockKeys...)
	if m == nil {
		return
	}
	m.texts("hosts", func(v value, s string) {
		if u, err := url.Parse(s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
			v.fail("%s不是网址，应当像 https://www.example.gov.cn/ 这样写", show(hideUser(s)))
			return
		}
		dst.Hosts = append(dst.Hosts, s)
	})
	if v, ok := m.fields["hosts"]; ok {
		dst.None = isEmptyList(v.node)
	}
	m.duration("every", &dst.Every, 10*time.Second, day)
	m.duration("most", &dst.Most, 5*time.Second, time.Hour)
}

func (t *table) backup(cfg *Config) {
	if m := t.sub("backup", backupKeys...); m != nil {
		m.duration("every", &cfg.BackupEvery, time.Minute, 31*day)
		m.integer("keep", &cfg.BackupKeep, 1, 10000)
	}
}

func (t *table) standin(dst **Standin) {
	outer := t.sub("standin", standinKeys...)
	if outer == nil {
		return
	}
	m := outer.sub("wechat", playKeys...)
	if m == nil {
		return
	}
	s := &Standin{Listen: "127.0.0.1:8090", State: t.r.absolute("data/standin-wechat.json"), Review: 30 * time.Second}
	m.address("listen", &s.Listen)
	m.path("state", &s.State)
	m.duration("review", &s.Review, 0, day)
	*dst = s
}

var usccForm = regexp.MustCompile(`^[0-9A-HJ-NPQRTUWXY]{18}$`)

// uscc reads a unified social credit code (统一社会信用代码).
func (t *table) uscc(dst *string) {
	t.match("uscc", dst, usccForm, " 18 位统一社会信用代码（数字和大写字母，不含 I、O、S、V、Z）")
	if *dst == "" {
		return
	}
	if want := usccCheck(*dst); want != (*dst)[17] {
		t.fields["uscc"].fail("%s的校验码不对（按 GB 32100 末位应当是 %c），请对照登记证核对", show(*dst), want)
	}
}

// usccCheck computes the last character of a code by GB 32100-2015: the weights are the powers of 3 modulo 31.
func usccCheck(code string) byte {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum, weight := 0, 1
	for i := range 17 {
		sum += strings.IndexByte(alphabet, code[i]) * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31]
}

func (t *table) zone(dst **time.Location) {
	var name string
	if !t.text("timezone", &name) {
		return
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		t.fields["timezone"].fail("%s不是时区的名字，应当像 Asia/Shanghai 这样写", show(name))
		return
	}
	*dst = loc
}

// address reads HOST:PORT. Port 0 lets the system choose.
func (t *table) address(key string, dst *string) {
	var s string
	if v, ok := t.fields[key]; ok {
		if _, number := v.node.(*ast.IntegerNode); number {
			v.fail("%s只有端口，应当是 地址:端口，例如 127.0.0.1:8080", show(v.node.GetToken().Value))
			return
		}
	}
	if !t.text(key, &s) {
		return
	}
	host, port, err := net.SplitHostPort(s)
	n, bad := strconv.ParseUint(port, 10, 16)
	if err != nil || bad != nil || strings.ContainsAny(host, "/ ") || n == 0 && port != "0" {
		t.fields[key].fail("%s不是监听地址，应当是 地址:端口，例如 127.0.0.1:8080", show(s))
		return
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !hostForm.MatchString(host) {
		t.fields[key].fail("%s里的主机名不对，例如 127.0.0.1:8080", show(s))
		return
	}
	*dst = s
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

func (t *table) networks(key string, dst *[]netip.Prefix) {
	t.texts(key, func(v value, s string) {
		if p, ok := v.prefix(s); ok {
			*dst = append(*dst, p)
		}
	})
}

func (t *table) holidays(dst *[]string) {
	t.texts("holidays", func(v value, s string) {
		path := filepath.Clean(t.r.absolute(s))
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			v.fail("找不到放假安排文件%s，请放好文件，或者删去这一项", show(s))
			return
		}
		*dst = append(*dst, path)
	})
}

var stepForm = regexp.MustCompile(`^[\p{Han}A-Za-z0-9_-]{1,20}$`)

// steps reads the sign-offs beside the secrecy review, which nobody can leave out and so nobody lists.
func (t *table) steps(dst *[]press.Step) {
	var steps []press.Step
	ok := t.texts("steps", func(v value, s string) {
		switch {
		case s == string(press.SecrecyReview):
			v.fail("保密审查总是要做的，不用写在这里；这里只写其他审签，例如 [first, second, final]")
		case !stepForm.MatchString(s):
			v.fail("%s不能作审签环节的名字，应当是 first second final，或者不超过 20 个汉字、字母、数字", show(s))
		default:
			steps = append(steps, press.Step(s))
		}
	})
	if !ok {
		return
	}
	if v := t.fields["steps"]; isEmptyList(v.node) {
		v.fail("至少要有一个审签环节，例如 [final]；要用默认的三审就删去这一行")
		return
	}
	*dst = steps
}
