package typeset

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// Credential is a certificate (签名证书) and the private key that fits it. What a signature by it is worth in law is the certificate's affair.
type Credential struct {
	Certificate *smx509.Certificate
	Chain       []*smx509.Certificate // above the certificate, the issuer first
	key         crypto.Signer
}

// What ReadCredential and the writers say of a credential that cannot be used.
var (
	ErrNoCertificate = errors.New("there is no certificate in the file")
	ErrNoKey         = errors.New("there is no private key in the file")
	ErrPassword      = errors.New("the private key does not open with this password")
	ErrKeyDoesNotFit = errors.New("the private key is not that of the certificate")
	ErrNotForSigning = errors.New("the certificate is not for signatures")
	ErrKindOfKey     = errors.New("a key of this kind cannot sign this format")
	ErrNotValid      = errors.New("the certificate is not valid at the moment of the signature")
)

// ReadCredential reads a certificate with those above it, and a private key (RSA, ECDSA or SM2), both as PEM. The password opens a key that is locked; "" is for one
// that is not.
func ReadCredential(certificate, key []byte, password string) (*Credential, error) {
	c := &Credential{}
	for {
		var b *pem.Block
		if b, certificate = pem.Decode(certificate); b == nil {
			break
		}
		if b.Type != "CERTIFICATE" {
			continue
		}
		one, err := smx509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoCertificate, err)
		}
		c.Chain = append(c.Chain, one)
	}
	if len(c.Chain) == 0 {
		return nil, ErrNoCertificate
	}
	c.Certificate, c.Chain = c.Chain[0], c.Chain[1:]
	// Authorities hand out two certificates to an office: one signs, the other is for what is sent to it.
	if use := c.Certificate.KeyUsage; use != 0 && use&(smx509.KeyUsageDigitalSignature|smx509.KeyUsageContentCommitment) == 0 {
		return nil, ErrNotForSigning
	}
	var err error
	if c.key, err = readKey(key, password); err != nil {
		return nil, err
	}
	public, ok := c.key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(c.Certificate.PublicKey) {
		return nil, ErrKeyDoesNotFit
	}
	return c, nil
}

// readKey reads the first private key of a PEM file.
func readKey(data []byte, password string) (crypto.Signer, error) {
	for {
		var b *pem.Block
		if b, data = pem.Decode(data); b == nil {
			return nil, ErrNoKey
		}
		var key any
		var err error
		switch {
		case b.Type == "ENCRYPTED PRIVATE KEY":
			if key, _, err = pkcs8.ParsePrivateKey(b.Bytes, []byte(password)); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrPassword, err)
			}
		case b.Headers["DEK-Info"] != "":
			return nil, fmt.Errorf("%w: locked in the old way, turn it into PKCS#8", ErrNoKey)
		case b.Type == "PRIVATE KEY":
			key, err = smx509.ParsePKCS8PrivateKey(b.Bytes)
		case b.Type == "EC PRIVATE KEY":
			key, err = smx509.ParseTypedECPrivateKey(b.Bytes)
		case b.Type == "RSA PRIVATE KEY":
			key, err = smx509.ParsePKCS1PrivateKey(b.Bytes)
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
		}
		s, ok := key.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("%w: %T", ErrNoKey, key)
		}
		return s, nil
	}
}

// For tells whether the credential can sign a format: RSA or ECDSA a PDF, SM2 an OFD.
func (c *Credential) For(f Format) error {
	_, isSM2 := c.key.(*sm2.PrivateKey)
	_, isRSA := c.key.(*rsa.PrivateKey)
	_, isECDSA := c.key.(*ecdsa.PrivateKey)
	if f == FormatOFD && isSM2 || f == FormatPDF && (isRSA || isECDSA) {
		return nil
	}
	return fmt.Errorf("%w: %T, %s", ErrKindOfKey, c.key, f)
}

// ValidAt tells whether the certificate is valid at a moment.
func (c *Credential) ValidAt(at time.Time) error {
	if at.Before(c.Certificate.NotBefore) || at.After(c.Certificate.NotAfter) {
		return fmt.Errorf("%w: %s to %s", ErrNotValid, c.Certificate.NotBefore.Format(time.DateOnly), c.Certificate.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// Holder is who the certificate is made out to.
func (c *Credential) Holder() string {
	if name := c.Certificate.Subject.CommonName; name != "" {
		return name
	}
	return c.Certificate.Subject.String()
}

// String tells nothing of the key.
func (c *Credential) String() string { return "certificate of " + c.Holder() }

// moment is when a file signs that was made at a moment: then, or as soon as the certificate is valid, as files of old issues are made again with the certificate of today.
func (c *Credential) moment(f Format, made time.Time) (time.Time, error) {
	if err := c.For(f); err != nil {
		return time.Time{}, err
	}
	if made.Before(c.Certificate.NotBefore) {
		made = c.Certificate.NotBefore
	}
	return made.UTC(), c.ValidAt(made)
}
