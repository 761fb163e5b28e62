package standin

import (
	"time"
)

// material is a permanent picture of an account's library.
type material struct {
	ID      string
	Kind    string // image or thumb
	Name    string
	Picture string
	Added   time.Time
	Pinned  bool // in use by the menu
}

func (m *material) key() string { return m.ID }

// addMaterial takes a permanent picture: image ≤ 10 MB in four formats, thumb ≤ 64 KB jpg.
func (c *call) addMaterial() (fields, *refusal) {
	kind := c.r.URL.Query().Get("type")
	if kind != "image" && kind != "thumb" {
		return nil, refuse(40004, "invalid media type")
	}
	b, name, no := c.media()
	if no != nil {
		return nil, no
	}
	ext := formatOf(b)
	switch {
	case ext == "" || kind == "thumb" && ext != "jpg":
		return nil, refuse(40005, "invalid file type")
	case kind == "thumb" && len(b) > thumbMax:
		return nil, refuse(40012, "invalid thumb size")
	case len(b) > materialMax:
		return nil, refuse(40009, "invalid image size")
	}
	m := &material{ID: c.newID("material", 64), Kind: kind, Name: name, Picture: c.keepPicture(b, ext), Added: c.time}
	c.acc.Materials.put(m)
	c.touch("material", c.acc.AppID, m.ID)
	c.record(Effect{Kind: "material", Ref: m.ID})
	out := fields{"media_id": m.ID, "item": []any{}}
	if kind == "image" {
		out["url"] = c.pictureURL(m.Picture)
	}
	return out, nil
}

func (c *call) delMaterial() (fields, *refusal) {
	var in struct {
		MediaID string `json:"media_id"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	m, ok := c.acc.Materials.get(in.MediaID)
	if !ok {
		return nil, refuse(40007, "invalid media_id")
	}
	if m.Pinned {
		return nil, refuse(48005, "api forbid to delete material used by auto-reply or menu")
	}
	c.acc.Materials.remove(in.MediaID)
	c.touch("material", c.acc.AppID, in.MediaID)
	c.record(Effect{Kind: "material-delete", Ref: in.MediaID})
	return done(), nil
}

func (c *call) countMaterial() (fields, *refusal) {
	images := 0
	for _, m := range c.acc.Materials.List {
		if m.Kind == "image" {
			images++
		}
	}
	return fields{"voice_count": 0, "video_count": 0, "image_count": images, "news_count": 0}, nil
}

func (c *call) batchgetMaterial() (fields, *refusal) {
	var in struct {
		Type   string `json:"type"`
		Offset int    `json:"offset"`
		Count  int    `json:"count"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	if in.Type != "image" {
		return nil, refuse(40004, "invalid media type")
	}
	if in.Count < 1 || in.Count > 20 || in.Offset < 0 {
		return nil, refuse(40035, "invalid parameter")
	}
	var images shelf[*material]
	for _, m := range c.acc.Materials.List {
		if m.Kind == "image" {
			images.List = append(images.List, m)
		}
	}
	items := []any{}
	for _, m := range images.page(in.Offset, in.Count) {
		items = append(items, fields{
			"media_id": m.ID, "name": m.Name, "update_time": m.Added.Unix(), "url": c.pictureURL(m.Picture), "tags": []any{},
		})
	}
	return fields{"item": items, "total_count": len(images.List), "item_count": len(items)}, nil
}

// uploadTemporary takes a picture for three days. It has a media_id like any other, but no draft takes it.
func (c *call) uploadTemporary() (fields, *refusal) {
	if kind := c.r.URL.Query().Get("type"); kind != "image" && kind != "thumb" {
		return nil, refuse(40004, "invalid media type")
	}
	b, _, no := c.media()
	if no != nil {
		return nil, no
	}
	if ext := formatOf(b); ext == "" {
		return nil, refuse(40005, "invalid file type")
	}
	c.record(Effect{Kind: "temporary"})
	return fields{"type": c.r.URL.Query().Get("type"), "media_id": c.newID("temporary", 64), "created_at": c.time.Unix(), "item": []any{}}, nil
}

// usable says whether a draft of the account may use the permanent material now.
func (c *call) usable(id string) (*material, bool) {
	m, ok := c.acc.Materials.get(id)
	if !ok || c.time.Before(m.Added.Add(c.o.Visible)) {
		return nil, false
	}
	return m, true
}
