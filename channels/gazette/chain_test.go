package gazette

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
	"tongfa/typeset"
)

// An erratum runs through the whole issue that prints it, from the directory to every format; of the issue that it corrects not a byte changes but for the remark
// on the page of the article. It is so for a supplement, too.
func TestAnErratumRunsThroughEveryFormat(t *testing.T) {
	for _, compose := range []func(*office, ...press.Entry) press.Edition{(*office).compose, (*office).supplement} {
		o := newOffice(t)
		old := o.out(compose(o, o.entry(titled("有误的办法")), o.entry()))
		folder := place{year: old.Year, number: old.Number, supplement: old.Supplement}.issue()
		before := tree(t, o.cfg.Root)
		o.advance(24 * time.Hour)
		next := o.corrected([]press.Correction{{Item: old.Entries[0].Item.ID, Title: "有误的办法", Year: old.Year, Number: old.Number, Supplement: old.Supplement,
			URL: old.Entries[0].Copy.URL, Reason: "排印有误", Changes: []press.Change{{Before: "有效期", Was: "三", Now: "五", After: "年"}}}}, o.entry())
		r := o.issue(next)
		at := place{year: next.Year, number: next.Number}
		o.amend(press.Annotate, "", only(old, 0), press.Remark{At: o.clock(), Kind: press.RemarkCorrection, Text: "本文有更正，更正内容刊登在" + next.Title + "。", URL: r.URL})

		want := fmt.Sprintf("本刊%s刊登的《有误的办法》中，“有效期三年”应为“有效期五年”。", old.IssueName())
		for _, f := range typeset.Formats() {
			text, err := typeset.Extract(f, o.read(at.issue()+"/"+at.file(f, 0)))
			text = strings.Join(strings.Fields(text), "")
			if err != nil || !strings.Contains(text, want) || !strings.Contains(text, "对"+old.IssueName()+"所载文件的更正") {
				t.Errorf("%s does not say it, %v: %s", f, err, text)
			}
		}
		if book := string(o.read(at.issue() + "/index.html")); !strings.Contains(book, "更正") || !strings.Contains(book, errataName) {
			t.Error("the directory does not lead to it")
		}
		after := tree(t, o.cfg.Root)
		for name, data := range before {
			if !strings.HasPrefix(name, folder+"/") || after[name] == data {
				continue
			}
			if name != folder+"/01.html" || !strings.Contains(after[name], "本文有更正") || string(part([]byte(after[name])).issued) != data {
				t.Errorf("%s is not as it was issued", name)
			}
		}
		if !strings.Contains(after[folder+"/01.html"], "../../"+at.issue()+"/"+errataName+"#e1") {
			t.Error("the remark does not lead to the correction")
		}
	}
}
