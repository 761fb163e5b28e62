package press

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// BackIssue (过刊) is an issue of a gazette that came out before the ledger was kept: its PDF, and the list of what is in it.
type BackIssue struct {
	Year       int           `json:"year"`
	Number     int           `json:"number"`
	Supplement bool          `json:"supplement,omitempty"`
	Total      int           `json:"total,omitempty"` // 0 for a supplement, or where nobody counted
	Day        string        `json:"day"`             // on which it came out: 2006-01-02
	PDF        string        `json:"pdf_sha256"`
	Articles   []BackArticle `json:"articles"`
	File       string        `json:"-"` // of the PDF, as the list names it
	Line       int           `json:"-"` // of the list on which it begins
}

// BackArticle is one article of it.
type BackArticle struct {
	Section   string `json:"section,omitempty"`
	Title     string `json:"title"`
	DocNumber string `json:"doc_number,omitempty"`
	Issuer    string `json:"issuer,omitempty"`
	Page      int    `json:"page,omitempty"` // of the PDF, from 1; 0 where nobody says
}

// Name is how people name it: 2019年第4号.
func (b BackIssue) Name() string { return IssueName(b.Year, b.Number, b.Supplement) }

// Digest is the SHA-256 of everything that was imported of it.
func (b BackIssue) Digest() string {
	data, _ := json.Marshal(b) // of texts and numbers it never fails
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// Indexed is one article as the index of a year (年度总目录) lists it.
type Indexed struct {
	Section    string `json:"section,omitempty"`
	Title      string `json:"title"` // "" where only the fact may be told that it was withdrawn
	DocNumber  string `json:"doc_number,omitempty"`
	Year       int    `json:"year"` // of the issue that printed it
	Number     int    `json:"number"`
	Supplement bool   `json:"supplement,omitempty"`
	Position   int    `json:"position"`       // within that issue
	Page       int    `json:"page,omitempty"` // of an imported issue's PDF
	Imported   bool   `json:"imported,omitempty"`
	Withdrawn  bool   `json:"withdrawn,omitempty"`
}

// Issue is the issue that printed it, as people name it.
func (x Indexed) Issue() string { return IssueName(x.Year, x.Number, x.Supplement) }
