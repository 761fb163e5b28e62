package press

// Survey (普查) counts what came of looking through everything that a channel shows.
type Survey struct {
	Seen      int // things told
	Adopted   int // copies that waited, and are out there
	Looked    int // copies that are not as the ledger believes, and are looked at at once
	Strangers int // things that the ledger does not know and had not met before
}

// Add sums two parts of a survey.
func (s Survey) Add(more Survey) Survey {
	return Survey{s.Seen + more.Seen, s.Adopted + more.Adopted, s.Looked + more.Looked, s.Strangers + more.Strangers}
}
