package standin

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ErrNoSuch is wrapped by the human acts when what they name does not exist.
var ErrNoSuch = errors.New("no such thing in the stand-in")

// Edit is what a human changes in one article. Nil and empty fields stay as they are.
type Edit struct {
	Index     int     `json:"index"` // of the article in a draft, from 0
	Title     *string `json:"title"`
	Content   *string `json:"content"` // HTML; the console cleans it as the API does
	Digest    *string `json:"digest"`
	SourceURL *string `json:"content_source_url"`
	Find      string  `json:"find"` // replaced by Put wherever it stands in the content
	Put       string  `json:"put"`

	ConsoleOnly *bool `json:"console_only"` // drafts: with a feature only the console can publish (submit: 53504)
	AutoSaved   *bool `json:"auto_saved"`   // drafts: saved by the console, not by the human (submit: 53505, sendall: 48021)
}

// dataAttribute is one data-* attribute of a stored content; ownAttribute is one that belongs to a picture.
var (
	dataAttribute = regexp.MustCompile(` data-[a-z0-9-]+="[^"]*"`)
	ownAttribute  = regexp.MustCompile(`^ data-(src|type|ratio|w)=`)
)

// apply makes the edit on p, or changes nothing.
func (w *WeChat) apply(p *piece, e Edit) error {
	content := p.Content
	if e.Content != nil {
		clean, err := w.cleaner().clean(*e.Content)
		if err != nil {
			return fmt.Errorf("edit content: %w", err)
		}
		content = clean
	}
	if e.Find != "" {
		if !strings.Contains(content, e.Find) {
			return fmt.Errorf("edit content: find %q: %w", e.Find, ErrNoSuch)
		}
		content = strings.ReplaceAll(content, e.Find, e.Put)
	}
	if w.o.Switch.EditDropsData {
		content = dataAttribute.ReplaceAllStringFunc(content, func(a string) string {
			if ownAttribute.MatchString(a) {
				return a
			}
			return ""
		})
	}
	p.Content = content
	for _, f := range []struct {
		to   *string
		from *string
	}{{&p.Title, e.Title}, {&p.Digest, e.Digest}, {&p.SourceURL, e.SourceURL}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	return nil
}

// human locks the world and finds the account; with one account the appid may be empty.
func (w *WeChat) human(appid string) (*account, time.Time, error) {
	now := w.enter()
	if appid == "" && len(w.o.Accounts) == 1 {
		appid = w.o.Accounts[0].AppID
	}
	a := w.world.Accounts[appid]
	if a == nil {
		w.mu.Unlock()
		return nil, now, fmt.Errorf("account %q: %w", appid, ErrNoSuch)
	}
	return a, now, nil
}

// onDraft lets act work on a draft of the box.
func (w *WeChat) onDraft(appid, mediaID, kind string, act func(*account, *draft, time.Time) error) error {
	a, now, err := w.human(appid)
	if err != nil {
		return err
	}
	defer w.mu.Unlock()
	d, ok := a.Drafts.get(mediaID)
	if !ok || d.InReview {
		return fmt.Errorf("draft %q: %w", mediaID, ErrNoSuch)
	}
	if err := act(a, d, now); err != nil {
		return err
	}
	w.touch("draft", a.AppID, mediaID)
	w.record(Effect{At: now, AppID: a.AppID, Kind: "human-" + kind, Path: "human", Ref: mediaID, of: d.Pieces})
	return nil
}

// EditDraft changes a draft in the console.
func (w *WeChat) EditDraft(appid, mediaID string, e Edit) error {
	return w.onDraft(appid, mediaID, "edit-draft", func(_ *account, d *draft, now time.Time) error {
		if e.Index < 0 || e.Index >= len(d.Pieces) {
			return fmt.Errorf("article %d of draft %q: %w", e.Index, mediaID, ErrNoSuch)
		}
		if err := w.apply(d.Pieces[e.Index], e); err != nil {
			return err
		}
		if e.ConsoleOnly != nil {
			d.OnlyHere = *e.ConsoleOnly
		}
		d.AutoSaved = e.AutoSaved != nil && *e.AutoSaved // saving by hand ends it
		d.Updated = now
		return nil
	})
}

// DeleteDraft throws a draft away in the console.
func (w *WeChat) DeleteDraft(appid, mediaID string) error {
	return w.onDraft(appid, mediaID, "delete-draft", func(a *account, d *draft, _ time.Time) error {
		w.takeDraft(a, d.MediaID)
		return nil
	})
}

// PublishDraft presses 发布 in the console: the articles are public at once and freepublish lists them, but there is no publish_id.
func (w *WeChat) PublishDraft(appid, mediaID string) error {
	return w.onDraft(appid, mediaID, "publish", func(a *account, d *draft, now time.Time) error {
		w.takeDraft(a, d.MediaID)
		w.makePublic(a, w.mid(), now, d.Pieces, false)
		return nil
	})
}

// MassSendDraft presses 群发 in the console: it spends the period's mass message, and no interface lists the articles. It fails when the
// period has no mass message left.
func (w *WeChat) MassSendDraft(appid, mediaID string) error {
	return w.onDraft(appid, mediaID, "mass", func(a *account, d *draft, now time.Time) error {
		if !w.mayPush(a, now) {
			return errors.New("no mass message left in this period")
		}
		w.push(a, d, "human", "", now, false)
		return nil
	})
}

// onPost lets act work on a public article named by its link or page id.
func (w *WeChat) onPost(article, kind string, act func(*post, *piece) error) error {
	now := w.enter()
	defer w.mu.Unlock()
	at := w.findPage(article)
	if at == nil || at.post == nil {
		return fmt.Errorf("article %q: %w", article, ErrNoSuch)
	}
	if err := act(at.post, at.piece); err != nil {
		return err
	}
	at.post.Updated = now
	w.touchPost(at.acc, at.post)
	w.mark(at)
	w.record(Effect{
		At: now, AppID: at.acc.AppID, Kind: "human-" + kind, Path: "human", Ref: at.piece.PageID, of: []*piece{at.piece},
	})
	return nil
}

// EditArticle makes the small correction that the console permits on a published article.
func (w *WeChat) EditArticle(article string, e Edit) error {
	return w.onPost(article, "edit-article", func(_ *post, p *piece) error {
		if err := w.apply(p, e); err != nil {
			return err
		}
		p.EditedByHand = true
		return nil
	})
}

// DeleteArticle deletes a published article in the console: readers find 该内容已被发布者删除.
func (w *WeChat) DeleteArticle(article string) error {
	return w.onPost(article, "delete-article", func(_ *post, p *piece) error {
		p.Deleted = true
		return nil
	})
}

// BanArticle is the platform's act: readers find 此内容因违规无法查看, and a post without another article has publish_status 6.
func (w *WeChat) BanArticle(article string) error {
	return w.onPost(article, "ban-article", func(_ *post, p *piece) error {
		p.Banned = true
		return nil
	})
}

// Decide settles how the next submissions and mass messages of an account end, one outcome each; afterwards they succeed again.
func (w *WeChat) Decide(appid string, outcomes ...Outcome) error {
	for _, o := range outcomes {
		if o.Status != statusPublished && (o.Status < statusOriginal || o.Status > statusRefused) {
			return fmt.Errorf("outcome %d: want 0, 2, 3 or 4", o.Status)
		}
	}
	return w.change(appid, func(a *account) { a.Next = append(a.Next, outcomes...) })
}

// ConfirmMass is the administrator's answer to a mass message that waits for her.
func (w *WeChat) ConfirmMass(appid string, msgID int64, yes bool) error {
	a, now, err := w.human(appid)
	if err != nil {
		return err
	}
	defer w.mu.Unlock()
	m, ok := a.Masses.get(strconv.FormatInt(msgID, 10))
	if !ok || !m.Waiting {
		return fmt.Errorf("waiting mass message %d: %w", msgID, ErrNoSuch)
	}
	w.decideMass(a, m, yes, massRefused, now)
	w.touch("account", a.AppID, "")
	return nil
}

// WaitingMass is a mass message that waits for the administrator.
type WaitingMass struct {
	AppID  string    `json:"appid"`
	MsgID  int64     `json:"msg_id"`
	Titles []string  `json:"titles"`
	Until  time.Time `json:"until"` // silence until then refuses it
}

// Waiting returns the mass messages that wait for an administrator, account by account, in the order in which they came.
func (w *WeChat) Waiting() []WaitingMass {
	w.enter()
	defer w.mu.Unlock()
	out := []WaitingMass{}
	for _, appid := range w.appids() {
		for _, m := range w.world.Accounts[appid].Masses.List {
			if !m.Waiting {
				continue
			}
			one := WaitingMass{AppID: appid, MsgID: m.ID, Until: m.Sent.Add(adminPatience)}
			for _, p := range m.Draft.Pieces {
				one.Titles = append(one.Titles, p.Title)
			}
			out = append(out, one)
		}
	}
	return out
}

// RequireConfirm switches 群发保护: mass messages to everybody wait for the administrator (89505) and fail after 30 minutes.
func (w *WeChat) RequireConfirm(appid string, on bool) error {
	return w.change(appid, func(a *account) { a.AdminConfirm = on })
}

// SetPower gives or takes the publish and the mass capability; nil leaves one as it is.
func (w *WeChat) SetPower(appid string, publish, mass *bool) error {
	return w.change(appid, func(a *account) {
		if publish != nil {
			a.Publish = publish
		}
		if mass != nil {
			a.Mass = mass
		}
	})
}

// AllowIP adds an address or a CIDR range to an account's allow-list, and confirms it where RequireIPConfirm asks for that. It
// does not close a list that Account.AllowIPs leaves open.
func (w *WeChat) AllowIP(appid, ip string) error {
	if _, err := netip.ParseAddr(ip); err != nil {
		if _, err := netip.ParsePrefix(ip); err != nil {
			return fmt.Errorf("allow %q: want an address or a CIDR range", ip)
		}
	}
	return w.change(appid, func(a *account) { a.Admitted = append(a.Admitted, ip) })
}

// RequireIPConfirm switches the administrator's check of new addresses: a token call from one that AllowIP has not named answers 89503.
func (w *WeChat) RequireIPConfirm(appid string, on bool) error {
	return w.change(appid, func(a *account) { a.ConfirmIPs = on })
}

// ExpireTokens ends the life of an account's tokens before their time: every call with one answers 42001.
func (w *WeChat) ExpireTokens(appid string) error {
	return w.change(appid, w.expireTokens)
}

func (w *WeChat) expireTokens(a *account) {
	now := w.now()
	for value, t := range w.world.Tokens {
		if t.AppID == a.AppID && now.Before(t.Expires) {
			t.Expires = now
			w.touch("token", "", value)
		}
	}
}

// StealTokens is another program with the same secret that forces new tokens of both families: the ones in use answer 40001.
func (w *WeChat) StealTokens(appid string) error {
	return w.change(appid, w.stealTokens)
}

func (w *WeChat) stealTokens(a *account) {
	for _, current := range []*string{&a.Classic, &a.Stable} {
		w.supersede(*current, w.now())
		*current = w.issue(a, w.now())
	}
}

// StealClassic is another program with the same secret that asks for a classic token, as it may at any time: the one in use has five minutes
// left, and nobody is told. Stable tokens do not notice.
func (w *WeChat) StealClassic(appid string) error { return w.change(appid, w.stealClassic) }

func (w *WeChat) stealClassic(a *account) {
	w.supersede(a.Classic, w.now().Add(tokenGrace))
	a.Classic = w.issue(a, w.now())
}

// ban is an administrator's refusal of an address.
type ban struct {
	Code  int
	Until time.Time
}

// RefuseIP is the administrator's no to an address that RequireIPConfirm asks about: token calls from there answer 89507 for an hour or, if
// forDay, 89506 for a day; then 89503 again.
func (w *WeChat) RefuseIP(appid, ip string, forDay bool) error {
	return w.change(appid, func(a *account) {
		no := ban{89507, w.now().Add(time.Hour)}
		if forDay {
			no = ban{89506, w.now().Add(24 * time.Hour)}
		}
		if a.RefusedIPs == nil {
			a.RefusedIPs = map[string]ban{}
		}
		a.RefusedIPs[ip] = no
	})
}

// SetReview changes how long the jobs of an account take from now on, also after a restart with another Options.Review.
func (w *WeChat) SetReview(appid string, d time.Duration) error {
	return w.change(appid, func(a *account) { d := max(d, 0); a.Review = &d })
}

// PinMaterial uses a material in the menu, so that it cannot be deleted (48005), or no longer.
func (w *WeChat) PinMaterial(appid, mediaID string, on bool) error {
	a, _, err := w.human(appid)
	if err != nil {
		return err
	}
	defer w.mu.Unlock()
	m, ok := a.Materials.get(mediaID)
	if !ok {
		return fmt.Errorf("material %q: %w", mediaID, ErrNoSuch)
	}
	m.Pinned = on
	w.touch("material", a.AppID, m.ID)
	return nil
}

// Remark is a reader's comment under an article that is open for them.
func (w *WeChat) Remark(article, text string) error {
	return w.onPost(article, "remark", func(_ *post, p *piece) error {
		if p.Comments == 0 {
			return errors.New("comments are closed")
		}
		p.Remarks = append(p.Remarks, &remark{ID: w.seq(), Text: text, At: w.now()})
		return nil
	})
}

// Read says how often an article was read on a day of Beijing, written 2006-01-02.
func (w *WeChat) Read(article, date string, times int) error {
	return w.onPost(article, "read", func(_ *post, p *piece) error {
		if p.Reads == nil {
			p.Reads = map[string]int{}
		}
		p.Reads[date] = times
		return nil
	})
}

// SetSkew puts the Date header of every reply off by d.
func (w *WeChat) SetSkew(d time.Duration) { w.set(func() { w.world.Skew = d }) }

// change works on an account without an effect on the outside.
func (w *WeChat) change(appid string, act func(*account)) error {
	a, _, err := w.human(appid)
	if err != nil {
		return err
	}
	defer w.mu.Unlock()
	act(a)
	w.touch("account", a.AppID, "")
	return nil
}

// CallFrom makes every later call seem to come from ip; empty shows the real addresses again.
func (w *WeChat) CallFrom(ip string) { w.set(func() { w.world.CallerIP = ip }) }

// SetCaptcha switches the check 环境异常 before every article page.
func (w *WeChat) SetCaptcha(on bool) { w.set(func() { w.world.Captcha = on }) }

// Travel moves the stand-in's clock by d against Options.Now, on top of earlier travels, and finishes what has become due.
func (w *WeChat) Travel(d time.Duration) {
	w.set(func() {
		w.world.Offset += d
		w.settle(w.now())
	})
}

func (w *WeChat) set(act func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	act()
	w.touch("head", "", "")
}
