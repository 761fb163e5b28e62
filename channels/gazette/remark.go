package gazette

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/press"
)

// What stands beside an issued text is kept between two marks, the first of which seals it. All else of the page is as it was issued.
const (
	remarksBegin = "<!--remarks sha256:"
	remarksEnd   = "<!--/remarks-->\n"
	markEnd      = "-->\n"
)

// textBegin is where the approved text begins; remarks stand above it. Nothing in a title or a text can say this.
var textBegin = []byte(`<div class="text" id="` + textID + `">`)

// parted is a page as it was issued, and the remarks that stand on it, without their marks.
type parted struct {
	issued []byte
	block  []byte
	broken bool // there are marks, and what is between them is not what was put there
}

// part takes the remarks out of a page.
func part(page []byte) parted {
	from := bytes.Index(page, []byte(remarksBegin))
	if from < 0 {
		return parted{issued: page}
	}
	seal, rest, ok := bytes.Cut(page[from+len(remarksBegin):], []byte(markEnd))
	block, after, closed := bytes.Cut(rest, []byte(remarksEnd))
	if !ok || !closed {
		return parted{issued: page, broken: true}
	}
	return parted{issued: slices.Concat(page[:from], after), block: block, broken: sum(block) != string(seal)}
}

// join puts remarks on a page; part undoes it.
func join(issued, block []byte) ([]byte, error) {
	if len(block) == 0 {
		return issued, nil
	}
	at := bytes.Index(issued, textBegin)
	if at < 0 {
		return nil, fmt.Errorf("put remarks: the page has no text")
	}
	return slices.Concat(issued[:at], []byte(remarksBegin+sum(block)+markEnd), block, []byte(remarksEnd), issued[at:]), nil
}

// shownRemark is a remark as its page shows it.
type shownRemark struct {
	Class, Kind, Heading string
	Text, Day, Date      string
	URL, LinkText        string
}

// remarksOf draws the remarks on an entry, the newest first, as readers want to know how things stand now. No remarks are no bytes.
func (c *Channel) remarksOf(e press.Entry) ([]byte, error) {
	if len(e.Remarks) == 0 {
		return nil, nil
	}
	var shown []shownRemark
	for _, r := range slices.Backward(e.Remarks) {
		shown = append(shown, c.shown(e.Item.ID, r))
	}
	var b bytes.Buffer
	if err := c.pages["article"].ExecuteTemplate(&b, "remarks", shown); err != nil {
		return nil, fmt.Errorf("write remarks: %w", err)
	}
	return b.Bytes(), nil
}

func (c *Channel) shown(item press.ItemID, r press.Remark) shownRemark {
	at := r.At.In(c.o.Location)
	s := shownRemark{Kind: r.Kind.Name(), Class: "correction", Text: strings.TrimSpace(r.Text), Day: at.Format(time.DateOnly), Date: at.Format("2006年1月2日"),
		LinkText: "查看更正"}
	if r.Kind == press.RemarkValidity {
		s.Class, s.LinkText, s.Heading = "validity", "查看有关文件", validityHeading(r.Validity)
		s.URL = c.relative(r.URL)
		return s
	}
	s.URL = c.relative(c.correctionAt(item, r.URL))
	return s
}

// correctionAt is where the correction of an item stands, if an address is that of an issue which prints it: on the page of its corrections.
func (c *Channel) correctionAt(item press.ItemID, address string) string {
	rel, ours := strings.CutPrefix(address, c.cfg.URL+"/")
	p, issue := parsePlace(strings.TrimSuffix(rel, "/") + "/00")
	if !ours || !issue {
		return address
	}
	r, there, err := c.readRecord(p.wholeIssue())
	if err != nil || !there || len(r.Errata) == 0 {
		return address
	}
	address = c.cfg.URL + "/" + p.issue() + "/" + errataName
	if i := slices.IndexFunc(r.Errata, func(e erratum) bool { return e.Item == string(item) }); i >= 0 {
		address += "#" + erratumID(i)
	}
	return address
}

func validityHeading(v press.Validity) string {
	switch v {
	case press.Repealed:
		return "本文件已废止"
	case press.Expired:
		return "本文件已失效"
	case press.Amended:
		return "本文件已修改"
	case press.InForce:
		return "本文件现行有效"
	}
	return ""
}

// wordsClass is the class of the paragraph that holds the words of a remark.
const wordsClass = "words"
