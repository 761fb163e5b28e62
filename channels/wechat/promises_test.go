package wechat

import (
	"context"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/press"
	"tongfa/standin"
)

// attended is the account with the person who sits beside it: she publishes the drafts that are left to her, and pastes the links that no
// interface tells. It has no survey, as a survey is not complete where a person sends to the followers.
type attended struct {
	channels.Channel
	channels.Withdrawer
	channels.GivingUp
	channels.Corrector
	channels.Observer
	channels.Limiter
	w *office
}

func (p attended) Publish(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	r, err := p.Channel.Publish(ctx, a, j)
	return p.help(ctx, a, j, r, err)
}

func (p attended) Lookup(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	r, err := p.Channel.Lookup(ctx, a, j)
	return p.help(ctx, a, j, r, err)
}

func (p attended) help(ctx context.Context, a press.Act, j channels.Journal, r press.Receipt, err error) (press.Receipt, error) {
	if err != nil || a.Verb != press.Publish {
		return r, err
	}
	ref := parseReference(r.Ref)
	if r.Status == press.NeedsHand && ref.kind == refDraft && p.w.we.PublishDraft(account, ref.id) == nil {
		p.w.advance(listFresh) // she takes her time, and lists are read anew
		return p.Channel.Lookup(ctx, a, j)
	}
	for i, part := range r.Parts {
		if live, ok := p.w.article(a.Edition.Entries[i].Copy.Marker); ok && part.Status == press.Live && part.URL == "" {
			r.Parts[i].URL = live.URL
		}
	}
	return r, nil
}

func world(t *testing.T, mode string, dial bool, change ...setup) channeltest.World {
	w := newOffice(t, mode, change...)
	w.line.dial = dial
	var c channels.Channel = w.c
	if mode != modePublish {
		c = attended{w.c, w.c, w.c, w.c, w.c, w.c, w}
	}
	return channeltest.World{
		Channel: c, Memory: w.memory, Most: 3, Edition: w.edition, Effects: w.out,
		Public: func(marker string) (string, bool) {
			a, ok := w.article(marker)
			if !ok {
				return "", false
			}
			return contentOf(t, w.page(a.URL)), true
		},
		Tamper: func(t *testing.T, marker string) {
			a, _ := w.article(marker)
			w.must(w.we.EditArticle(a.URL, standin.Edit{Find: "依法依规推进", Put: "加快推进"}))
		},
		Remove: func(t *testing.T, marker string) {
			a, _ := w.article(marker)
			w.must(w.we.DeleteArticle(a.URL))
		},
		Stranger: func(*testing.T) string {
			w.must(w.we.PublishDraft(account, w.stranger()))
			return strange
		},
		Break:      func(k channeltest.Fault) { w.line.breakAfter(k, 0) },
		BreakAfter: w.line.breakAfter,
		Calls:      w.line.count,
		Advance:    func(d time.Duration) { w.advance(d) },
		MaxLooks:   3,
	}
}

func TestAnAccountThatPublishesKeepsThePromises(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.World { return world(t, modePublish, false) })
}

func TestAnAccountWithoutConnectionKeepsThePromises(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.World { return world(t, modePublish, true) })
}

func TestAnAccountWhoseDraftsAPersonPublishesKeepsThePromises(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.World { return world(t, modeDraft, false) })
}

func TestAnAccountThatSendsToFollowersKeepsThePromises(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.World { return world(t, modeMass, false) })
}

func TestAnAccountOnASlowPlatformKeepsThePromises(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.World {
		return world(t, modePublish, false, setup{standin: func(o *standin.Options) {
			o.Switch = standin.Switches{DraftLeavesLate: true, StringIDs: true, StrictNumbers: true, LongURLs: true, RefuseForeignLinks: true}
		}})
	})
}
