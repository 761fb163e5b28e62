package typeset

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
)

// signature is the dictionary of a signature with room for its value, and the field on the first page that holds it and shows nothing. The file has one
// revision: the signature is over all of it but its own value, and nothing may be written to it after that.
func (p *pdf) signature() {
	if p.o.Signature == nil {
		return
	}
	c := p.o.Signature
	p.signatureID = p.add(fmt.Sprintf("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Name %s /M (%s) %s%s> >>",
		pdfText(c.Holder()), pdfDate(p.signedAt), emptyRange, bytes.Repeat([]byte("0"), 2*c.room())))
	p.fieldID = p.add(fmt.Sprintf("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /TU %s /V %s /P %s /Rect [0 0 0 0] /F 132 >>",
		pdfText("电子签名"), ref(p.signatureID), ref(p.pageIDs[0])))
}

// emptyRange stands where the bytes that are signed are named, until they are known; the value begins behind it.
const emptyRange = "/ByteRange [0 0000000000 0000000000 0000000000] /Contents <"

// room is how long the value of a signature may be: the certificates, and what is beside them.
func (c *Credential) room() int {
	n := len(c.Certificate.Raw) + 2048
	for _, above := range c.Chain {
		n += len(above.Raw)
	}
	return n
}

// signed writes a finished file whose signature's object begins at a place, with the value of the signature.
func (p *pdf) signed(w io.Writer, file []byte, at int) error {
	i := bytes.Index(file[at:], []byte(emptyRange))
	from := at + i + len(emptyRange) - 1 // of the value, with its brackets
	to := from + 2 + 2*p.o.Signature.room()
	copy(file[at+i:], fmt.Sprintf("/ByteRange [0 %010d %010d %010d]", from, to, len(file)-to))
	value, err := p.o.Signature.detached(append(bytes.Clone(file[:from]), file[to:]...))
	if err != nil {
		return fmt.Errorf("sign the PDF: %w", err)
	}
	hex.Encode(file[from+1:], value)
	_, err = w.Write(file)
	return err
}
