package desk

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// token makes a token and tells its number.
func (w *world) token() int64 {
	w.Helper()
	list, err := w.ledger.Tokens(w.Context())
	w.must(err)
	if len(list) == 0 {
		_, t, err := w.ledger.AddToken(w.Context(), ledger.Token{Name: hostile[:30], Rights: []press.Right{press.MaySee}}, ledger.Who{Name: "王某"}, w.now)
		w.must(err)
		return t.ID
	}
	return list[0].ID
}

func TestATokenIsMadeShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := url.Values{"name": {"OA系统"}, "right": {"see", "file"}, "days": {"90"}}
	res, body := w.post("/settings/tokens", form)
	secret := regexp.MustCompile(`tf_[A-Za-z0-9_-]{43}`).FindString(body)
	if res.StatusCode != http.StatusOK || secret == "" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("made: %d", res.StatusCode)
	}
	checkHTML(t, "made", body)
	k, err := w.ledger.Bearer(t.Context(), secret, w.now)
	if err != nil || k.MadeBy != "王某" || !k.Expires.Equal(w.now.AddDate(0, 0, 90)) || len(k.Rights) != 2 {
		t.Fatalf("%+v %v", k, err)
	}
	if _, body = w.get("/settings/tokens"); strings.Contains(body, secret) || !strings.Contains(body, secret[:8]) {
		t.Error("the secret is shown again, or the token is not")
	}
	for name, bad := range map[string]url.Values{
		"same name": form, "no name": {"right": {"see"}, "days": {"90"}}, "no right": {"name": {"新"}, "days": {"90"}}, "other right": {"name": {"新"}, "right": {"everything"}, "days": {"90"}},
		"odd time": {"name": {"新"}, "right": {"see"}, "days": {"-1"}}, "hostile": {"name": {hostile + strings.Repeat("x", 5000)}, "right": {hostile}, "days": {"30"}},
	} {
		res, body := w.post("/settings/tokens", bad)
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) || strings.Contains(body, "<script>alert") {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		checkHTML(t, name, body)
	}
	at := to("settings", "tokens", fmt.Sprint(k.ID), "revoke")
	if res, _ = w.post(at, url.Values{}); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != at {
		t.Errorf("without being sure: %d", res.StatusCode)
	}
	if k, err = w.ledger.Bearer(t.Context(), secret, w.now); err != nil {
		t.Fatal("revoked without being sure")
	}
	if res, _ = w.post(at, url.Values{"sure": {"yes"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("revoked: %d", res.StatusCode)
	}
	if _, err = w.ledger.Bearer(t.Context(), secret, w.now); err == nil {
		t.Error("it lets in still")
	}
	if _, body = w.get("/settings/tokens?done=revoked"); !strings.Contains(body, "已撤销") {
		t.Error("the list does not say so")
	}
	if status, _ := w.get("/settings/tokens/99/revoke"); status != http.StatusNotFound {
		t.Errorf("none: %d", status)
	}
}

func TestWhoMayNotAdmitSeesNoTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.options()
	o.Guest = &ledger.Person{ID: 3, Name: "李某", Roles: []press.Role{press.Publisher}}
	w.desk = New(o)
	id := w.token()
	for _, target := range []string{"/settings/tokens", fmt.Sprint("/settings/tokens/", id, "/revoke"), "/settings/webhooks", "/settings/webhooks/oa"} {
		if status, _ := w.get(target); status != http.StatusForbidden {
			t.Errorf("%s: %d", target, status)
		}
	}
	for _, target := range []string{"/settings/tokens", fmt.Sprint("/settings/tokens/", id, "/revoke"), "/settings/webhooks/oa/test", "/settings/webhooks/oa/resend"} {
		if res, _ := w.post(target, url.Values{"sure": {"yes"}}); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", target, res.StatusCode)
		}
	}
	if _, body := w.get("/settings"); strings.Contains(body, "/settings/tokens") || strings.Contains(body, "/settings/webhooks") {
		t.Error("the pages are offered")
	}
}

func TestTheLogOfAWebhook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	res, _ := w.post("/settings/webhooks/oa/test", url.Values{})
	if res.StatusCode != http.StatusSeeOther || w.woken != 1 {
		t.Fatalf("a trial: %d", res.StatusCode)
	}
	ds, err := w.ledger.DueDeliveries(t.Context(), "oa", w.now, 10)
	w.must(err)
	if len(ds) != 1 || ds[0].Event != ledger.Trial {
		t.Fatalf("%+v", ds)
	}
	w.must(w.ledger.Delivered(t.Context(), ds[0], false, 500, hostile, w.now))
	_, body := w.get("/settings/webhooks/oa?done=test")
	if !strings.Contains(body, ds[0].UID) || !strings.Contains(body, "待送达") || strings.Contains(body, "<script>alert") {
		t.Error("the log does not tell of the trial")
	}
	ds[0].Until = w.now
	w.must(w.ledger.Delivered(t.Context(), ds[0], false, 500, hostile, w.now.Add(25*time.Hour)))
	_, body = w.get("/settings/webhooks/oa")
	if !strings.Contains(body, "已放弃") || !strings.Contains(body, "/resend") {
		t.Error("a dead one is not shown, or not offered to be sent again")
	}
	checkHTML(t, "log", body)
	if res, _ = w.post("/settings/webhooks/oa/resend", url.Values{"id": {fmt.Sprint(ds[0].ID)}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("sent again: %d", res.StatusCode)
	}
	for _, bad := range []string{"", "x", "99999", "999999999999999999999999"} {
		if res, _ = w.post("/settings/webhooks/oa/resend", url.Values{"id": {bad}}); res.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %d", bad, res.StatusCode)
		}
	}
	for _, target := range []string{"/settings/webhooks/none", "/settings/webhooks/oa?before=x"} {
		if status, _ := w.get(target); status != http.StatusNotFound && status != http.StatusBadRequest {
			t.Errorf("%s: %d", target, status)
		}
	}
	deeds, err := w.ledger.Deeds(t.Context(), ledger.DeedFilter{About: "oa"})
	w.must(err)
	if len(deeds) != 2 || deeds[0].By.Name != "王某" {
		t.Errorf("deeds %+v", deeds)
	}
}
