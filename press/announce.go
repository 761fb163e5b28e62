package press

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tongfa/workday"
)

// AnnouncementRef is the external id of the item that announces an edition (出刊消息), by which the item remembers its edition, and nobody drafts it twice.
func AnnouncementRef(key string) string { return "edition:" + key }

// AnnouncedEdition is the key of the edition that an item announces; "" for any other item.
func (it Item) AnnouncedEdition() string {
	key, ok := strings.CutPrefix(it.ExternalID, "edition:")
	if !ok {
		return ""
	}
	return key
}

// announceColumn is the column of the website for what is said of the gazette.
const announceColumn = "政府公报"

// mostAnnounced is up to how many characters the summary of an announcement has: it is what a message shows under its title.
const mostAnnounced = 110

// Announcement drafts what an office says of an issue that is out: that it is, where it is read, and its directory with the address of each article. What was
// withdrawn is not in it.
func Announcement(e Edition, address, publisher string, on workday.Date) Revision {
	name, number, _ := strings.Cut(e.Title, " ")
	title := fmt.Sprintf("《%s》%s出版", name, strings.TrimSpace(number))
	r := Revision{Title: title, ShortTitle: fmt.Sprintf("%s%s", name, e.IssueName()), Meta: Meta{Issuer: publisher, FormedOn: on, Disclosure: Proactive, Column: announceColumn,
		Keywords: []string{announceColumn, e.IssueName()}}}
	var directory []Block
	var titles []string
	section, n := "", 0
	var items []ListItem
	flush := func() {
		if len(items) > 0 {
			directory = append(directory, Block{Kind: ListKind, Items: items})
			items = nil
		}
	}
	for _, en := range e.Entries {
		if !en.Copy.State.Public() {
			continue
		}
		if en.Section != section {
			flush()
			section = en.Section
			directory = append(directory, H(1, section))
		}
		n++
		titles = append(titles, en.Revision.Title)
		spans := []Span{{Text: en.Revision.Title, Link: en.Copy.URL}}
		if en.Revision.Meta.DocNumber != "" {
			spans = append(spans, Span{Text: "（" + en.Revision.Meta.DocNumber + "）"})
		}
		items = append(items, ListItem{Marker: fmt.Sprintf("%d.", n), Blocks: []Block{{Kind: Paragraph, Spans: spans}}})
	}
	flush()
	says := fmt.Sprintf("《%s》%s已于%d年%d月%d日出版", name, strings.TrimSpace(number), on.Year, on.Month, on.Day)
	if n > 0 {
		says += fmt.Sprintf("，刊登%d篇", n)
	}
	if len(e.Errata) > 0 {
		says += fmt.Sprintf("，更正%d则", len(e.Errata))
	}
	lead := Block{Kind: Paragraph, Spans: []Span{{Text: says + "。"}}}
	if address != "" {
		lead.Spans = append(lead.Spans, Span{Text: "全文见"}, Span{Text: "电子版", Link: address}, Span{Text: "。"})
	}
	r.Body = append([]Block{lead}, directory...)
	r.Meta.Summary = announced(titles)
	return r
}

// announced names the first few titles, as many as fit.
func announced(titles []string) string {
	if len(titles) == 0 {
		return ""
	}
	s := "本期刊登：" + titles[0]
	for i, t := range titles[1:] {
		rest := fmt.Sprintf("等%d篇。", len(titles))
		if utf8.RuneCountInString(s+"；"+t+rest) > mostAnnounced {
			return s + rest
		}
		s += "；" + t
		if i == len(titles)-2 {
			return s + "。"
		}
	}
	return s + "。"
}
