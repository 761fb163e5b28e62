package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const hidden = "Zq9-geheim-Kp4"

func withSecret(ref string) []byte {
	return []byte("office: 某办\nchannels:\n  wechat:\n    kind: wechat\n    appid: wx0123456789abcdef\n    secret: " + ref + "\n")
}

func fromEnv(string) string { return hidden }

func TestNoWayOfPrintingAConfigurationShowsASecret(t *testing.T) {
	cfg, err := Parse("x", withSecret("{env: S}"), t.TempDir(), fromEnv)
	if err != nil {
		t.Fatal(err)
	}
	w := cfg.Channels[0].WeChat
	if w.Secret.Reveal() != hidden {
		t.Fatalf("the secret is %q", w.Secret.Reveal())
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%T", "%p", "%5.2f", "%t", "%w"} {
		for _, v := range []any{cfg, *cfg, cfg.Channels, cfg.Channels[0], w, *w, w.Secret, &w.Secret, []Secret{w.Secret}, map[string]any{"s": w.Secret}} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	encode := map[string]func(any) ([]byte, error){"json": json.Marshal, "yaml": yaml.Marshal, "xml": xml.Marshal}
	for name, marshal := range encode {
		b, err := marshal(w.Secret)
		if err != nil || !bytes.Contains(b, []byte(stars)) {
			t.Errorf("%s of a secret: %s, %v", name, b, err)
		}
		whole, _ := marshal(cfg)
		out.Write(b)
		out.Write(whole)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("config", "cfg", cfg, "channel", cfg.Channels[0], "wechat", *w, "secret", w.Secret, "p", &w.Secret)
	}
	fmt.Fprint(&out, errors.Join(fmt.Errorf("get token: %v", w.Secret)), fmt.Sprintln(w))
	if out.Len() < 1000 || bytes.Contains(out.Bytes(), []byte(hidden)) || bytes.Contains(out.Bytes(), []byte(fmt.Sprintf("%x", hidden))) {
		t.Errorf("printing shows the secret, or shows nothing:\n%s", out.Bytes())
	}
}

func TestALiteralSecretIsRefusedAndNeverPrinted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(hidden+" x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, part string }{
		{string(withSecret(hidden)), "密钥不能直接写在配置里"},
		{string(withSecret("'" + hidden + "' # old")), "密钥不能直接写在配置里"},
		{string(withSecret("|\n      " + hidden)), "密钥不能直接写在配置里"},
		{string(withSecret("\n      " + hidden)), "密钥不能直接写在配置里"},
		{string(withSecret("[" + hidden + "]")), "密钥不能直接写在配置里"},
		{string(withSecret("{value: " + hidden + "}")), "不认识的键"},
		{string(withSecret("{env: " + hidden + "}")), "环境变量的名字"},
		{string(withSecret("{env: [" + hidden + "]}")), "环境变量的名字"},
		{string(withSecret("\n      env: " + hidden)), "环境变量的名字"},
		{string(withSecret("{file: " + file + "}")), "只留密钥一行"},
		{string(withSecret("{env: A, file: B}")), "只能写一个"},
		{string(withSecret(hidden + ": x")), "YAML"},
		{string(withSecret("\"" + hidden)), "YAML"},
		{strings.Replace(string(withSecret("{env: S}")), "secret", "app_secret: "+hidden+"\n    secret", 1), "不认识的键"},
		{strings.Replace(string(withSecret("{env: S}")), "kind: wechat", "kind: wechat\n    token: "+hidden, 1), "不认识的键"},
		{"office: 某办\nchannels: {w: {kind: wechat, appid: bad, secret: " + hidden + ", mode: x}}\n", "密钥不能直接写在配置里"},
		{"office: 某办\nchannels: {w: {kind: wechat, appid: bad, secret: {env: S}, secret: " + hidden + "}}\n", "写了两次"},
		{"office: 某办\nlisten: http://user:" + hidden + "@x\nchannels: {}\n", "监听地址"},
	} {
		_, err := Parse("x", []byte(c.text), t.TempDir(), fromEnv)
		if err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s\ngives %v, want %q", c.text, err, c.part)
		}
		if err != nil && c.part != "监听地址" && strings.Contains(err.Error(), hidden) {
			t.Errorf("the error shows the secret:\n%v", err)
		}
	}
}

func TestAnAppSecretInTheWrongPlaceIsNotPrinted(t *testing.T) {
	const hex = "0123456789abcdef0123456789abcdef"
	for _, text := range []string{
		strings.Replace(string(withSecret("{env: S}")), "wx0123456789abcdef", hex, 1),
		string(withSecret("{env: " + "a" + hex[1:] + "}")),
		string(withSecret("{file: " + hex + "}")),
		"office: " + hex + "\n" + hex + ": 1\n",
	} {
		_, err := Parse("x", []byte(text), t.TempDir(), nil)
		if err == nil || strings.Contains(err.Error(), hex[1:]) {
			t.Errorf("%s\ngives %v", text, err)
		}
	}
}

func TestAMissingSecretIsNoErrorOfTheFile(t *testing.T) {
	for ref, part := range map[string]string{"{env: WECHAT_SECRET}": "WECHAT_SECRET", "{file: keys/wechat}": "keys/wechat"} {
		cfg, err := Parse("x.yaml", withSecret(ref), t.TempDir(), func(string) string { return " \n" })
		if err != nil {
			t.Fatal(err)
		}
		m := cfg.MissingSecrets
		if len(m) != 1 || !strings.Contains(m[0].Text, part) || m[0].Line != 6 || m[0].Column == 0 || m[0].Key[:22] != "channels.wechat.secret" {
			t.Errorf("%s: %+v", ref, m)
		}
		if cfg.Channels[0].WeChat.Secret.Reveal() != "" {
			t.Error("a missing secret has a value")
		}
	}
}

func TestASecretFileIsReadOnlyIfNobodyElseCanReadIt(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	for _, c := range []struct {
		text string
		mode os.FileMode
		part string // of the problem; empty when the secret is read
	}{
		{hidden + "\n", 0o600, ""},
		{hidden + "\r\n", 0o400, ""},
		{hidden, 0o600, ""},
		{hidden, 0o640, "chmod 600"},
		{hidden, 0o604, "chmod 600"},
		{hidden, 0o666, "chmod 600"},
		{"", 0o600, "空的"},
		{" \n", 0o600, "空的"},
		{hidden + "\nmore\n", 0o600, "只留密钥一行"},
		{strings.Repeat("x", mostSecret+1), 0o600, "太大"},
	} {
		os.Remove(file)
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		cfg, err := Parse("x", withSecret("{file: key}"), dir, nil)
		switch {
		case c.part == "chmod 600" && runtime.GOOS == "windows":
		case c.part == "" && (err != nil || cfg.Channels[0].WeChat.Secret.Reveal() != hidden || len(cfg.MissingSecrets) > 0):
			t.Errorf("%q %o: %v", c.text, c.mode, err)
		case c.part != "" && (err == nil || !strings.Contains(err.Error(), c.part) || strings.Contains(err.Error(), hidden)):
			t.Errorf("%q %o: %v, want %q", c.text, c.mode, err, c.part)
		}
	}
	if _, err := Parse("x", withSecret("{file: .}"), dir, nil); err == nil || !strings.Contains(err.Error(), "不是普通文件") {
		t.Errorf("a folder: %v", err)
	}
}
