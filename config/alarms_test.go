package config

import (
	"strings"
	"testing"
	"time"
)

func TestReceiversOfAlarmsAreRead(t *testing.T) {
	env := map[string]string{
		"ROBOT": "https://open.feishu.cn/open-apis/bot/v2/hook/0000-example", "SIGN": "the-signature", "MAIL": "the-password",
	}
	text := good + `desk: https://tongfa.example.gov.cn/
alarms:
  gather: 30s
  email: {smtp: "smtp.example.gov.cn:465", tls: tls, user: a@example.gov.cn, password: {env: MAIL}, from: a@example.gov.cn, to: b@example.gov.cn, level: incident}
  feishu: {url: {env: ROBOT}, secret: {env: SIGN}, keyword: 告警, base_url: http://10.1.1.1:8000/feishu/}
`
	cfg, err := Parse("x", []byte(text), t.TempDir(), func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	a := cfg.Alarms
	switch {
	case a.Every != time.Minute || a.Gather != 30*time.Second || a.Slow != 5*time.Second || a.Unknown != 30*time.Minute || a.Blind != day:
		t.Errorf("times %+v", a)
	case cfg.Desk != "https://tongfa.example.gov.cn" || a.WeCom != nil || a.DingTalk != nil:
		t.Errorf("%+v", a)
	case a.Email.Password.Reveal() != "the-password" || a.Email.TLS != "tls" || a.Email.Level != LevelIncident || len(a.Email.To) != 1:
		t.Errorf("mail %+v", a.Email)
	case a.Feishu.URL.Reveal() != env["ROBOT"] || a.Feishu.Secret.Reveal() != "the-signature" || a.Feishu.Level != LevelWarning || a.Feishu.BaseURL != "http://10.1.1.1:8000/feishu":
		t.Errorf("robot %+v", a.Feishu)
	}
	if strings.Contains(dump(cfg), "0000-example") || strings.Contains(dump(cfg), "the-") {
		t.Error("a secret is written out")
	}
}

func TestARobotsAddressThatIsNotItsPlatformsIsRefusedUnseen(t *testing.T) {
	text := good + "alarms:\n  wecom: {url: {env: ROBOT}}\n"
	_, err := Parse("x", []byte(text), t.TempDir(), func(string) string { return "https://evil.example/send?key=0000-example" })
	if err == nil || !strings.Contains(err.Error(), "https://qyapi.weixin.qq.com/") || strings.Contains(err.Error(), "0000-example") {
		t.Fatal(err)
	}
	cfg, err := Parse("x", []byte(text), t.TempDir(), nil)
	if err != nil || len(cfg.MissingSecrets) != 1 {
		t.Fatalf("an address that is not there yet: %v", err)
	}
}

func TestAChannelIsLookedAtAsOftenAsItCanBear(t *testing.T) {
	for text, want := range map[string]int{
		"kind: site, root: ./p, url: https://www.example.gov.cn":                                   20,
		"kind: site, root: ./p, url: https://www.example.gov.cn, looks: 5":                         5,
		"kind: site, root: ./p, url: https://www.example.gov.cn, rehearsal: true":                  1000,
		"kind: wechat, appid: wx0123456789abcdef, secret: {env: X}":                                2,
		"kind: wechat, appid: wx0123456789abcdef, secret: {env: X}, looks: 9":                      9,
		"kind: wechat, appid: wx0123456789abcdef, secret: {env: X}, rehearsal: false, mode: draft": 2,
	} {
		cfg, err := Parse("x", []byte("office: 某办\nchannels:\n  c: {"+text+"}\n"), t.TempDir(), nil)
		if err != nil || cfg.Channels[0].Looks != want {
			t.Errorf("%s: %v %v", text, cfg, err)
		}
	}
}
