package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"

	"tongfa/press"
)

// Webhook is an address of another system that is told what happens.
type Webhook struct {
	Name   string
	URL    string
	Secret Secret   // of its signature
	Events []string // of press.Events; "*" for all
}

var webhookKeys = []string{"name", "url", "secret", "events"}

// Bounds of webhooks.
const (
	mostWebhooks = 20
	leastSecret  = 16 // characters
)

// webhooks reads who is told. Their names stand in the ledger, so that each is a word of its own.
func (t *table) webhooks(cfg *Config) {
	list, _ := t.list("webhooks")
	if len(list) > mostWebhooks {
		t.fields["webhooks"].fail("最多写%d个", mostWebhooks)
		return
	}
	names := map[string]bool{}
	for _, v := range list {
		m := v.open(webhookKeys...)
		if m == nil {
			continue
		}
		m.need("name", "给这个推送起一个名字，例如 oa")
		m.need("url", "推送到哪个网址")
		m.need("secret", "签名的密钥在哪里："+secretForms)
		m.need("events", "推送哪些事件，例如 [item.live, item.verified]；全部写 [\"*\"]")
		var h Webhook
		m.match("name", &h.Name, regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`), "小写字母开头，只用小写字母、数字、- 和 _，例如 oa")
		if m.web("url", &h.URL); h.URL != "" {
			m.text("url", &h.URL) // as it is written: a slash at the end may matter there
		}
		m.secret("secret", &h.Secret)
		m.texts("events", func(v value, s string) {
			known := func(e press.EventInfo) bool { return e.Type == s }
			if s != "*" && !slices.ContainsFunc(press.Events(), known) {
				v.fail("没有叫%s的事件，全部事件见 docs/api.md", show(s))
				return
			}
			h.Events = append(h.Events, s)
		})
		if s := h.Secret.Reveal(); s != "" && len(s) < leastSecret {
			m.fields["secret"].fail("密钥太短，至少要%d个字符", leastSecret)
		}
		if h.URL != "" && !plainEnough(h.URL, cfg.AllowPrivate) {
			m.fields["url"].fail("要用 https，免得路上的人看到；只有 allow_private 里的地址（写成 IP）可以用 http")
		}
		if h.Name != "" && names[h.Name] {
			m.fields["name"].fail("已经有一个推送叫%s，名字不能重复", show(h.Name))
		}
		names[h.Name] = true
		cfg.Webhooks = append(cfg.Webhooks, h)
	}
}

// plainEnough reports whether an address may be spoken to as it is written: over TLS, or on a network of the office's own.
func plainEnough(address string, own []netip.Prefix) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "https" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && slices.ContainsFunc(own, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}
