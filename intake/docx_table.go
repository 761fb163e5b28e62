package intake

import (
	"encoding/xml"
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// docCell is a cell while its table is read.
type docCell struct {
	at, span int
	merged   bool // it is covered by the one above
	joined   bool // it is covered by the one on its left
	rows     int
	node     *html.Node
}

// docTable is a table while it is read.
type docTable struct {
	d    *docx
	rows [][]*docCell
	head []bool
}

func (d *docx) table(parent *html.Node) error {
	t := docTable{d: d}
	if err := t.read(); err != nil {
		return err
	}
	t.merge()
	table := node(atom.Table)
	for _, row := range t.rows {
		tr := node(atom.Tr)
		for _, c := range row {
			if c.merged || c.joined {
				continue
			}
			if c.span > 1 {
				c.node.Attr = append(c.node.Attr, html.Attribute{Key: "colspan", Val: strconv.Itoa(c.span)})
			}
			if c.rows > 1 {
				c.node.Attr = append(c.node.Attr, html.Attribute{Key: "rowspan", Val: strconv.Itoa(c.rows)})
			}
			tr.AppendChild(c.node)
		}
		table.AppendChild(tr)
	}
	if name := parent.LastChild; d.captions[name] {
		parent.RemoveChild(name)
		table.InsertBefore(filled(atom.Caption, name), table.FirstChild)
	}
	parent.AppendChild(table)
	return nil
}

func (t *docTable) read() error {
	d := t.d
	return d.each(func(name string, _ xml.StartElement) error {
		switch name {
		case "tr":
			return t.row()
		case "sdt":
			return d.control(t.read)
		case "customXml":
			return t.read()
		case "ins", "del", "moveFrom", "moveTo":
			d.revision()
		case "mc:AlternateContent":
			return d.alternate(t.read)
		}
		return d.dec.Skip()
	})
}

func (t *docTable) row() error {
	t.rows, t.head = append(t.rows, nil), append(t.head, false)
	at := 0
	if err := t.cells(&at); err != nil {
		return err
	}
	if n := len(t.rows) - 1; t.head[n] && (n == 0 || t.head[n-1]) {
		for _, c := range t.rows[n] {
			c.node.DataAtom, c.node.Data = atom.Th, atom.Th.String()
		}
	}
	return nil
}

// widestTable bounds the columns of a table, as word processors do with far fewer.
const widestTable = 1000

func (t *docTable) cells(at *int) error {
	d := t.d
	return d.each(func(name string, _ xml.StartElement) error {
		switch name {
		case "trPr":
			return d.each(func(name string, el xml.StartElement) error {
				switch name {
				case "ins", "del":
					d.revision()
				case "tblHeader":
					t.head[len(t.head)-1] = on(el)
				case "gridBefore":
					t.blank(at, atoi(attr(el, "val"), 0, widestTable))
				}
				return d.dec.Skip()
			})
		case "tc":
			return t.cell(at)
		case "sdt":
			return d.control(func() error { return t.cells(at) })
		case "customXml":
			return t.cells(at)
		case "ins", "del", "moveFrom", "moveTo":
			d.revision()
		}
		return d.dec.Skip()
	})
}

// blank is the room before a row that begins further right.
func (t *docTable) blank(at *int, span int) {
	if span > 0 {
		t.add(&docCell{at: *at, span: span, rows: 1, node: node(atom.Td)})
		*at += span
	}
}

func (t *docTable) add(c *docCell) {
	n := len(t.rows) - 1
	t.rows[n] = append(t.rows[n], c)
}

func (t *docTable) cell(at *int) error {
	d := t.d
	c := &docCell{at: *at, span: 1, rows: 1, node: node(atom.Td)}
	t.add(c)
	n := len(t.rows) - 1
	// Its properties come first; everything after them is read as blocks.
	err := d.each(func(name string, el xml.StartElement) error {
		switch name {
		case "tcPr":
			return d.each(func(name string, el xml.StartElement) error {
				switch name {
				case "gridSpan":
					c.span = atoi(attr(el, "val"), 1, widestTable)
				case "vMerge":
					c.merged = attr(el, "val") != "restart"
				case "hMerge":
					c.joined = attr(el, "val") != "restart"
				case "cellIns", "cellDel", "cellMerge":
					d.revision()
				}
				return d.dec.Skip()
			})
		case "p":
			return d.paragraph(c.node)
		case "tbl":
			return d.table(c.node)
		case "sdt":
			return d.control(func() error { return d.blocks(c.node) })
		case "customXml", "smartTag":
			return d.blocks(c.node)
		case "ins", "del", "moveFrom", "moveTo":
			d.revision()
		case "mc:AlternateContent":
			return d.alternate(func() error { return d.blocks(c.node) })
		}
		return d.dec.Skip()
	})
	*at += c.span
	if (c.merged && n > 0 || c.joined) && oneLine(textOf(c.node)) != "" {
		d.fault("表格里有被合并单元格遮住的文字“"+clip(oneLine(textOf(c.node)))+"”", "请取消合并，核对这些文字，再提交")
	}
	return err
}

// merge gives cells the rows and columns that they cover.
func (t *docTable) merge() {
	above := map[int]*docCell{}
	for _, row := range t.rows {
		next := map[int]*docCell{}
		var left *docCell
		for _, c := range row {
			if c.joined && left != nil {
				left.span += c.span
				continue
			}
			c.joined = false
			if up := above[c.at]; c.merged && up != nil && up.span == c.span {
				up.rows++
				next[c.at] = up
				left = up
				continue
			}
			c.merged = false
			next[c.at], left = c, c
		}
		above = next
	}
}
