package gazette

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

type homePage struct {
	frame
	Newest   *listedIssue
	Sections []sectionList // of the newest issue
	Years    []listedYear
}

type yearPage struct {
	frame
	Year     int
	Issues   []listedIssue // newest first
	Contents string        // the page of all titles
	Years    []listedYear
}

type listedYear struct {
	Year    int
	URL     string
	Current bool
}

type listedIssue struct {
	Number, Date, Day, URL string
	Articles               int
	Withdrawn              int      // of those
	Sections               []string // names with the count of articles
}

// Setup makes the gazette presentable before its first issue and writes the lists of all years again. It removes what an earlier run
// left half done, so the caller must be the only one who writes to Root. It is to be called once at the start.
func (c *Channel) Setup(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("set up gazette: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.disk.MakeDir(c.cfg.Root, c.disk.Sync); err != nil {
		return c.diskTrouble(c.cfg.Root, err)
	}
	if err := c.clear(); err != nil {
		return err
	}
	years, err := c.years()
	if err != nil {
		return err
	}
	lists, err := c.lists(years...)
	if err != nil {
		return err
	}
	return c.putLists(lists)
}

// clear removes what was half done, and closes the folders that a crash left open for writing.
func (c *Channel) clear() error {
	for _, depth := range []string{"", verifyFolder, "[0-9]*", "[0-9]*/[0-9]*", "[0-9]*/[0-9]*/[0-9]*", "[0-9]*/s[0-9]*", "[0-9]*/s[0-9]*/[0-9]*"} {
		left, err := filepath.Glob(filepath.Join(c.cfg.Root, depth, halfDone+"*"))
		if err != nil {
			return fmt.Errorf("list what is half done: %w", err)
		}
		for _, path := range left {
			if err := c.disk.removeTree(path); err != nil {
				return c.diskTrouble(path, err)
			}
		}
	}
	years, err := c.years()
	if err != nil {
		return err
	}
	for _, y := range years {
		places, err := c.places(y)
		if err != nil {
			return err
		}
		for _, p := range places {
			dir := c.abs(p.issue())
			if err := c.disk.close(dir); err != nil {
				return c.diskTrouble(dir, err)
			}
		}
	}
	return nil
}

var yearForm = regexp.MustCompile(`^\d{4}$`)

// years are the years of which there is an issue, ascending.
func (c *Channel) years() (years []int, err error) {
	all, err := c.folders(c.cfg.Root, yearForm)
	for _, y := range all {
		places, err := c.places(y)
		if err != nil {
			return nil, err
		}
		if len(places) > 0 {
			years = append(years, y)
		}
	}
	return years, err
}

// places are the issues of a year that are there: the numbered ones ascending, then the supplements. A folder without edition.json is none of ours: an
// office may keep issues there that were made before.
func (c *Channel) places(year int) ([]place, error) {
	all, err := c.issueFolders(year)
	return slices.DeleteFunc(all, func(p place) bool {
		_, err := os.Lstat(filepath.Join(c.abs(p.issue()), recordName))
		return err != nil
	}), err
}

// issueFolders are the folders of a year that are named as an issue's, in the order of places.
func (c *Channel) issueFolders(year int) (out []place, err error) {
	dir := c.abs(fmt.Sprintf("%04d", year))
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, c.diskTrouble(dir, err)
	}
	for _, e := range entries {
		if p, ok := folderPlace(year, e.Name()); ok && e.IsDir() {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b place) int { return cmp.Or(compareBool(a.supplement, b.supplement), a.number-b.number) })
	return out, nil
}

func isIssueFolder(year int, name string) bool {
	_, ok := folderPlace(year, name)
	return ok
}

// issues reads the issues of a year, newest first: the numbered ones by their numbers, with the supplements between them by their days. One that cannot be
// read is left out; lost tells of it.
func (c *Channel) issues(year int) ([]record, error) {
	places, err := c.places(year)
	if err != nil {
		return nil, err
	}
	var numbered, supplements []record
	for _, p := range slices.Backward(places) {
		r, _, err := c.readRecord(p)
		switch {
		case errors.Is(err, errForeign):
			continue
		case err != nil:
			return nil, err
		case p.supplement:
			supplements = append(supplements, r)
		default:
			numbered = append(numbered, r)
		}
	}
	return merged(numbered, supplements), nil
}

// merged puts supplements between numbered issues, both newest first.
func merged(numbered, supplements []record) (out []record) {
	for _, r := range numbered {
		for len(supplements) > 0 && supplements[0].Date > r.Date {
			out, supplements = append(out, supplements[0]), supplements[1:]
		}
		out = append(out, r)
	}
	return append(out, supplements...)
}

func (c *Channel) folders(dir string, form *regexp.Regexp) (out []int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, c.diskTrouble(dir, err)
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil && e.IsDir() && form.MatchString(e.Name()) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// lists draws the home page and the pages of the given years, from what is there.
func (c *Channel) lists(years ...int) ([]blob, error) {
	all, err := c.years()
	if err != nil {
		return nil, err
	}
	files := []blob{{styleName, styleSheet}}
	for _, y := range years {
		more, err := c.listsOfYear(y, all)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	verify, err := c.verifyFiles(all)
	if err != nil {
		return nil, err
	}
	home, err := c.homeOf(all)
	return append(append(files, verify...), blob{"index.html", home}), err
}

// listsOfYear draws the page of a year, and its contents.
func (c *Channel) listsOfYear(year int, all []int) ([]blob, error) {
	issues, err := c.withWithdrawals(year)
	if err != nil {
		return nil, err
	}
	index, err := c.yearOf(year, all, issues)
	if err != nil {
		return nil, err
	}
	contents, err := c.contentsOf(year, issues)
	return []blob{{fmt.Sprintf("%04d/index.html", year), index}, {fmt.Sprintf("%04d/%s", year, contentsName), contents}}, err
}

// withWithdrawals are the issues of a year, newest first, with what was withdrawn of each.
func (c *Channel) withWithdrawals(year int) ([]withdrawnFrom, error) {
	issues, err := c.issues(year)
	if err != nil {
		return nil, err
	}
	out := make([]withdrawnFrom, len(issues))
	for i, r := range issues {
		w, err := c.readWithdrawals(r.place())
		if err != nil {
			return nil, err
		}
		out[i] = withdrawnFrom{r, w}
	}
	return out, nil
}

// withdrawnFrom is an issue and what was withdrawn of it.
type withdrawnFrom struct {
	record
	gone withdrawals
}

func (c *Channel) yearOf(year int, all []int, issues []withdrawnFrom) ([]byte, error) {
	p := yearPage{frame: c.frame("year", fmt.Sprintf("%d年 - %s", year, c.cfg.Name), "../"), Year: year, Years: listYears(all, "../", year), Contents: contentsName}
	for _, r := range issues {
		l := r.listed(r.place().folder() + "/index.html")
		l.Withdrawn = len(r.gone)
		p.Issues = append(p.Issues, l)
	}
	return c.pages.Render("year", p)
}

func (c *Channel) homeOf(years []int) ([]byte, error) {
	p := homePage{frame: c.frame("home", c.cfg.Name, ""), Years: listYears(years, "", 0)}
	for _, y := range slices.Backward(years) {
		issues, err := c.issues(y)
		if err != nil {
			return nil, err
		}
		if len(issues) > 0 {
			if err := c.newest(&p, issues[0]); err != nil {
				return nil, err
			}
			break
		}
	}
	return c.pages.Render("home", p)
}

// newest puts an issue on the home page, with its directory as it is now.
func (c *Channel) newest(p *homePage, r record) error {
	w, err := c.readWithdrawals(r.place())
	if err != nil {
		return err
	}
	at := r.place().issue() + "/"
	l := r.listed(at + "index.html")
	p.Newest, p.Sections = &l, r.sections(at, w)
	return nil
}

func (r record) listed(url string) listedIssue {
	l := listedIssue{Number: strings.TrimSpace(numberText(r.Year, r.Number, r.Total, r.Supplement) + " " + r.Theme), Date: chineseDay(r.Date), Day: r.Date, URL: url, Articles: len(r.Articles)}
	for _, s := range r.sections("", nil) {
		if s.Name != errataSection && s.Name != indexSection {
			l.Sections = append(l.Sections, fmt.Sprintf("%s%d篇", s.Name, len(s.Articles)))
		}
	}
	if len(r.Errata) > 0 {
		l.Sections = append(l.Sections, fmt.Sprintf("%s%d则", errataSection, len(r.Errata)))
	}
	return l
}

func listYears(years []int, root string, current int) (out []listedYear) {
	for _, y := range slices.Backward(years) {
		out = append(out, listedYear{y, fmt.Sprintf("%s%04d/index.html", root, y), y == current})
	}
	return out
}

// fresh reports whether lists are on disk as they should be.
func (c *Channel) fresh(lists []blob) bool {
	for _, f := range lists {
		if !channels.SameFile(c.abs(f.rel), f.data) {
			return false
		}
	}
	return true
}

func (c *Channel) putLists(lists []blob) error {
	for _, f := range lists {
		if path := c.abs(f.rel); c.blocked(path) {
			return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: fmt.Sprintf("公报文件夹里的 %s 被别的东西占住了，没有写", f.rel),
				Do: "移走占在那里的文件夹、链接或文件后重试", Err: fmt.Errorf("write %s: %w", f.rel, channels.ErrNotFile)}
		}
		if err := c.disk.put(c.abs(f.rel), f.data, 0o644); err != nil {
			return c.diskTrouble(c.abs(f.rel), err)
		}
	}
	return nil
}

// lost names the issues that the ledger knows to be public and that are not there, in a sentence for a person; "" when there are none.
func (c *Channel) lost(ctx context.Context) (string, error) {
	var names []string
	for _, prefix := range []string{shelfIssues, shelfSupplements} {
		shelves, err := c.o.Archive.Shelves(ctx, prefix)
		if err != nil {
			return "", archiveTrouble(err)
		}
		for _, s := range shelves {
			year, err := strconv.Atoi(strings.TrimPrefix(s.Name, prefix))
			if err != nil {
				continue // not a shelf of ours
			}
			more, err := c.lostOf(ctx, s, place{year: year, supplement: prefix == shelfSupplements})
			if err != nil {
				return "", err
			}
			names = append(names, more...)
		}
	}
	if len(names) == 0 {
		return "", nil
	}
	return "台账记载已发行、而文件夹不见了或读不出的期号：" + strings.Join(names, "、") + "，请系统管理员从备份恢复", nil
}

// lostOf names those of one shelf, whose issues are like p but for their number.
func (c *Channel) lostOf(ctx context.Context, s press.Shelf, p place) (names []string, err error) {
	rows, err := c.o.Archive.Shelf(ctx, s.Name, 1, s.Position)
	if err != nil {
		return nil, archiveTrouble(err)
	}
	for _, row := range rows {
		p.number = int(row.Position)
		if _, there, err := c.readRecord(p); row.URL != "" && (err != nil || !there) {
			names = append(names, p.name())
		}
	}
	return names, nil
}

// archiveTrouble reports that the ledger could not be asked; nothing is lost by asking again.
func archiveTrouble(err error) error {
	return &press.Trouble{Remedy: press.TryAgain, What: "读取台账失败，没有核对完各期公报，稍后会自动再试", Err: fmt.Errorf("read archive: %w", err)}
}
