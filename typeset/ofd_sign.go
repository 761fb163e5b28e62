package typeset

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"
)

// Attached is a file that an OFD carries along, such as the original of a document.
type Attached struct {
	Name string
	Data []byte
}

// OFDSigner makes the value of a signature. A Credential is one, with a key in a file; an office's seal (GB/T 38540) is in a device that it alone has, and what a
// signature is worth in law is that of its certificate: nothing is claimed here.
type OFDSigner interface {
	Provider() string                        // what made the signature, named in the file
	Sign(description []byte) ([]byte, error) // SM2 with SM3 over the description, which holds the digest of every part
}

// The algorithms by their national numbers.
const (
	oidSM3    = "1.2.156.10197.1.401"
	oidSM2SM3 = "1.2.156.10197.1.501"
)

// partSum is a part of an archive with its SM3 digest.
type partSum struct {
	name string
	sum  [32]byte
}

// attachments writes the files that go along.
func (d *ofd) attachments() {
	if len(d.o.Attachments) == 0 {
		return
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `%s<ofd:Attachments %s>`, ofdHead, ofdNS)
	for i, f := range d.o.Attachments {
		file := fmt.Sprintf("file_%d", i+1) // names of readers' choice are in the list, not in the archive
		fmt.Fprintf(&b, `<ofd:Attachment ID="A%d" Name="%s" CreationDate="%s" Size="%d.%03d"><ofd:FileLoc>%s</ofd:FileLoc></ofd:Attachment>`,
			i+1, escape(f.Name), d.o.Made.UTC().Format("2006-01-02T15:04:05"), len(f.Data)/1024, len(f.Data)%1024*1000/1024, file)
		d.a.add("Doc_0/Attachs/"+file, f.Data, zip.Deflate)
	}
	b.WriteString(`</ofd:Attachments>`)
	d.a.text("Doc_0/Attachs/Attachments.xml", &b)
}

// sign writes the digest of every part, and the signature over them.
func (d *ofd) sign() error {
	if d.o.Signer == nil || d.a.err != nil {
		return d.a.err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `%s<ofd:Signature %s><ofd:SignedInfo><ofd:Provider ProviderName="%s" Version="1.0"/><ofd:SignatureMethod>%s</ofd:SignatureMethod>`+
		`<ofd:SignatureDateTime>%s</ofd:SignatureDateTime><ofd:References CheckMethod="%s">`, ofdHead, ofdNS, escape(d.o.Signer.Provider()), oidSM2SM3,
		d.signedAt.Format(time.RFC3339), oidSM3)
	for _, p := range d.a.sums {
		fmt.Fprintf(&b, `<ofd:Reference FileRef="/%s"><ofd:CheckValue>%s</ofd:CheckValue></ofd:Reference>`, escape(p.name), base64.StdEncoding.EncodeToString(p.sum[:]))
	}
	b.WriteString(`</ofd:References></ofd:SignedInfo><ofd:SignedValue>SignedValue.dat</ofd:SignedValue></ofd:Signature>`)
	value, err := d.o.Signer.Sign(b.Bytes())
	if err != nil {
		return fmt.Errorf("sign the OFD: %w", err)
	}
	d.a.text("Doc_0/Signs/Signatures.xml", bytes.NewBufferString(ofdHead+`<ofd:Signatures `+ofdNS+`><ofd:MaxSignId>s001</ofd:MaxSignId><ofd:Signature ID="s001" Type="Sign" BaseLoc="Sign_1/Signature.xml"/></ofd:Signatures>`))
	d.a.text("Doc_0/Signs/Sign_1/Signature.xml", &b)
	d.a.add("Doc_0/Signs/Sign_1/SignedValue.dat", value, zip.Store)
	return nil
}

// ErrNotSigned is the error of CheckOFD for a file without a signature.
var ErrNotSigned = errors.New("the OFD is not signed")

// CheckOFD compares every part of a signed OFD with the digest that its signature holds, and asks the caller about the value of the signature.
func CheckOFD(data []byte, value func(description, value []byte) error) error {
	p, err := openParcel(data)
	if err != nil {
		return err
	}
	var root struct {
		Signatures string `xml:"DocBody>Signatures"`
	}
	if err := p.parse("OFD.xml", &root); err != nil {
		return err
	}
	if root.Signatures == "" {
		return ErrNotSigned
	}
	description, err := p.read("Doc_0/Signs/Sign_1/Signature.xml")
	if err != nil {
		return err
	}
	var s struct {
		Refs []struct {
			File  string `xml:"FileRef,attr"`
			Value string `xml:"CheckValue"`
		} `xml:"SignedInfo>References>Reference"`
	}
	if err := xml.Unmarshal(description, &s); err != nil {
		return err
	}
	known := map[string]bool{"Doc_0/Signs/Signatures.xml": true, "Doc_0/Signs/Sign_1/Signature.xml": true, "Doc_0/Signs/Sign_1/SignedValue.dat": true}
	for _, r := range s.Refs {
		part, err := p.read(r.File)
		if err != nil {
			return err
		}
		if sum := sm3.Sum(part); base64.StdEncoding.EncodeToString(sum[:]) != r.Value {
			return fmt.Errorf("%s is not what was signed", r.File)
		}
		known[strings.TrimPrefix(r.File, "/")] = true
	}
	for _, f := range p.z.File {
		if !known[f.Name] {
			return fmt.Errorf("%s came in after the signature", f.Name)
		}
	}
	signed, err := p.read("Doc_0/Signs/Sign_1/SignedValue.dat")
	if err != nil {
		return err
	}
	return value(description, signed)
}
