package config

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"tongfa/press"
	"tongfa/typeset"
)

var (
	siteCode   = regexp.MustCompile(`^(?:[0-9]{10}|bm[0-9]{8})$`)
	columnPath = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*$`)
	columnKeys = []string{"path", "description", "keywords", "type"}
)

func (t *table) site(cfg *Config) *Site {
	s := &Site{Name: cfg.Office, PageSize: 20}
	t.need("root", "网页写到哪个文件夹，例如 root: ./public")
	t.need("url", "网站对外的网址，例如 url: https://www.example.gov.cn")
	t.path("root", &s.Root)
	t.webURL("url", &s.URL)
	t.address("serve", &s.Serve)
	t.text("site_name", &s.Name)
	t.match("site_id_code", &s.IDCode, siteCode, " 10 位数字（部门网站是 bm 加 8 位数字），例如 \"3700000001\"")
	if u, err := url.Parse(s.URL); err == nil {
		s.Domain = u.Hostname()
	}
	t.match("domain", &s.Domain, hostForm, "域名，例如 www.example.gov.cn")
	t.text("contact", &s.Contact)
	t.text("icp", &s.ICP)
	t.text("police", &s.Police)
	t.integer("page_size", &s.PageSize, 1, 200)
	t.columns(&s.Columns)
	return s
}

func (t *table) columns(dst *[]Column) {
	v, ok := t.get("columns")
	if !ok {
		return
	}
	m := v.open()
	if m == nil {
		return
	}
	paths := map[string]string{}
	for _, e := range m.keys {
		if strings.TrimSpace(e.name) == "" {
			e.key.fail("栏目没有名字")
			continue
		}
		col := Column{Name: e.name, Type: e.name}
		c := e.val.open(columnKeys...)
		if c == nil {
			continue
		}
		c.match("path", &col.Path, columnPath, "小写字母、数字、_、-，用 / 分级，例如 zwgk/tzgg")
		c.text("description", &col.Description)
		c.text("keywords", &col.Keywords)
		c.text("type", &col.Type)
		if other, taken := paths[col.Path]; taken && col.Path != "" {
			c.fields["path"].fail("%s已经是栏目%s的路径，两个栏目不能用同一个路径", show(col.Path), show(other))
		}
		paths[col.Path] = e.name
		*dst = append(*dst, col)
	}
}

var (
	appID     = regexp.MustCompile(`^wx[0-9a-f]{16}$`)
	quotaName = regexp.MustCompile(`^[a-z/][a-z0-9_./-]{0,63}$`)
)

func (t *table) wechat(cfg *Config, ch *Channel) *WeChat {
	w := &WeChat{
		Account: cfg.Office, Mode: "draft", BaseURL: "https://api.weixin.qq.com", Articles: "https://mp.weixin.qq.com",
		Poll: []time.Duration{
			15 * time.Second, 45 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
			time.Hour, 2 * time.Hour, 4 * time.Hour,
		},
		Recover: day, Settle: 5 * time.Second, Quotas: map[string]int{},
	}
	t.need("appid", "公众号的 AppID，在公众平台的“基本配置”里，例如 appid: wx0123456789abcdef")
	t.need("secret", "公众号的 AppSecret 在哪里："+secretForms)
	t.text("account", &w.Account)
	t.match("appid", &w.AppID, appID, " wx 加 16 位小写的十六进制字符，例如 wx0123456789abcdef")
	t.secret("secret", &w.Secret)
	t.choice("mode", &w.Mode, "draft", "publish", "mass")
	t.integer("per_message", &ch.PerEdition, 1, 8)
	t.webURL("base_url", &w.BaseURL)
	t.webURL("articles", &w.Articles)
	t.text("author", &w.Author)
	t.boolean("comment", &w.Comment)
	t.durations("poll", &w.Poll, time.Second, 7*day)
	t.duration("recover", &w.Recover, time.Minute, 31*day)
	t.duration("settle", &w.Settle, 0, time.Hour)
	t.quotas(w.Quotas)
	if m := t.sub("callback", callbackKeys...); m != nil {
		m.need("token", "公众平台“消息推送”里填的令牌（Token）在哪里："+secretForms)
		m.secret("token", &w.Callback.Token)
		m.secret("aes_key", &w.Callback.AESKey)
		m.aesKey("aes_key", w.Callback.AESKey)
	}
	return w
}

// aesKey refuses a key that is there and cannot be one: with it, messages would be taken without being decrypted.
func (t *table) aesKey(key string, s Secret) {
	raw, err := base64.StdEncoding.DecodeString(s.Reveal() + "=")
	if v, ok := t.get(key); ok && s.Reveal() != "" && (err != nil || len(raw) != 32) {
		v.fail("这里的内容不是 EncodingAESKey（不显示）：它是公众平台“消息推送”里的 43 个字母和数字，请整个复制")
	}
}

var callbackKeys = []string{"token", "aes_key"}

// Callback is what the platform's messages to this account's developer address (消息推送) are checked with.
type Callback struct {
	Token  Secret // empty: no messages are received
	AESKey Secret // EncodingAESKey; empty: messages come in plain text
}

func (t *table) quotas(dst map[string]int) {
	v, ok := t.get("quotas")
	if !ok {
		return
	}
	m := v.open()
	if m == nil {
		return
	}
	for _, e := range m.keys {
		if !quotaName.MatchString(e.name) {
			e.key.fail("%s不是接口的名字，例如 freepublish_submit: 100", show(e.name))
			continue
		}
		if n, ok := e.val.integer(0, 100_000_000); ok {
			dst[e.name] = n
		}
	}
}

var (
	firstKeys   = []string{"year", "number", "total"}
	sectionKeys = []string{"name", "kinds", "columns"}
)

func (t *table) gazette(cfg *Config) *Gazette {
	g := &Gazette{Issue: "manual", Host: cfg.Office, Sections: defaultSections(), Within: 10}
	t.need("name", "公报的刊名，例如 name: 示例区人民政府公报")
	t.text("name", &g.Name)
	t.path("root", &g.Root)
	t.webURL("url", &g.URL)
	t.choice("issue", &g.Issue, "auto", "manual")
	t.integer("proofs", &g.Proofs, 0, 9)
	if g.Proofs > 0 && g.Issue == "auto" {
		t.fields["proofs"].fail("issue: auto 到点自动定稿，没有人读校样；请写 issue: manual，或者去掉 proofs")
	}
	t.text("host", &g.Host)
	t.text("statement", &g.Statement)
	t.integer("submit_within", &g.Within, 1, 250)
	t.texts("fonts", func(v value, s string) {
		path := t.r.absolute(s)
		if why := fontTrouble(path); why != "" {
			v.fail("%s", why)
			return
		}
		g.Fonts = append(g.Fonts, path)
	})
	t.fallback(&g.Fallback)
	t.watermark(&g.Watermark)
	t.signature("pdf_signature", typeset.FormatPDF, &g.PDFSignature)
	t.signature("ofd_signature", typeset.FormatOFD, &g.OFDSignature)
	t.boolean("ofd_attachments", &g.OFDAttachments)
	if m := t.sub("first", firstKeys...); m != nil {
		m.first(&g.First)
	}
	t.sections(&g.Sections)
	return g
}

func (t *table) first(dst *First) {
	for _, key := range firstKeys {
		t.need(key, "接着编号需要年份、年内期号和总期号，例如 {year: 2026, number: 1, total: 57}")
	}
	t.integer("year", &dst.Year, 1949, 2199)
	t.integer("number", &dst.Number, 1, 366)
	t.integer("total", &dst.Total, 1, 100_000)
	if dst.Total > 0 && dst.Total < dst.Number {
		t.fields["total"].fail("总期号 %d 小于年内期号 %d，请核对", dst.Total, dst.Number)
	}
}

// restKinds is how a section takes every kind that no section names.
const restKinds = press.Kind("rest")

func defaultSections() []Section {
	s := []Section{
		{Name: "政府文件", Kinds: []press.Kind{press.Policy}},
		{Name: "政策解读", Kinds: []press.Kind{press.Interpretation}},
		{Name: "人事任免", Kinds: []press.Kind{press.Personnel}},
		{Name: "财政信息", Kinds: []press.Kind{press.Budget}},
		{Name: "公告", Kinds: []press.Kind{press.Notice, press.Consultation, press.Feedback, press.Enforcement}},
		{Name: "其他", Kinds: []press.Kind{restKinds}},
	}
	spellRest(s)
	return s
}

// spellRest replaces "rest" by the kinds that no section names.
func spellRest(sections []Section) {
	named := map[press.Kind]bool{}
	for _, s := range sections {
		for _, k := range s.Kinds {
			named[k] = true
		}
	}
	for i, s := range sections {
		at := slices.Index(s.Kinds, restKinds)
		if at < 0 {
			continue
		}
		kinds := slices.Delete(slices.Clone(s.Kinds), at, at+1)
		for _, k := range press.Kinds() {
			if !named[k.Kind] {
				kinds = append(kinds, k.Kind)
			}
		}
		sections[i].Kinds = kinds
	}
}

func (t *table) sections(dst *[]Section) {
	vs, ok := t.list("sections")
	if !ok {
		return
	}
	if len(vs) == 0 {
		t.fields["sections"].fail("至少要有一个栏目；要用默认的栏目就删去这一行")
		return
	}
	names := map[string]bool{}
	kinds, columns := map[string]string{}, map[string]string{}
	var out []Section
	for _, v := range vs {
		m := v.open(sectionKeys...)
		if m == nil {
			continue
		}
		m.need("name", "栏目的名字，例如 {name: 政府文件, kinds: [policy]}")
		var s Section
		if m.text("name", &s.Name) && names[s.Name] {
			m.fields["name"].fail("已经有一个叫%s的栏目", show(s.Name))
		}
		names[s.Name] = true
		m.texts("kinds", func(v value, k string) {
			if v.kind(k) && v.once(kinds, k, s.Name) {
				s.Kinds = append(s.Kinds, press.Kind(k))
			}
		})
		m.texts("columns", func(v value, c string) {
			if v.once(columns, c, s.Name) {
				s.Columns = append(s.Columns, c)
			}
		})
		if _, has := m.fields["kinds"]; !has && m.fields["columns"].node == nil {
			v.fail("没有写哪些稿件归这个栏目，用 kinds 或 columns 写明；其余的都归它就写 kinds: [rest]")
		}
		out = append(out, s)
	}
	spellRest(out)
	*dst = out
}

// once refuses a word that another section has already taken.
func (v value) once(taken map[string]string, word, by string) bool {
	if other, ok := taken[word]; ok {
		v.fail("%s已经归栏目%s，不能写两次", show(word), show(other))
		return false
	}
	taken[word] = by
	return true
}

func (v value) kind(k string) bool {
	if press.Kind(k).Valid() || k == string(restKinds) {
		return true
	}
	var allowed []string
	for _, e := range press.Kinds() {
		allowed = append(allowed, string(e.Kind))
	}
	allowed = append(allowed, string(restKinds))
	v.fail("%s不是稿件的种类%s%s", show(k), nearest(k, allowed), listed(allowed))
	return false
}
