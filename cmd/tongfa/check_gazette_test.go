package main

import (
	"strings"
	"testing"
	"time"

	"tongfa/typeset"
)

// TestCheckTellsHowLongACertificateLasts asks before, in, shortly before the end of, and after its time.
func TestCheckTellsHowLongACertificateLasts(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cert, key, err := certificateFiles("ecdsa", "", from, from.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	c, err := typeset.ReadCredential(cert, key, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		now      time.Time
		ok, hint bool
		want     string
	}{
		{from.AddDate(0, 0, -1), false, false, "从2026-01-01起才有效"},
		{from.AddDate(0, 3, 0), true, false, "2027-01-01到期"},
		{from.AddDate(1, 0, -10), false, true, "还有10天到期"},
		{from.AddDate(1, 0, 0), false, false, "公报出不了刊"},
	} {
		if got := checkCertificate("PDF 签名", c, x.now, time.UTC); got.OK != x.ok || got.Hint != x.hint || !strings.Contains(got.Said, x.want) {
			t.Errorf("%s: %+v", x.now, got)
		}
	}
}
