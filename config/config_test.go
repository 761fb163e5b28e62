package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// dump writes a configuration out in full, for comparing two of them.
func dump(cfg *Config) string {
	b, err := json.Marshal(cfg)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// validUSCC is a made-up code with a right check character.
func validUSCC() string {
	code := "11999999999999999"
	return code + string(usccCheck(code+"0"))
}

func TestTheCheckCharacterOfACreditCodeFollowsTheStandard(t *testing.T) {
	// The sum of 31 weights of the standard's own example: 91350100M000100Y43 is the code printed in GB 32100-2015.
	if got := usccCheck("91350100M000100Y43"); got != '3' {
		t.Errorf("check character %c", got)
	}
	if cfg, err := Parse("x", []byte(good+"uscc: "+validUSCC()+"\n"), t.TempDir(), nil); err != nil || cfg.USCC != validUSCC() {
		t.Errorf("%v", err)
	}
}

const good = `office: 某办
channels:
  site: {kind: site, root: ./public, url: "https://www.example.gov.cn/"}
`

func TestDefaultsAreFilledInAndPathsAreAbsolute(t *testing.T) {
	cfg, err := Parse("tongfa.yaml", []byte(good), "/srv/tongfa", nil)
	if err != nil {
		t.Fatal(err)
	}
	ch := cfg.Channels[0]
	for _, c := range []struct{ what, got, want string }{
		{"timezone", cfg.Timezone.String(), "Asia/Shanghai"},
		{"data", cfg.Data, "/srv/tongfa/data"},
		{"listen", cfg.Listen, "127.0.0.1:8080"},
		{"steps", fmt.Sprint(cfg.Steps), "[first second final]"},
		{"verify", fmt.Sprint(cfg.VerifyEvery.After), "[1m0s 10m0s 1h0m0s 6h0m0s 24h0m0s 168h0m0s]"},
		{"backup", fmt.Sprint(cfg.BackupEvery, cfg.BackupKeep), "24h0m0s 14"},
		{"attachment", fmt.Sprint(cfg.MaxAttachment), "52428800"},
		{"channel", fmt.Sprint(ch.Name, ch.Kind, ch.When, ch.Spec, ch.Wait, ch.Late, ch.PerEdition, ch.Concurrency), "sitesite<nil>on release10m0spublish1 8"},
		{"root", ch.Site.Root, "/srv/tongfa/public"},
		{"url", ch.Site.URL, "https://www.example.gov.cn"},
		{"domain", ch.Site.Domain, "www.example.gov.cn"},
		{"name", ch.Site.Name, "某办"},
		{"page size", fmt.Sprint(ch.Site.PageSize), "20"},
	} {
		if c.got != c.want {
			t.Errorf("%s = %q, want %q", c.what, c.got, c.want)
		}
	}
	if cfg.Standin != nil || len(cfg.MissingSecrets) != 0 {
		t.Errorf("stand-in %v, missing %v", cfg.Standin, cfg.MissingSecrets)
	}
}

func TestChannelsAndColumnsKeepTheOrderOfTheFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("office: 某办\nchannels:\n")
	var want []string
	for _, name := range []string{"zeta", "alpha", "m-1", "beta", "a_2", "omega", "c"} {
		fmt.Fprintf(&b, "  %s: {kind: site, root: ./%s, url: 'https://%s.example.gov.cn', columns: {丙: {path: c}, 甲: {path: a}, 乙: {path: b}}}\n", name, name, strings.ReplaceAll(name, "_", "-"))
		want = append(want, name)
	}
	cfg, err := Parse("x", []byte(b.String()), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ch := range cfg.Channels {
		got = append(got, ch.Name)
		if c := ch.Site.Columns; len(c) != 3 || c[0].Name != "丙" || c[1].Name != "甲" || c[2].Name != "乙" || c[0].Type != "丙" {
			t.Errorf("%s has columns %v", ch.Name, c)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestTheGazetteStandsUnderTheFirstSite(t *testing.T) {
	cfg, err := Parse("x", []byte(`office: 某办
channels:
  paper: {kind: gazette, when: "@yearly", name: 某公报, after: one}
  one: {kind: site, root: ./one, url: https://one.example.gov.cn}
  two: {kind: site, root: ./two, url: https://two.example.gov.cn}
`), "/srv", nil)
	if err != nil {
		t.Fatal(err)
	}
	g := cfg.Channels[0].Gazette
	if g.Root != "/srv/one/gazette" || g.URL != "https://one.example.gov.cn/gazette" || g.Host != "某办" || g.Issue != "manual" {
		t.Errorf("%+v", g)
	}
	rest := g.Sections[len(g.Sections)-1]
	if rest.Name != "其他" || fmt.Sprint(rest.Kinds) != "[news proposal meeting list report other]" {
		t.Errorf("the rest is %v", rest)
	}
}

func TestLoadReadsAFileRelativeToItsFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tongfa.yaml")
	crlf := "\ufeff" + strings.ReplaceAll(good, "\n", "\r\n")
	if err := os.WriteFile(path, []byte(crlf), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Data != filepath.Join(dir, "data") || cfg.File != path {
		t.Errorf("data %s, file %s", cfg.Data, cfg.File)
	}
}

func TestLoadSaysWhatToDoAboutAFileThatIsNotThere(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "nothing.yaml"))
	var ps Problems
	if !errors.As(err, &ps) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "tongfa init") {
		t.Errorf("%v", err)
	}
	if _, err = Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "文件夹") {
		t.Errorf("a folder: %v", err)
	}
}

func TestAllProblemsComeAtOnceInTheOrderOfTheFile(t *testing.T) {
	_, err := Parse("tongfa.yaml", []byte(`office: 某办
timezone: Mars/Base
stpes: [first]
one_person: yes
backup: {every: 24, keep: 0}
channels:
  site: {kind: site, root: ./p, url: ftp://x, late: later}
  wechat: {kind: wechat, when: "0 25 * * *", appid: wx1, secret: hunter2-is-secret, after: [sites]}
`), t.TempDir(), nil)
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ps {
		got = append(got, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Key))
	}
	want := []string{
		"2:11 timezone", "3:1 stpes", "4:13 one_person", "5:17 backup.every", "5:27 backup.keep", "7:38 channels.site.url",
		"7:53 channels.site.late", "8:32 channels.wechat.when", "8:53 channels.wechat.appid", "8:66 channels.wechat.secret",
		"8:92 channels.wechat.after",
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems\n%s\nwant\n%s\n%v", strings.Join(got, "\n"), strings.Join(want, "\n"), err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the secret is in the error:\n%v", err)
	}
}

func TestAProblemShowsItsLineWithACaret(t *testing.T) {
	_, err := Parse("某.yaml", []byte("office: 某办\nchannels: {站: 1}\n"), t.TempDir(), nil)
	want := "某.yaml:2:12: channels.站：渠道名“站”不对，应当以小写字母开头，只用小写字母、数字、_、-，最多 32 个字符\n" +
		"    2 | channels: {站: 1}\n" +
		"      |            ^"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, err = Parse("x", []byte("office: 某办\nchannels: {site: {kind: site, root: 文件夹, url: a}}\n"), t.TempDir(), nil)
	if !strings.HasSuffix(err.Error(), "| "+strings.Repeat(" ", 36)+"\u3000\u3000\u3000"+strings.Repeat(" ", 7)+"^") {
		t.Errorf("the caret stands wrong:\n%v", err)
	}
}

func TestDurationsTakeDays(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"7d": 7 * day, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "0s": 0, "0d": 0, "36500d": 36500 * day,
	} {
		if got, ok := parseDuration(in); !ok || got != want {
			t.Errorf("%s = %v %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "7", "d", "-1h", "1d-1h", "+1h", "1w", "40000d", "1.5d", "9999999h", "36500d2000000h", "7 d"} {
		if got, ok := parseDuration(in); ok {
			t.Errorf("%q = %v, want it refused", in, got)
		}
	}
	for d, want := range map[time.Duration]string{time.Minute: "1m", 90 * time.Second: "1m30s", 366 * day: "366d", 2 * time.Hour: "2h", 0: "0s", 36 * time.Hour: "36h"} {
		if got := short(d); got != want {
			t.Errorf("short(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestTheKeysOfACallback(t *testing.T) {
	text := "office: 某办\nchannels:\n  w: {kind: wechat, appid: wx0123456789abcdef, secret: {env: S}, callback: {token: {env: T}, aes_key: {env: K}}}\n"
	key := strings.Repeat("a1B", 14) + "c"
	cfg, err := Parse("x", []byte(text), t.TempDir(), func(name string) string { return map[string]string{"S": "s", "T": "token", "K": key}[name] })
	if err != nil {
		t.Fatal(err)
	}
	if c := cfg.Channels[0].WeChat.Callback; c.Token.Reveal() != "token" || c.AESKey.Reveal() != key {
		t.Error("the keys are not those of the environment")
	}
	cfg, err = Parse("x", []byte(text), t.TempDir(), func(string) string { return "" })
	if err != nil || len(cfg.MissingSecrets) != 3 {
		t.Errorf("without an environment: %v, %d secrets are missing", err, len(cfg.MissingSecrets))
	}
}

func TestTitlesOfChannels(t *testing.T) {
	c := &Config{Channels: []Channel{{Name: "site", Kind: KindSite}, {Name: "wx1", Kind: KindWeChat, Title: "示例发布"}, {Name: "wx2", Kind: KindWeChat}}}
	got := c.Titles()
	if got["site"] != "网站" || got["wx1"] != "示例发布" || got["wx2"] != "" || len(got) != 2 {
		t.Errorf("%v", got)
	}
}
