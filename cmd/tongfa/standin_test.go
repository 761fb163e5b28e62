package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func startRehearsal(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var r rehearsal
	f := pflag.NewFlagSet("wechat", pflag.ContinueOnError)
	r.flags(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	w, err := r.start()
	if err != nil {
		return "", err
	}
	var lines []string
	for _, one := range w.Faults() {
		lines = append(lines, one.String())
	}
	return strings.Join(lines, " "), w.Close()
}

func TestTheFlagsOfARehearsal(t *testing.T) {
	got, err := startRehearsal(t, "--faults", "draft/add@2=drop callback*=early", "--storm", "0.05", "--seed", "7", "--callback", "http://127.0.0.1:8080/wechat",
		"--callback-mode", "safe", "--callback-key", strings.Repeat("a", 43), "--review", "90m")
	if err != nil || got != "draft/add@2=drop callback*=early *%0.05=any" {
		t.Errorf("%q, %v", got, err)
	}
	for name, args := range map[string][]string{
		"a fault that is none":    {"--faults", "draft/add=flood"},
		"a share above one":       {"--storm", "1.5"},
		"a mode that is none":     {"--callback", "http://127.0.0.1:8080/", "--callback-mode", "loud"},
		"a key that is too short": {"--callback", "http://127.0.0.1:8080/", "--callback-mode", "safe", "--callback-key", "abc"},
	} {
		if _, err := startRehearsal(t, args...); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
