package apiclient

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongfa/press"
)

const manual = "../../docs/api.md"

// fence is one fenced block of the manual.
type fence struct {
	kind, text string
	line       int
}

func fences(t *testing.T) (out []fence) {
	t.Helper()
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	var open *fence
	for i, line := range strings.Split(string(b), "\n") {
		kind, is := strings.CutPrefix(line, "```")
		switch {
		case is && open == nil:
			open = &fence{kind: kind, line: i + 1}
		case is:
			out = append(out, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return out
}

// block is the only block of a kind.
func block(t *testing.T, kind string) string {
	t.Helper()
	for _, f := range fences(t) {
		if f.kind == kind {
			return f.text
		}
	}
	t.Fatalf("%s has no block of %s", manual, kind)
	return ""
}

// TestTheExamplesOfTheManual runs every shell block of docs/api.md as it stands there, one after another against one daemon, and holds what it prints
// against the block behind it.
func TestTheExamplesOfTheManual(t *testing.T) {
	t.Parallel()
	if !able(t, found("curl") && found("bash"), "curl") {
		return
	}
	o := newOffice(t, "")
	token := o.token("文档", every...)
	dir := t.TempDir()
	ran := 0
	all := fences(t)
	for i, f := range all {
		if f.kind != "sh" {
			continue
		}
		ran++
		c := exec.Command("bash", "-euo", "pipefail", "-c", f.text)
		c.Dir = dir
		c.Env = append(os.Environ(), "BASE=http://"+o.desk, "TOKEN="+token)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("line %d: %v\n%s", f.line, err, out)
		}
		switch want := all[i+1]; want.kind {
		case "json":
			alike(t, want, out)
		case "text":
			inOrder(t, want, string(out))
		default:
			t.Errorf("line %d: nothing is said of what it prints", f.line)
		}
	}
	if ran < 10 {
		t.Errorf("only %d examples", ran)
	}
}

// alike wants an answer to have what the manual shows: the same keys of the same kinds, and the same words where they are no ellipsis.
func alike(t *testing.T, want fence, out []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(want.text), &a); err != nil {
		t.Fatalf("line %d: %v", want.line, err)
	}
	if err := json.Unmarshal(out, &b); err != nil {
		t.Errorf("line %d: %v\n%s", want.line, err, out)
		return
	}
	for _, wrong := range differs("", a, b) {
		t.Errorf("line %d: %s\n%s", want.line, wrong, out)
	}
}

func differs(at string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{at + " is no object"}
		}
		var out []string
		for k, v := range w {
			if x, ok := g[k]; ok {
				out = append(out, differs(at+"."+k, v, x)...)
			} else {
				out = append(out, at+"."+k+" is not there")
			}
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) > 0 && len(g) == 0 {
			return []string{at + " is no list, or an empty one"}
		}
		if len(w) > 0 {
			return differs(at+"[0]", w[0], g[0])
		}
	case string:
		g, ok := got.(string)
		if before, after, open := strings.Cut(w, "……"); !ok || !open && g != w || open && (!strings.HasPrefix(g, before) || !strings.HasSuffix(g, after)) {
			return []string{fmt.Sprintf("%s is %q, not %q", at, g, w)}
		}
	case float64:
		if _, ok := got.(float64); !ok {
			return []string{at + " is no number"}
		}
	case bool:
		if got != want {
			return []string{fmt.Sprintf("%s is %v", at, got)}
		}
	}
	return nil
}

// inOrder wants an answer to have every line of a block, one after another.
func inOrder(t *testing.T, want fence, out string) {
	t.Helper()
	rest := out
	for line := range strings.Lines(want.text) {
		_, after, ok := strings.Cut(rest, strings.TrimSpace(line))
		if !ok {
			t.Errorf("line %d: %q does not come\n%s", want.line, strings.TrimSpace(line), out)
			return
		}
		rest = after
	}
}

// TestTheManualNamesEveryEventAndNoOther holds the tables of docs/api.md against the program.
func TestTheManualNamesEveryEventAndNoOther(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, e := range press.Events() {
		known = append(known, e.Type)
	}
	for _, e := range known {
		if !strings.Contains(string(b), "`"+e+"`") {
			t.Errorf("the manual does not name %s", e)
		}
	}
	for _, m := range regexp.MustCompile("`(item\\.[a-z_]+)`").FindAllStringSubmatch(string(b), -1) {
		if !slices.Contains(known, m[1]) {
			t.Errorf("there is no %s", m[1])
		}
	}
}
