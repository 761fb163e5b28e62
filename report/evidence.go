package report

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// Format names the layout of a bundle, and its version.
const Format = "tongfa-evidence/1"

// Export is who takes the evidence, when and with what.
type Export struct {
	At      time.Time
	By      string
	Role    press.Role
	Office  string
	Program string // version
}

// Manifest says what is in a bundle.
type Manifest struct {
	Format   string       `json:"format"`
	Ledger   string       `json:"ledger"`
	Item     press.ItemID `json:"item"`
	External string       `json:"external_id,omitempty"`
	Title    string       `json:"title"`
	At       time.Time    `json:"exported_at"`
	By       string       `json:"exported_by"`
	Role     press.Role   `json:"exported_as,omitempty"`
	Office   string       `json:"office"`
	Program  string       `json:"program"`
	Note     string       `json:"note"`
	Files    []File       `json:"files"`
}

// File is one file of a bundle.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const coverage = "流转记录逐条成链，由每日总摘要覆盖，可以离线复核；版本由审签所指的摘要覆盖；回执、动作和核验不逐条成链，每日总摘要整体覆盖，只有台账能重算；导出的时间和导出人由导出方写入。"

// itemFile is item.json.
type itemFile struct {
	ID          press.ItemID     `json:"id"`
	ExternalID  string           `json:"external_id,omitempty"`
	Kind        press.Kind       `json:"kind"`
	IndexNumber string           `json:"index_number"`
	State       press.State      `json:"state"`
	Shown       press.State      `json:"shown"`
	Head        int              `json:"head"`
	ReleaseAt   time.Time        `json:"release_at,omitzero"`
	FiledAt     time.Time        `json:"filed_at"`
	FiledBy     string           `json:"filed_by"`
	BelongsWith []string         `json:"belongs_with,omitempty"`
	Copies      []copyFile       `json:"copies"`
	Findings    []press.Finding  `json:"findings,omitempty"`
	Covered     *ledger.Covered  `json:"covered,omitempty"`
	Broken      []map[string]any `json:"broken,omitempty"`
}

type copyFile struct {
	Channel    string          `json:"channel"`
	Generation int             `json:"generation"`
	State      press.CopyState `json:"state"`
	Revision   int             `json:"revision,omitempty"`
	Marker     string          `json:"marker"`
	URL        string          `json:"url,omitempty"`
	Ref        string          `json:"ref,omitempty"`
	Edition    string          `json:"edition,omitempty"`
	Since      time.Time       `json:"since"`
	First      time.Time       `json:"first_public,omitzero"`
	Note       string          `json:"note,omitempty"`
}

// revisionFile is revisions/N.json.
type revisionFile struct {
	Number      int           `json:"number"`
	Title       string        `json:"title"`
	ShortTitle  string        `json:"short_title,omitempty"`
	Body        []press.Block `json:"body"`
	Meta        press.Meta    `json:"meta"`
	Cover       *press.Asset  `json:"cover,omitempty"`
	Images      []press.Asset `json:"images,omitempty"`
	Attachments []press.Asset `json:"attachments,omitempty"`
	Digest      string        `json:"digest"`
	At          time.Time     `json:"at"`
	By          string        `json:"by"`
}

func (r revisionFile) revision() press.Revision {
	return press.Revision{Number: r.Number, Title: r.Title, ShortTitle: r.ShortTitle, Body: r.Body, Meta: r.Meta, Cover: r.Cover, Images: r.Images,
		Attachments: r.Attachments, Digest: r.Digest, At: r.At, By: r.By}
}

func fileOf(r press.Revision) revisionFile {
	return revisionFile{r.Number, r.Title, r.ShortTitle, r.Body, r.Meta, r.Cover, r.Images, r.Attachments, r.Digest, r.At, r.By}
}

// approvalFile is one line of approvals.json.
type approvalFile struct {
	Revision   int        `json:"revision"`
	Digest     string     `json:"digest"`
	Step       press.Step `json:"step"`
	By         string     `json:"by"`
	Office     string     `json:"office,omitempty"`
	At         time.Time  `json:"at"`
	Pass       bool       `json:"pass"`
	Ground     string     `json:"ground,omitempty"`
	RecordedBy string     `json:"recorded_by,omitempty"`
}

type waiverFile struct {
	Revision int        `json:"revision"`
	Rule     press.Rule `json:"rule"`
	By       string     `json:"by"`
	Reason   string     `json:"reason"`
	At       time.Time  `json:"at"`
}

// headsFile is heads.json.
type headsFile struct {
	Covered *ledger.Covered `json:"covered"`
	Heads   []ledger.Head   `json:"heads"`
}

// Write makes the bundle of an item, and returns the SHA-256 of the whole file. blob gives the bytes of a file by its digest.
func Write(w io.Writer, e ledger.Evidence, x Export, blob func(digest string) ([]byte, error)) (sum string, err error) {
	total := sha256.New()
	b := &bundle{zip: zip.NewWriter(io.MultiWriter(w, total)), at: x.At}
	b.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	b.put("index.html", page(e, x))
	b.json("item.json", itemOf(e))
	for _, r := range e.Revisions {
		b.json(fmt.Sprintf("revisions/%d.json", r.Number), fileOf(r))
		b.put(fmt.Sprintf("revisions/%d.txt", r.Number), []byte(readable(r)))
		b.put(fmt.Sprintf("revisions/%d.html", r.Number), []byte(pageOf(r)))
	}
	b.json("approvals.json", approvalsOf(e))
	b.json("waivers.json", waiversOf(e))
	b.json("moves.json", some(e.Chain))
	b.json("editions.json", some(e.Issued))
	b.json("steps.json", some(e.Steps))
	b.json("receipts.json", some(e.Receipts))
	b.json("sightings.json", some(e.Sightings))
	b.json("heads.json", headsFile{e.Covered, some(e.Heads)})
	for _, a := range assetsOf(e.Revisions) {
		data, err := blob(a.Digest)
		if err != nil {
			return "", fmt.Errorf("read file %s of %s: %w", a.Digest, e.Item.ID, err)
		}
		b.put(assetName(a), data)
	}
	m := Manifest{Format: Format, Ledger: e.Ledger, Item: e.Item.ID, External: e.Item.ExternalID, Title: e.Title, At: x.At, By: x.By, Role: x.Role, Office: x.Office,
		Program: x.Program, Note: coverage, Files: b.files}
	b.json("manifest.json", m)
	if b.err == nil {
		b.err = b.zip.Close()
	}
	if b.err != nil {
		return "", fmt.Errorf("write evidence of %s: %w", e.Item.ID, b.err)
	}
	return hex.EncodeToString(total.Sum(nil)), nil
}

// bundle is a ZIP that is being written. After an error nothing more is.
type bundle struct {
	zip   *zip.Writer
	at    time.Time
	files []File
	err   error
}

func (b *bundle) put(name string, data []byte) {
	if b.err != nil {
		return
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.at.UTC().Truncate(2 * time.Second)})
	if err == nil {
		_, err = w.Write(data)
	}
	b.err = err
	sum := sha256.Sum256(data)
	b.files = append(b.files, File{name, int64(len(data)), hex.EncodeToString(sum[:])})
}

func (b *bundle) json(name string, v any) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil && b.err == nil {
		b.err = err
	}
	b.put(name, buf.Bytes())
}

func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func itemOf(e ledger.Evidence) itemFile {
	it := e.Item
	f := itemFile{ID: it.ID, ExternalID: it.ExternalID, Kind: it.Kind, IndexNumber: it.IndexNumber, State: it.State, Shown: e.Shown, Head: it.Head,
		ReleaseAt: it.ReleaseAt, FiledAt: it.FiledAt, FiledBy: it.FiledBy, BelongsWith: it.BelongsWith, Copies: []copyFile{}, Findings: e.Findings, Covered: e.Covered}
	for _, c := range e.All {
		f.Copies = append(f.Copies, copyFile{c.Channel, c.Generation, c.State, c.Revision, c.Marker, c.URL, c.Ref, c.Edition, c.Since, c.FirstSeen, c.Note})
	}
	for _, b := range e.Broken {
		f.Broken = append(f.Broken, map[string]any{"n": b.N, "why": b.Why})
	}
	return f
}

func approvalsOf(e ledger.Evidence) []approvalFile {
	out := []approvalFile{}
	for _, a := range e.Approvals {
		out = append(out, approvalFile{a.Revision, a.Digest, a.Step, a.By, a.Office, a.At, a.Pass, a.Ground, a.RecordedBy})
	}
	return out
}

func waiversOf(e ledger.Evidence) []waiverFile {
	out := []waiverFile{}
	for _, w := range e.Waivers {
		out = append(out, waiverFile{w.Revision, w.Rule, w.By, w.Reason, w.At})
	}
	return out
}

// assetsOf are the files of all revisions, each once.
func assetsOf(rs []press.Revision) []press.Asset {
	var out []press.Asset
	had := map[string]bool{}
	add := func(a press.Asset) {
		if !had[a.Digest] {
			had[a.Digest] = true
			out = append(out, a)
		}
	}
	for _, r := range rs {
		if r.Cover != nil {
			add(*r.Cover)
		}
		for _, a := range slices.Concat(r.Images, r.Attachments) {
			add(a)
		}
	}
	return out
}

// assetName is where a file stands in a bundle: by its digest, with what tells its format where that is harmless.
func assetName(a press.Asset) string {
	const longest = 6
	ext := strings.ToLower(path.Ext(a.Name))
	if len(ext) > longest || strings.ContainsFunc(ext, func(r rune) bool { return r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }) {
		ext = ""
	}
	return "files/" + a.Digest + ext
}
