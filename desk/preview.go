package desk

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
)

// framing lets a page of the desk show one of our own pages in a frame.
const framing = policy + "; frame-src 'self'"

// previewRules keep a page that is only looked at from running or reaching anything: no script, no form, nothing from elsewhere, and no frame but ours.
const previewRules = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; form-action 'none'; base-uri 'none'; " +
	"frame-ancestors 'self'; sandbox allow-same-origin"

// previewPage shows an item as a channel will.
type previewPage struct {
	frame
	Tabs     itemTabs
	Story    ledger.Story
	Channels []previewTab
	Channel  string
	Revision int
	Phone    bool
	Src      string
	Note     string
	Problem  string
}

type previewTab struct {
	Name, Kind string
	Wanted     bool
}

func (d *desk) previews(w http.ResponseWriter, r *http.Request) {
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	f := d.frame(r, d.t(r, "预览：%s", s.Title), "matrix")
	p := previewPage{frame: f, Tabs: itemTabs{f, s.Item, "preview"}, Story: s, Revision: numberIn(r, "revision", s.Item.Head, s.Item.Head), Channel: r.URL.Query().Get("channel")}
	cs, err := d.Ledger.Channels(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	kind := ""
	for _, c := range cs {
		t := previewTab{c.Name, c.Kind, slices.ContainsFunc(s.Item.Wants, func(x press.Want) bool { return x.Channel == c.Name })}
		p.Channels = append(p.Channels, t)
		if p.Channel == "" && t.Wanted {
			p.Channel = c.Name
		}
		if p.Channel == c.Name {
			kind = c.Kind
		}
	}
	if kind == "" && len(cs) > 0 && p.Channel == "" {
		p.Channel, kind = cs[0].Name, cs[0].Kind
	}
	if kind == "" {
		d.nowhere(w, r)
		return
	}
	width := r.URL.Query().Get("width")
	p.Phone = width == "phone" || width == "" && kind == "wechat"
	p.Src = to("items", string(s.Item.ID), "preview", p.Channel) + "?revision=" + strconv.Itoa(p.Revision)
	seen, _, err := d.drawn(r, p.Channel, p.Revision)
	if err != nil {
		p.Problem = say(err)
	}
	p.Note = seen.Note
	w.Header().Set("Content-Security-Policy", framing)
	d.show(w, r, http.StatusOK, "preview", p)
}

// noPreview says that a channel cannot draw.
var noPreview = &press.Trouble{Remedy: press.AskPerson, What: "这个渠道不能预览", Do: "请看其他渠道的预览"}

// drawn draws an item for a channel, from one of its revisions.
func (d *desk) drawn(r *http.Request, channel string, number int) (channels.Preview, press.Entry, error) {
	if d.Preview == nil {
		return channels.Preview{}, press.Entry{}, noPreview
	}
	e, err := d.Ledger.Draw(r.Context(), r.PathValue("id"), channel, number, d.Now().In(d.Location))
	if err != nil {
		return channels.Preview{}, e, err
	}
	seen, err := d.Preview(r.Context(), channel, e)
	return seen, e, err
}

// preview is the page itself, for the frame. Its files are given below its own address.
func (d *desk) preview(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.URL.Query().Get("revision"))
	seen, e, err := d.drawn(r, r.PathValue("channel"), max(0, number))
	if err != nil {
		d.cannot(w, r, err)
		return
	}
	page, err := framedPage(seen, func(i int) string {
		return to("items", string(e.Item.ID), "preview", r.PathValue("channel"), strconv.Itoa(i)) + "?revision=" + strconv.Itoa(e.Revision.Number)
	})
	if err != nil {
		d.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", previewRules)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page) // the reader may have gone
}

// framedPage is a page whose files are asked for from the desk, and which leads nowhere: what it would link is not there yet, or is elsewhere.
func framedPage(seen channels.Preview, address func(int) string) ([]byte, error) {
	root, err := html.Parse(bytes.NewReader(seen.Page))
	if err != nil {
		return nil, err
	}
	at := map[string]string{}
	for i, f := range seen.Files {
		at[f.URL] = address(i)
	}
	var gone []*html.Node
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.DataAtom {
		case atom.Script, atom.Base, atom.Iframe, atom.Object, atom.Embed:
			gone = append(gone, n)
			continue
		case atom.Meta:
			if strings.EqualFold(channels.AttrOf(n, "http-equiv"), "refresh") {
				gone = append(gone, n)
				continue
			}
		}
		for i := range n.Attr {
			a := &n.Attr[i]
			if a.Key != "src" && a.Key != "href" || strings.HasPrefix(a.Val, "data:image/") {
				continue
			}
			switch to, ours := at[a.Val]; {
			case ours:
				a.Val = to
			case n.DataAtom == atom.A:
				n.Attr = append(n.Attr, html.Attribute{Key: "title", Val: a.Val})
				n.Attr[i].Key, n.Attr[i].Val = "href", "#"
			case n.DataAtom == atom.Link, n.DataAtom == atom.Img:
				n.Attr[i].Key = "data-" + a.Key
			}
		}
	}
	for _, n := range gone {
		n.Parent.RemoveChild(n)
	}
	var b bytes.Buffer
	err = html.Render(&b, root)
	return b.Bytes(), err
}

// previewFile is a file that a preview shows: a style sheet, or a picture of the ledger.
func (d *desk) previewFile(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.URL.Query().Get("revision"))
	i, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		d.nowhere(w, r)
		return
	}
	seen, e, err := d.drawn(r, r.PathValue("channel"), max(0, number))
	if err != nil {
		d.cannot(w, r, err)
		return
	}
	if i < 0 || i >= len(seen.Files) {
		d.nowhere(w, r)
		return
	}
	f := seen.Files[i]
	if f.Digest != "" {
		a, ok, err := d.Ledger.Shows(r.Context(), string(e.Item.ID), f.Digest)
		if err != nil || !ok {
			d.nowhere(w, r)
			return
		}
		d.sendFile(w, r, a)
		return
	}
	w.Header().Set("Content-Security-Policy", fileRules)
	w.Header().Set("Content-Type", f.MIME)
	_, _ = w.Write(f.Data) // the reader may have gone
}
