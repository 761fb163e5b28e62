package standin

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"
)

// The reading statistics (数据统计): what the new interfaces of /datacube/ tell about everything that was made public, by whomever. They are the
// only ones that know what a human pushed, and not before the next day.

const (
	dataHour    = 8 // o'clock, when yesterday is ready
	dataLeast   = 3 // fewer reads are not counted
	detailDays  = 30
	firstRecord = "2025-11-01"
)

// period reads and checks the dates of a call: 61500 for their form, 61501 for their range, 61503 when yesterday is not ready.
func (c *call) period(longest int) (begin, end time.Time, no *refusal) {
	var in struct {
		Begin string `json:"begin_date"`
		End   string `json:"end_date"`
	}
	if no := c.decode(&in); no != nil {
		return begin, end, no
	}
	begin, err := time.ParseInLocation(time.DateOnly, in.Begin, beijing)
	end, err2 := time.ParseInLocation(time.DateOnly, in.End, beijing)
	if err != nil || err2 != nil {
		return begin, end, refuse(61500, "date format error")
	}
	yesterday := day(c.time.AddDate(0, 0, -1))
	if end.Before(begin) || in.End > yesterday || in.Begin < c.o.DataFrom || int(end.Sub(begin).Hours())/24 >= longest {
		return begin, end, refuse(61501, "date range error")
	}
	if in.End == yesterday && c.time.In(beijing).Hour() < dataHour {
		return begin, end, refuse(61503, "data not ready")
	}
	return begin, end, nil
}

// public lists what the account ever made public.
func (a *account) public() []*post { return slices.Concat(a.Posts.List, a.Pushed.List) }

// reads is how often an article was read on a day: as a human said, or a number that always is the same.
func (one *piece) reads(date string) int {
	if n, ok := one.Reads[date]; ok {
		return n
	}
	h := fnv.New32a()
	fmt.Fprint(h, one.PageID, date)
	return int(h.Sum32() % 400)
}

func rowID(p *post, i int) string { return fmt.Sprintf("%d_%d", p.Mid, i+1) }

// articleRead tells what was read on one day.
func (c *call) articleRead() (fields, *refusal) {
	return c.dailyRows(func(n int) fields {
		return fields{"read_user": n, "read_user_source": []any{fields{"scene_desc": "全部", "user_count": n}}}
	})
}

// articleShare tells what was shared on one day.
func (c *call) articleShare() (fields, *refusal) {
	return c.dailyRows(func(n int) fields { return fields{"share_user": n / 20} })
}

func (c *call) dailyRows(detail func(reads int) fields) (fields, *refusal) {
	begin, _, no := c.period(1)
	if no != nil {
		return nil, no
	}
	rows, date := []any{}, day(begin)
	for _, p := range c.acc.public() {
		for i, one := range p.Pieces {
			if n := one.reads(date); day(p.At) <= date && n >= dataLeast {
				rows = append(rows, fields{"ref_date": date, "msgid": rowID(p, i), "detail": detail(n)})
			}
		}
	}
	return fields{"list": rows, "is_delay": false}, nil
}

// articleTotalDetail tells everything that was made public within the dates, with the sums of every day since.
func (c *call) articleTotalDetail() (fields, *refusal) {
	begin, end, no := c.period(1)
	if no != nil {
		return nil, no
	}
	rows := []any{}
	for _, p := range c.acc.public() {
		if d := day(p.At); d < day(begin) || d > day(end) {
			continue
		}
		kind := 1
		if p.Pushed {
			kind = 0
		}
		for i, one := range p.Pieces {
			rows = append(rows, fields{
				"ref_date": day(p.At), "msgid": rowID(p, i), "publish_type": kind, "title": one.Title,
				"content_url": c.pageURL(c.acc, p, i, one), "detail_list": c.details(p, one),
			})
		}
	}
	return fields{"list": rows, "is_delay": c.time.In(beijing).Hour() < dataHour+2 && day(end) == day(c.time.AddDate(0, 0, -1))}, nil
}

func (c *call) details(p *post, one *piece) []any {
	out, sum := []any{}, 0
	for at, n := p.At, 0; day(at) < day(c.time) && n < detailDays; at, n = at.AddDate(0, 0, 1), n+1 {
		if sum += one.reads(day(at)); sum >= dataLeast {
			out = append(out, fields{"stat_date": day(at), "read_user": sum, "share_user": sum / 20, "like_user": sum / 50, "comment_count": len(one.Remarks)})
		}
	}
	return out
}

// bizSummary tells the sums of each day of at most thirty.
func (c *call) bizSummary() (fields, *refusal) {
	begin, end, no := c.period(30)
	if no != nil {
		return nil, no
	}
	rows := []any{}
	for at := begin; !at.After(end); at = at.AddDate(0, 0, 1) {
		sum := 0
		for _, p := range c.acc.public() {
			for _, one := range p.Pieces {
				if day(p.At) <= day(at) {
					sum += one.reads(day(at))
				}
			}
		}
		rows = append(rows, fields{"ref_date": day(at), "read_user": sum, "share_user": sum / 20})
	}
	return fields{"list": rows, "is_delay": false}, nil
}

// remark is what a reader wrote under an article.
type remark struct {
	ID      int64
	Text    string
	At      time.Time
	Elected bool
	Reply   string
}

// commented finds the article that a comment call means: 88001 when there is none, 88000 without the right.
func (c *call) commented(into *commentBody) (*post, *piece, *refusal) {
	if no := c.decode(into); no != nil {
		return nil, nil, no
	}
	if c.acc.NoComments {
		return nil, nil, refuse(88000, "without comment privilege")
	}
	p := c.acc.byMid[into.Data.n]
	if p == nil || into.Index < 0 || into.Index >= len(p.Pieces) {
		return nil, nil, refuse(88001, "msg_data is not exists")
	}
	return p, p.Pieces[into.Index], nil
}

type commentBody struct {
	Data    number `json:"msg_data_id"`
	Index   int    `json:"index"` // from 0
	Begin   int    `json:"begin"`
	Count   int    `json:"count"`
	Type    int    `json:"type"` // 0 all, 1 ordinary, 2 elected
	Comment number `json:"user_comment_id"`
	Content string `json:"content"`
}

func (c *call) commentOpen() (fields, *refusal) { return c.setComments(1) }

func (c *call) commentClose() (fields, *refusal) { return c.setComments(0) }

func (c *call) setComments(on int64) (fields, *refusal) {
	p, one, no := c.commented(new(commentBody))
	if no != nil {
		return nil, no
	}
	one.Comments = on
	c.touchPost(c.acc, p)
	c.record(Effect{Kind: "comments", Ref: p.ArticleID, Result: fmt.Sprintf("open %d", on), of: []*piece{one}})
	return done(), nil
}

// commentList lists the remarks, the newest first; its total is known to be wrong.
func (c *call) commentList() (fields, *refusal) {
	var in commentBody
	_, one, no := c.commented(&in)
	if no != nil {
		return nil, no
	}
	if in.Count < 1 || in.Count >= 50 || in.Begin < 0 {
		return nil, refuse(88010, "count range error")
	}
	items := []any{}
	for i := len(one.Remarks) - 1 - in.Begin; i >= 0 && len(items) < in.Count; i-- {
		r := one.Remarks[i]
		if in.Type == 1 && r.Elected || in.Type == 2 && !r.Elected {
			continue
		}
		item := fields{"user_comment_id": r.ID, "openid": senderID, "create_time": r.At.Unix(), "content": r.Text, "comment_type": r.elected()}
		if r.Reply != "" {
			item["reply"] = fields{"content": r.Reply, "create_time": r.At.Unix()}
		}
		items = append(items, item)
	}
	out := done()
	out["total"], out["comment_cnt"], out["comment"] = len(items), len(one.Remarks), items
	return out, nil
}

func (r *remark) elected() int {
	if r.Elected {
		return 1
	}
	return 0
}

func (c *call) commentElect() (fields, *refusal) {
	return c.onRemark(func(r *remark, _ string) *refusal { r.Elected = true; return nil })
}

func (c *call) commentUnelect() (fields, *refusal) {
	return c.onRemark(func(r *remark, _ string) *refusal { r.Elected = false; return nil })
}

func (c *call) commentReply() (fields, *refusal) {
	return c.onRemark(func(r *remark, text string) *refusal {
		if r.Reply != "" {
			return refuse(88005, "already reply")
		}
		r.Reply = text
		return nil
	})
}

func (c *call) commentUnreply() (fields, *refusal) {
	return c.onRemark(func(r *remark, _ string) *refusal { r.Reply = ""; return nil })
}

func (c *call) commentDelete() (fields, *refusal) {
	return c.onRemark(func(r *remark, _ string) *refusal { r.ID = 0; return nil })
}

// onRemark changes one remark; one that loses its ID is gone.
func (c *call) onRemark(do func(*remark, string) *refusal) (fields, *refusal) {
	var in commentBody
	p, one, no := c.commented(&in)
	if no != nil {
		return nil, no
	}
	i := slices.IndexFunc(one.Remarks, func(r *remark) bool { return r.ID == in.Comment.n })
	if i < 0 {
		return nil, refuse(88008, "comment is not exists")
	}
	if no := do(one.Remarks[i], in.Content); no != nil {
		return nil, no
	}
	one.Remarks = slices.DeleteFunc(one.Remarks, func(r *remark) bool { return r.ID == 0 })
	c.touchPost(c.acc, p)
	return done(), nil
}
