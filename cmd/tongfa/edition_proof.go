package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"tongfa/channels"
	"tongfa/channels/gazette"
	"tongfa/press"
	"tongfa/scheduler"
)

// driverOf is what draws and makes the editions of a channel; nil for a channel that the configuration does not have.
func (h *house) driverOf(name string) channels.Channel {
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == name })
	if i < 0 {
		return nil
	}
	return h.lanes[i].Driver
}

// proofer is the plan of a channel and what draws its proofs; false for a channel whose editions nobody composes.
func (h *house) proofer(name string) (press.Plan, channels.Proofer, bool) {
	p, err := h.plan(name)
	if err != nil || p.Room() == 0 {
		return press.Plan{}, nil, false
	}
	d, ok := h.driverOf(name).(channels.Proofer)
	return p, d, ok
}

// sections are the sections of a channel's issues; none where it has none.
func (h *house) sections(name string) []string {
	if s, ok := h.driverOf(name).(interface{ Sections() []string }); ok {
		return s.Sections()
	}
	return nil
}

// editionProofCmd writes the proof as a folder, which a browser opens, and pulls proof rounds.
func (a *app) editionProofCmd() *cobra.Command {
	var dir string
	var round bool
	var of int
	c := &cobra.Command{
		Use:   "proof 期",
		Short: "看清样：这一期将要成为的样子，公报还有 PDF、OFD、EPUB 和手机网页，写进一个文件夹；不发行",
		Long: `看一期将要成为的样子，不发行。不写 -o 只看这一期有什么、缺什么。

-o 把清样写进文件夹：网页，公报还有 PDF、OFD、EPUB、手机网页和每篇的 PDF，做完再从每个文件里读出文字
逐字比较，摘要写在 verify.json 里。有字体里没有的字，列出是哪些字、在哪里，什么也不写。

--round 出一次校样：记下这一校的内容、谁出的、页数和各文件的摘要，页面上有“校样 第2校”字样；写 -o 的，
文件写进其中的 proof-2。文件不必长期保存：--of 2 按记下的内容重新做出二校的文件，程序和字体没有变时逐字节相同。`,
		Example: `  tongfa edition proof gazette@2026-12-01T09:00 -o 清样/
  tongfa edition proof gazette@2026-12-01T09:00 --round -o 校样/
  tongfa edition proof gazette@2026-12-01T09:00 --of 1 -o 校样/`,
		Args: exactly(1, "哪一期（键见 edition list）"),
	}
	c.Flags().StringVarP(&dir, "output", "o", "", "写进哪个文件夹；默认不写文件")
	c.Flags().BoolVar(&round, "round", false, "出一次校样，记入台账")
	c.Flags().IntVar(&of, "of", 0, "重新做出第几校的文件")
	c.RunE = func(c *cobra.Command, args []string) error {
		if of != 0 && (round || dir == "") {
			a.begun = false
			return fmt.Errorf("--of 要和 -o 一起写，不和 --round 一起写")
		}
		return a.within(c.Context(), func(h *house) error {
			key := h.key(args[0])
			switch {
			case round:
				return h.pullRound(c.Context(), a, key, dir)
			case of != 0:
				return h.remakeRound(c.Context(), a, key, of, dir)
			case dir == "":
				return a.editionShow(c.Context(), h, key)
			}
			return h.writeProof(c.Context(), a, key, dir)
		})
	}
	return c
}

// shownProof is what is told to a program of a proof that was written.
type shownProof struct {
	Edition editionLine `json:"edition"`
	Dir     string      `json:"dir"`
	*madeWork
}

// mostSheets bounds the files of a proof.
const mostSheets = 5000

var linked = regexp.MustCompile(`(?:href|src)="([^"#?:]+)"`)

// writeProof draws the proof of an edition into a folder: an issue of the gazette as it will be published, of which nothing is written when it cannot be made; of another
// channel the pages, file by file as they name them.
func (h *house) writeProof(ctx context.Context, a *app, key, dir string) error {
	line, shown, err := h.laidOut(ctx, key)
	if err != nil {
		return err
	}
	p, d, ok := h.proofer(line.Slot.Channel)
	if !ok {
		return fmt.Errorf("渠道“%s”没有清样可看", line.Slot.Channel)
	}
	if !a.json {
		if err := a.editionShow(ctx, h, key); err != nil {
			return err
		}
	}
	e, err := h.led.Numbering(ctx, p, line.Edition)
	if err != nil {
		return err
	}
	first, err := d.Proof(ctx, e, "")
	if err != nil {
		return err
	}
	root := path.Dir(first.Go)
	made, uneven := h.makeFormats(ctx, a, e)
	if uneven != nil && len(made.Files) == 0 {
		return uneven
	}
	for _, f := range made.Files {
		if err := writeIn(dir, path.Join(root, f.Name), f.Data); err != nil {
			return err
		}
	}
	if len(made.Files) == 0 {
		if err := writePages(ctx, d, e, first.Go, dir); err != nil {
			return err
		}
	}
	if a.json {
		out := shownProof{Edition: shown, Dir: dir}
		if len(made.Files) > 0 {
			out.madeWork = &madeWork{Title: e.Title, Pages: made.Pages, Proof: made.Proof}
		}
		return errors.Join(uneven, a.printJSON(out))
	}
	fmt.Fprintf(a.out, "清样写在 %s，用浏览器打开 %s\n", dir, filepath.Join(dir, filepath.FromSlash(first.Go)))
	if len(made.Files) > 0 {
		a.tellMade(e.Title, made, filepath.Join(dir, filepath.FromSlash(root)))
	}
	return uneven
}

// writePages writes the pages of a proof from the first one on, as they name each other.
func writePages(ctx context.Context, d channels.Proofer, e press.Edition, first, dir string) error {
	seen := map[string]bool{first: true}
	for todo := []string{first}; len(todo) > 0 && len(seen) < mostSheets; todo = todo[1:] {
		s, err := d.Proof(ctx, e, todo[0])
		if errors.Is(err, channels.ErrNoSheet) || s.Go != "" {
			continue
		}
		if err != nil {
			return err
		}
		for _, m := range linked.FindAllSubmatch(s.Data, -1) {
			link, err := url.PathUnescape(html.UnescapeString(string(m[1])))
			name := path.Join(path.Dir(todo[0]), link)
			if err == nil && fs.ValidPath(name) && !seen[name] {
				seen[name] = true
				todo = append(todo, name)
			}
		}
		if err := writeIn(dir, todo[0], s.Data); err != nil {
			return err
		}
	}
	return nil
}

// makeFormats makes an issue of the gazette as it will be published. Of another channel nothing is made.
func (h *house) makeFormats(ctx context.Context, a *app, e press.Edition) (gazette.Made, error) {
	g, ok := h.driverOf(e.Slot.Channel).(*gazette.Channel)
	if !ok {
		return gazette.Made{}, nil
	}
	bar := a.bar(e.Title)
	bar.draw("排版")
	made, err := g.Make(ctx, e, bar.done)
	bar.clear()
	return made, err
}

// writeIn writes a file below a folder, and says in words why it cannot.
func writeIn(dir, name string, data []byte) error {
	to := filepath.Join(dir, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(to), 0o755)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	return unwritten(to, err)
}

// unwritten says in words why a file was not written; nil when it was.
func unwritten(to string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("磁盘满了，%s 没有写全，请清理磁盘或者换一个文件夹，再运行一次：%w", to, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("没有权限写 %s，请换一个能写的文件夹，或者请系统管理员改权限：%w", to, err)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist), errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("写不了 %s：路径里有一个文件和文件夹同名，请换一个文件夹：%w", to, err)
	}
	return fmt.Errorf("写不了 %s：%w", to, err)
}
