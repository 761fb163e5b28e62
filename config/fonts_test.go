package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFontThatCannotBeUsedIsToldWithItsPlace writes files that are no font into the configuration.
func TestAFontThatCannotBeUsedIsToldWithItsPlace(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.ttf"), []byte("not a font"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "office: 某办\nchannels:\n  site: {kind: site, root: ./public, url: https://www.example.gov.cn}\n  gazette:\n    kind: gazette\n    when: \"0 9 1 1,4,7,10 *\"\n    name: 公报\n    fonts: [x.ttf, none.ttf]\n"
	_, err := Parse("tongfa.yaml", []byte(text), dir, nil)
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"tongfa.yaml:8:13", "TrueType", "tongfa.yaml:8:20", "没有字体文件"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %s: %v", want, err)
		}
	}
}
