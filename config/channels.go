package config

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"tongfa/press"
)

// OnRelease is what a channel without a timetable of its own has for When: each item goes out at its release time.
const OnRelease = "on release"

var (
	channelName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

	commonKeys = []string{"kind", "title", "when", "after", "wait", "late", "concurrency", "every", "looks", "rehearsal"}
	siteKeys   = []string{"root", "url", "serve", "site_name", "site_id_code", "domain", "contact", "icp", "police", "columns", "page_size"}
	wechatKeys = []string{"account", "appid", "secret", "mode", "per_message", "base_url", "author", "comment", "poll", "recover",
		"settle", "quotas", "articles", "callback"}
	gazetteKeys = []string{"name", "root", "url", "sections", "issue", "proofs", "first", "host", "statement", "fonts", "fallback_fonts", "submit_within", "watermark", "pdf_signature", "ofd_signature", "ofd_attachments"}
)

// keysOf gives the keys of a kind; for an unknown kind, those of all kinds, so that one slip does not make twenty problems.
func keysOf(kind string) []string {
	keys := append([]string(nil), commonKeys...)
	if kind == KindSite || kind == "" {
		keys = append(keys, siteKeys...)
	}
	if kind == KindWeChat || kind == "" {
		keys = append(keys, wechatKeys...)
	}
	if kind == KindGazette || kind == "" {
		keys = append(keys, gazetteKeys...)
	}
	return keys
}

func (t *table) channels(cfg *Config) {
	v, ok := t.get("channels")
	if !ok {
		return
	}
	all := v.open()
	if all == nil {
		return
	}
	if len(all.keys) == 0 {
		v.fail("至少要有一个渠道，例如 site: {kind: site, …}")
	}
	for _, e := range all.keys {
		if !channelName.MatchString(e.name) {
			e.key.fail("渠道名%s不对，应当以小写字母开头，只用小写字母、数字、_、-，最多 32 个字符", show(e.name))
			continue
		}
		t.r.declared = append(t.r.declared, e.name)
		if ch, ok := e.val.channel(e.name, cfg); ok {
			cfg.Channels = append(cfg.Channels, ch)
		}
	}
}

// channel reads one channel. What could not be read is reported and left at its default; ok is false if not even its kind is known.
func (v value) channel(name string, cfg *Config) (Channel, bool) {
	kind := v.kindOf()
	t := v.open(keysOf(kind)...)
	if t == nil {
		return Channel{}, false
	}
	t.need("kind", "渠道的种类，可以写：site wechat gazette")
	var said string
	t.choice("kind", &said, KindSite, KindWeChat, KindGazette)
	ch := Channel{
		Name: name, Kind: kind, Spec: OnRelease, Wait: 10 * time.Minute, Late: "publish",
	}
	switch kind {
	case KindSite:
		ch.PerEdition, ch.Concurrency = 1, 8
		ch.Site = t.site(cfg)
	case KindWeChat:
		ch.PerEdition, ch.Concurrency = 1, 2
		ch.WeChat = t.wechat(cfg, &ch)
	case KindGazette:
		ch.PerEdition, ch.Concurrency = 0, 1
		ch.Gazette = t.gazette(cfg)
		t.need("when", `什么时候出刊，例如 when: ["0 9 1 1,4,7,10 *"]`)
	}
	t.when(&ch, cfg.Timezone)
	t.text("title", &ch.Title)
	t.texts("after", func(_ value, s string) { ch.After = append(ch.After, s) })
	t.duration("wait", &ch.Wait, 0, day)
	t.choice("late", &ch.Late, "publish", "next", "ask")
	t.integer("concurrency", &ch.Concurrency, 1, 64)
	t.duration("every", &ch.Every, 0, day)
	t.boolean("rehearsal", &ch.Rehearsal)
	ch.Looks = looksOf(ch)
	t.integer("looks", &ch.Looks, 1, 1000)
	return ch, kind != ""
}

// looksOf is how many public copies of a channel are looked at in a second: few where others are asked for them, and as many as can be where
// only a stand-in is asked.
func looksOf(ch Channel) int {
	switch {
	case ch.Rehearsal:
		return 1000
	case ch.Kind == KindWeChat:
		return 2
	}
	return 20
}

// kindOf looks at the kind before the other keys, because it decides which of them are known.
func (v value) kindOf() string {
	m, ok := v.node.(*ast.MappingNode)
	if !ok {
		return ""
	}
	for _, kv := range m.Values {
		s, ok := kv.Value.(*ast.StringNode)
		if ok && kv.Key.GetToken().Value == "kind" && (s.Value == KindSite || s.Value == KindWeChat || s.Value == KindGazette) {
			return s.Value
		}
	}
	return ""
}

// when reads "on release", or cron lines and single moments.
func (t *table) when(ch *Channel, loc *time.Location) {
	vs, ok := t.list("when")
	if !ok {
		return
	}
	if len(vs) == 0 {
		t.fields["when"].fail("时间表是空的，写 on release，或者至少一行，例如 [\"0 18 * * *\"]")
		return
	}
	var tables press.Timetables
	var lines []string
	for _, v := range vs {
		s, ok := v.text()
		switch {
		case !ok:
			return
		case s == OnRelease && len(vs) > 1:
			v.fail("on release 不能和时间表写在一起，只能选一种")
			return
		case s == OnRelease:
			return
		}
		one, err := timetable(s, loc)
		if err != nil {
			v.fail("%s", err)
			continue
		}
		tables, lines = append(tables, one), append(lines, s)
	}
	if ch.Spec = strings.Join(lines, "\n"); len(tables) == 1 {
		ch.When = tables[0]
	} else if len(tables) > 1 {
		ch.When = tables
	}
}

// webURL reads an address of the web without a slash at the end. Query, fragment and user have no place in it.
func (t *table) webURL(key string, dst *string) {
	var s string
	if !t.text(key, &s) {
		return
	}
	v := t.fields[key]
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		v.fail("%s不是网址，应当以 http:// 或 https:// 开头，例如 https://www.example.gov.cn", show(hideUser(s)))
	case u.User != nil:
		v.fail("网址里不能写用户名和密码")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#"):
		v.fail("%s里不能有 ? 或 # 和后面的部分", show(s))
	case !hostForm.MatchString(u.Hostname()) && !isIP(u.Hostname()):
		v.fail("%s里的主机名不对，例如 https://www.example.gov.cn", show(s))
	case strings.Contains(u.Path, "//") || strings.Contains(u.Path, "/../") || strings.HasSuffix(u.Path, "/.."):
		v.fail("%s里的路径不对，不能有 // 或 ..", show(s))
	default:
		*dst = strings.TrimRight(s, "/")
	}
}

var userInfo = regexp.MustCompile(`//[^/@]*@`)

func hideUser(s string) string { return userInfo.ReplaceAllString(s, "//***@") }

// isEmptyList tells [] from a list whose elements were all refused.
func isEmptyList(n ast.Node) bool {
	s, ok := n.(*ast.SequenceNode)
	return ok && len(s.Values) == 0
}
