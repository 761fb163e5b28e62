package main

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadConfigurationIsRefusedWithItsPlace writes what operators mistype, and what no operator would.
func TestBadConfigurationIsRefusedWithItsPlace(t *testing.T) {
	o := quietOffice(t)
	right := o.yaml()
	without := func(line string) string { return strings.Replace(right, line, "", 1) }
	instead := func(old, by string) string {
		if !strings.Contains(right, old) {
			t.Fatalf("the configuration has no %q", old)
		}
		return strings.Replace(right, old, by, 1)
	}
	for _, c := range []struct{ name, text, say string }{
		{"empty", "", "配置是空的"},
		{"a tab", instead("  site:\n", "\tsite:\n"), "制表符"},
		{"ten megabytes", right + "# " + strings.Repeat("字", 4<<20), "太大"},
		{"a key twice", right + "office: 又一个\n", "office"},
		{"a key that is not known", right + "colour: red\n", "colour"},
		{"a list for a text", instead("office: 示例区人民政府办公室", "office: [甲]"), ":1:"},
		{"an anchor", instead("office: ", "office: &a "), "锚点"},
		{"no channels", without(right[strings.Index(right, "channels:"):]), "channels"},
		{"a kind there is not", instead("kind: site", "kind: weibo"), "weibo"},
		{"a day that never comes", instead(`["@every 2s"]`, `["0 0 31 2 *"]`), "0 0 31 2 *"},
		{"a timetable in prose", instead(`["@every 2s"]`, `["每天六点"]`), "每天六点"},
		{"a zone there is not", right + "timezone: Asia/Peking\n", "Asia/Peking"},
		{"an address for all to reach", instead("listen: "+o.deskAt, "listen: 0.0.0.0:8080"), "127.0.0.1"},
		{"the same address twice", instead("serve: "+o.siteAt, "serve: "+o.deskAt), o.deskAt},
		{"a secret in the open", instead("{file: secret}", "0123456789abcdef0123456789abcdef"), "密钥不能直接写"},
		{"channels that wait for each other", instead("    when: on release\n    rehearsal: true\n    root", "    when: on release\n    after: [wechat]\n    rehearsal: true\n    root"), "互相等待"},
		{"data among the public pages", instead("data: ./data", "data: ./public/data"), "data"},
		{"a web address without a scheme", instead("url: http://"+o.siteAt, "url: www.example.gov.cn"), "url"},
		{"not UTF-8", "office: \xca\xbe\xc0\xfd\n", "UTF-8"},
		{"NUL", "office: \x00\n", "空字符"},
		{"brackets without end", "office: " + strings.Repeat("[", 5000), "嵌套"},
		{"a program", "\x7fELF\x02\x01\x01", "键: 值"},
	} {
		o.write("bad.yaml", []byte(c.text))
		text, code := o.said("--config", "bad.yaml", "list")
		t.Logf("%-36s exit %d  %.200s", c.name, code, strings.Replace(text, "\n", " ", 1))
		o.judge(c.name, text, code, exitUsage, c.say)
		if strings.Contains(text, "0123456789abcdef0123") {
			t.Errorf("%s: the secret is shown", c.name)
		}
	}
	for _, name := range []string{".", "none.yaml"} {
		text, code := o.said("--config", name, "list")
		o.judge(name, text, code, exitUsage, name)
	}
	if _, err := os.Stat(filepath.Join(o.dir, "data")); err == nil {
		t.Error("a refused configuration made a data folder")
	}
}

// TestSecretsThatCannotBeUsed starts the daemon without its secret, and with one that everybody can read.
func TestSecretsThatCannotBeUsed(t *testing.T) {
	o := quietOffice(t)
	secret := filepath.Join(o.dir, "secret")
	for _, c := range []struct {
		name, say string
		make      func() error
		list      int // exit code of a command that needs no secret
	}{
		{"missing", "密钥文件", func() error { return nil }, 0},
		{"for all to read", "0644", func() error {
			return errors.Join(os.WriteFile(secret, []byte("rehearsal-only"), 0o600), os.Chmod(secret, 0o644))
		}, exitUsage},
		{"empty", "空的", func() error { return os.WriteFile(secret, nil, 0o600) }, exitUsage},
		{"a folder", "普通文件", func() error { return os.Mkdir(secret, 0o700) }, exitUsage},
	} {
		if err := errors.Join(os.RemoveAll(secret), c.make()); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"serve", "pass"} {
			text, code := o.said(command)
			t.Logf("secret %s: %s: exit %d  %.160s", c.name, command, code, text)
			o.judge(c.name, text, code, exitUsage, c.say)
		}
		if text, code := o.said("list"); code != c.list {
			t.Errorf("secret %s: list ended with %d:\n%s", c.name, code, text)
		}
	}
}

// TestLedgerThatIsNone puts other things where the ledger should be. Each must be refused, and be left as it is.
func TestLedgerThatIsNone(t *testing.T) {
	o := quietOffice(t)
	if text, code := o.said("add", o.put("a.md", doc("正文"))); code != 0 {
		t.Fatal(text)
	}
	path := filepath.Join(o.dir, "data", "tongfa.db")
	good := o.read("data/tongfa.db")
	o.sql("data/newer.db", good, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (5000, 1)`)
	o.sql("data/other.db", nil, `CREATE TABLE books (title TEXT)`)
	for _, c := range []struct {
		name, say string
		data      []byte
	}{
		{"a text", "不是台账", []byte(strings.Repeat("这是一份文字。\n", 1000))},
		{"cut off in the middle", "损坏", good[:len(good)/2]},
		{"overwritten in the middle", "损坏", overwritten(good)},
		{"of a newer program", "较新版本", o.read("data/newer.db")},
		{"another program's", "别的程序", o.read("data/other.db")},
	} {
		o.write("data/tongfa.db", c.data)
		for _, side := range []string{"-wal", "-shm"} {
			if err := os.RemoveAll(path + side); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{{"status"}, {"serve"}, {"add", "a.md"}} {
			text, code := o.said(args...)
			t.Logf("ledger %-26s %-6s exit %d  %.200s", c.name, args[0], code, strings.ReplaceAll(text, o.dir, "…"))
			o.judge(c.name, text, code, exitFailed, c.say)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, c.data) {
			t.Errorf("%s: the file was changed (%v)", c.name, err)
		}
	}
}

// overwritten spoils the pages of a ledger behind the first ones.
func overwritten(good []byte) []byte {
	b := bytes.Clone(good)
	for i := 8192; i < len(b); i++ {
		b[i] = byte(i * 7)
	}
	return b
}

func (o *office) read(name string) []byte {
	o.t.Helper()
	b, err := os.ReadFile(filepath.Join(o.dir, name))
	if err != nil {
		o.t.Fatal(err)
	}
	return b
}

// sql makes a database of another one and a statement.
func (o *office) sql(name string, from []byte, statement string) {
	o.t.Helper()
	o.write(name, from)
	db, err := sql.Open("sqlite", filepath.Join(o.dir, name))
	if err != nil {
		o.t.Fatal(err)
	}
	_, err = db.Exec(statement)
	if err := errors.Join(err, db.Close()); err != nil {
		o.t.Fatal(err)
	}
}

// TestDataFolderThatCannotBeUsed lets an unprivileged user work where she may not write, or where there is no folder.
func TestDataFolderThatCannotBeUsed(t *testing.T) {
	o := quietOffice(t)
	o.put("data", "a file")
	text, code := o.said("status")
	t.Logf("data is a file: exit %d  %s", code, text)
	o.judge("data is a file", text, code, exitFailed, "data")
	if err := os.Remove(filepath.Join(o.dir, "data")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere/at/all", filepath.Join(o.dir, "data")); err != nil {
		t.Fatal(err)
	}
	text, code = o.said("status")
	t.Logf("data leads nowhere: exit %d  %s", code, text)
	o.judge("data leads nowhere", text, code, exitFailed, "data")
}
