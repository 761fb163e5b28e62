package report

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// What a bundle may be at most. Whoever hands one over may be hostile.
const (
	mostFiles    = 20_000
	mostManifest = 8 << 20
	mostJSON     = 64 << 20
	mostAll      = 8 << 30   // of everything, unpacked
	mostRead     = 256 << 20 // of what is read into memory, all together
)

// Verdict is one thing that was checked. What is only said, because nothing can prove it, is a remark.
type Verdict struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Remark bool   `json:"remark,omitempty"`
	Said   string `json:"said"`
}

// Checked is what a bundle proves.
type Checked struct {
	Manifest Manifest  `json:"manifest"`
	Verdicts []Verdict `json:"verdicts"`
}

// OK reports whether everything holds.
func (c Checked) OK() bool {
	return !slices.ContainsFunc(c.Verdicts, func(v Verdict) bool { return !v.OK && !v.Remark })
}

// Check reads a bundle with nothing else at hand. The error is for what is no bundle at all, in words for people.
func Check(r io.ReaderAt, size int64) (Checked, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return Checked{}, fmt.Errorf("这不是证据包，或者已经损坏：不是完整的 ZIP 文件（%w）", err)
	}
	c := &checker{zip: map[string]*zip.File{}, left: mostRead}
	if err := c.open(z); err != nil {
		return Checked{}, err
	}
	c.files()
	c.item()
	c.revisions()
	c.assets()
	c.approvals()
	c.chain()
	c.first()
	c.heads()
	c.say("说明", true, true, coverage)
	return c.out, nil
}

// checker is one check of a bundle.
type checker struct {
	zip  map[string]*zip.File
	left int64 // how much may still be read into memory
	out  Checked
	data itemFile
	revs []revisionFile
	move []ledger.Chained
}

func (c *checker) say(name string, ok, remark bool, format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	c.out.Verdicts = append(c.out.Verdicts, Verdict{name, ok, remark, format})
}

// open reads the manifest and what the names are.
func (c *checker) open(z *zip.Reader) error {
	if len(z.File) > mostFiles {
		return fmt.Errorf("文件里有%d个条目，证据包不会有这么多", len(z.File))
	}
	for _, f := range z.File {
		if !proper(f.Name) {
			return fmt.Errorf("文件里有不该有的名称“%.60q”，不是证据包", f.Name)
		}
		if c.zip[f.Name] != nil {
			return fmt.Errorf("文件里有两个“%.60s”，不是证据包", f.Name)
		}
		c.zip[f.Name] = f
	}
	b, err := c.read("manifest.json", mostManifest)
	if err != nil {
		return errors.New("这不是证据包：没有可读的 manifest.json")
	}
	if err := json.Unmarshal(b, &c.out.Manifest); err != nil {
		return errors.New("这不是证据包：manifest.json 读不懂")
	}
	m := c.out.Manifest
	if m.Format != Format {
		return fmt.Errorf("证据包的格式是“%.40s”，这个程序只认识“%s”，请换新版本的程序", m.Format, Format)
	}
	var all int64
	for _, f := range m.Files {
		if f.Size < 0 || f.Size > mostAll {
			return errors.New("清单里的文件大小不合理")
		}
		if all += f.Size; all > mostAll {
			return errors.New("清单里的文件加起来太大，证据包不会有这么大")
		}
	}
	if len(m.Files) > mostFiles {
		return errors.New("清单里的文件太多")
	}
	return nil
}

// proper is a name that the bundle may have: below it, and the same on every system.
func proper(name string) bool {
	return name != "" && len(name) < 300 && path.Clean(name) == name && !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, "..") &&
		!strings.ContainsAny(name, "\\:\x00")
}

func (c *checker) read(name string, most int64) ([]byte, error) {
	f := c.zip[name]
	if f == nil {
		return nil, errors.New("没有 " + name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	most = min(most, c.left)
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	c.left -= int64(len(b))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > most {
		return nil, errors.New(name + " 太大，或者包里的内容合计太大")
	}
	return b, nil
}

// into reads one of the files that are JSON; false where it says what is wrong.
func (c *checker) into(name, what string, v any) bool {
	b, err := c.read(name, mostJSON)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		c.say(what, false, false, "%s 读不出来：%v", name, err)
	}
	return err == nil
}

// files compares every file with the manifest, and finds what was put in beside it.
func (c *checker) files() {
	listed := map[string]bool{"manifest.json": true}
	bad := 0
	for _, f := range c.out.Manifest.Files {
		if listed[f.Name] {
			bad++
			c.say("文件", false, false, "清单里两次列出 %.80s", f.Name)
			continue
		}
		listed[f.Name] = true
		if why := c.compare(f); why != "" {
			if bad++; bad <= 20 {
				c.say("文件", false, false, "%.80s：%s", f.Name, why)
			}
		}
	}
	var names []string
	for name := range c.zip {
		if !listed[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names[:min(len(names), 20)] {
		c.say("文件", false, false, "%.80s 不在清单里，是后来放进去的", name)
	}
	if bad == 0 && len(names) == 0 {
		c.say("文件", true, false, "%d个文件与清单的摘要一致，没有多的，没有少的", len(c.out.Manifest.Files))
	}
}

func (c *checker) compare(f File) string {
	z := c.zip[f.Name]
	if z == nil {
		return "清单里有，包里没有"
	}
	r, err := z.Open()
	if err != nil {
		return "读不出来：" + err.Error()
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, f.Size+1))
	switch {
	case err != nil:
		return "读不出来：" + err.Error()
	case n != f.Size:
		return fmt.Sprintf("应当有%d字节，大小不符", f.Size)
	case hex.EncodeToString(h.Sum(nil)) != f.SHA256:
		return "内容与清单的摘要不符，被改动过"
	}
	return ""
}

// item reads what the bundle is about.
func (c *checker) item() {
	if !c.into("item.json", "稿件", &c.data) {
		return
	}
	m := c.out.Manifest
	if c.data.ID != m.Item {
		c.say("稿件", false, false, "清单说是稿件%.40s，内容是稿件%.40s", m.Item, c.data.ID)
	}
	for _, p := range c.data.Copies {
		if p.Marker != press.Marker(m.Ledger, p.Channel, c.data.ID, p.Generation) {
			c.say("标记", false, false, "渠道%.40s第%d代的标记不是这个台账给这篇稿件的", p.Channel, p.Generation)
			return
		}
	}
	c.say("标记", true, false, "%d份副本的标记都出自这个台账和这篇稿件", len(c.data.Copies))
}

// revisions computes the digests anew, and what people read from what was signed.
func (c *checker) revisions() {
	for n := 1; c.zip[fmt.Sprintf("revisions/%d.json", n)] != nil; n++ {
		var f revisionFile
		if !c.into(fmt.Sprintf("revisions/%d.json", n), "版本", &f) {
			return
		}
		c.revs = append(c.revs, f)
		r := f.revision()
		text, err := c.read(fmt.Sprintf("revisions/%d.txt", n), mostJSON)
		page, err2 := c.read(fmt.Sprintf("revisions/%d.html", n), mostJSON)
		switch {
		case f.Number != n:
			c.say("版本", false, false, "第%d版的文件里是第%d版", n, f.Number)
		case r.Sum() != f.Digest || f.Digest == "":
			c.say("版本", false, false, "第%d版的内容与它的摘要不符，被改动过", n)
		case err != nil || err2 != nil || string(text) != readable(r) || !bytes.Equal(page, []byte(pageOf(r))):
			c.say("版本", false, false, "第%d版给人看的文本或者网页与版本的内容不同（也可能由另一版程序写成，现在是“%s”）", n, c.out.Manifest.Program)
		default:
			c.say("版本", true, false, "第%d版“%s”的摘要重算相符：%s", n, f.Title, f.Digest)
		}
	}
	if len(c.revs) == 0 || len(c.revs) < c.data.Head {
		c.say("版本", false, false, "应当有%d个版本，包里有%d个", c.data.Head, len(c.revs))
	}
}

// assets finds that each file that a revision names is there and is that one.
func (c *checker) assets() {
	var rs []press.Revision
	for _, f := range c.revs {
		rs = append(rs, f.revision())
	}
	list := assetsOf(rs)
	for _, a := range list {
		f := c.zip[assetName(a)]
		listed := slices.IndexFunc(c.out.Manifest.Files, func(f File) bool { return f.Name == assetName(a) })
		if f == nil || listed < 0 || c.out.Manifest.Files[listed].SHA256 != a.Digest {
			c.say("附件", false, false, "“%.60s”不在包里，或者不是版本所指的那个", a.Name)
			return
		}
	}
	if len(list) > 0 {
		c.say("附件", true, false, "%d个附件和图片与版本所指的摘要一致", len(list))
	}
}

// approvals finds that each word was said about a text that is here.
func (c *checker) approvals() {
	var list []approvalFile
	if !c.into("approvals.json", "审签", &list) {
		return
	}
	for _, a := range list {
		i := slices.IndexFunc(c.revs, func(r revisionFile) bool { return r.Number == a.Revision })
		if i < 0 || c.revs[i].Digest != a.Digest {
			c.say("审签", false, false, "%s的%s所签的摘要不是包里第%d版的", a.By, a.Step.Name(), a.Revision)
			return
		}
	}
	c.say("审签", true, false, "%d条审签都指向包里的版本", len(list))
}

// chain computes the chain of moves anew, and that what was approved is a text that is here.
func (c *checker) chain() {
	if !c.into("moves.json", "流转", &c.move) {
		return
	}
	if len(c.move) == 0 {
		c.say("流转", false, false, "没有流转记录")
		return
	}
	broken := ledger.CheckChain(c.data.ID, c.move)
	for _, b := range broken[:min(len(broken), 10)] {
		c.say("流转", false, false, "第%d条：%s", b.N, b.Why)
	}
	if len(broken) == 0 {
		c.say("流转", true, false, "%d条流转记录从第一条到最后一条逐条相扣，末端是 %s", len(c.move), c.move[len(c.move)-1].Hash)
	}
	for _, m := range c.move {
		if m.Verb == string(press.Approve) && !slices.ContainsFunc(c.revs, func(r revisionFile) bool { return strings.Contains(m.Detail, r.Digest) }) {
			c.say("签发", false, false, "第%d条流转签发的版本不在包里", m.N)
			return
		}
	}
	if slices.ContainsFunc(c.move, func(m ledger.Chained) bool { return m.Verb == string(press.Approve) }) {
		c.say("签发", true, false, "流转记录里签发的版本都在包里")
	}
}

// atOnce is how far the first public time may be from the sighting that it goes back to: both are of one look.
const atOnce = 10 * time.Minute

// first finds the sighting behind each first public time.
func (c *checker) first() {
	var list []ledger.Seen
	if !c.into("sightings.json", "核验", &list) {
		return
	}
	n := 0
	for _, p := range c.data.Copies {
		if p.First.IsZero() {
			continue
		}
		if !slices.ContainsFunc(list, func(s ledger.Seen) bool {
			return s.Channel == p.Channel && s.Status == press.SeenEqual && p.First.Sub(s.At).Abs() <= atOnce
		}) {
			c.say("首次公开", false, false, "渠道%.40s的首次公开时间没有核验可以对上", p.Channel)
			return
		}
		n++
	}
	if n > 0 {
		c.say("首次公开", true, false, "%d个首次公开时间都有当时的核验", n)
	}
}

// heads follows the end of the chain to a daily head.
func (c *checker) heads() {
	var f headsFile
	if !c.into("heads.json", "每日总摘要", &f) {
		return
	}
	if f.Covered == nil {
		c.say("每日总摘要", true, true, "取证时还没有总摘要覆盖这篇稿件，过了零时再取一次就有")
		return
	}
	v := f.Covered
	if v.N < 1 || v.N > len(c.move) || c.move[v.N-1].Hash != v.Hash || len(f.Heads) == 0 || f.Heads[0].N != v.Head {
		c.say("每日总摘要", false, false, "总摘要所指的流转记录不在包里")
		return
	}
	root, err := press.Climb(ledger.End(c.data.ID, v.N, v.Hash), v.At, v.Of, v.Path)
	if err != nil || root != f.Heads[0].Root {
		c.say("每日总摘要", false, false, "流转记录的末端推不到第%d份总摘要", v.Head)
		return
	}
	last := ""
	for i, h := range f.Heads {
		if h.Sum() != h.Hash || i > 0 && h.Prev != last {
			c.say("每日总摘要", false, false, "第%d份总摘要被改动，或者以前有缺失", h.N)
			return
		}
		last = h.Hash
	}
	newest := f.Heads[len(f.Heads)-1]
	c.say("每日总摘要", true, false, "第%d份总摘要覆盖到第%d条流转记录，到第%d份逐份相扣：%s", v.Head, v.N, newest.N, newest.Hash)
	if v.N < len(c.move) {
		c.say("每日总摘要", true, true, "后来的%d条流转记录还没有总摘要覆盖", len(c.move)-v.N)
	}
	c.say("每日总摘要", true, true, "请与另存在备份或者日志里的同一份总摘要（%s第%d份）核对，相同即证明不是事后编造", newest.At.Format(time.DateOnly), newest.N)
}
