package typeset

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/pdfsign/verify"
	"github.com/emmansun/gmsm/pkcs7"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/smx509"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// pemFiles are the files of a certificate that is thrown away, and of its key; a password locks the key.
func pemFiles(t testing.TB, key crypto.Signer, password string, use ...x509.KeyUsage) (certificate, private []byte) {
	t.Helper()
	about := &x509.Certificate{SerialNumber: big.NewInt(11), Subject: pkix.Name{CommonName: "示例区公报编辑部测试证书", Organization: []string{"示例区人民政府办公室"}},
		NotBefore: made().Add(-time.Hour), NotAfter: made().Add(24 * 365 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true}
	if len(use) > 0 {
		about.KeyUsage = use[0]
	}
	der, err := smx509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	b := &pem.Block{Type: "PRIVATE KEY"}
	if password == "" {
		b.Bytes, err = smx509.MarshalPKCS8PrivateKey(key)
	} else {
		b.Type = "ENCRYPTED PRIVATE KEY"
		b.Bytes, err = pkcs8.MarshalPrivateKey(key, []byte(password), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(b)
}

func ecdsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sm2Key(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func credential(t testing.TB, key crypto.Signer) *Credential {
	t.Helper()
	cert, private := pemFiles(t, key, "")
	c, err := ReadCredential(cert, private, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestASignedPDFIsValid signs with keys that are thrown away, twice each: the files are the same to the byte, three readers that others wrote find the signature
// valid over the whole file, and the text is what it was.
func TestASignedPDFIsValid(t *testing.T) {
	t.Parallel()
	w := issue(t)
	for name, key := range map[string]crypto.Signer{"rsa": rsaKey(t), "ecdsa": ecdsaKey(t)} {
		m := Making{PDF: PDF{Signature: credential(t, key)}}
		signed := pdfOf(t, w, m)
		if !bytes.Equal(signed, pdfOf(t, w, m)) {
			t.Error(name, "signed again it is another file")
		}
		if p := Verify(w, map[Format][]byte{FormatPDF: signed}); !p.Same() {
			t.Error(name, p.Files[0].Difference)
		}
		out := tool(t, "pdfsig", "poppler-utils", "-nocert", onDisk(t, "signed.pdf", signed))
		for _, want := range []string{"Signature is Valid", "ETSI.CAdES.detached", "Total document signed", "示例区公报编辑部测试证书"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: pdfsig does not say %q: %s", name, want, out)
			}
		}
		r, err := verify.Verify(bytes.NewReader(signed), int64(len(signed)))
		if err != nil || len(r.Signers) != 1 || !r.Signers[0].ValidSignature {
			t.Errorf("%s: pdfsign: %v %+v", name, err, r)
		}
		conf := model.NewDefaultConfiguration()
		conf.ValidationMode = model.ValidationStrict
		if err := api.Validate(bytes.NewReader(signed), conf); err != nil {
			t.Errorf("%s: pdfcpu: %v", name, err)
		}
		at := bytes.Index(signed, []byte("/Type /Catalog"))
		signed[at+1]++
		if out := tool(t, "pdfsig", "poppler-utils", "-nocert", onDisk(t, "changed.pdf", signed)); strings.Contains(out, "Signature is Valid") {
			t.Error(name, "a byte was changed, and nobody noticed")
		}
	}
}

// TestASignedOFDIsTheSameAgain signs by SM2, twice: the files are the same to the byte, another library finds the value right, and ofd.js opens it.
func TestASignedOFDIsTheSameAgain(t *testing.T) {
	t.Parallel()
	c, w := credential(t, sm2Key(t)), issue(t)
	b, err := Compose(w, Gazette(), faces(t))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(made time.Time) []byte {
		var out bytes.Buffer
		if err := WriteOFD(&out, b, OFD{Made: made, Signer: c}); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	one := sign(made())
	if !bytes.Equal(one, sign(made())) {
		t.Error("signed again it is another file")
	}
	checkOFD(t, one)
	if err := CheckOFD(one, gbt35275); err != nil {
		t.Error(err)
	}
	value := func(data []byte) []byte { return partsOf(t, data)["Doc_0/Signs/Sign_1/SignedValue.dat"] }
	other := sign(made().Add(time.Minute))
	if r, s := value(one), value(other); bytes.Equal(r[len(r)-70:], s[len(s)-70:]) {
		t.Error("two messages have one signature")
	}
	if err := CheckOFD(replaced(t, one, "Doc_0/Signs/Sign_1/SignedValue.dat", value(other)), gbt35275); err == nil {
		t.Error("the signature of another file is taken")
	}
}

// gbt35275 asks another library about the value of a signature.
func gbt35275(description, value []byte) error {
	p, err := pkcs7.Parse(value)
	if err != nil {
		return err
	}
	if sum := sm3.Sum(description); !bytes.Equal(p.Content, sum[:]) {
		return errors.New("the value is over another description")
	}
	return p.Verify()
}

// TestACredentialThatCannotSignIsRefused asks for every reason why.
func TestACredentialThatCannotSignIsRefused(t *testing.T) {
	t.Parallel()
	cert, key := pemFiles(t, ecdsaKey(t), "geheim")
	_, other := pemFiles(t, ecdsaKey(t), "")
	sealed, sealedKey := pemFiles(t, sm2Key(t), "", x509.KeyUsageKeyEncipherment|x509.KeyUsageDataEncipherment)
	for name, x := range map[string]struct {
		cert, key []byte
		password  string
		want      error
	}{
		"no certificate": {nil, key, "geheim", ErrNoCertificate},
		"a broken one":   {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), key, "geheim", ErrNoCertificate},
		"no key":         {cert, cert, "", ErrNoKey},
		"wrong password": {cert, key, "other", ErrPassword},
		"no password":    {cert, key, "", ErrPassword},
		"another's key":  {cert, other, "", ErrKeyDoesNotFit},
		"for secrets":    {sealed, sealedKey, "", ErrNotForSigning},
	} {
		if _, err := ReadCredential(x.cert, x.key, x.password); !errors.Is(err, x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := ReadCredential(cert, key, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	w := issue(t)
	m := Making{Style: Gazette(), Faces: faces(t), Made: made(), Formats: []Format{FormatOFD}, OFD: OFD{Signer: c}}
	if _, _, err := Make(w, m); !errors.Is(err, ErrKindOfKey) {
		t.Errorf("an OFD signed by ECDSA: %v", err)
	}
	m.Formats, m.PDF.Signature = []Format{FormatPDF}, credential(t, sm2Key(t))
	if _, _, err := Make(w, m); !errors.Is(err, ErrKindOfKey) {
		t.Errorf("a PDF signed by SM2: %v", err)
	}
	m.PDF.Signature, m.Made = c, made().AddDate(2, 0, 0)
	if _, _, err := Make(w, m); !errors.Is(err, ErrNotValid) {
		t.Errorf("a PDF signed after the end: %v", err)
	}
	m.Made = made().AddDate(-1, 0, 0) // an old issue, made again
	old, _, err := Make(w, m)
	if err != nil {
		t.Fatal(err)
	}
	if want := "/M (D:" + c.Certificate.NotBefore.UTC().Format("20060102150405"); !bytes.Contains(old[FormatPDF], []byte(want)) {
		t.Errorf("the signature is older than its certificate: no %s", want)
	}
}
