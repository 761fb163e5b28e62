//go:build !linux

package channeltest

import "testing"

// FastDir is t.TempDir where nothing faster is known.
func FastDir(t testing.TB) string { return t.TempDir() }
