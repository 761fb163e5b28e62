//go:build rivals

package typeset

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tongfa/press"
)

// TestRivals makes the same edition by us (all four formats in one process) and by what else makes a PDF of it, and prints a table. By hand, on a quiet machine;
// docs/typesetting.md says what must be installed and how it went last time: go test -tags rivals ./typeset -run Rivals -v
func TestRivals(t *testing.T) {
	dir := t.TempDir()
	w := edition(t)
	out := func(name string) string { return filepath.Join(dir, name) }
	var page bytes.Buffer
	if err := WriteHTML(&page, w, HTML{}); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(out(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("in.html", page.Bytes())
	write("in.typ", []byte(typstOf(w)))
	for digest, p := range w.Pictures {
		write(digest+".png", p.Data)
	}
	for _, b := range builtin() {
		data, err := unpack("font/" + b.file + ".ttf.gz")
		if err != nil {
			t.Fatal(err)
		}
		write(b.file+".ttf", data)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	proof := Verify(w, nil)
	t.Logf("%d characters; best of three runs after one that warms the disk", proof.Characters)
	t.Logf("%-48s %8s %8s %8s %10s %6s %11s", "", "seconds", "CPU s", "peak MB", "bytes", "pages", "characters")
	for _, r := range []struct {
		name string
		file []string
		args []string
	}{
		{"Tongfa: PDF, OFD, EPUB and HTML", []string{"us.pdf", "us.ofd", "us.epub", "us.html"}, []string{self, "-test.run", "TestOurs"}},
		{version("chromium") + ", PDF alone", []string{"chromium.pdf"}, []string{"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + out("profile"), "--no-pdf-header-footer", "--print-to-pdf=" + out("chromium.pdf"), "file://" + out("in.html")}},
		{version("weasyprint") + ", PDF alone", []string{"weasyprint.pdf"}, []string{"weasyprint", out("in.html"), out("weasyprint.pdf")}},
		{"Typst 0.14.2 (typst-ts-node-compiler), PDF alone", []string{"typst.pdf"}, []string{"node", "testdata/rivals/typst.mjs", out("in.typ"), dir, out("typst.pdf")}},
	} {
		best, work, peak := time.Hour, time.Hour, 0
		for i := range 4 {
			took, cpu, most, err := measured(dir, r.args)
			if err != nil {
				t.Logf("%-48s not to be had: %v", r.name, err)
				break
			}
			if i > 0 || took > 20*time.Second {
				best, work, peak = min(best, took), min(work, cpu), max(peak, most)
			}
			if took > 20*time.Second { // once is enough to know
				break
			}
		}
		if best == time.Hour {
			continue
		}
		var size int64
		for _, f := range r.file {
			info, err := os.Stat(out(f))
			if err != nil {
				t.Fatal(err)
			}
			size += info.Size()
		}
		t.Logf("%-48s %8.2f %8.2f %8d %10d %6s %11d", r.name, best.Seconds(), work.Seconds(), peak>>20, size, pdfPages(out(r.file[0])), charactersOf(out(r.file[0])))
	}
}

// version is the name of a program and the number that it says of itself.
func version(name string) string {
	said, err := exec.Command(name, "--version").Output()
	if err != nil {
		return name
	}
	return name + " " + regexp.MustCompile(`[0-9][0-9.]*`).FindString(string(said))
}

// charactersOf counts the characters that a reader finds in a PDF, blank space not counted: who leaves text out is not faster.
func charactersOf(file string) int {
	said, _ := exec.Command("pdftotext", file, "-").Output()
	return utf8.RuneCountInString(press.Fold(string(said)))
}

// typstOf writes a work for Typst, in the same faces and on the same paper: directory, headings, justified paragraphs, tables with merged cells and repeated heads,
// pictures and footnotes.
func typstOf(w *Work) string {
	var b strings.Builder
	b.WriteString(`#set page(paper: "a4", margin: (x: 31mm, top: 26mm, bottom: 24mm), numbering: "1")
#set text(font: ("Tongfa Song", "Tongfa Hei", "Tongfa Kai"), size: 10.5pt, lang: "zh", region: "cn")
#set par(justify: true, leading: 6pt, spacing: 6pt, first-line-indent: (amount: 2em, all: true))
#show heading: set text(font: ("Tongfa Hei", "Tongfa Song"))
#outline(depth: 2)
`)
	for _, s := range w.Sections {
		fmt.Fprintf(&b, "#pagebreak()\n#heading(level: 1, %s)\n", quoted(s.Title))
		for _, a := range s.Articles {
			fmt.Fprintf(&b, "#heading(level: 2, %s)\n#align(center, %s)\n", quoted(a.Title), quoted(a.Number))
			for _, bl := range a.Body {
				typstBlock(&b, bl)
			}
		}
	}
	return b.String()
}

func typstBlock(b *strings.Builder, bl press.Block) {
	switch bl.Kind {
	case press.Heading:
		fmt.Fprintf(b, "#heading(level: %d, %s)\n", bl.Level+2, quoted(press.SpanText(bl.Spans)))
	case press.TableKind:
		cols := 0
		for _, c := range bl.Table.Rows[0] {
			cols += max(1, c.ColSpan)
		}
		fmt.Fprintf(b, "#align(center, %s)\n#table(columns: (1fr,) * %d, table.header(", quoted(bl.Table.Caption), cols)
		for i, row := range bl.Table.Rows {
			if i == bl.Table.Head {
				b.WriteString("),\n")
			}
			for _, c := range row {
				fmt.Fprintf(b, "table.cell(colspan: %d, rowspan: %d, %s), ", max(1, c.ColSpan), max(1, c.RowSpan), quoted(press.SpanText(c.Spans)))
			}
		}
		b.WriteString(")\n")
	case press.Figure:
		fmt.Fprintf(b, "#figure(image(%q, width: 80mm, alt: %s), caption: [#%s])\n", bl.Picture.Digest+".png", quoted(bl.Picture.Alt), quoted(bl.Picture.Caption))
	default:
		for _, s := range bl.Spans {
			b.WriteString("#" + quoted(s.Text))
			if s.Note != "" {
				b.WriteString("#footnote[#" + quoted(s.Note) + "]")
			}
		}
		b.WriteString("\n\n")
	}
}

// quoted is a text as a string of Typst.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// TestOurs is the child that TestRivals measures.
func TestOurs(t *testing.T) {
	dir := os.Getenv("TONGFA_RIVALS")
	if dir == "" {
		return
	}
	w := edition(t)
	for f, data := range files(t, w, Gazette(), faces(t)) {
		if err := os.WriteFile(filepath.Join(dir, "us."+string(f)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// measured runs a program; its memory is that of all its processes together, each shared page counted in parts (PSS).
// cpu is the time that processors worked for it, which others on the machine change less than the clock's.
func measured(dir string, args []string) (took, cpu time.Duration, peak int, err error) {
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), "TONGFA_RIVALS="+dir)
	start := time.Now()
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		return 0, 0, 0, err
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				err = fmt.Errorf("%w: %s", err, said.String())
			}
			return time.Since(start), max(cpu, c.ProcessState.UserTime()+c.ProcessState.SystemTime()), peak, err
		case <-tick.C:
			peak, cpu = max(peak, memory(c.Process.Pid)), max(cpu, worked(c.Process.Pid))
		}
	}
}

// memory is that of a process and of those below it.
func memory(pid int) int {
	total := 0
	for _, p := range family(pid) {
		data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p))
		for _, l := range strings.Split(string(data), "\n") {
			if f := strings.Fields(l); len(f) > 1 && f[0] == "Pss:" {
				n, _ := strconv.Atoi(f[1])
				total += n << 10
			}
		}
	}
	return total
}

// worked is the time that processors have worked for a process and for those below it.
func worked(pid int) time.Duration {
	ticks := 0
	for _, p := range family(pid) {
		data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		_, rest, _ := strings.Cut(string(data), ") ")
		if f := strings.Fields(rest); len(f) > 12 {
			user, _ := strconv.Atoi(f[11])
			system, _ := strconv.Atoi(f[12])
			ticks += user + system
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond // Linux counts in hundredths of a second
}

// family is a process and those below it.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		kids, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i]))
		for _, k := range kids {
			data, _ := os.ReadFile(k)
			for _, f := range strings.Fields(string(data)) {
				if n, err := strconv.Atoi(f); err == nil {
					all = append(all, n)
				}
			}
		}
	}
	return all
}

func pdfPages(file string) string {
	out, _ := exec.Command("pdfinfo", file).Output()
	for _, l := range strings.Split(string(out), "\n") {
		if f := strings.Fields(l); len(f) == 2 && f[0] == "Pages:" {
			return f[1]
		}
	}
	return "?"
}
