//go:build rivals

package typeset

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRivals makes the same edition by us (all four formats) and by what else makes a PDF of it, and prints a table. By hand, on a quiet machine with Debian's
// chromium, weasyprint and fonts-noto-cjk: go test -tags rivals ./typeset -run Rivals -v
func TestRivals(t *testing.T) {
	dir := t.TempDir()
	w := edition(t)
	var page bytes.Buffer
	if err := WriteHTML(&page, w, HTML{}); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(dir, "in.html")
	if err := os.WriteFile(in, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := func(name string) string { return filepath.Join(dir, name) }
	t.Logf("%-34s %8s %10s %10s %6s", "", "seconds", "peak MB", "bytes", "pages")
	for _, r := range []struct {
		name, file string
		args       []string
	}{
		{"Tongfa: PDF, OFD, EPUB and HTML", "us.pdf", []string{self, "-test.run", "TestOurs"}},
		{"Chromium, PDF alone", "chromium.pdf", []string{"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + out("profile"), "--no-pdf-header-footer", "--print-to-pdf=" + out("chromium.pdf"), "file://" + in}},
		{"WeasyPrint, PDF alone", "weasyprint.pdf", []string{"weasyprint", in, out("weasyprint.pdf")}},
	} {
		if _, err := exec.LookPath(r.args[0]); err != nil {
			t.Logf("%-34s not installed", r.name)
			continue
		}
		for range 2 { // the first one warms the disk
			took, peak := measured(t, dir, r.args)
			info, err := os.Stat(out(r.file))
			if err != nil {
				t.Error(r.name, err)
				break
			}
			t.Logf("%-34s %8.2f %10d %10d %6s", r.name, took.Seconds(), peak>>20, info.Size(), pagesOf(out(r.file)))
		}
	}
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
func measured(t *testing.T, dir string, args []string) (time.Duration, int) {
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), "TONGFA_RIVALS="+dir)
	start := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	peak := 0
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Log(args[0], err)
			}
			return time.Since(start), peak
		case <-tick.C:
			peak = max(peak, memory(c.Process.Pid))
		}
	}
}

func memory(pid int) int {
	total := 0
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	for _, l := range strings.Split(string(data), "\n") {
		if f := strings.Fields(l); len(f) > 1 && f[0] == "Pss:" {
			n, _ := strconv.Atoi(f[1])
			total += n << 10
		}
	}
	kids, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, k := range kids {
		data, _ := os.ReadFile(k)
		for _, f := range strings.Fields(string(data)) {
			if n, err := strconv.Atoi(f); err == nil {
				total += memory(n)
			}
		}
	}
	return total
}

func pagesOf(file string) string {
	out, _ := exec.Command("pdfinfo", file).Output()
	for _, l := range strings.Split(string(out), "\n") {
		if f := strings.Fields(l); len(f) == 2 && f[0] == "Pages:" {
			return f[1]
		}
	}
	return "?"
}
