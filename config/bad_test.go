package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// archive splits a text at its lines "-- NAME --", as txtar does.
func archive(text string) (names, files []string) {
	marks := regexp.MustCompile(`(?m)^-- (.+) --\n`).FindAllStringSubmatchIndex(text, -1)
	for i, m := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		names, files = append(names, text[m[2]:m[3]]), append(files, text[m[1]:end])
	}
	return names, files
}

// Each archive in testdata holds configurations that must be refused. A file's last lines, after "----", say how: one line
// "LINE:COLUMN KEY part of the text" a problem, in order; a dash stands for no key.
func TestBadConfigurationsAreRefusedWithPlaceAndRemedy(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no corpus", err)
	}
	count := 0
	for _, name := range archives {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		names, files := archive(string(data))
		for i := range files {
			count++
			t.Run(names[i], func(t *testing.T) { refused(t, names[i], files[i]) })
		}
	}
	if count < 40 {
		t.Errorf("only %d configurations", count)
	}
}

func refused(t *testing.T, name, data string) {
	text, want, ok := strings.Cut(data, "----\n")
	if !ok {
		t.Fatal("no expectation")
	}
	_, err := Parse(name, []byte(text), t.TempDir(), fromEnv)
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatalf("accepted: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(want), "\n")
	for i, p := range ps {
		key := p.Key
		if key == "" {
			key = "-"
		}
		head := fmt.Sprintf("%d:%d %s ", p.Line, p.Column, key)
		part, fits := "", false
		if i < len(lines) {
			part, fits = strings.CutPrefix(lines[i], head)
		}
		if !fits || !strings.Contains(p.Text, part) || p.File != name {
			t.Errorf("problem %d is\n%s%s\n%s", i+1, head, p.Text, p.Source)
		}
		if p.Line > 0 && p.Source == "" {
			t.Errorf("problem %d has no excerpt", i+1)
		}
	}
	if len(ps) != len(lines) {
		t.Errorf("%d problems, want %d", len(ps), len(lines))
	}
}

func FuzzParse(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		_, files := archive(string(data))
		for _, file := range files {
			text, _, _ := strings.Cut(file, "----\n")
			f.Add([]byte(text))
		}
	}
	f.Add(Sample(""))
	f.Add([]byte(good))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := Parse("fuzz", data, dir, fromEnv)
		switch {
		case err == nil && (cfg == nil || cfg.Office == "" || len(cfg.Channels) == 0):
			t.Errorf("accepted without office or channels: %q", data)
		case err != nil && len(err.(Problems)) == 0:
			t.Errorf("refused without a problem: %q", data)
		case err != nil && strings.Contains(err.Error(), hidden):
			t.Errorf("a secret in the error: %q", data)
		}
	})
}
