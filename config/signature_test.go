package config

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"tongfa/typeset"
)

// keyPair writes a certificate that is thrown away and its locked key into a folder, as NAME.pem and NAME.key.
func keyPair(t *testing.T, dir, name string, key crypto.Signer, password string) {
	t.Helper()
	about := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "某单位"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := smx509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	kind, locked := "PRIVATE KEY", []byte(nil)
	if password == "" {
		locked, err = smx509.MarshalPKCS8PrivateKey(key)
	} else {
		kind = "ENCRYPTED PRIVATE KEY"
		locked, err = pkcs8.MarshalPrivateKey(key, []byte(password), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	for file, b := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: kind, Bytes: locked}} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func ecdsaKey(t *testing.T) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sm2Key(t *testing.T) crypto.Signer {
	t.Helper()
	k, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestSignaturesAreReadAndTried takes a certificate and its key for each format, and says at the right place what is wrong with others.
func TestSignaturesAreReadAndTried(t *testing.T) {
	dir := t.TempDir()
	ec, gm := func() crypto.Signer { return ecdsaKey(t) }, sm2Key(t)
	keyPair(t, dir, "pdf", ec(), hidden)
	keyPair(t, dir, "open", ec(), "")
	keyPair(t, dir, "ofd", gm, "")
	for name, content := range map[string]string{"password": hidden + "\n", "wrong": "another\n", "none.pem": "x"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "public"), 0o755); err != nil {
		t.Fatal(err)
	}
	keyPair(t, filepath.Join(dir, "public"), "in", ec(), "")
	keyPair(t, dir, "shown", ec(), "")
	if err := os.Chmod(filepath.Join(dir, "shown.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	parse := func(lines string) (*Config, error) {
		text := "office: 某办\nchannels:\n  site: {kind: site, root: ./public, url: https://www.example.gov.cn}\n  gazette:\n    kind: gazette\n    when: \"0 9 1 1,4,7,10 *\"\n    name: 公报\n" + lines
		return Parse("tongfa.yaml", []byte(text), dir, nil)
	}
	cfg, err := parse("    watermark: 某公报\n    pdf_signature: {certificate: pdf.pem, key: pdf.key, password: {file: password}}\n    ofd_signature: {certificate: ofd.pem, key: ofd.key}\n    ofd_attachments: true\n")
	if err != nil {
		t.Fatal(err)
	}
	g := cfg.Channels[1].Gazette
	if g.PDFSignature.Holder() != "某单位" || g.OFDSignature == nil || g.Watermark != "某公报" || !g.OFDAttachments {
		t.Errorf("read %+v", g)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", cfg, *g, g, g.PDFSignature); strings.Contains(shown, hidden) {
		t.Error("a password is shown")
	}
	if cfg, err := parse("    pdf_signature: {certificate: pdf.pem, key: pdf.key, password: {file: later}}\n"); err != nil || len(cfg.MissingSecrets) != 1 {
		t.Errorf("a password that is not there yet: %v", err)
	}
	if c, err := ReadSignature(filepath.Join(dir, "ofd.pem"), filepath.Join(dir, "ofd.key"), ""); err != nil || c.For(typeset.FormatOFD) != nil {
		t.Errorf("read by hand: %v", err)
	}
	for key, want := range map[string]string{"pdf.key": "私钥有口令", "gone.key": "不存在", "shown.key": "chmod 600", "open.key": "不是这张证书的"} {
		if _, err := ReadSignature(filepath.Join(dir, "pdf.pem"), filepath.Join(dir, key), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", key, err, want)
		}
	}
	for lines, want := range map[string]string{
		"pdf_signature: {certificate: pdf.pem, key: pdf.key}":                          "8:48 channels.gazette.pdf_signature.key 私钥有口令",
		"pdf_signature: {certificate: pdf.pem, key: pdf.key, password: {file: wrong}}": "password 私钥打不开",
		"pdf_signature: {certificate: pdf.pem, key: open.key}":                         "key 私钥不是这张证书的",
		"pdf_signature: {certificate: none.pem, key: open.key}":                        "certificate 这个文件里没有能读的证书",
		"pdf_signature: {certificate: open.pem, key: none.pem}":                        "key 这个文件里没有能读的私钥",
		"pdf_signature: {certificate: gone.pem, key: open.key}":                        "不存在或者读不到",
		"pdf_signature: {certificate: open.pem, key: shown.key}":                       "同组或其他用户也能访问",
		"pdf_signature: {certificate: public/in.pem, key: public/in.key}":              "公开的文件夹里",
		"pdf_signature: {certificate: ofd.pem, key: ofd.key}":                          "SM2 的证书和私钥写在 ofd_signature 里",
		"ofd_signature: {certificate: open.pem, key: open.key}":                        "OFD 用国密 SM2 签名",
		"ofd_signature: {certificate: open.pem}":                                       "缺少 key",
		"watermark: 一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一":                                   "水印有 31 个字",
		"fallback_fonts: gone":   "文件夹",
		"fallback_fonts: public": "没有 .ttf 文件",
	} {
		_, err := parse("    " + lines + "\n")
		var said strings.Builder
		if p, ok := err.(Problems); ok {
			for _, one := range p {
				fmt.Fprintf(&said, "%d:%d %s %s\n", one.Line, one.Column, one.Key, one.Text)
			}
		}
		if !strings.Contains(said.String(), want) {
			t.Errorf("%s\ngives %v, want %q", lines, err, want)
		}
		if err != nil && strings.Contains(err.Error(), hidden) {
			t.Error("the error shows a password")
		}
	}
}
