package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be tongfa itself, so that stories and the tests that kill the daemon run real processes.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"tongfa": main, crasher: crashing}) }

func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":       exits,
			"certificate": certificate,
		},
	})
}

// exits runs a command and wants its exit code: exits 3 tongfa add x.md.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		var e interface{ ExitCode() int }
		if !asExit(err, &e) {
			ts.Fatalf("%v", err)
		}
		code = itoa(e.ExitCode())
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}
