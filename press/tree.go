package press

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/bits"
)

// A daily head covers the ends of very many chains by one hash, the root of a tree (RFC 6962), so that the proof that one of them is covered is
// as short as the tree is high, and can be followed by hand and without the ledger.

// Tree adds up the root of leaves that come one after another. The zero Tree is empty.
type Tree struct {
	n     int
	peaks [][]byte // roots of the full trees so far, the largest first

	watch int // the leaf whose path is wanted, plus one; 0 for none
	path  []string
	in    int // the peak that the watched leaf is in
}

// Watch asks for the path of one leaf, before any leaf is added.
func (t *Tree) Watch(leaf int) { t.watch = leaf + 1 }

// Add adds a leaf.
func (t *Tree) Add(leaf []byte) {
	t.peaks = append(t.peaks, hash(0, leaf, nil))
	if t.n++; t.n == t.watch {
		t.in = len(t.peaks)
	}
	for k := t.n; k%2 == 0; k /= 2 {
		t.join()
	}
}

// join makes one tree of the last two.
func (t *Tree) join() {
	last := len(t.peaks) - 1
	a, b := t.peaks[last-1], t.peaks[last]
	t.note(last, a, b)
	t.peaks = append(t.peaks[:last-1], hash(1, a, b))
}

// note writes down what stands beside the watched leaf when two trees are joined, last being the number of the second.
func (t *Tree) note(last int, a, b []byte) {
	switch t.in {
	case last:
		t.path = append(t.path, hex.EncodeToString(b))
	case last + 1:
		t.path = append(t.path, hex.EncodeToString(a))
		t.in = last
	}
}

// Root is the root of everything added, in lower-case hex, and ends the adding.
func (t *Tree) Root() string {
	if t.n == 0 {
		return hex.EncodeToString(hash(2, nil, nil))
	}
	for len(t.peaks) > 1 {
		t.join()
	}
	return hex.EncodeToString(t.peaks[0])
}

// Len is how many leaves were added.
func (t *Tree) Len() int { return t.n }

// Path is what stands beside the watched leaf, from the leaf to the root, once Root was asked for.
func (t *Tree) Path() []string { return t.path }

// Climb is the root that a leaf leads to by its path, in a tree of n leaves.
func Climb(leaf []byte, at, n int, path []string) (string, error) {
	if at < 0 || at >= n || len(path) > bits.Len(uint(n))+1 {
		return "", errors.New("the path does not fit the tree")
	}
	h := hash(0, leaf, nil)
	last := n - 1
	for _, p := range path {
		b, err := hex.DecodeString(p)
		if err != nil || len(b) != sha256.Size || last == 0 {
			return "", errors.New("the path does not fit the tree")
		}
		if at%2 == 1 || at == last {
			h = hash(1, b, h)
			for at%2 == 0 && at > 0 {
				at, last = at/2, last/2
			}
		} else {
			h = hash(1, h, b)
		}
		at, last = at/2, last/2
	}
	if last != 0 {
		return "", errors.New("the path does not fit the tree")
	}
	return hex.EncodeToString(h), nil
}

func hash(kind byte, a, b []byte) []byte {
	h := sha256.New()
	h.Write([]byte{kind})
	h.Write(a)
	h.Write(b)
	return h.Sum(nil)
}
