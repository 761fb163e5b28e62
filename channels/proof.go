package channels

import (
	"context"
	"errors"

	"tongfa/press"
)

// Proofer shows an edition before it goes out, drawn by what will put it out: one file of it by its path, as a browser asks for them. The empty
// path is where a reader begins. It writes nothing, calls nobody, and answers ErrNoSheet for a file that the edition does not have.
type Proofer interface {
	Proof(ctx context.Context, e press.Edition, path string) (Sheet, error)
}

// Sheet is one file of a proof.
type Sheet struct {
	MIME string
	Data []byte
	Go   string // instead: the path at which the file is found
}

// ErrNoSheet is in the error for a file that a proof does not have.
var ErrNoSheet = errors.New("no such file in the proof")
