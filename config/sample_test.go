package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheSampleLacksNothingButTheWeChatSecret(t *testing.T) {
	for _, office := range []string{"示例区人民政府办公室", "", `某"县": #1 {x}`, "true", "- 某", "a\tb\nc\\d"} {
		cfg, err := Parse("tongfa.yaml", Sample(office), t.TempDir(), nil)
		if err != nil {
			t.Fatalf("office %q: %v", office, err)
		}
		if len(cfg.MissingSecrets) != 1 || !strings.Contains(cfg.MissingSecrets[0].Text, "WECHAT_SECRET") {
			t.Errorf("office %q: missing secrets %v", office, cfg.MissingSecrets)
		}
		if len(office) > 0 && !strings.ContainsAny(office, "\t\n") && cfg.Office != office {
			t.Errorf("office %q became %q", office, cfg.Office)
		}
	}
}

func TestTheSampleExplainsEveryKey(t *testing.T) {
	text := string(Sample(""))
	for _, keys := range [][]string{
		topKeys, verifyKeys, clockKeys, alarmKeys, signInKeys, oidcKeys, emailKeys, wecomKeys, robotKeys, backupKeys, standinKeys, callbackKeys, playKeys, webhookKeys, commonKeys, siteKeys, wechatKeys, gazetteKeys, columnKeys, firstKeys, sectionKeys, signatureKeys,
	} {
		for _, k := range keys {
			if !regexp.MustCompile(`(?m)(^|[\s{#])` + k + `:`).MatchString(text) {
				t.Errorf("the sample does not mention %s", k)
			}
		}
	}
}

// uncomment enables every setting that the sample shows as a comment.
func uncomment(text string) string {
	setting := regexp.MustCompile(`^(\s*)# ( *)((?:[a-z_]+|通知公告):(?: .*)?|- \{.*)$`)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = setting.ReplaceAllString(l, "$1$2$3")
	}
	return strings.Join(lines, "\n")
}

func TestTheSettingsInTheSamplesCommentsAreRightToo(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"keys", "fonts"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"keys/pdf.password": hidden, "fonts/rare.ttf": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keyPair(t, filepath.Join(dir, "keys"), "pdf", ecdsaKey(t), hidden)
	keyPair(t, filepath.Join(dir, "keys"), "ofd", sm2Key(t), "")
	text := strings.Replace(uncomment(string(Sample(""))), ": /fonts\n", ": fonts\n", 1)
	cfg, err := Parse("tongfa.yaml", []byte(text), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	site, _ := cfg.Channel("site")
	paper, _ := cfg.Channel("gazette")
	wx, _ := cfg.Channel("wechat")
	switch {
	case cfg.Standin == nil || cfg.Standin.Listen != "127.0.0.1:8090":
		t.Errorf("stand-in %+v", cfg.Standin)
	case site.Site.Serve != "127.0.0.1:8081" || len(site.Site.Columns) != 1 || site.Every == 0:
		t.Errorf("site %+v", site.Site)
	case paper.Gazette.First != First{2026, 1, 1} || len(paper.Gazette.Sections) != 7 || paper.Gazette.PDFSignature == nil || paper.Gazette.OFDSignature == nil || len(paper.Gazette.Fallback) != 1:
		t.Errorf("gazette %+v", paper.Gazette)
	case wx.WeChat.Author == "" || len(wx.WeChat.Quotas) != 1:
		t.Errorf("wechat %+v", wx.WeChat)
	}
}

func TestTheSampleShowsTheDefaults(t *testing.T) {
	full, err := Parse("tongfa.yaml", Sample("某办"), "/srv/t", nil)
	if err != nil {
		t.Fatal(err)
	}
	short, err := Parse("tongfa.yaml", []byte(`office: 某办
channels:
  site: {kind: site, root: ./public, url: https://www.example.gov.cn}
  wechat: {kind: wechat, when: ["30 7 * * *", "0 18 * * *"], after: [site], appid: wx0123456789abcdef, secret: {env: WECHAT_SECRET}}
  gazette: {kind: gazette, when: "0 9 1 1,4,7,10 *", name: 示例区人民政府公报}
`), "/srv/t", nil)
	if err != nil {
		t.Fatal(err)
	}
	full.MissingSecrets, short.MissingSecrets = nil, nil
	if a, b := dump(full), dump(short); a != b {
		i := 0
		for i < min(len(a), len(b)) && a[i] == b[i] {
			i++
		}
		t.Errorf("the sample differs from the defaults:\n%s\n%s", a[max(0, i-40):min(len(a), i+80)], b[max(0, i-40):min(len(b), i+80)])
	}
}

func TestASampleCanBeWrittenForAnyOffice(t *testing.T) {
	for _, office := range []string{"示例区", "Office of 示例区", "@office", "'", "*x", "null", "~", "1", "二〇二六"} {
		cfg, err := Parse("x", Sample(office), t.TempDir(), nil)
		if err != nil || cfg.Office != office {
			t.Errorf("%q: %v %v", office, cfg, err)
		}
	}
	if slices.Contains(Sample("x"), 0) {
		t.Error("the sample holds a null byte")
	}
}
