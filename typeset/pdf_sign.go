package typeset

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	reader "github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"
)

// Signature is who signs a PDF, and with what. The key may be one that never leaves its device.
type Signature struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // above the certificate, the issuer first
	Name        string
	Reason      string
	At          time.Time
}

// SignPDF appends a signature to a finished PDF: a detached CMS with the signing certificate among its signed attributes, as PAdES asks, under the name that
// every reader knows (adbe.pkcs7.detached). Nothing may be written to the file after it. What a signature is worth in law is the certificate's affair.
func SignPDF(data []byte, s Signature) ([]byte, error) {
	in := bytes.NewReader(data)
	r, err := reader.NewReader(in, int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("read the PDF that is to be signed: %w", err)
	}
	var out bytes.Buffer
	err = sign.Sign(in, &out, r, int64(len(data)), sign.SignData{
		Signature: sign.SignDataSignature{CertType: sign.ApprovalSignature,
			Info: sign.SignDataSignatureInfo{Name: s.Name, Reason: s.Reason, Date: s.At}},
		Signer: s.Key, DigestAlgorithm: crypto.SHA256, Certificate: s.Certificate,
		CertificateChains: [][]*x509.Certificate{append([]*x509.Certificate{s.Certificate}, s.Chain...)},
	})
	if err != nil {
		return nil, fmt.Errorf("sign the PDF: %w", err)
	}
	return out.Bytes(), nil
}
