package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"tongfa/typeset"
)

var signatureKeys = []string{"certificate", "key", "password"}

// mostPEM bounds a file of a certificate, with those above it, or of a key.
const mostPEM = 256 << 10

// signature reads who signs the files of an issue in a format. Certificate and key are read and tried here, so that an issue never stops at them on the morning it goes
// out; that the certificate is still valid is asked when it signs, and by tongfa check.
func (t *table) signature(name string, f typeset.Format, dst **typeset.Credential) {
	m := t.sub(name, signatureKeys...)
	if m == nil {
		return
	}
	m.need("certificate", "签名证书的文件（PEM），例如 certificate: keys/gazette.pem")
	m.need("key", "证书的私钥文件（PEM），例如 key: keys/gazette.key")
	certificate, got := m.pem("certificate", false)
	key, gotKey := m.pem("key", true)
	var password Secret
	missing := len(t.r.gone)
	m.secret("password", &password)
	if !got || !gotKey || len(t.r.gone) > missing {
		return
	}
	c, err := typeset.ReadCredential(certificate, key, password.Reveal())
	if err == nil {
		err = c.For(f)
	}
	if err != nil {
		where, why := signatureTrouble(f, password.Reveal() != "", err)
		m.fields[where].fail("%s", why)
		return
	}
	*dst = c
}

// ReadSignature reads who signs from the files of a certificate and its key. Its error is in words for people.
func ReadSignature(certificate, key, password string) (*typeset.Credential, error) {
	cert, why := readPEM(certificate, false)
	if why != "" {
		return nil, fmt.Errorf("证书文件 %s %s", certificate, why)
	}
	private, why := readPEM(key, true)
	if why != "" {
		return nil, fmt.Errorf("私钥文件 %s %s", key, why)
	}
	c, err := typeset.ReadCredential(cert, private, password)
	if err != nil {
		where, why := signatureTrouble("", password != "", err)
		return nil, fmt.Errorf("%s：%s", map[string]string{"certificate": certificate, "key": key, "password": key}[where], why)
	}
	return c, nil
}

// signatureTrouble says what is wrong with a certificate and its key, and which of the three it is. It never quotes what is in them.
func signatureTrouble(f typeset.Format, password bool, err error) (where, why string) {
	switch {
	case errors.Is(err, typeset.ErrNoCertificate):
		return "certificate", "这个文件里没有能读的证书，要 PEM 格式（-----BEGIN CERTIFICATE-----）。.pfx 或 .p12 文件请先用 openssl pkcs12 转换"
	case errors.Is(err, typeset.ErrNotForSigning):
		return "certificate", "这张证书不能用来签名（密钥用法里没有数字签名）。发证单位一般给两张，请用签名证书，不用加密证书"
	case errors.Is(err, typeset.ErrPassword) && !password:
		return "key", "私钥有口令，请写明口令在哪个文件里（password）"
	case errors.Is(err, typeset.ErrPassword):
		return "password", "私钥打不开，请核对口令"
	case errors.Is(err, typeset.ErrKeyDoesNotFit):
		return "key", "私钥不是这张证书的，请核对两个文件"
	case errors.Is(err, typeset.ErrKindOfKey) && f == typeset.FormatOFD:
		return "key", "OFD 用国密 SM2 签名，这不是 SM2 的证书和私钥；RSA 和 ECDSA 的写在 pdf_signature 里"
	case errors.Is(err, typeset.ErrKindOfKey):
		return "key", "PDF 用 RSA 或 ECDSA 签名，各种阅读器才能核对；SM2 的证书和私钥写在 ofd_signature 里"
	}
	return "key", "这个文件里没有能读的私钥，要 PEM 格式的 PKCS#8（-----BEGIN PRIVATE KEY-----），例如 openssl pkcs8 -topk8 -in 原来的文件 -out 新文件"
}

// mostWatermark is how many characters a watermark may have: it goes once across the page.
const mostWatermark = 30

func (t *table) watermark(dst *string) {
	t.text("watermark", dst)
	if n := len([]rune(*dst)); n > mostWatermark {
		t.fields["watermark"].fail("水印有 %d 个字，最多 %d 个", n, mostWatermark)
	}
}

// pem reads the file that a key names. What is secret may be read by nobody else, and may not lie in a folder that is published.
func (t *table) pem(name string, secret bool) ([]byte, bool) {
	var path string
	t.path(name, &path)
	if path == "" {
		return nil, false
	}
	v := t.fields[name]
	if secret {
		t.r.secrets = append(t.r.secrets, secretFile{v.key, path})
	}
	data, why := readPEM(path, secret)
	if why != "" {
		v.fail("文件 %s %s", path, why)
	}
	return data, why == ""
}

// readPEM reads a file of a certificate or a key; why says in words why it cannot be used.
func readPEM(path string, secret bool) (data []byte, why string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, "不存在或者读不到，请检查路径和权限"
	case !info.Mode().IsRegular():
		return nil, "不是普通文件"
	case secret && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return nil, fmt.Sprintf("的权限是 %04o，同组或其他用户也能访问，请先执行 chmod 600，再考虑换一张证书", info.Mode().Perm())
	case info.Size() > mostPEM:
		return nil, "太大，不像是证书或者私钥"
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "打不开，请检查权限"
	}
	defer f.Close()
	if data, err = io.ReadAll(io.LimitReader(f, mostPEM)); err != nil {
		return nil, "读不出来，请检查磁盘"
	}
	return data, ""
}
