package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tongfa/config"
	"tongfa/intake"
	"tongfa/press"
)

// The READMEs are promises too: what they tell people to type and to write is held against the program.
var readmes = []string{"README.md", "README.zh-CN.md"}

// fenced is a block of code in a README. The words after the fence say what it is: sh and console are commands, "yaml config" a
// whole configuration, "yaml when" lines of a timetable, "markdown item" an item package; text and nginx are not looked at.
type fenced struct {
	line       int
	info, text string
}

// span is a piece of code in running text.
var span = regexp.MustCompile("`([^`\n]+)`")

// link is the target of a link or picture.
var link = regexp.MustCompile(`\]\(([^)#\s]+)\)`)

func readReadme(t *testing.T, name string) (blocks []fenced, prose string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	blocks, prose = unfence(string(b))
	if len(blocks) == 0 {
		t.Fatalf("%s has no block of code", name)
	}
	return blocks, prose
}

// unfence parts the blocks of code from the running text.
func unfence(text string) (blocks []fenced, prose string) {
	var open *fenced
	var rest strings.Builder
	line := 0
	for l := range strings.Lines(text) {
		line++
		info, fence := strings.CutPrefix(l, "```")
		switch {
		case fence && open == nil:
			open = &fenced{line: line, info: strings.TrimSpace(info)}
		case fence:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.text += l
		default:
			rest.WriteString(l)
		}
	}
	return blocks, rest.String()
}

// typed is the arguments of tongfa in a line of shell; false when the line runs something else.
func typed(line string) ([]string, bool) {
	line, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "$ "), " #")
	for _, before := range []string{"tongfa ", "go run ./cmd/tongfa "} {
		if args, ok := strings.CutPrefix(line, before); ok {
			return strings.Fields(args), true
		}
	}
	if _, args, ok := strings.Cut(line, " -- tongfa "); ok {
		return strings.Fields(args), true
	}
	if strings.HasPrefix(line, "docker run ") && strings.HasSuffix(line, " tongfa") {
		return nil, false // the image's own command
	}
	if i := strings.LastIndex(line, " tongfa "); i >= 0 && strings.HasPrefix(line, "docker run ") {
		return strings.Fields(line[i+len(" tongfa "):]), true
	}
	return nil, false
}

// known holds arguments against the commands there are, and names the one they call. Whole means that nothing may be missing.
func known(args []string, whole bool) (path string, err error) {
	root := (&app{}).root()
	c, rest, err := root.Find(args)
	if err != nil {
		return "", err
	}
	if err := c.ParseFlags(rest); err != nil {
		return "", err
	}
	takes := strings.Contains(c.Use, " ") // something of its own, beside its subcommands
	if left := c.Flags().Args(); c.HasSubCommands() && len(left) > 0 && !takes {
		return "", fmt.Errorf("%s has no command %s", c.CommandPath(), left[0])
	}
	if whole {
		err = c.ValidateArgs(c.Flags().Args())
	}
	return c.CommandPath(), err
}

// named checks every command of a README and returns which there are.
func named(blocks []fenced, prose string) (commands map[string]bool, wrong []string) {
	commands = map[string]bool{}
	ask := func(args []string, whole bool, where string) {
		path, err := known(args, whole)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: tongfa %s: %v", where, strings.Join(args, " "), err))
		}
		commands[path] = true
	}
	for _, b := range blocks {
		if b.info != "sh" && b.info != "console" {
			continue
		}
		for l := range strings.Lines(b.text) {
			if b.info == "console" && !strings.HasPrefix(l, "$ ") {
				continue // what the command prints
			}
			if args, ok := typed(l); ok {
				ask(args, true, fmt.Sprintf("block at line %d", b.line))
			}
		}
	}
	for _, m := range span.FindAllStringSubmatch(prose, -1) {
		code := m[1]
		if group, _, ok := strings.Cut(code, " "); ok && slices.Contains([]string{"edition", "channel", "submission", "register"}, group) {
			code = "tongfa " + code
		}
		if args, ok := typed(code); ok {
			ask(args, false, "running text")
		}
	}
	return commands, wrong
}

func TestReadmesNameTheCommandsThereAre(t *testing.T) {
	for _, name := range readmes {
		commands, wrong := named(readReadme(t, name))
		for _, w := range wrong {
			t.Errorf("%s: %s", name, w)
		}
		for _, path := range leaves((&app{}).root()) {
			if !commands[path] {
				t.Errorf("%s does not tell of %s", name, path)
			}
		}
	}
}

// leaves are the commands that do something.
func leaves(c *cobra.Command) []string {
	if !c.HasAvailableSubCommands() {
		return []string{c.CommandPath()}
	}
	var out []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			out = append(out, leaves(sub)...)
		}
	}
	return out
}

func TestReadmesTellTheSameCommands(t *testing.T) {
	var first []string
	for i, name := range readmes {
		commands, _ := named(readReadme(t, name))
		all := slices.Sorted(maps.Keys(commands))
		if i == 0 {
			first = all
		} else if !slices.Equal(all, first) {
			t.Errorf("%s tells of %q, %s of %q", readmes[0], first, name, all)
		}
	}
}

// example checks a block that is written for a file.
func example(b fenced, dir string) error {
	switch b.info {
	case "yaml config":
		_, err := config.Parse("README", []byte(b.text), dir, nil)
		return err
	case "yaml when":
		for l := range strings.Lines(b.text) {
			text := "office: 某办\nchannels:\n  site:\n    kind: site\n    root: ./public\n    url: https://www.example.gov.cn\n    " + l
			if _, err := config.Parse("README", []byte(text), dir, nil); err != nil {
				return err
			}
		}
		return nil
	case "markdown item":
		_, err := intake.ReadBytes("README.md", []byte(b.text), nil, intake.Options{Channels: []string{"site", "wechat", "gazette"}})
		return err
	case "sh", "console", "text", "nginx":
		return nil
	}
	return fmt.Errorf("nothing checks a block of %q", b.info)
}

func TestTheExamplesOfTheReadmesAreRight(t *testing.T) {
	for _, name := range readmes {
		blocks, _ := readReadme(t, name)
		seen := map[string]int{}
		for _, b := range blocks {
			seen[b.info]++
			if err := example(b, t.TempDir()); err != nil {
				t.Errorf("%s, block at line %d: %v", name, b.line, err)
			}
		}
		for _, kind := range []string{"sh", "console", "yaml config", "yaml when", "markdown item"} {
			if seen[kind] == 0 {
				t.Errorf("%s shows no %s", name, kind)
			}
		}
	}
}

func TestReadmesTellEveryState(t *testing.T) {
	items := []press.State{press.Draft, press.Submitted, press.Returned, press.Approved, press.Scheduled, press.GoingOut, press.Partly,
		press.Everyone, press.Corrected, press.Hand, press.Withdrawn}
	for _, name := range readmes {
		_, prose := readReadme(t, name)
		var rows []string
		for _, s := range items {
			rows = append(rows, fmt.Sprintf("| %s | `%s` |", s.Name(), s))
		}
		for _, s := range press.CopyStates() {
			rows = append(rows, fmt.Sprintf("| %s %s | `%s` |", s.Glyph(), s.Name(), s))
		}
		for _, row := range rows {
			if !strings.Contains(prose, row) {
				t.Errorf("%s has no line %s", name, row)
			}
		}
	}
}

func TestTheLinksOfTheReadmesLeadSomewhere(t *testing.T) {
	for _, name := range readmes {
		_, prose := readReadme(t, name)
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := fs.Stat(os.DirFS("../.."), m[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestTheReadmeTestSeesWhatIsWrong plants mistakes in a README.
func TestTheReadmeTestSeesWhatIsWrong(t *testing.T) {
	for _, c := range []string{
		"```sh\ntongfa nonsense\n```\n",
		"```sh\ntongfa list --colour\n```\n",
		"```sh\ntongfa show\n```\n",
		"```console\n$ tongfa edition print KEY\n```\n",
		"```sh\nrunuser -u tongfa -- tongfa --config x restore y z\n```\n",
		"```sh\ngo run ./cmd/tongfa replay --century 20\n```\n",
		"```sh\ndocker run --rm tongfa report annual\n```\n",
		"Run `tongfa certificate ITEM`.\n",
		"Run `edition print KEY`.\n",
	} {
		if _, wrong := named(unfence(c)); len(wrong) == 0 {
			t.Errorf("nobody noticed\n%s", c)
		}
	}
	for _, c := range []string{
		"```yaml config\noffice: 某办\n```\n",
		"```yaml when\nwhen: [\"0 25 * * *\"]\n```\n",
		"```markdown item\n---\nkind: nonsense\n---\n\n正文。\n```\n",
		"```yaml\na: b\n```\n",
	} {
		blocks, _ := unfence(c)
		if example(blocks[0], t.TempDir()) == nil {
			t.Errorf("nobody noticed\n%s", c)
		}
	}
	right := "```sh\nuseradd --system tongfa\nsystemctl stop tongfa\ntongfa --config x.yaml check\n```\nSee `tongfa verify`.\n"
	if _, wrong := named(unfence(right)); len(wrong) > 0 {
		t.Errorf("what is right is called wrong: %q", wrong)
	}
}
