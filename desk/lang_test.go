package desk

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tongfa/press"
)

// said are the Chinese words that the templates and the code say through t.
func said(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for glob, pattern := range map[string]string{
		"page/*.html": `\bt "([^"]+)"`,
		"*.go":        `\.(?:t|say)\((?:r|lang|[a-z.]*[lL]ang), "([^"]+)"`,
	} {
		names, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			data, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(data), -1) {
				if !strings.HasSuffix(n, "_test.go") {
					out[m[1]] = n
				}
			}
		}
	}
	for _, i := range press.Rights() {
		out[i.Name], out[i.Help] = "press.Rights", "press.Rights"
	}
	for _, r := range press.Roles() {
		out[r.Name()], out[r.Help()] = "press.Roles", "press.Roles"
	}
	for _, i := range press.Deeds() {
		out[i.Name] = "press.Deeds"
	}
	return out
}

// TestEverythingIsSaidInEnglishToo finds what has no English, English that says something else, and words that nobody says any more.
func TestEverythingIsSaidInEnglishToo(t *testing.T) {
	t.Parallel()
	d := &desk{}
	d.words = readWords()
	for zh, where := range said(t) {
		if _, ok := d.words[zh]; !ok {
			t.Errorf("%s: no English for %q", where, zh)
		}
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	for zh, en := range d.words {
		for _, en := range strings.Split(en, "|") {
			if a, b := len(verbs.FindAllString(zh, -1)), len(verbs.FindAllString(en, -1)); a != b || en == "" {
				t.Errorf("%q has %d places, %q has %d", zh, a, en, b)
			}
		}
	}
}

// Two files may give the same word, but not two translations of it.
func TestOneWordHasOneEnglish(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "en/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	all := map[string]string{}
	for _, n := range names {
		data, err := files.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		one := map[string]string{}
		if err := json.Unmarshal(data, &one); err != nil {
			t.Errorf("%s: %v", n, err)
		}
		for zh, en := range one {
			if had, ok := all[zh]; ok && had != en {
				t.Errorf("%s: %q is %q here and %q elsewhere", n, zh, en, had)
			}
			all[zh] = en
		}
	}
}

// English counts one thing and several things otherwise; Chinese does not.
func TestOneAndMany(t *testing.T) {
	t.Parallel()
	d := &desk{}
	d.words = readWords()
	for _, x := range []struct {
		lang, want string
		n          int
	}{{english, "1 item", 1}, {english, "0 items", 0}, {english, "12 items", 12}, {chinese, "1篇", 1}} {
		if got := d.say(x.lang, "%d篇", x.n); got != x.want {
			t.Errorf("%d in %s: %q, want %q", x.n, x.lang, got, x.want)
		}
	}
}

// The desk has buttons for what the gates tell those who work on the server to type.
func TestNoCommandsAtTheDesk(t *testing.T) {
	t.Parallel()
	d := &desk{}
	for said, want := range map[string]string{
		"缺少复审。请完成复审并登记（tongfa approve），或者随稿件报送": "缺少复审。请完成复审并登记，或者随稿件报送",
		"请填写不超过64个字的短标题（short_title）":           "请填写不超过64个字的短标题",
		"请系统管理员启动 tongfa serve。（试行）的通知（tongfa）": "请系统管理员启动 tongfa serve。（试行）的通知（tongfa）",
	} {
		if got := d.plainly(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}
