package apiclient

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheDescriptionIsValid asks a validator that knows nothing of Tongfa; it also tries every example.
func TestTheDescriptionIsValid(t *testing.T) {
	t.Parallel()
	dir, ok := modules(t)
	if !ok {
		return
	}
	c := exec.Command("node", filepath.Join(dir, "node_modules", "@redocly", "cli", "bin", "cli.js"), "lint", "--format", "json", "../openapi.yaml")
	c.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var said struct {
		Totals struct{ Errors, Warnings int }
	}
	if err := json.Unmarshal(out[strings.IndexByte(string(out), '{'):], &said); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if said.Totals.Errors+said.Totals.Warnings > 0 {
		t.Errorf("%s", out)
	}
}

// TestAGeneratedClientFilesFollowsAndWithdraws lets testdata/client.ts work against a daemon. Its types are made from the document that the daemon
// serves, and every call in it is held against them.
func TestAGeneratedClientFilesFollowsAndWithdraws(t *testing.T) {
	t.Parallel()
	dir, ok := modules(t)
	if !ok {
		return
	}
	o := newOffice(t, "")
	token := o.token("OA系统", "see", "file", "withdraw")
	work := t.TempDir()
	o.must(os.Symlink(filepath.Join(dir, "node_modules"), filepath.Join(work, "node_modules")))
	for _, name := range []string{"client.ts", "tsconfig.json", "package.json"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		o.must(err)
		o.must(os.WriteFile(filepath.Join(work, name), b, 0o600))
	}
	node := func(args ...string) string {
		t.Helper()
		c := exec.Command("node", args...)
		c.Dir = work
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("node %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	base := "http://" + o.desk
	node("node_modules/openapi-typescript/bin/cli.js", base+"/api/v1/openapi.json", "-o", "api.d.ts")
	node("node_modules/typescript/bin/tsc", "-p", ".")
	said := node("client.js", base, token, "oa-2026-1001")
	var done struct {
		ID, Verified, Withdrawn string
		Moves                   int
	}
	if err := json.Unmarshal([]byte(said), &done); err != nil || done.ID == "" || done.Withdrawn != "withdrawn" || done.Moves < 6 {
		t.Errorf("%v: %s", err, said)
	}
	if text := o.run("show", "oa-2026-1001"); !strings.Contains(text, "接口:OA系统") {
		t.Errorf("the record does not name the token:\n%s", text)
	}
	if text := o.run("token", "list"); !strings.Contains(text, "OA系统") || strings.Contains(text, token) {
		t.Errorf("tokens:\n%s", text)
	}
	o.run("token", "revoke", "OA系统")
	c := exec.Command("node", "client.js", base, token, "oa-2026-1002")
	c.Dir = work
	if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "no_token") {
		t.Errorf("after it was revoked: %v\n%s", err, out)
	}
}
