package press

import "time"

// Shelf is a list on which an entry is shown, such as a column of the website or the issues of a year.
type Shelf struct {
	Name     string
	Position int64 // from 1; 0 means the next free one
}

// JournalStep is one line of a driver's memory of an act.
type JournalStep struct {
	Name     string
	Intended time.Time
	Done     time.Time // zero: intended, and nobody knows what came of it
	Ref      string    // what the outside called the result
}

// Quota is a limit on calls by Beijing day.
type Quota struct {
	Name    string
	PerDay  int
	Reserve int // of PerDay, kept back for people: automatic calls stop this far before the limit
}

// Listed is an entry as a list shows it: everything but the body.
type Listed struct {
	Position    int64
	Item        ItemID
	IndexNumber string
	Kind        Kind
	Title       string
	Meta        Meta
	URL         string    // empty until the channel has given one
	Public      time.Time // the publication time its page prints
	Withdrawn   bool
}
