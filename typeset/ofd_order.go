package typeset

import (
	"bytes"
	"fmt"
	"slices"
)

// object is a text object of an OFD: what it belongs to, and where it stands.
type object struct{ id, page, element int }

// orderNS is the namespace of the tags that give the reading order.
const orderNS = "urn:tongfa:reading-order"

// readingOrder tags what is read in another order than it is drawn: a cell of a table that goes over to the next page is read before its neighbour, and drawn
// after it; a footnote stands at the foot of a page on which the next article has begun. Each article of which that is so has its text objects in the order in
// which they are read; the others need no tag.
func (d *ofd) readingOrder() {
	by := map[int][]object{}
	var order []int
	apart := map[int]bool{} // articles with something of another one in between
	before := -1
	for _, o := range d.placed {
		if o.element < 0 || !d.text[o.element] {
			continue
		}
		a := d.b.articleOf(o.element)
		if by[a] == nil {
			order = append(order, a)
		} else if before != a {
			apart[a] = true
		}
		before = a
		by[a] = append(by[a], o)
	}
	var b bytes.Buffer
	for _, a := range order {
		rank := func(x, y object) int { return d.b.rank(x.element) - d.b.rank(y.element) }
		if !apart[a] && slices.IsSortedFunc(by[a], rank) {
			continue
		}
		slices.SortStableFunc(by[a], rank)
		b.WriteString(`<t:Article>`)
		for _, o := range by[a] {
			fmt.Fprintf(&b, `<ofd:ObjectRef PageRef="%d">%d</ofd:ObjectRef>`, pageNumber(o.page), o.id)
		}
		b.WriteString(`</t:Article>`)
	}
	if d.tagged = b.Len() > 0; !d.tagged {
		return
	}
	d.a.text("Doc_0/Tags/CustomTags.xml", bytes.NewBufferString(ofdHead+`<ofd:CustomTags `+ofdNS+`><ofd:CustomTag NameSpace="`+orderNS+`"><ofd:FileLoc>Order.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>`))
	d.a.text("Doc_0/Tags/Order.xml", bytes.NewBufferString(ofdHead+`<t:Order xmlns:t="`+orderNS+`" `+ofdNS+`>`+b.String()+`</t:Order>`))
}

// articleOf is the article that an element stands in; for the title of a section, the section.
func (b *Book) articleOf(e int) int {
	for at := e; at >= 0; at = b.Elements[at].Parent {
		if r := b.Elements[at].Role; r == RoleArticle || r == RolePart {
			return at
		}
	}
	return e
}

// rank is the place of an element's text in reading order. What stands in the middle of a paragraph is read where it is drawn.
func (b *Book) rank(e int) int {
	for b.Elements[e].Role.inline() && b.Elements[e].Parent >= 0 {
		e = b.Elements[e].Parent
	}
	return e
}
