package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
	"tongfa/workday"
)

// Annotation (标注) says of a document what became of its force.
type Annotation struct {
	Ref      string // id, external id, or document number
	Validity press.Validity
	By       string // what repealed or amended it
	URL      string // of that
	On       workday.Date
	Reason   string
}

// Annotated is what became of one Annotation. With a problem nothing was done for it.
type Annotated struct {
	Ref     string
	Item    press.ItemID
	Title   string
	Made    []string // channels that show it by themselves
	Hand    []string // channels where a person has to, or decides to leave it
	Problem string
}

// Annotate marks what is public as no longer in force, or as amended: each copy gets a remark, lists and catalogues show it at once, and
// the approved text stays what it is. Each line is done whole or not at all, and says what keeps it from being done; the others go on.
// means are the channels that can change what is public.
func (l *Ledger) Annotate(ctx context.Context, list []Annotation, means map[string]bool, who Who, now time.Time) (out []Annotated, err error) {
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		out = make([]Annotated, 0, len(list))
		seen := map[press.ItemID]bool{}
		for _, a := range list {
			x, err := l.annotate(ctx, tx, a, means, seen, who, now)
			if err != nil {
				return err
			}
			out = append(out, x)
		}
		return nil
	})
	return out, err
}

// PlanAnnotations tells what Annotate would come to now, line by line, and changes nothing.
func (l *Ledger) PlanAnnotations(ctx context.Context, list []Annotation, means map[string]bool, who Who) ([]Annotated, error) {
	out := make([]Annotated, 0, len(list))
	seen := map[press.ItemID]bool{}
	for _, a := range list {
		x, _, _, err := l.annotated(ctx, l.read, a, means, seen, who)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// annotate does one line. An error is of the ledger itself; what a person can mend is told as a problem, and is found before
// anything is written.
func (l *Ledger) annotate(ctx context.Context, tx *sql.Tx, a Annotation, means map[string]bool, seen map[press.ItemID]bool, who Who, now time.Time) (Annotated, error) {
	out, it, cs, err := l.annotated(ctx, tx, a, means, seen, who)
	if err != nil || out.Problem != "" {
		return out, err
	}
	return out, l.remarkOn(ctx, tx, it, cs, a, means, who, now)
}

// annotated is what one line comes to, with the copies that it is about.
func (l *Ledger) annotated(ctx context.Context, q querier, a Annotation, means map[string]bool, seen map[press.ItemID]bool, who Who) (out Annotated, it press.Item, cs []press.Copy, err error) {
	out.Ref = a.Ref
	if out.Problem = a.problem(); out.Problem != "" {
		return out, it, nil, nil
	}
	id, problem, err := l.findDocument(ctx, q, a.Ref)
	if err != nil || problem != "" {
		out.Problem = problem
		return out, it, nil, err
	}
	if it, err = l.item(ctx, q, id); err != nil {
		return out, it, nil, err
	}
	r, err := l.revision(ctx, q, id, it.Head)
	if err != nil {
		return out, it, nil, err
	}
	out.Item, out.Title = id, r.Title
	if cs, err = l.copies(ctx, q, id); err != nil {
		return out, it, nil, err
	}
	cs = slices.DeleteFunc(cs, func(c press.Copy) bool { return !c.State.Public() })
	_, refused := it.State.Move(press.Annotate, who.Role)
	switch {
	case refused != nil:
		out.Problem = refused.Error()
	case seen[id]:
		out.Problem = "这一篇在清单里已经出现过"
	case len(cs) == 0:
		out.Problem = "没有公开的副本，不需要标注"
	}
	if out.Problem != "" {
		return out, it, nil, nil
	}
	seen[id] = true
	for _, c := range cs {
		if means[c.Channel] {
			out.Made = append(out.Made, c.Channel)
		} else {
			out.Hand = append(out.Hand, c.Channel)
		}
	}
	return out, it, cs, nil
}

// problem is what is wrong with an annotation by itself.
func (a Annotation) problem() string {
	switch {
	case strings.TrimSpace(a.Ref) == "":
		return "没有写明是哪一篇"
	case !slices.Contains([]press.Validity{press.InForce, press.Expired, press.Repealed, press.Amended}, a.Validity):
		return fmt.Sprintf("有效性“%.20s”不对，应为：有效、失效、废止、已修改", a.Validity)
	case a.URL != "" && !public(a.URL):
		return fmt.Sprintf("网址“%.60s”不对，要写以 https:// 开头的完整网址", a.URL)
	}
	return ""
}

// Text is the remark as readers see it.
func (a Annotation) Text() string {
	var b strings.Builder
	b.WriteString("本文件")
	if !a.On.IsZero() {
		fmt.Fprintf(&b, "自%d年%d月%d日起", a.On.Year, a.On.Month, a.On.Day)
	}
	switch a.Validity {
	case press.InForce:
		b.WriteString("继续有效")
	case press.Expired:
		b.WriteString("失效")
	case press.Repealed:
		b.WriteString("废止")
	case press.Amended:
		b.WriteString("已作修改")
	}
	if a.By != "" {
		b.WriteString("，依据：" + a.By)
	}
	if a.Reason != "" {
		b.WriteString("。" + strings.TrimRight(a.Reason, "。"))
	}
	return b.String() + "。"
}

func (l *Ledger) remarkOn(ctx context.Context, tx *sql.Tx, it press.Item, cs []press.Copy, a Annotation, means map[string]bool, who Who, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO annotation (item, n, validity, text, url, at, by)
		SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4, $5, $6 FROM annotation WHERE item = $1`,
		it.ID, a.Validity, a.Text(), a.URL, now.UnixMicro(), who.Name)
	if err != nil {
		return fmt.Errorf("annotate %s: %w", it.ID, err)
	}
	err = note(ctx, tx, moved{item: it.ID, who: who, verb: string(press.Annotate), was: string(it.State), now: string(it.State),
		detail: strings.TrimSpace(a.Text() + " " + a.URL), at: now})
	if err != nil {
		return err
	}
	for _, c := range cs {
		if err := l.dropValidity(ctx, tx, c, now); err != nil {
			return err
		}
		m := amendment{verb: press.Annotate, reason: a.Text(),
			remark: press.Remark{Kind: press.RemarkValidity, Validity: a.Validity, Text: a.Text(), URL: a.URL, At: now}}
		if !means[c.Channel] {
			if m.way, m.task, err = l.byHand(ctx, tx, c, a); err != nil {
				return err
			}
		}
		if err := l.openAmendment(ctx, tx, c, m, now); err != nil {
			return err
		}
	}
	return l.show(ctx, tx, it.ID)
}

// dropValidity gives up what was to be said of a document's force before, and was not begun.
func (l *Ledger) dropValidity(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	acts, err := l.onCopy(ctx, tx, c)
	if err != nil {
		return err
	}
	for _, a := range acts {
		if a.verb != press.Annotate || !a.idle() {
			continue
		}
		var validity bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM remark WHERE act = $1 AND kind = 'validity')`, a.id).Scan(&validity); err != nil {
			return fmt.Errorf("read remark of act %d: %w", a.id, err)
		}
		if !validity {
			continue
		}
		if err := l.dropAct(ctx, tx, a.id, c, now); err != nil {
			return err
		}
	}
	return nil
}

// byHand is what a person is asked to do where no interface can remark on what is public.
func (l *Ledger) byHand(ctx context.Context, q querier, c press.Copy, a Annotation) (press.Way, string, error) {
	var kind string
	err := q.QueryRowContext(ctx, `SELECT kind FROM channel WHERE name = $1`, c.Channel).Scan(&kind)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("read kind of %s: %w", c.Channel, err)
	}
	what := "请在这个渠道的后台给这一篇加上说明"
	if kind == "wechat" {
		what = "公众号没有修改已发布文章的接口：请登录公众平台修改这一篇（文章和次数都有限制），加上说明"
	}
	return press.ByHand, fmt.Sprintf("%s：“%s”；做好后标记已完成，或者决定保留原样", what, a.Text()), nil
}

// annotateLate remarks on a copy that went out while the document was annotated: its page was written before.
func (l *Ledger) annotateLate(ctx context.Context, tx *sql.Tx, c press.Copy, now time.Time) error {
	var m press.Remark
	var at sql.NullInt64
	err := tx.QueryRowContext(ctx, `
		SELECT n.validity, n.text, n.url, n.at
		FROM annotation n
		WHERE n.item = $1 AND n.at >= (SELECT composed_at FROM edition WHERE key = $2)
			AND n.at > COALESCE((SELECT MAX(at) FROM remark WHERE copy = $3 AND kind = 'validity'), 0)
		ORDER BY n.n DESC
		LIMIT 1`, c.Item, c.Edition, c.ID).Scan(&m.Validity, &m.Text, &m.URL, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read annotations of %s: %w", c.Item, err)
	}
	m.Kind, m.At = press.RemarkValidity, l.moment(at)
	return l.openAmendment(ctx, tx, c, amendment{verb: press.Annotate, reason: m.Text, remark: m}, now)
}

// findDocument finds an item by its ids, else by the document number of its newest revision. What a person can mend comes back as a problem.
func (l *Ledger) findDocument(ctx context.Context, q querier, ref string) (id press.ItemID, problem string, err error) {
	id, err = find(ctx, q, ref)
	if err == nil || !errors.Is(err, ErrNoItem) {
		return id, "", err
	}
	words := phrases(ref)
	if words == "" {
		return "", "没有这个编号或文号的稿件", nil
	}
	rows, err := q.QueryContext(ctx, `
		SELECT i.id, COALESCE(json_extract(r.meta, '$.doc_number'), '')
		FROM catalogue k
		CROSS JOIN item i ON i.n = k.rowid
		CROSS JOIN revision r ON r.item = i.id AND r.number = i.head
		WHERE catalogue MATCH $1
		ORDER BY k.rowid`, words)
	if err != nil {
		return "", "", fmt.Errorf("find document: %w", err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var item, number string
		if err := rows.Scan(&item, &number); err != nil {
			return "", "", fmt.Errorf("find document: %w", err)
		}
		if plainNumber(number) == plainNumber(ref) {
			found = append(found, item)
		}
	}
	switch {
	case rows.Err() != nil:
		return "", "", fmt.Errorf("find document: %w", rows.Err())
	case len(found) == 0:
		return "", "没有这个编号或文号的稿件", nil
	case len(found) > 1:
		return "", "文号有重复，请改用稿件编号：" + strings.Join(found, "、"), nil
	}
	return press.ItemID(found[0]), "", nil
}

// plainNumber is a document number without what people write differently: its brackets, and blanks.
func plainNumber(s string) string {
	return strings.NewReplacer("〔", "[", "〕", "]", "［", "[", "］", "]", "【", "[", "】", "]", "（", "[", "）", "]", "(", "[", ")", "]", " ", "", "　", "").Replace(s)
}
