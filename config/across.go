package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// across checks what only several keys together can get wrong, and fills in the defaults that come from another channel.
func (r *reader) across(cfg *Config) {
	r.gazettePlaces(cfg)
	r.order(cfg)
	r.listeners(cfg)
	r.twins(cfg)
	r.folders(cfg)
	for _, ch := range cfg.Channels {
		r.stage(cfg, ch)
	}
}

func channelKey(ch Channel, key string) string { return "channels." + ch.Name + "." + key }

// gazettePlaces puts a gazette without a place of its own under the first site.
func (r *reader) gazettePlaces(cfg *Config) {
	first := slices.IndexFunc(cfg.Channels, func(ch Channel) bool { return ch.Kind == KindSite })
	for _, ch := range cfg.Channels {
		g := ch.Gazette
		if g == nil {
			continue
		}
		_, root := r.at[channelKey(ch, "root")]
		_, web := r.at[channelKey(ch, "url")]
		switch {
		case root && web:
		case root:
			r.failKey(channelKey(ch, "root"), "写了 root 就要写 url，否则公报的网页和网址对不上")
		case web:
			r.failKey(channelKey(ch, "url"), "写了 url 就要写 root，否则公报的网页和网址对不上")
		case first < 0:
			r.failKey("@channels."+ch.Name, "没有网站渠道，公报要用 root 和 url 写明网页放在哪里")
		default:
			site := cfg.Channels[first].Site
			g.Root, g.URL = filepath.Join(site.Root, "gazette"), site.URL+"/gazette"
		}
	}
}

// order checks that every prerequisite is a channel and that no channel waits for itself, not even by way of others.
func (r *reader) order(cfg *Config) {
	after := map[string][]string{}
	for _, ch := range cfg.Channels {
		for _, name := range ch.After {
			switch {
			case name == ch.Name:
				r.failKey(channelKey(ch, "after"), "渠道不能排在自己后面")
			case !slices.Contains(r.declared, name):
				r.failKey(channelKey(ch, "after"), "没有叫%s的渠道%s%s", show(name), nearest(name, r.declared), listed(r.declared))
			default:
				after[ch.Name] = append(after[ch.Name], name)
			}
		}
	}
	reported := map[string]bool{}
	for _, ch := range cfg.Channels {
		loop := cycle(after, ch.Name)
		if loop == nil || reported[ch.Name] {
			continue
		}
		for _, name := range loop {
			reported[name] = true
		}
		r.failKey(channelKey(ch, "after"), "这些渠道互相等待，谁也发不出去：%s。请去掉其中一个 after", strings.Join(loop, " → "))
	}
}

// cycle finds a way from start back to start.
func cycle(after map[string][]string, start string) []string {
	seen := map[string]bool{}
	var walk func(name string, way []string) []string
	walk = func(name string, way []string) []string {
		way = append(way, name)
		for _, next := range after[name] {
			if next == start {
				return append(way, start)
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if loop := walk(next, slices.Clip(way)); loop != nil {
				return loop
			}
		}
		return nil
	}
	return walk(start, nil)
}

// listeners checks the addresses on which the daemon listens.
func (r *reader) listeners(cfg *Config) {
	if !loopbackAddr(cfg.Listen) && cfg.Desk == "" {
		r.failKey("listen", "%s别的机器也能访问到，要同时写明大家打开编辑台的网址，例如 desk: https://desk.example.gov.cn。"+
			"编辑台只认这个网址和本机地址；只在本机用的，写 127.0.0.1:8080", show(cfg.Listen))
	}
	type listener struct{ key, addr string }
	all := []listener{{"listen", cfg.Listen}}
	for _, ch := range cfg.Channels {
		if ch.Site != nil && ch.Site.Serve != "" {
			all = append(all, listener{channelKey(ch, "serve"), ch.Site.Serve})
		}
	}
	if cfg.Standin != nil {
		const key = "standin.wechat.listen"
		all = append(all, listener{key, cfg.Standin.Listen})
		if !loopbackAddr(cfg.Standin.Listen) {
			r.failKey(key, "%s会让别的机器访问到。模拟的微信接口只供演练，请用 127.0.0.1，例如 127.0.0.1:8090", show(cfg.Standin.Listen))
		}
	}
	for i, a := range all {
		for _, b := range all[:i] {
			if sameAddr(a.addr, b.addr) {
				r.failKey(a.key, "%s已经被 %s（%s）占用，请换一个端口", show(a.addr), b.key, b.addr)
				break
			}
		}
	}
}

// twins checks that no two channels put out in the same place.
func (r *reader) twins(cfg *Config) {
	taken := map[string]string{}
	claim := func(ch Channel, key, kind, what string) {
		if what == "" {
			return
		}
		if other, ok := taken[kind+what]; ok {
			r.failKey(channelKey(ch, key), "和渠道 %s 的 %s 一样，两个渠道不能发到同一个地方", other, key)
			return
		}
		taken[kind+what] = ch.Name
	}
	for _, ch := range cfg.Channels {
		switch {
		case ch.Site != nil:
			claim(ch, "root", "root ", ch.Site.Root)
			claim(ch, "url", "url ", ch.Site.URL)
		case ch.Gazette != nil:
			claim(ch, "root", "root ", ch.Gazette.Root)
			claim(ch, "url", "url ", ch.Gazette.URL)
		case ch.WeChat != nil:
			claim(ch, "appid", "appid ", ch.WeChat.AppID)
		}
	}
}

// folders checks that nothing private lies in a folder that is published, and that no column takes the gazette's folder.
func (r *reader) folders(cfg *Config) {
	for _, ch := range cfg.Channels {
		root := ""
		switch {
		case ch.Site != nil:
			root = ch.Site.Root
		case ch.Gazette != nil:
			root = ch.Gazette.Root
		}
		if root == "" {
			continue
		}
		if inside(cfg.Data, root) {
			r.failKey("data", "在渠道 %s 公开的文件夹（%s）里，台账会被外面下载到，请换一个地方", ch.Name, root)
		}
		for _, s := range r.secrets {
			if inside(s.path, root) {
				r.failKey(s.key, "密钥文件在渠道 %s 公开的文件夹里，会被外面下载到，请换一个地方并重置密钥", ch.Name)
			}
		}
	}
	for _, ch := range cfg.Channels {
		if ch.Site == nil {
			continue
		}
		for _, col := range ch.Site.Columns {
			r.columnFree(cfg, ch, col)
		}
	}
}

func (r *reader) columnFree(cfg *Config, ch Channel, col Column) {
	if col.Path == "" {
		return
	}
	for _, other := range cfg.Channels {
		if g := other.Gazette; g != nil && g.Root != "" && inside(filepath.Join(ch.Site.Root, filepath.FromSlash(col.Path)), g.Root) {
			r.failKey(channelKey(ch, "columns."+col.Name+".path"), "%s是公报 %s 的文件夹，栏目要用别的路径", show(col.Path), other.Name)
		}
	}
}

// stage checks whom a WeChat channel talks to: the platform over TLS, or a stand-in, and no rehearsal against the platform.
func (r *reader) stage(cfg *Config, ch Channel) {
	if ch.WeChat == nil {
		return
	}
	for _, way := range [][2]string{{"base_url", ch.WeChat.BaseURL}, {"articles", ch.WeChat.Articles}} {
		key, address := way[0], way[1]
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" || isLoopback(u.Hostname()) || allowedPlain(cfg, ch, u.Hostname()) {
			continue
		}
		r.failKey(channelKey(ch, key), "%s没有加密，密钥会被路上的人看到，请用 https://。http:// 只能用于本机（127.0.0.1），"+
			"或者演练（rehearsal: true）时 allow_private 里的地址", show(address))
	}
	u, err := url.Parse(ch.WeChat.BaseURL)
	if err == nil && ch.Rehearsal && (u.Hostname() == "weixin.qq.com" || strings.HasSuffix(u.Hostname(), ".weixin.qq.com")) {
		r.failKey(channelKey(ch, "rehearsal"), "演练时不能连真的微信平台（%s）。演练请把 base_url 指向模拟接口，例如 http://127.0.0.1:8090；"+
			"正式发布请写 rehearsal: false", u.Hostname())
	}
}

// allowedPlain reports a host that may be spoken to without TLS: an address in allow_private, or, in a rehearsal that has
// such networks, a name that the guarded connection will check against them when it has resolved it.
func allowedPlain(cfg *Config, ch Channel, host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return ch.Rehearsal && len(cfg.AllowPrivate) > 0
	}
	return ch.Rehearsal && slices.ContainsFunc(cfg.AllowPrivate, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && a.Unmap().IsLoopback()
}

func loopbackAddr(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && isLoopback(host)
}

// sameAddr reports that two listeners cannot both listen. A host that is missing or unspecified means every address.
func sameAddr(a, b string) bool {
	ha, pa, _ := net.SplitHostPort(a)
	hb, pb, _ := net.SplitHostPort(b)
	if pa != pb || pa == "0" {
		return false
	}
	named := strings.EqualFold(ha, "localhost") || strings.EqualFold(hb, "localhost")
	return everywhere(ha) || everywhere(hb) || strings.EqualFold(ha, hb) || named && isLoopback(ha) && isLoopback(hb)
}

func everywhere(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "" || err == nil && a.IsUnspecified()
}

// inside reports whether path is dir or lies below it.
func inside(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
