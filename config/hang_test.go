package config

import (
	"os"
	"testing"
	"time"
)

func FuzzHang(f *testing.F) {
	names, _ := os.ReadDir("testdata")
	for _, n := range names {
		b, _ := os.ReadFile("testdata/" + n.Name())
		_, fs := archive(string(b))
		for _, x := range fs {
			f.Add([]byte(x))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tm := time.AfterFunc(2*time.Second, func() { os.WriteFile("/tmp/hang.bin", data, 0o644); os.Exit(3) })
		Parse("x", data, "/tmp/nowhere", fromEnv)
		tm.Stop()
	})
}
