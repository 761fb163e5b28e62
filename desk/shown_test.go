package desk

import (
	"strings"
	"testing"

	"tongfa/press"
)

// A finding about a footnote stands beside the block that has its mark, and the notes follow the text, numbered through it.
func TestShownBodyHasFootnotes(t *testing.T) {
	noted := func(text, note string) press.Block {
		return press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: text, Note: note}}}
	}
	r := press.Revision{Body: []press.Block{noted("甲", "注甲"), press.P("乙"), noted("丙", "电话13800138001")}}
	blocks, rest := shownBody(r, []press.Finding{{Field: "body", Place: "脚注2", Message: "有手机号"}}, nil)
	if len(rest) != 0 || len(blocks) != 4 || len(blocks[2].Findings) != 1 || blocks[2].Label != "第3段" {
		t.Fatalf("%+v, left %+v", blocks, rest)
	}
	if !strings.Contains(string(blocks[2].HTML), `href="#fn-2"`) || !strings.Contains(string(blocks[3].HTML), `<p id="fn-2">`) || blocks[3].Anchor != "" {
		t.Errorf("%s %s", blocks[2].HTML, blocks[3].HTML)
	}
	now := press.Revision{Number: 2, Body: []press.Block{noted("甲", "注甲改"), press.P("乙"), noted("丙", "电话13800138001")}}
	if d := press.Between(r, now); len(d.Changes) != 1 || d.Changes[0].Now != "改" {
		t.Errorf("a change in a note: %+v", d.Changes)
	}
	if rows := sideBySide(r, now); len(rows) == 0 {
		t.Error("no line of the change")
	}
}
