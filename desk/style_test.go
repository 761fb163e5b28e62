package desk

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast computes that everything that is written can be read, by day and by night.
func TestContrast(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("static/desk.css")
	if err != nil {
		t.Fatal(err)
	}
	day, night, ok := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	night, chosen, ok2 := strings.Cut(night, `:root[data-theme="dark"]`)
	if !ok || !ok2 {
		t.Fatal("there is no dark scheme")
	}
	chosen, _, _ = strings.Cut(chosen, "}")
	if a, b := colours(t, night), colours(t, chosen); !maps.Equal(a, b) {
		t.Errorf("the dark scheme that is chosen is not the one of the browser: %v, %v", a, b)
	}
	for name, sheet := range map[string]string{"light": day, "dark": night} {
		c := colours(t, sheet)
		for _, text := range []string{"ink", "dim", "red", "green", "teal", "amber", "indigo", "link"} {
			for _, ground := range []string{"paper", "sheet", "tint", "hover"} {
				atLeast(t, name, c, text, ground, 4.5)
			}
		}
		atLeast(t, name, c, "red", "blush", 4.5)
		atLeast(t, name, c, "ink", "blush", 4.5)
		atLeast(t, name, c, "label", "button", 4.5)
		atLeast(t, name, c, "sheet", "red", 4.5)
		atLeast(t, name, c, "focus", "paper", 3)
		atLeast(t, name, c, "edge", "sheet", 3) // the border of a field
	}
}

func colours(t *testing.T, sheet string) map[string][3]float64 {
	t.Helper()
	out := map[string][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]{6});`).FindAllStringSubmatch(sheet, -1) {
		n, err := strconv.ParseUint(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		out[m[1]] = [3]float64{float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)}
	}
	return out
}

func atLeast(t *testing.T, scheme string, c map[string][3]float64, text, ground string, want float64) {
	t.Helper()
	if _, ok := c[text]; !ok {
		t.Fatalf("%s: no colour %s", scheme, text)
	}
	a, b := luminance(c[text]), luminance(c[ground])
	if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < want {
		t.Errorf("%s: %s on %s has contrast %.2f, want %.1f", scheme, text, ground, got, want)
	}
}

func luminance(rgb [3]float64) float64 {
	lin := func(v float64) float64 {
		v /= 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(rgb[0]) + 0.7152*lin(rgb[1]) + 0.0722*lin(rgb[2])
}

// The desk is used on browsers as old as Chromium 90, which do not know these.
func TestNothingIsTooNewForTheBrowsersOfAnOffice(t *testing.T) {
	t.Parallel()
	banned := map[string][]string{
		".css": {":has(", "@container", "color-mix(", "light-dark(", "@layer", "accent-color", "text-wrap", "&:", "& >", "popover", "inset-inline", "dvh", "@property", "oklch"},
		".js": {"AbortSignal.timeout", "findLast", ".at(", "structuredClone", "Object.hasOwn", "toSorted", "popover", "startViewTransition",
			"Promise.withResolvers", "inert", "scheduler.", "navigation.", "eval(", "innerHTML ="},
	}
	for _, glob := range []string{"static/*", "static/*/*"} {
		names, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			data, err := os.ReadFile(n)
			if err != nil {
				continue // a folder
			}
			for _, b := range banned[filepath.Ext(n)] {
				if strings.Contains(string(data), b) {
					t.Errorf("%s uses %q", n, b)
				}
			}
		}
	}
}
