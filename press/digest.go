package press

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"unicode/utf8"
)

// Sum is the digest of a revision's canonical encoding, in lower-case hex: SHA-256 over the JSON of everything that an
// approval vouches for. Number, time and author are not part of it, so the same content has the same digest.
func (r Revision) Sum() string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		V           int     `json:"v"`
		Title       string  `json:"title"`
		ShortTitle  string  `json:"short_title"`
		Body        []Block `json:"body"`
		Meta        Meta    `json:"meta"`
		Cover       *Asset  `json:"cover"`
		Images      []Asset `json:"images"`
		Attachments []Asset `json:"attachments"`
	}{1, r.Title, r.ShortTitle, r.Body, r.Meta, r.Cover, r.Images, r.Attachments})
	if err != nil {
		return "" // only for a date that does not exist, which no reader of documents lets through; an empty digest matches no approval
	}
	sum := sha256.Sum256(buf.Bytes())
	return hex.EncodeToString(sum[:])
}

// DigestText is the digest of the folded text, the one that sightings are compared by.
func DigestText(text string) string {
	sum := sha256.Sum256([]byte(Fold(text)))
	return hex.EncodeToString(sum[:])
}

// Marker is the mark by which a copy is found again out there: the same for every attempt, different for every generation.
// It is 20 hex digits, safe in a URL and short enough for WeChat's clientmsgid.
func Marker(ledger, channel string, item ItemID, generation int) string {
	b, _ := json.Marshal([]any{ledger, channel, item, generation})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:10])
}

func runes(s string) int { return utf8.RuneCountInString(s) }
