package wechat

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/press"
	"tongfa/standin"
)

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func TestEveryCodeSaysWhatHappenedAndWhoMustDoWhat(t *testing.T) {
	w := newOffice(t, modePublish)
	for code := range codeRules() {
		tr := w.c.refusal(draftAdd, code, "some words rid: 1")
		switch {
		case !han(tr.What), tr.Code != fmt.Sprint(code), !strings.Contains(tr.Raw, "rid: 1"), tr.Err == nil:
			t.Errorf("%d: %+v", code, tr)
		case (tr.Remedy == press.AskPerson || tr.Remedy == press.ChangeText) && (!han(tr.Who) || !han(tr.Do)):
			t.Errorf("%d asks a person and does not say whom for what: %+v", code, tr)
		case tr.Remedy == press.TryLater && !tr.When.After(w.clock()):
			t.Errorf("%d says later and not when", code)
		}
	}
}

func TestCodesAskForTheRightRemedy(t *testing.T) {
	w := newOffice(t, modePublish)
	for _, k := range []struct {
		ep   endpoint
		code int
		want press.Remedy
	}{
		{draftGet, -1, press.TryAgain}, {pubSubmit, -1, press.LookFirst}, {massSend, -1, press.LookFirst}, {draftAdd, -1, press.LookFirst},
		{pubSubmit, 99999, press.LookFirst}, {pubGet, 99999, press.AskPerson},
		{draftAdd, 45003, press.ChangeText}, {draftAdd, 45166, press.ChangeText}, {draftAdd, 45002, press.ChangeText},
		{pubSubmit, 53503, press.ChangeText}, {pubSubmit, 53504, press.AskPerson}, {pubSubmit, 48001, press.AskPerson},
		{pubSubmit, 53501, press.TryLater}, {pubSubmit, 45009, press.TryLater}, {massSend, 45028, press.TryLater},
		{stableToken, 40001, press.AskPerson}, {draftGet, 40001, press.TryAgain}, {stableToken, 89507, press.TryLater},
		{stableToken, 50007, press.AskPerson}, {draftAdd, 47001, press.AskPerson},
	} {
		if got := w.c.refusal(k.ep, k.code, "").Remedy; got != k.want {
			t.Errorf("%d of %s asks for %s, want %s", k.code, k.ep.path, got, k.want)
		}
	}
	if at := w.c.refusal(pubSubmit, 45009, "").When; !at.Equal(time.Date(2026, 11, 25, 0, 5, 0, 0, beijing())) {
		t.Errorf("an exhausted day ends %v", at)
	}
}

func TestTheAddressThatIsNotListedIsTold(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Accounts[0].AllowIPs = []string{"192.0.2.1"} }})
	w.we.CallFrom("203.0.113.7")
	_, err := w.deliver(w.memory.Open(press.Publish, w.edition(1)))
	tr := press.TroubleOf(err)
	if tr.Code != "40164" || tr.Remedy != press.AskPerson || !strings.Contains(tr.What, "203.0.113.7") || !strings.Contains(tr.Do, "203.0.113.7") || tr.Who != accountAdmin {
		t.Fatalf("%+v", tr)
	}
	w.must(w.we.AllowIP(account, "203.0.113.7"))
	w.publish(w.edition(1))
}

func TestARefusedStepIsKnownNotToHaveHappened(t *testing.T) {
	w := newOffice(t, modePublish)
	w.must(w.we.Inject(standin.Fault{Path: pubSubmit.path, Kind: "errcode", Code: 53501}))
	a := w.memory.Open(press.Publish, w.edition(1))
	_, err := w.deliver(a)
	if tr := press.TroubleOf(err); tr.Remedy != press.TryLater || tr.Code != "53501" {
		t.Fatalf("%+v", tr)
	}
	before := w.line.count()
	r, err := w.c.Lookup(context.Background(), a, w.memory.Journal(a.ID))
	if err != nil || r.Status != press.Absent || w.line.count() != before {
		t.Fatalf("%v %v after %d calls", r.Status, err, w.line.count()-before)
	}
	if r, err := w.deliver(a); err != nil || r.Status != press.HandedOver {
		t.Fatalf("resumed: %v %v", r.Status, err)
	}
	if n := w.effects("draft-add"); n != 1 {
		t.Errorf("%d drafts were made", n)
	}
}

func TestTokens(t *testing.T) {
	t.Run("one for many callers", func(t *testing.T) {
		w := newOffice(t, modePublish)
		got := make(chan string, 50)
		for range cap(got) {
			go func() {
				token, err := w.c.token(context.Background())
				if err != nil {
					token = err.Error()
				}
				got <- token
			}()
		}
		first := <-got
		for range cap(got) - 1 {
			if next := <-got; next != first {
				t.Errorf("got %.20q and %.20q", first, next)
			}
		}
		if w.line.count() != 1 {
			t.Errorf("%d calls for one token", w.line.count())
		}
	})
	t.Run("renewed when it ends", func(t *testing.T) {
		w := newOffice(t, modePublish)
		w.must(w.test())
		w.advance(3 * time.Hour)
		w.must(w.test())
		if w.line.count() != 4 {
			t.Errorf("%d calls, want two tokens and two lists", w.line.count())
		}
	})
	for _, code := range []int{40001, 42001, 40014} {
		t.Run(fmt.Sprintf("fetched anew after %d", code), func(t *testing.T) {
			w := newOffice(t, modePublish)
			w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "errcode", Code: code}))
			w.publish(w.edition(1))
			if n := w.effects("draft-add"); n != 1 {
				t.Errorf("%d drafts", n)
			}
		})
	}
	t.Run("refused for good", func(t *testing.T) {
		w := newOffice(t, modePublish)
		w.must(w.we.Inject(standin.Fault{Path: draftAdd.path, Kind: "errcode", Code: 40014, Times: -1}))
		_, err := w.deliver(w.memory.Open(press.Publish, w.edition(1)))
		if tr := press.TroubleOf(err); tr.Remedy != press.AskPerson || tr.Code != "40014" {
			t.Errorf("%+v", tr)
		}
	})
	t.Run("none in the answer", func(t *testing.T) {
		w := newOffice(t, modePublish)
		w.must(w.we.Inject(standin.Fault{Path: stableToken.path, Kind: "empty-object"}))
		err := w.test()
		if tr := press.TroubleOf(err); tr.Remedy != press.TryAgain || !han(tr.What) {
			t.Errorf("%+v", tr)
		}
		w.must(w.test())
	})
}

func TestNoSecretInAnyTextWhateverGoesWrong(t *testing.T) {
	for _, f := range []standin.Fault{
		{Kind: "drop"}, {Kind: "502"}, {Kind: "504-after"}, {Kind: "html-page"}, {Kind: "empty-200"}, {Kind: "empty-object"}, {Kind: "minus1"},
		{Kind: "truncated"}, {Kind: "cut"}, {Kind: "errcode", Code: 40125}, {Kind: "errcode", Code: 45009}, {Kind: "errcode", Code: 99999},
	} {
		f.Rate, f.Times = 0.4, -1
		t.Run(f.Kind, func(t *testing.T) {
			w := newOffice(t, modePublish)
			tokens := map[string]bool{}
			said := &strings.Builder{}
			w.must(w.we.Inject(f))
			a := w.memory.Open(press.Publish, w.edition(2))
			for range 8 {
				r, err := channels.Deliver(context.Background(), w.c, a, w.memory.Journal(a.ID))
				fmt.Fprintf(said, "%+v %v %+v", r, err, press.TroubleOf(err))
				tokens[w.c.cache.known()] = true
				w.advance(11 * time.Minute)
			}
			said.WriteString(w.logs.String())
			for token := range tokens {
				if token != "" && strings.Contains(said.String(), token) {
					t.Error("a token was told")
				}
			}
			if strings.Contains(said.String(), channeltest.Secret) {
				t.Error("the secret was told")
			}
		})
	}
}

func TestLostConnectionsAreNotTold(t *testing.T) {
	w := newOffice(t, modePublish)
	w.must(w.test())
	token := w.c.cache.known()
	for _, kind := range []channeltest.Fault{channeltest.LostBefore, channeltest.LostAfter} { // their errors hold the address with the token
		w.line.breakAfter(kind, 0)
		err := w.test()
		if tr := press.TroubleOf(err); strings.Contains(fmt.Sprintf("%v %+v %v", err, tr, tr.Err), token) || tr.Remedy != press.TryAgain {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestScrubbing(t *testing.T) {
	w := newOffice(t, modePublish)
	w.must(w.test())
	for _, s := range []string{
		"the word " + channeltest.Secret + ".", "a token " + w.c.cache.known() + ".", "https://x/y?access_token=anotherToken&type=image",
		`{"secret": "anotherToken"}`, "appsecret=anotherToken rid: 1", `access_token:'anotherToken'`,
	} {
		got := w.c.scrub(s)
		if strings.Contains(got, channeltest.Secret) || strings.Contains(got, w.c.cache.known()) || strings.Contains(got, "anotherToken") || !strings.Contains(got, "***") {
			t.Errorf("%q became %q", s, got)
		}
	}
	if s := "errcode=45003 errmsg=title size out of limit rid: 6a-7b"; w.c.scrub(s) != s {
		t.Errorf("a harmless text became %q", w.c.scrub(s))
	}
}
