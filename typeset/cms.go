package typeset

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"slices"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// A signed message (RFC 5652) holds the certificates, who signed, and the value of the signature. GB/T 35275 has the same form under national numbers.
type (
	signedMessage struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      signedContent
		Certificates asn1.RawValue
		Signers      []signerInfo `asn1:"set"`
	}
	signedContent struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional"`
	}
	signerInfo struct {
		Version    int
		Issuer     issuerAndSerial
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue `asn1:"optional"`
		Algorithm  pkix.AlgorithmIdentifier
		Value      []byte
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	signedAttribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
)

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}

	sha256Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
	rsaAlgorithm    = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, Parameters: asn1.NullRawValue}
	ecdsaAlgorithm  = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}

	gmData       = asn1.ObjectIdentifier{1, 2, 156, 10197, 6, 1, 4, 2, 1}
	gmSignedData = asn1.ObjectIdentifier{1, 2, 156, 10197, 6, 1, 4, 2, 2}
	sm3Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 401}}
	sm2Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301, 1}}
)

// detached is the signed message of a PDF's signature over some bytes: with the digest of the certificate among what is signed, and without the moment, which stands
// in the PDF, as PAdES (EN 319 142-1) asks.
func (c *Credential) detached(content []byte) ([]byte, error) {
	digest, mark := sha256.Sum256(content), sha256.Sum256(c.Certificate.Raw)
	set, err := attributeSet(
		attributeOf(oidContentType, oidData),
		attributeOf(oidMessageDigest, digest[:]),
		attributeOf(oidSigningCertV2, [][]struct{ Hash []byte }{{{mark[:]}}}), // SigningCertificateV2 ::= SEQUENCE of SEQUENCE of ESSCertIDv2; its digest is SHA-256 where none is named
	)
	if err != nil {
		return nil, err
	}
	signed, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: set})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(signed)
	value, algorithm, err := c.valueOf(sum[:])
	if err != nil {
		return nil, err
	}
	return c.message(oidSignedData, signedData{Digests: []pkix.AlgorithmIdentifier{sha256Algorithm}, Content: signedContent{Type: oidData}, Signers: []signerInfo{{
		Digest: sha256Algorithm, Attributes: within(set), Algorithm: algorithm, Value: value,
	}}})
}

// valueOf signs a digest, always the same for the same one: RSA with PKCS #1 v1.5 knows no chance, and ECDSA takes its number from key and digest (RFC 6979).
func (c *Credential) valueOf(digest []byte) ([]byte, pkix.AlgorithmIdentifier, error) {
	switch c.key.(type) {
	case *rsa.PrivateKey:
		v, err := c.key.Sign(rand.Reader, digest, crypto.SHA256)
		return v, rsaAlgorithm, err
	case *ecdsa.PrivateKey:
		v, err := c.key.Sign(nil, digest, crypto.SHA256)
		return v, ecdsaAlgorithm, err
	}
	return nil, pkix.AlgorithmIdentifier{}, c.For(FormatPDF)
}

// Provider is what stands in an OFD for what made its signature.
func (c *Credential) Provider() string { return "Tongfa" }

// Sign makes the value of an OFD's signature as GM/T 0099 asks where no seal is used: the digest of the description, signed by SM2, in the form of GB/T 35275.
func (c *Credential) Sign(description []byte) ([]byte, error) {
	key, ok := c.key.(*sm2.PrivateKey)
	if !ok {
		return nil, c.For(FormatOFD)
	}
	digest := sm3.Sum(description)
	value, err := key.Sign(&steady{seed: nonceSeed(key, digest[:])}, digest[:], sm2.DefaultSM2SignerOpts)
	if err != nil {
		return nil, err
	}
	content, err := asn1.Marshal(digest[:])
	if err != nil {
		return nil, err
	}
	return c.message(gmSignedData, signedData{Digests: []pkix.AlgorithmIdentifier{sm3Algorithm}, Content: signedContent{Type: gmData, Content: within(content)}, Signers: []signerInfo{{
		Digest: sm3Algorithm, Algorithm: sm2Algorithm, Value: value,
	}}})
}

// message puts a signer, who is the holder of the certificate, and the certificates into a message.
func (c *Credential) message(kind asn1.ObjectIdentifier, d signedData) ([]byte, error) {
	d.Version, d.Signers[0].Version = 1, 1
	d.Signers[0].Issuer = issuerAndSerial{asn1.RawValue{FullBytes: c.Certificate.RawIssuer}, c.Certificate.SerialNumber}
	certs := bytes.Clone(c.Certificate.Raw)
	for _, above := range c.Chain {
		certs = append(certs, above.Raw...)
	}
	d.Certificates = within(certs)
	inner, err := asn1.Marshal(d)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(signedMessage{kind, within(inner)})
}

// within is something under the context's number 0.
func within(b []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: b}
}

// signedPart is what is signed beside the content, and what went wrong.
type signedPart struct {
	data []byte
	err  error
}

func attributeOf(kind asn1.ObjectIdentifier, value any) signedPart {
	v, err := asn1.Marshal(value)
	if err != nil {
		return signedPart{err: err}
	}
	data, err := asn1.Marshal(signedAttribute{kind, []asn1.RawValue{{FullBytes: v}}})
	return signedPart{data, err}
}

// attributeSet is a set of attributes in the one order that DER knows.
func attributeSet(all ...signedPart) (set []byte, err error) {
	slices.SortFunc(all, func(a, b signedPart) int { return bytes.Compare(a.data, b.data) })
	for _, a := range all {
		if a.err != nil {
			return nil, a.err
		}
		set = append(set, a.data...)
	}
	return set, nil
}

// nonceSeed is what nobody can know who has not the key, and what is another for every message.
func nonceSeed(key *sm2.PrivateKey, digest []byte) []byte {
	h := hmac.New(sha256.New, key.D.FillBytes(make([]byte, 32)))
	h.Write(digest)
	return h.Sum(nil)
}

// steady stands in for chance when SM2 signs: a row of numbers out of a seed, as RFC 6979 has it for ECDSA. The same key signs the same message to the same value, so
// that an issue that is made again after a crash is the same issue, and never two messages with one number, which would give the key away.
type steady struct {
	seed []byte
	n    byte
}

// Read gives the next number of the row. A single byte is asked for by a library that wants nobody to count on what it does: it takes none from the row.
func (s *steady) Read(p []byte) (int, error) {
	if len(p) == 1 {
		p[0] = 0
		return 1, nil
	}
	if len(p) > sha256.Size {
		return 0, io.ErrShortBuffer
	}
	h := hmac.New(sha256.New, s.seed)
	h.Write([]byte{s.n})
	s.n++
	return copy(p, h.Sum(nil)), nil
}
