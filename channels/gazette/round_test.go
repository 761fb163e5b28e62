package gazette

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"tongfa/press"
	"tongfa/typeset"
)

func TestAProofRoundHasFourFormatsAndAMark(t *testing.T) {
	o := newOffice(t)
	ed := o.compose(o.entry(), o.entry())
	var told []string
	made, err := o.gazette.Round(context.Background(), ed, "校样 二校", func(name string, bytes int) {
		if bytes == 0 {
			t.Errorf("%s is empty", name)
		}
		told = append(told, name)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(told, " "); got != "gazette-2026-04.pdf gazette-2026-04.ofd gazette-2026-04.epub gazette-2026-04.html" {
		t.Errorf("told of %s", got)
	}
	if made.Pages < 3 || len(made.Files) != 4 || len(made.Written) != 4 || made.Of != press.ContentsOf(ed, zone).Sum() {
		t.Errorf("%d pages, %d files, %d written, of %s", made.Pages, len(made.Files), len(made.Written), made.Of)
	}
	for i, f := range made.Files {
		w := made.Written[i]
		if d := typeset.DigestsOf(w.Data); !f.Same || f.Bytes != len(w.Data) || f.SHA256 != d.SHA256 || f.SM3 != d.SM3 || f.Name != w.Name || !strings.HasSuffix(w.Name, f.Format) || w.MIME == "" {
			t.Errorf("the block says %+v of %s", f, w.Name)
		}
	}
	again, err := o.gazette.Round(context.Background(), ed, "校样 二校", nil)
	if err != nil || !bytes.Equal(again.Block, made.Block) {
		t.Errorf("made again it is not the same: %v", err)
	}
	bare, err := o.gazette.Round(context.Background(), ed, "", nil)
	if err != nil || bare.Files[0].SHA256 == made.Files[0].SHA256 || bare.Files[2].SHA256 != made.Files[2].SHA256 {
		t.Errorf("the mark is in the PDF, and not in the EPUB: %v", err)
	}
	if n := len(tree(t, o.cfg.Root)); n > 0 {
		t.Errorf("a proof wrote %d files in public", n)
	}
}

func TestAProofRoundStopsAtAMissingCharacter(t *testing.T) {
	o := newOffice(t)
	e := o.entry(titled("关于\U0003106c的通知"))
	var trouble *press.Trouble
	_, err := o.gazette.Round(context.Background(), o.compose(e), "校样", nil)
	if !errors.As(err, &trouble) || !strings.Contains(trouble.Say(), "\U0003106c") || !strings.Contains(trouble.Say(), "第1篇") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := o.gazette.Round(ctx, o.compose(o.entry()), "校样", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a making that nobody waits for: %v", err)
	}
}
