package press

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
)

// plainRoot is the definition of RFC 6962, word for word.
func plainRoot(leaves [][]byte) []byte {
	switch n := len(leaves); n {
	case 0:
		s := sha256.Sum256([]byte{2})
		return s[:]
	case 1:
		return hash(0, leaves[0], nil)
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		return hash(1, plainRoot(leaves[:k]), plainRoot(leaves[k:]))
	}
}

func TestEveryLeafClimbsToTheRootAndNoOtherDoes(t *testing.T) {
	t.Parallel()
	for n := range 70 {
		var leaves [][]byte
		for i := range n {
			leaves = append(leaves, fmt.Append(nil, "leaf", i))
		}
		want := hex.EncodeToString(plainRoot(leaves))
		for at := range max(n, 1) {
			var tree Tree
			tree.Watch(at)
			for _, l := range leaves {
				tree.Add(l)
			}
			if got := tree.Root(); got != want || tree.Len() != n {
				t.Fatalf("%d leaves: root %s, want %s", n, got, want)
			}
			if n == 0 {
				continue
			}
			if got, err := Climb(leaves[at], at, n, tree.Path()); err != nil || got != want {
				t.Fatalf("%d leaves, leaf %d: %v %s", n, at, err, got)
			}
			if got, err := Climb([]byte("other"), at, n, tree.Path()); err == nil && got == want {
				t.Fatalf("another leaf climbs to the same root")
			}
			if len(tree.Path()) > 0 {
				if got, err := Climb(leaves[at], at, n, tree.Path()[1:]); err == nil && got == want {
					t.Fatalf("a shorter path climbs to the same root")
				}
			}
		}
	}
	for _, bad := range [][]string{{"zz"}, {""}, {hex.EncodeToString(make([]byte, 32)), hex.EncodeToString(make([]byte, 32)), hex.EncodeToString(make([]byte, 32))}} {
		if _, err := Climb([]byte("x"), 0, 2, bad); err == nil {
			t.Errorf("%q is a path", bad)
		}
	}
}
