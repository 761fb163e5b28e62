package gazette

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// withdrawals is withdrawn.json: which articles of an issue were taken back.
type withdrawals []withdrawal

type withdrawal struct {
	Marker string `json:"marker"`
	Page   string `json:"page"`
	At     string `json:"at"`
	How    string `json:"how"` // notice, gone, or moved to Target
	Title  string `json:"title,omitempty"`
	Reason string `json:"reason,omitempty"`
	Target string `json:"target,omitempty"`
}

const withdrawnName = "withdrawn.json"

func (w withdrawals) of(marker string) (withdrawal, bool) {
	i := slices.IndexFunc(w, func(x withdrawal) bool { return x.Marker == marker })
	if i < 0 {
		return withdrawal{}, false
	}
	return w[i], true
}

// covers reports whether a file of an issue belongs to an article that was withdrawn, or holds it among the others.
func (w withdrawals) covers(r record, file string) bool {
	return w.replaces(r) && r.wholeFile(file) || slices.ContainsFunc(r.Articles, func(a article) bool {
		_, gone := w.of(a.Marker)
		return gone && a.of(file)
	})
}

func (c *Channel) readWithdrawals(p place) (w withdrawals, err error) {
	path := filepath.Join(c.abs(p.issue()), withdrawnName)
	data, err := readPlain(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil && !errors.Is(err, channels.ErrNotFile) {
		return nil, c.diskTrouble(path, err)
	}
	if err == nil {
		err = json.Unmarshal(data, &w)
	}
	if err != nil {
		return nil, &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: fmt.Sprintf("%s 的撤回记录 %s 读不出来", p.issue(), withdrawnName),
			Do: "从备份恢复这个文件后重试", Err: fmt.Errorf("read %s: %w", withdrawnName, err)}
	}
	return w, nil
}

// Withdraw puts a notice in the place of each article and takes its files, and those that hold it among the others, out of the public folder. When the text is gone, the
// whole issue is made again without it. Nothing else of the issue changes. A notice that is there keeps its time.
func (c *Channel) Withdraw(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	gone, err := c.allGone(a)
	if err != nil {
		return press.Receipt{}, err
	}
	if _, begun := channels.StepNamed(steps, stepWithdraw); !gone || begun && !done(steps, stepWithdraw) {
		if err := c.withdrawStep(ctx, a, j); err != nil {
			return press.Receipt{}, err
		}
	}
	if err := c.listStep(ctx, a.Edition, steps, j); err != nil {
		return press.Receipt{}, err
	}
	return c.withdrawnReceipt(a)
}

func (c *Channel) withdrawStep(ctx context.Context, a press.Act, j channels.Journal) error {
	if err := j.Intend(ctx, stepWithdraw); err != nil {
		return fmt.Errorf("record intent: %w", err)
	}
	var mine []string
	issues := map[place]bool{}
	for _, e := range a.Edition.Entries {
		p, err := c.takeBack(a, e)
		if err != nil {
			return err
		}
		mine, issues[p.wholeIssue()] = append(mine, e.Copy.Marker), true
	}
	for p := range issues {
		if err := c.replaceWhole(ctx, p, mine); err != nil {
			return err
		}
	}
	if err := j.Done(ctx, stepWithdraw, ""); err != nil {
		return fmt.Errorf("record notice: %w", err)
	}
	return nil
}

// lookWithdrawn says whether every entry is taken back and the lists say so.
func (c *Channel) lookWithdrawn(a press.Act) (press.Receipt, error) {
	gone, err := c.allGone(a)
	if err != nil {
		return press.Receipt{}, err
	}
	lists, err := c.listsOf(a.Edition)
	if err != nil {
		return press.Receipt{}, err
	}
	if !gone || !c.fresh(lists) && !a.LookOnly {
		return press.Receipt{Status: press.Absent}, nil
	}
	return c.withdrawnReceipt(a)
}

// withdrawnReceipt is the receipt of a withdrawal that allGone found done.
func (c *Channel) withdrawnReceipt(a press.Act) (press.Receipt, error) {
	p, err := issuePlace(a.Edition)
	if err != nil {
		return press.Receipt{}, err
	}
	w, err := c.readWithdrawals(p)
	if err != nil {
		return press.Receipt{}, err
	}
	r, err := c.parts(a, w)
	r.Note = ""
	if rec, _, recErr := c.readRecord(p); recErr == nil && w.replaces(rec) {
		if x, ok := c.replacedOf(rec); ok && x.Text == nil {
			r.Note = "已撤回。整期的 PDF、OFD、EPUB 和手机网页也已撤下，但没有能够去掉这一篇重新制作；请系统管理员查明后，对这一期还公开的一篇执行“恢复公开文本”，系统会再做一次"
		}
	}
	return r, err
}

// allGone reports whether every entry of an act has its notice, none of its files is public, and the whole issue is there without it.
func (c *Channel) allGone(a press.Act) (bool, error) {
	for _, e := range a.Edition.Entries {
		p, err := placeOf(a.Edition, e)
		if err != nil {
			return false, err
		}
		w, err := c.readWithdrawals(p)
		if err != nil {
			return false, err
		}
		page, readErr := readPlain(c.abs(p.page()))
		_, filesErr := os.Lstat(c.abs(p.ref()))
		head, _ := channels.HeadOf(page)
		if _, ok := w.of(e.Copy.Marker); !ok || readErr != nil || head.Withdrawn == "" || head.Marker != e.Copy.Marker || !errors.Is(filesErr, fs.ErrNotExist) {
			return false, nil
		}
		r, _, err := c.readRecord(p)
		if err != nil {
			return false, err
		}
		art, _ := r.at(p.article)
		if _, pdfErr := os.Lstat(c.abs(p.issue() + "/" + art.PDF)); art.PDF != "" && !errors.Is(pdfErr, fs.ErrNotExist) || len(c.unreplaced(r, w)) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// takeBack withdraws one article: it is recorded, its files and those of the whole issue are kept elsewhere, the notice is put, the files are removed. Each step may
// be made again.
func (c *Channel) takeBack(a press.Act, e press.Entry) (place, error) {
	p, err := placeOf(a.Edition, e)
	if err != nil {
		return p, err
	}
	r, there, err := c.readRecord(p)
	if err != nil {
		return p, err
	}
	art, known := r.at(p.article)
	if !there || !known || art.Marker != e.Copy.Marker {
		return p, &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: fmt.Sprintf("在 %s 没有找到要撤回的“%s”", p.page(), e.Revision.Title),
			Do: "核对这一期的文件夹是否被移走或替换", Err: fmt.Errorf("withdraw %s: not there", p.ref())}
	}
	dir := c.abs(p.issue())
	if err := c.disk.open(dir); err != nil {
		return p, c.diskTrouble(dir, err)
	}
	err = c.replace(a, r, art)
	if closeErr := c.disk.close(dir); err == nil && closeErr != nil {
		err = c.diskTrouble(dir, closeErr)
	}
	return p, err
}

func (c *Channel) replace(a press.Act, r record, art article) error {
	all, gone, err := c.recordWithdrawal(a, r, art)
	if err != nil {
		return err
	}
	if err := c.withhold(r, art); err != nil {
		return err
	}
	notice, err := c.noticeOf(r, art, gone)
	if err != nil {
		return err
	}
	path := c.abs(r.place().issue() + "/" + art.Page)
	if err := c.disk.put(path, notice, 0o444); err != nil {
		return c.diskTrouble(path, err)
	}
	files := strings.TrimSuffix(path, ".html")
	if err := c.disk.removeTree(files); err != nil {
		return c.diskTrouble(files, err)
	}
	names := c.outdated(r, all)
	if art.PDF != "" {
		names = append(names, art.PDF)
	}
	return c.takeAway(r, names)
}

// recordWithdrawal writes an article into withdrawn.json, unless it is there as the act has it. Of what is there it keeps the time: how and why it is
// withdrawn only the ledger says.
func (c *Channel) recordWithdrawal(a press.Act, r record, art article) (all withdrawals, gone withdrawal, err error) {
	all, err = c.readWithdrawals(r.place())
	if err != nil {
		return nil, withdrawal{}, err
	}
	gone = withdrawal{Marker: art.Marker, Page: art.Page, At: c.o.Now().In(c.o.Location).Format(time.RFC3339)}
	gone.How, gone.Target = channels.NoticeOf(a)
	if gone.How != press.NoticeGone {
		gone.Title, gone.Reason = art.Title, a.Reason
	}
	if old, ok := all.of(art.Marker); ok {
		if _, err := time.Parse(time.RFC3339, old.At); err == nil {
			gone.At = old.At
		}
		if old == gone {
			return all, gone, nil
		}
		all = slices.DeleteFunc(all, func(x withdrawal) bool { return x.Marker == art.Marker })
	}
	all = append(all, gone)
	data, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return nil, gone, fmt.Errorf("encode %s: %w", withdrawnName, err)
	}
	path := c.abs(r.place().issue() + "/" + withdrawnName)
	return all, gone, c.diskTrouble(path, c.disk.put(path, append(data, '\n'), 0o444))
}

// withhold keeps the public files of an article in the folder Withheld as they are found, also if they were changed by hand.
func (c *Channel) withhold(r record, art article) error {
	for _, f := range r.Files {
		if !art.of(f.Path) || f.Path == art.PDF { // takeAway keeps the PDF
			continue
		}
		data, err := readSealed(c.abs(r.place().issue()+"/"+f.Path), f)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, channels.ErrNotFile) {
			continue // nothing that was issued
		}
		if err != nil {
			return c.diskTrouble(f.Path, err)
		}
		if head, _ := channels.HeadOf(data); f.Path == art.Page && head.Withdrawn != "" {
			continue // the notice of an earlier attempt
		}
		if err := c.keep(filepath.Join(c.o.Withheld, filepath.FromSlash(r.place().issue()+"/"+f.Path)), data); err != nil {
			return c.diskTrouble(f.Path, err)
		}
	}
	return nil
}

// keep writes a file that must never be lost: beside another one of that name, not over it.
func (c *Channel) keep(path string, data []byte) error {
	if _, err := os.Stat(path); err == nil && !channels.SameFile(path, data) {
		path += "." + sum(data)[:8]
	}
	return c.disk.put(path, data, 0o400)
}

type noticePage struct {
	frame
	Title, At, Reason, Target string
	Before, After             *neighbour
}

func (c *Channel) noticeOf(r record, art article, gone withdrawal) ([]byte, error) {
	p := noticePage{frame: c.inIssue("notice", "已撤回 - "+r.Title, r), Title: gone.Title, Reason: gone.Reason, Target: gone.Target}
	p.Marker, p.Withdrawn, p.Refresh, p.NoIndex = art.Marker, gone.How, gone.Target, true
	p.Before, p.After = r.neighbour(art.Position-1), r.neighbour(art.Position+1)
	if at, err := time.Parse(time.RFC3339, gone.At); err == nil {
		p.At = at.In(c.o.Location).Format("2006年1月2日 15:04")
	}
	return c.pages.Render("notice", p)
}
