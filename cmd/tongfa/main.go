// Command tongfa (同发) publishes approved items once, on time, on every official channel of an office, and keeps
// proving that they are right there.
//
// This folder is wiring: one file a command, which opens the house, calls one room, and prints. What is decided, is
// decided in the rooms.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: results on stdout, messages on stderr, and the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{in: stdin, out: stdout, err: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return a.code(ctx, root.ExecuteContext(ctx))
}
