package gazette

import (
	_ "embed"
	"encoding/json"
	"os"
	"path"
	"slices"

	"tongfa/typeset"
)

//go:embed verify/digests.js
var digestsScript []byte

//go:embed verify/verify.js
var verifyScript []byte

// verifyFolder is the public page on which readers compare a file that they have with what was published, and its scripts.
const verifyFolder = "verify"

type verifyPage struct {
	frame
	Issues  []verifiable
	Example string // the name of a file
}

// verifiable is an issue with its verification blocks, the newest last.
type verifiable struct {
	place           place
	Ref, Title, URL string
	Blocks          []verifyBlock
}

type verifyBlock struct{ Name, URL string }

// verifyFiles draws the page, from what is there.
func (c *Channel) verifyFiles(years []int) ([]blob, error) {
	p := verifyPage{frame: c.frame("verify", "核验公报文件 - "+c.cfg.Name, "../")}
	p.Script = true
	for _, y := range slices.Backward(years) {
		places, err := c.places(y)
		if err != nil {
			return nil, err
		}
		for _, at := range slices.Backward(places) {
			if v, ok := c.verifiable(at); ok {
				p.Issues = append(p.Issues, v)
			}
		}
	}
	p.Example = place{year: 2026, number: 1}.file(typeset.FormatPDF, 0)
	if len(p.Issues) > 0 {
		p.Example = p.Issues[0].place.file(typeset.FormatPDF, 0)
	}
	page, err := c.pages.Render("verify", p)
	return []blob{{verifyFolder + "/digests.js", digestsScript}, {verifyFolder + "/verify.js", verifyScript}, {verifyFolder + "/index.html", page}}, err
}

// verifiable is an issue as the page lists it; false for one without a verification block.
func (c *Channel) verifiable(p place) (verifiable, bool) {
	dir := c.abs(p.issue())
	v := verifiable{place: p, Ref: p.issue(), Title: p.name(), URL: "../" + p.issue() + "/index.html"}
	add := func(name string) {
		if info, err := os.Lstat(path.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			v.Blocks = append(v.Blocks, verifyBlock{name, "../" + p.issue() + "/" + name})
		}
	}
	add(verifyName)
	if data, err := readPlain(path.Join(dir, replacedName)); err == nil {
		var x replaced
		if json.Unmarshal(data, &x) == nil && x.Version > 0 {
			add(verifyNameOf(x.Version))
		}
	}
	return v, len(v.Blocks) > 0
}
