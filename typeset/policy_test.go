package typeset

import (
	"regexp"
	"testing"
)

// The page for phones carries a policy by which the built-in website knows it (channels/site, ownPolicy) and lets it keep its own look. Who changes one changes both.
func TestThePolicyOfThePageIsTheOneThatTheWebsiteKnows(t *testing.T) {
	page := files(t, issue(t), Gazette(), faces(t))[FormatHTML]
	known := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="(default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; img-src data:; font-src data:; base-uri 'none'; form-action 'none')">`)
	if !known.Match(page[:2048]) {
		t.Errorf("the page begins with\n%s", page[:400])
	}
}
