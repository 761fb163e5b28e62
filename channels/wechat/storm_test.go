package wechat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tongfa/press"
	"tongfa/standin"
)

// storm is one seeded run: an edition that is published while the network lies, the program is started again and again, and people work
// in the console beside it.
type storm struct {
	*office
	dice *rand.Rand
	e    press.Edition
	a    press.Act
	sent bool // a person sent the draft to the followers
}

// spoils are the faults that a call may meet.
func spoils() []string {
	return []string{"drop", "drop-before", "502", "502-after", "504-after", "html-page", "html-page-after", "empty-200", "empty-200-before", "empty-object",
		"empty-object-before", "minus1", "minus1-after", "truncated", "truncated-before", "cut", "expire", "steal", "gzip-wrong", "garbage", "redirect"}
}

func newStorm(t *testing.T, seed uint64) *storm {
	dice := rand.New(rand.NewPCG(seed, 3))
	mode := []string{modeDraft, modePublish, modePublish, modeMass}[dice.IntN(4)]
	s := &storm{dice: dice}
	s.office = newOffice(t, mode, setup{standin: func(o *standin.Options) {
		o.Seed, o.Review = int64(seed), time.Duration(1+dice.IntN(90))*time.Minute
		o.Switch = standin.Switches{DraftLeavesLate: dice.IntN(2) == 0, RefusedDraftBack: dice.IntN(2) == 0, StringIDs: dice.IntN(2) == 0, LongURLs: dice.IntN(2) == 0}
	}})
	for range dice.IntN(6) {
		kinds := spoils()
		paths := []string{draftAdd.path, draftGet.path, draftBatch.path, draftDelete.path, pubSubmit.path, pubGet.path, pubBatch.path, massSend.path, massGet.path,
			pubArticle.path, pubDelete.path, massDelete.path, "/cgi-bin/*"}
		s.must(s.we.Inject(standin.Fault{Path: paths[dice.IntN(len(paths))], Kind: kinds[dice.IntN(len(kinds))], Nth: 1 + dice.IntN(3), Times: 1 + dice.IntN(2)}))
	}
	if mode == modeMass && dice.IntN(3) == 0 {
		s.must(s.we.RequireConfirm(account, true))
	}
	s.e = s.edition(1 + dice.IntN(3))
	s.a = s.memory.Open(press.Publish, s.e)
	return s
}

// human is something that a person does in the console; what is not there to be done is not done.
func (s *storm) human() {
	drafts := s.we.Drafts()
	for _, m := range s.we.Waiting() {
		s.must(s.we.ConfirmMass(account, m.MsgID, s.dice.IntN(4) > 0))
	}
	if len(drafts) == 0 {
		return
	}
	id := drafts[s.dice.IntN(len(drafts))].MediaID
	switch s.dice.IntN(6) { // under review, a draft cannot be touched: the error is the console's
	case 0:
		_ = s.we.EditDraft(account, id, standin.Edit{Find: "依法", Put: "依"})
	case 1:
		_ = s.we.DeleteDraft(account, id)
	case 2:
		if !s.sent {
			s.sent = s.we.PublishDraft(account, id) == nil
		}
	}
}

func (s *storm) round() {
	if s.dice.IntN(3) == 0 {
		s.c = s.open()
	}
	r, err := s.deliver(s.a)
	wait := time.Duration(1+s.dice.IntN(300)) * time.Second
	switch {
	case err != nil:
		s.a.Attempt++
		if t := press.TroubleOf(err); t.When.After(s.clock()) && s.dice.IntN(2) == 0 {
			wait = t.When.Sub(s.clock())
		}
	case r.Status == press.Absent: // given up: the ledger composes the copies anew
		s.a = s.memory.Open(press.Publish, s.e)
	case r.Again.After(s.clock()) && s.dice.IntN(3) > 0:
		wait = r.Again.Sub(s.clock())
	}
	s.advance(wait)
	if s.dice.IntN(8) == 0 {
		s.human()
	}
	if s.dice.IntN(25) == 0 {
		s.a.LookOnly = !s.a.LookOnly // it is held back, or released
	}
}

// twice is what must never be: two readable articles with one marker, or one that was not approved.
func (s *storm) twice() string {
	for _, e := range s.e.Entries {
		live := 0
		for _, a := range s.we.Articles() {
			if markerIn(a.Marker) == e.Copy.Marker && !a.Deleted {
				live++
			}
		}
		if live > 1 {
			return fmt.Sprintf("%s is live %d times", e.Copy.Marker, live)
		}
	}
	return ""
}

// Whatever the network, the platform and people in the console do: no marker has more than one live article, and what was withdrawn ends withdrawn
// or is a person's.
func TestNoStormPublishesTwice(t *testing.T) {
	seeds := uint64(150)
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newStorm(t, seed)
			for n := range 40 {
				s.round()
				if wrong := s.twice(); wrong != "" {
					t.Fatalf("after %d rounds: %s\n%s", n+1, wrong, s.story())
				}
			}
			s.we.ClearFaults()
			s.withdrawn(t)
		})
	}
}

// withdrawn takes everything back in the end, without faults.
func (s *storm) withdrawn(t *testing.T) {
	s.advance(25 * time.Hour)
	es := s.memory.Open(press.Publish, s.e).Edition.Entries
	es = slices.DeleteFunc(es, func(e press.Entry) bool { return e.Copy.Ref == "" }) // nothing of it was ever known to be out there
	if len(es) == 0 {
		return
	}
	r, err := s.withdraw(es...)
	if err != nil || r.Status != press.Gone && r.Status != press.NeedsHand {
		t.Fatalf("the withdrawal ends %s %s %v\n%s", r.Status, r.Note, err, s.story())
	}
	for i, e := range es {
		if _, live := s.article(e.Copy.Marker); live && r.Parts[i].Status == press.Gone {
			t.Errorf("article %d is called gone and is live\n%s", i+1, s.story())
		}
	}
}

// story is what happened out there.
func (s *storm) story() (text string) {
	for _, e := range s.we.Effects() {
		text += fmt.Sprintf("%s %s %s %s %s\n", e.At.Format(time.TimeOnly), e.Kind, e.Path, e.Ref, e.Result)
	}
	return s.conf.Mode + "\n" + text
}
