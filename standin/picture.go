package standin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

const (
	bodyImageMax  = 1 << 20  // uploadimg: strictly less
	materialMax   = 10 << 20 // add_material?type=image
	thumbMax      = 64 << 10 // add_material?type=thumb
	bodySizePart  = "640"    // how a picture in a stored body is addressed
	freshSizePart = "0"      // how an upload is answered
)

// picture is one uploaded picture; two uploads of the same bytes are two pictures.
type picture struct {
	Ext           string // png, jpg, gif, bmp
	Blob          string // digest of its bytes
	Width, Height int
}

// formatOf recognises a picture by its first bytes, never by its name; "" is none that WeChat takes.
func formatOf(b []byte) string {
	for _, f := range []struct{ magic, ext string }{
		{"\x89PNG\r\n\x1a\n", "png"}, {"\xff\xd8\xff", "jpg"}, {"GIF87a", "gif"}, {"GIF89a", "gif"}, {"BM", "bmp"},
	} {
		if bytes.HasPrefix(b, []byte(f.magic)) {
			return f.ext
		}
	}
	return ""
}

// keepPicture stores the bytes once and gives them a new identity.
func (w *WeChat) keepPicture(b []byte, ext string) string {
	sum := sha256.Sum256(b)
	digest := hex.EncodeToString(sum[:])
	if _, ok := w.world.Blobs[digest]; !ok {
		w.world.Blobs[digest] = b
		w.touch("blob", "", digest)
	}
	p := &picture{Ext: ext, Blob: digest}
	if cfg, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil {
		p.Width, p.Height = cfg.Width, cfg.Height
	}
	id := w.newID("picture", 86)
	w.world.Pictures[id] = p
	w.touch("picture", "", id)
	return id
}

// pictureURL is where picture id is loaded from, or "" for none.
func (w *WeChat) pictureURL(id string) string {
	p := w.world.Pictures[id]
	if p == nil {
		return ""
	}
	format := strings.Replace(p.Ext, "jpg", "jpeg", 1)
	return fmt.Sprintf("%s/mmbiz_%s/%s/%s?wx_fmt=%s", w.pictureBase(), p.Ext, id, freshSizePart, format)
}

var picturePath = regexp.MustCompile(`^/(?:mmbiz|mmbiz_(?:png|jpg|gif|bmp))/([A-Za-z0-9_-]+)/\d+$`)

// findPicture returns the picture an address means. Any host will do: a restarted stand-in may listen elsewhere.
func (w *WeChat) findPicture(address string) (id string, p *picture) {
	u, err := url.Parse(address)
	if err != nil {
		return "", nil
	}
	m := picturePath.FindStringSubmatch(u.Path)
	if m == nil {
		return "", nil
	}
	return m[1], w.world.Pictures[m[1]]
}

// servePicture answers the address of a picture.
func (w *WeChat) servePicture(path string) reply {
	_, p := w.findPicture(path)
	if p == nil {
		return reply{status: http.StatusNotFound, kind: "text/plain; charset=utf-8", body: []byte("not found")}
	}
	kind := map[string]string{"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "bmp": "image/bmp"}[p.Ext]
	return reply{status: http.StatusOK, kind: kind, body: w.world.Blobs[p.Blob]}
}

// media reads the multipart field "media": 41005 when there is none, 44001 when it is empty.
func (c *call) media() ([]byte, string, *refusal) {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return nil, "", refuse(41005, "media data missing")
	}
	parts := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		p, err := parts.NextPart()
		if err != nil {
			return nil, "", refuse(41005, "media data missing")
		}
		if p.FormName() != "media" || p.FileName() == "" {
			continue
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return nil, "", refuse(41005, "media data missing")
		}
		if len(b) == 0 {
			return nil, "", refuse(44001, "empty media data")
		}
		return b, p.FileName(), nil
	}
}

// uploadImage takes a picture for the body of an article: jpg or png, strictly under one megabyte; a new URL every time.
func (c *call) uploadImage() (fields, *refusal) {
	b, _, no := c.media()
	if no != nil {
		return nil, no
	}
	ext := formatOf(b)
	if ext != "png" && ext != "jpg" {
		return nil, refuse(40005, "invalid file type")
	}
	if len(b) >= bodyImageMax {
		return nil, refuse(40009, "invalid image size")
	}
	id := c.keepPicture(b, ext)
	c.record(Effect{Kind: "picture", Ref: id})
	return fields{"url": c.pictureURL(id)}, nil
}
