package desk

import (
	"context"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// roundDoc is a proof round of an edition.
type roundDoc struct {
	Number   int          `json:"number"`
	At       time.Time    `json:"at"`
	By       string       `json:"by"`
	Pages    int          `json:"pages,omitempty"`
	Digest   string       `json:"digest"` // of the contents
	Changed  []turnDoc    `json:"changed"`
	Files    []madeDoc    `json:"files,omitempty"`
	Readings []readingDoc `json:"readings,omitempty"`
}

// turnDoc is one thing that changed between two proofs.
type turnDoc struct {
	Kind  press.TurnKind `json:"kind"`
	Item  press.ItemID   `json:"item,omitempty"`
	Title string         `json:"title,omitempty"`
	Was   string         `json:"was,omitempty"`
	Now   string         `json:"now,omitempty"`
	From  int            `json:"from,omitempty"`
	To    int            `json:"to,omitempty"`
	Text  []press.Change `json:"text,omitempty"`  // word by word; the first few
	More  int            `json:"more,omitempty"`  // that are not listed
	Files []string       `json:"files,omitempty"` // that came, went or were replaced
}

type madeDoc struct {
	Format string `json:"format"`
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3"`
}

type readingDoc struct {
	ID      int64        `json:"id"`
	At      time.Time    `json:"at"`
	By      string       `json:"by"`
	Pass    bool         `json:"pass"`
	Item    press.ItemID `json:"item,omitempty"`
	Place   string       `json:"place,omitempty"`
	Text    string       `json:"text,omitempty"`
	Settled *time.Time   `json:"settled,omitempty"`
	Settler string       `json:"settled_by,omitempty"`
	Mended  bool         `json:"mended,omitempty"`
	Outcome string       `json:"outcome,omitempty"`
}

// addRounds adds to an edition its proof rounds, and what changed since the last.
func (d *desk) addRounds(ctx context.Context, doc *editionDoc, e ledger.EditionLine) error {
	rounds, err := d.Ledger.Rounds(ctx, e.Key)
	if err != nil || len(rounds) == 0 {
		return err
	}
	var was press.Contents
	for i, r := range rounds {
		x := roundDoc{Number: r.Number, At: r.At, By: r.By, Pages: r.Pages, Digest: r.Digest, Changed: []turnDoc{}}
		if i > 0 {
			if x.Changed, err = d.turnsOf(ctx, press.Turns(was, r.Contents)); err != nil {
				return err
			}
		}
		for _, f := range r.Files {
			x.Files = append(x.Files, madeDoc{f.Format, f.Name, f.Bytes, f.SHA256, f.SM3})
		}
		for _, s := range r.Readings {
			x.Readings = append(x.Readings, readingDoc{s.ID, s.At, s.By, s.Pass, s.Item, s.Place, s.Text, known(s.Settled), s.Settler, s.Mended, s.Outcome})
		}
		doc.Rounds, was = append(doc.Rounds, x), r.Contents
	}
	open := e.State == press.EditionPlanned || e.State == press.EditionFrozen
	if !open || d.Plan == nil {
		return nil
	}
	p, err := d.Plan(e.Slot.Channel)
	if err != nil {
		return nil // the configuration does not have the channel any more
	}
	_, since, _, err := d.Ledger.Since(ctx, p, e.Edition, d.Now())
	switch {
	case ledger.Broke(err):
		return err
	case err != nil:
		return nil // an issue that cannot be numbered now cannot be compared
	}
	doc.Changed, err = d.turnsOf(ctx, since)
	return err
}

func (d *desk) turnsOf(ctx context.Context, turns []press.Turn) ([]turnDoc, error) {
	out := []turnDoc{}
	changed, err := d.Ledger.Differences(ctx, turns)
	for _, c := range changed {
		x := turnDoc{Kind: c.Kind, Item: c.Item, Title: c.Title, Was: c.Was, Now: c.Now, From: c.From, To: c.To}
		if c.Difference != nil {
			x.Text, x.More, x.Files = c.Difference.Changes, c.Difference.More, c.Difference.Files
		}
		out = append(out, x)
	}
	return out, err
}
