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

// Roundsman makes the files of a proof round (校样): all of an edition in each format, without issuing it, with a mark across its pages that says which round
// it is; done is told of each file, nil tells nobody. The same edition and the same mark give the same bytes. What keeps an edition from being made, such as a
// character that no face has, is a person's matter.
type Roundsman interface {
	Round(ctx context.Context, e press.Edition, mark string, done func(name string, bytes int)) (Made, error)
}

// Made is what was made of a proof round.
type Made struct {
	press.Made
	Written []MadeFile // in the order of the verification block
}

// MadeFile is one file that was made.
type MadeFile struct {
	Name, Format, MIME string
	Data               []byte
}
