package standin

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

const (
	clientIDLife  = 24 * time.Hour   // how long a clientmsgid is remembered
	clientIDRetry = time.Minute      // 45066 before, 45065 after
	adminPatience = 30 * time.Minute // an administrator who is silent for longer refuses
	serviceMonth  = 4                // mass messages of a 服务号 in a calendar month
	ordinaryDay   = 1                // mass messages of a 订阅号 in a day
)

// mass is one accepted mass message.
type mass struct {
	ID, Mid  int64
	MediaID  string
	Draft    *draft
	Sent     time.Time // accepted at
	Due      time.Time // ends at
	Ends     int
	Status   string // SENDING, SEND_SUCCESS, SEND_FAIL
	Waiting  bool   // for the administrator
	ClientID string
	Err      int  // why it fails: err(n)
	Fate     fate // what happens to its callback
}

func (m *mass) key() string { return strconv.FormatInt(m.ID, 10) }

func (w *WeChat) touchMass(a *account, m *mass) { w.touch("mass", a.AppID, m.key()) }

func (c *call) massSendall() (fields, *refusal) {
	in, no := c.massBody()
	if no != nil {
		return nil, no
	}
	if no := c.repeated(in.ClientID); no != nil {
		return nil, no
	}
	d, no := c.ready(in.News.MediaID, 48021)
	if no != nil {
		return nil, no
	}
	if in.ClientID == "" { // derived from audience and content
		in.ClientID = derivedID(in, d)
		if no := c.repeated(in.ClientID); no != nil {
			return nil, no
		}
	}
	if !c.mayPush(c.acc, c.time) {
		return nil, refuse(45028, "has no masssend quota")
	}
	m := c.push(c.acc, d, c.r.URL.Path, in.ClientID, c.time, in.Filter.All && c.acc.AdminConfirm)
	if m.Waiting {
		return nil, &refusal{code: 89505, msg: "waiting for the administrator to confirm", more: c.massIDs(m)}
	}
	out := c.massIDs(m)
	out["errcode"], out["errmsg"] = 0, "send job submission success"
	return out, nil
}

// massBody is what sendall takes; only mpnews are imitated.
type massBody struct {
	Filter struct {
		All bool `json:"is_to_all"`
		Tag *any `json:"tag_id"`
	} `json:"filter"`
	News struct {
		MediaID string `json:"media_id"`
	} `json:"mpnews"`
	Type     string `json:"msgtype"`
	ClientID string `json:"clientmsgid"`
}

func (c *call) massBody() (massBody, *refusal) {
	var in massBody
	if no := c.decode(&in); no != nil {
		return in, no
	}
	switch {
	case in.Type != "mpnews":
		return in, refuse(40008, "invalid message type")
	case len(in.ClientID) > c.o.ClientMsgMax:
		return in, refuse(45067, "clientmsgid size out of limit")
	case in.Filter.All && in.Filter.Tag == nil && !c.o.Switch.TagOptional:
		return in, refuse(40152, "invalid tag id")
	case !in.Filter.All && (in.Filter.Tag == nil || *in.Filter.Tag == ""):
		return in, refuse(40152, "invalid tag id")
	}
	return in, nil
}

func derivedID(in massBody, d *draft) string {
	h := sha256.New()
	if !in.Filter.All {
		h.Write(encode(in.Filter.Tag))
	}
	for _, p := range d.Pieces {
		h.Write([]byte(p.Title + "\x00" + p.Content + "\x00"))
	}
	return "derived:" + hex.EncodeToString(h.Sum(nil))
}

// repeated refuses a clientmsgid of the last 24 hours and tells the message it already made: 45066 in the first minute, 45065 after it, 89504
// while the administrator is thinking.
func (c *call) repeated(clientID string) *refusal {
	m, ok := c.acc.Masses.get(c.acc.ClientIDs[clientID])
	if !ok || clientID == "" || c.time.Sub(m.Sent) >= clientIDLife {
		return nil
	}
	switch {
	case m.Waiting:
		return &refusal{code: 89504, msg: "the mass message is under approval", more: c.massIDs(m)}
	case c.time.Sub(m.Sent) < clientIDRetry:
		return refuse(45066, "clientmsgid retried too fast, wait one minute")
	}
	return &refusal{code: 45065, msg: "clientmsgid exist", more: c.massIDs(m)}
}

func (c *call) massIDs(m *mass) fields {
	return fields{"msg_id": c.idOut(m.ID), "msg_data_id": c.idOut(m.Mid)}
}

// mayPush counts the successful and running mass messages of the period, the console's included.
func (w *WeChat) mayPush(a *account, now time.Time) bool {
	limit, period := a.MassPerDay, day
	if limit == 0 {
		limit = ordinaryDay
		if a.Service {
			limit, period = serviceMonth, month
		}
	}
	used := 0
	for i := len(a.Masses.List) - 1; i >= 0 && now.Sub(a.Masses.List[i].Sent) < 32*24*time.Hour; i-- {
		if m := a.Masses.List[i]; m.Status != "SEND_FAIL" && period(m.Sent) == period(now) {
			used++
		}
	}
	return limit < 0 || used < limit
}

// push accepts a mass message. While the administrator is asked, the draft stays in the box.
func (w *WeChat) push(a *account, d *draft, path, clientID string, now time.Time, ask bool) *mass {
	outcome := w.nextOutcome(a)
	m := &mass{
		ID: 1000000000 + w.seq(), Mid: w.mid(), MediaID: d.MediaID, Sent: now, Due: now.Add(outcome.After), Ends: outcome.Status,
		Status: "SENDING", Waiting: ask, ClientID: clientID, Err: outcome.Err, Fate: w.fate(a, massEvent),
		Draft: &draft{MediaID: d.MediaID, Pieces: copied(d.Pieces), Created: d.Created, Updated: d.Updated},
	}
	if m.Fate.Kind == "early" {
		m.Due = now
	}
	a.Masses.put(m)
	w.touchMass(a, m)
	if clientID != "" {
		a.ClientIDs[clientID] = m.key()
		w.touch("client", a.AppID, clientID)
	}
	w.record(Effect{At: now, AppID: a.AppID, Kind: "mass", Path: path, Ref: strconv.FormatInt(m.ID, 10), of: m.Draft.Pieces})
	if !ask {
		w.leaveBox(a, d, now)
	} else {
		d.InReview = true
		w.touch("draft", a.AppID, d.MediaID)
	}
	w.arrange(a, m)
	w.settle(now)
	return m
}

// arrange sets up the end of a mass message: of the administrator's patience, or of the push.
func (w *WeChat) arrange(a *account, m *mass) {
	switch {
	case m.Status != "SENDING":
	case m.Waiting:
		w.later(m.Sent.Add(adminPatience), func(at time.Time) {
			if m.Waiting {
				w.decideMass(a, m, false, massSilent, at)
			}
		})
	default:
		w.later(m.Due, func(at time.Time) { w.finishMass(a, m, m.Ends == statusPublished, at) })
	}
}

// decideMass carries out the administrator's answer.
func (w *WeChat) decideMass(a *account, m *mass, yes bool, reason int, at time.Time) {
	m.Waiting = false
	w.touchMass(a, m)
	if !yes {
		if d, ok := a.Drafts.get(m.MediaID); ok {
			d.InReview = false // nothing was sent: the draft is as before
			w.touch("draft", a.AppID, d.MediaID)
		}
		m.Status, m.Err = "SEND_FAIL", reason
		w.announce(a, massEvent, w.massNews(a, m, nil), m.Fate, at)
		w.record(Effect{At: at, AppID: a.AppID, Kind: "refused", Path: "administrator", Ref: strconv.FormatInt(m.ID, 10), of: m.Draft.Pieces})
		return
	}
	if d, ok := a.Drafts.get(m.MediaID); ok {
		w.leaveBox(a, d, at)
	}
	m.Due = at.Add(m.Due.Sub(m.Sent))
	w.arrange(a, m)
	w.settle(at)
}

// finishMass ends a push.
func (w *WeChat) finishMass(a *account, m *mass, ok bool, at time.Time) {
	w.finishBox(a, m.Draft, ok)
	var p *post
	e := Effect{At: at, AppID: a.AppID, Kind: "pushed", Path: "push", Ref: strconv.FormatInt(m.ID, 10), of: m.Draft.Pieces}
	if ok {
		m.Status = "SEND_SUCCESS"
		p = w.makePublic(a, m.Mid, at, m.Draft.Pieces, true)
	} else {
		m.Status, e.Kind = "SEND_FAIL", "refused"
	}
	w.record(e)
	w.announce(a, massEvent, w.massNews(a, m, p), m.Fate, at)
	m.Draft = nil
	w.touchMass(a, m)
}

// Reasons of a mass message that was not sent, as far as anybody remembers them.
const (
	massRefused = 40001 // by the administrator
	massSilent  = 40002 // the administrator did not answer
)

// pushedPost finds what a mass message made public.
func (a *account) pushedPost(mid int64) *post {
	if p := a.byMid[mid]; p != nil && p.Pushed {
		return p
	}
	return nil
}

func (c *call) massGet() (fields, *refusal) {
	var in struct {
		ID number `json:"msg_id"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	m, ok := c.acc.Masses.get(strconv.FormatInt(in.ID.n, 10))
	if !ok || c.time.Sub(m.Sent) < c.o.MassKnown {
		return nil, refuse(40059, "invalid msg id")
	}
	status := m.Status
	if p := c.acc.pushedPost(m.Mid); p != nil {
		if gone, banned := p.allGone(); gone && !banned {
			status = "DELETE"
		}
	}
	return fields{"msg_id": c.idOut(m.ID), "msg_status": status}, nil
}

// massDelete deletes what was pushed, by msg_id or url; article_idx counts from 1, 0 or none means all.
func (c *call) massDelete() (fields, *refusal) {
	var in struct {
		ID    number `json:"msg_id"`
		URL   string `json:"url"`
		Index int    `json:"article_idx"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	p := c.massTarget(in.ID, in.URL)
	if p == nil {
		return nil, refuse(40059, "invalid msg id")
	}
	if in.Index < 0 || in.Index > len(p.Pieces) {
		return nil, refuse(40060, "invalid article idx")
	}
	p.delete(in.Index, c.time)
	c.touchPost(c.acc, p)
	c.record(Effect{Kind: "article-delete", Ref: p.ArticleID, of: p.Pieces})
	return done(), nil
}

func (c *call) massTarget(id number, url string) *post {
	if id.set {
		if m, ok := c.acc.Masses.get(strconv.FormatInt(id.n, 10)); ok {
			return c.acc.pushedPost(m.Mid)
		}
		return nil
	}
	if at := c.findPage(url); at != nil && at.acc == c.acc && at.post != nil && at.post.Pushed {
		return at.post
	}
	return nil
}

// massPreview shows a draft to one person. It makes nothing public.
func (c *call) massPreview() (fields, *refusal) {
	var in struct {
		ToUser string `json:"touser"`
		ToName string `json:"towxname"`
		massBody
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	if in.ToUser == "" && in.ToName == "" {
		return nil, refuse(40003, "invalid openid")
	}
	if in.Type != "mpnews" {
		return nil, refuse(40008, "invalid message type")
	}
	d, no := c.draft(in.News.MediaID)
	if no != nil {
		return nil, no
	}
	c.record(Effect{Kind: "preview", Ref: d.MediaID, of: d.Pieces})
	return fields{"errcode": 0, "errmsg": "preview success", "msg_id": c.idOut(1000000000 + c.seq())}, nil
}
