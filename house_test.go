// Package tongfa holds no code but this test: the floor plan of the house (房屋平面图), kept by machine.
package tongfa

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// plan says which rooms a room may import, and what it may never import of the standard library. A room that is not here
// may not be built.
var plan = map[string]struct {
	imports []string
	never   []string // of the standard library and of modules, by prefix
	tests   []string // what its tests may import besides, beside channeltest and standin
}{
	"workday":              {never: outside("net", "os", "database/sql", "log")},
	"press":                {imports: list("workday"), never: outside("net", "os", "database/sql", "log")},
	"config":               {imports: list("press", "typeset"), never: outside("net/http", "database/sql")},
	"ledger":               {imports: list("press", "workday"), never: outside("net/http", "html", "github.com/robfig/cron")},
	"channels":             {imports: list("press"), never: outside("database/sql", "github.com/robfig/cron")},
	"channels/channeltest": {imports: list("channels", "press"), never: outside("database/sql", "net/http")},
	"channels/site":        {imports: list("channels", "press", "config"), never: outside("database/sql", "github.com/robfig/cron"), tests: list("intake", "workday")},
	"channels/wechat":      {imports: list("channels", "press", "config"), never: outside("database/sql", "github.com/robfig/cron"), tests: list("workday")},
	"channels/gazette":     {imports: list("channels", "press", "config", "typeset"), never: outside("database/sql", "github.com/robfig/cron"), tests: list("workday")},
	"report":               {imports: list("ledger", "press", "workday", "typeset"), never: outside("net", "database/sql", "log", "github.com/robfig/cron")},
	"scheduler":            {imports: list("channels", "press", "workday"), never: outside("net", "html", "database/sql"), tests: list("ledger")},
	"intake":               {imports: list("press"), never: outside("net/http", "database/sql"), tests: list("workday")},
	"desk":                 {imports: list("ledger", "channels", "press", "workday", "intake", "report"), never: outside("database/sql", "github.com/robfig/cron"), tests: list("scheduler")},
	"desk/browser":         {},
	"typeset":              {imports: list("press"), never: outside("net", "os", "database/sql", "log")},
	"webhook":              {imports: list("ledger"), never: outside("database/sql", "github.com/robfig/cron"), tests: list("press")},
	"desk/apiclient":       {never: outside("database/sql"), tests: list("press")},
	"standin":              {never: outside("database/sql")},
	"alarm":                {imports: list("press"), never: outside("database/sql", "github.com/robfig/cron")},
	"cmd/tongfa": {imports: list("alarm", "channels", "channels/gazette", "channels/site", "channels/wechat", "config", "desk", "intake", "ledger", "press", "report", "scheduler",
		"standin", "typeset", "webhook", "workday"), never: outside("database/sql")},
}

// top is what may stand at the top of the house.
var top = list(".ci", ".dockerignore", ".editorconfig", ".git", ".gitattributes", ".github", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md",
	"Dockerfile", "LICENSE", "README.md", "README.zh-CN.md", "deploy", "docs", "go.mod", "go.sum", "house_test.go", "staticcheck.conf",
	"alarm", "channels", "cmd", "config", "desk", "intake", "ledger", "press", "report", "scheduler", "standin", "typeset", "webhook", "workday")

func list(names ...string) []string    { return names }
func outside(names ...string) []string { return names }

// source is one Go file of a house.
type source struct {
	room, name string
	test       bool
	imports    []string
}

func TestTheHouseKeepsToItsPlan(t *testing.T) {
	sources, err := read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong(sources) {
		t.Error(w)
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	ignored := ignoredAtTop(t)
	for _, e := range entries {
		if !slices.Contains(top, e.Name()) && !slices.Contains(ignored, e.Name()) {
			t.Errorf("%s stands at the top of the house; the plan does not know it", e.Name())
		}
	}
}

// TestTheHouseTestSeesAWrongArrow plants imports that the plan forbids.
func TestTheHouseTestSeesAWrongArrow(t *testing.T) {
	for _, c := range []struct{ room, imported string }{
		{"press", "tongfa/ledger"},
		{"press", "net/http"},
		{"workday", "tongfa/press"},
		{"ledger", "tongfa/channels/site"},
		{"channels", "tongfa/config"},
		{"channels/site", "tongfa/channels/wechat"},
		{"channels/wechat", "database/sql"},
		{"scheduler", "tongfa/ledger"},
		{"standin", "tongfa/press"},
		{"desk", "database/sql"},
		{"desk", "tongfa/config"},
		{"desk/browser", "tongfa/ledger"},
		{"desk/apiclient", "tongfa/desk"},
		{"report", "net/http"},
		{"typeset", "tongfa/ledger"},
		{"webhook", "tongfa/desk"},
		{"util", "fmt"},
		{"cmd/tongfa", "tongfa/channels/channeltest"},
	} {
		planted := fstest.MapFS{c.room + "/planted.go": {Data: fmt.Appendf(nil, "package x\n\nimport _ %q\n", c.imported)}}
		sources, err := read(planted)
		if err != nil {
			t.Fatal(err)
		}
		if len(wrong(sources)) == 0 {
			t.Errorf("%s imports %s, and nobody noticed", c.room, c.imported)
		}
	}
	allowed := fstest.MapFS{"scheduler/x_test.go": {Data: []byte("package x\n\nimport _ \"tongfa/channels/channeltest\"\n")}}
	sources, err := read(allowed)
	if err != nil {
		t.Fatal(err)
	}
	if w := wrong(sources); len(w) != 0 {
		t.Errorf("a test may import the suite: %v", w)
	}
}

// read parses the imports of every Go file below a folder.
func read(house fs.FS) ([]source, error) {
	var out []source
	err := fs.WalkDir(house, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && name != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata" || e.Name() == "tongfa-demo") {
			return fs.SkipDir
		}
		if path.Ext(name) != ".go" || path.Dir(name) == "." {
			return nil
		}
		text, err := fs.ReadFile(house, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{room: path.Dir(name), name: name, test: strings.HasSuffix(name, "_test.go")}
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, p)
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

// wrong lists every arrow that is not in the plan.
func wrong(sources []source) []string {
	var out []string
	for _, s := range sources {
		room, planned := plan[s.room]
		if !planned {
			out = append(out, s.name+": the plan has no room "+s.room)
			continue
		}
		for _, p := range s.imports {
			if inner, ok := strings.CutPrefix(p, "tongfa/"); ok {
				may := slices.Contains(room.imports, inner) || inner == s.room
				if s.test {
					may = may || inner == "channels/channeltest" || inner == "standin" || slices.Contains(room.tests, inner)
				}
				if !may {
					out = append(out, fmt.Sprintf("%s: %s may not import %s", s.name, s.room, inner))
				}
				continue
			}
			for _, n := range room.never {
				if !s.test && (p == n || strings.HasPrefix(p, n+"/")) {
					out = append(out, fmt.Sprintf("%s: %s may not import %s", s.name, s.room, p))
				}
			}
		}
	}
	return out
}

// ignoredAtTop are the names at the top that the repository does not keep.
func ignoredAtTop(t *testing.T) []string {
	b, err := os.ReadFile(".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		pattern := strings.Trim(strings.TrimSpace(line), "/")
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}
