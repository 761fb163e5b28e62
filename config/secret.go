package config

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// Secret is a value that is never written anywhere. It prints as three stars with every verb and in every encoding. The value
// is behind a pointer because fmt, handed a verb that does not fit (%d of a struct, %w), asks no method and prints what it finds
// by reflection; a pointer inside a struct it prints as an address.
type Secret struct{ value *string }

const stars = "***"

// NewSecret wraps a secret value.
func NewSecret(v string) Secret { return Secret{&v} }

// Reveal gives the value, for the one place that sends it. It is empty for the zero Secret.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// String hides the value.
func (s Secret) String() string { return stars }

// GoString hides the value.
func (s Secret) GoString() string { return stars }

// Format hides the value from every verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, stars) }

// MarshalText hides the value from every encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// LogValue hides the value from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(stars) }

const (
	secretForms = "写成 {env: 环境变量名} 或者 {file: 文件路径}"
	mostSecret  = 4 << 10 // bytes of a secret file
)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// secret reads {env: NAME} or {file: PATH}. It never quotes what it finds there.
func (t *table) secret(key string, dst *Secret) {
	v, ok := t.get(key)
	if !ok {
		return
	}
	if _, isMap := v.node.(*ast.MappingNode); !isMap {
		v.fail("密钥不能直接写在配置里（这里的内容不显示）：%s，并把已经写出来的密钥在公众平台上重置", secretForms)
		return
	}
	m := v.open("env", "file")
	if m == nil {
		return
	}
	env, hasEnv := m.fields["env"]
	file, hasFile := m.fields["file"]
	switch {
	case hasEnv && hasFile:
		v.fail("env 和 file 只能写一个")
	case hasEnv:
		env.fromEnv(dst)
	case hasFile:
		file.fromFile(dst)
	default:
		v.fail("没有说明密钥在哪里：%s", secretForms)
	}
}

func (v value) fromEnv(dst *Secret) {
	s, ok := v.node.(*ast.StringNode)
	if !ok || !envName.MatchString(s.Value) || hexSecret.MatchString(s.Value) {
		v.fail("env 后面要写环境变量的名字（字母、数字、下划线，例如 WECHAT_SECRET），不是密钥本身（这里的内容不显示）")
		return
	}
	got := ""
	if v.r.getenv != nil {
		got = strings.TrimRight(v.r.getenv(s.Value), "\r\n")
	}
	switch {
	case strings.TrimSpace(got) == "":
		v.missing("环境变量 %s 没有设置或者是空的，请在启动 tongfa 的环境里设置它", s.Value)
	case strings.ContainsFunc(got, unicode.IsSpace):
		v.fail("环境变量 %s 的内容里有空格或换行，请检查是否多复制了内容", s.Value)
	default:
		*dst = NewSecret(got)
	}
}

// secretFile remembers where a secret lies, for the rule that no web server publishes it.
type secretFile struct{ key, path string }

func (v value) fromFile(dst *Secret) {
	s, ok := v.node.(*ast.StringNode)
	if !ok || s.Value == "" || strings.ContainsFunc(s.Value, unicode.IsControl) || hexSecret.MatchString(filepath.Base(s.Value)) {
		v.fail("file 后面要写存放密钥的文件的路径，不是密钥本身（这里的内容不显示）")
		return
	}
	path := v.r.absolute(s.Value)
	v.r.secrets = append(v.r.secrets, secretFile{v.key, path})
	got, gone, err := readSecret(path)
	switch {
	case gone:
		v.missing("密钥文件%s不存在或者读不到，请放好这个文件并让运行 tongfa 的用户能读", show(s.Value))
	case err != "":
		v.fail("密钥文件%s%s", show(s.Value), err)
	default:
		*dst = NewSecret(got)
	}
}

// readSecret reads a secret file. Gone means that there is nothing to read yet; wrong says in words why what is there
// must not be used. Only a regular file is opened: a pipe or a device would block.
func readSecret(path string) (secret string, gone bool, wrong string) {
	info, err := os.Stat(path)
	if err != nil {
		return "", true, ""
	}
	if !info.Mode().IsRegular() {
		return "", false, "不是普通文件"
	}
	if open := info.Mode().Perm() & 0o077; open != 0 && runtime.GOOS != "windows" {
		return "", false, fmt.Sprintf("的权限是 %04o，同组或其他用户也能访问，请先执行 chmod 600，再考虑重置密钥", info.Mode().Perm())
	}
	if info.Size() > mostSecret {
		return "", false, "太大，不像是密钥"
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", true, ""
	}
	s := strings.TrimRight(string(data), "\r\n")
	switch {
	case strings.TrimSpace(s) == "":
		return "", false, "是空的"
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "", false, "里除了密钥还有空格或别的行，只留密钥一行"
	}
	return s, false, ""
}
