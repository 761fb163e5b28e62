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
	}{1, r.Title, r.ShortTitle, some(r.Body), r.Meta, r.Cover, some(r.Images), some(r.Attachments)})
	if err != nil {
		return "" // only for a date that does not exist, which no reader of documents lets through; an empty digest matches no approval
	}
	// A byte that is no UTF-8 is written as the escape at first and as the character once it was stored and read again.
	sum := sha256.Sum256(bytes.ReplaceAll(buf.Bytes(), []byte(`\ufffd`), []byte("\ufffd")))
	return hex.EncodeToString(sum[:])
}

// some makes no difference between an empty list and none, which readers and stores of JSON do not keep apart.
func some[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
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
