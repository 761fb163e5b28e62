package gazette

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"tongfa/config"
	"tongfa/press"
	"tongfa/typeset"
)

// credential is a certificate that is thrown away, valid for a year.
func credential(t testing.TB, key crypto.Signer, from time.Time) *typeset.Credential {
	t.Helper()
	about := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "某公报编辑部"}, NotBefore: from, NotAfter: from.AddDate(1, 0, 0)}
	der, err := smx509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := typeset.ReadCredential(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signing has an office sign both formats, from a day on.
func signing(t testing.TB, from time.Time) func(*config.Gazette) {
	t.Helper()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	gm, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pdf, ofd := credential(t, ec, from), credential(t, gm, from)
	return func(g *config.Gazette) {
		g.PDFSignature, g.OFDSignature, g.OFDAttachments, g.Watermark = pdf, ofd, true, "示例区人民政府公报"
	}
}

var certified = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const signedPDF = "ETSI.CAdES.detached"

// isSigned asks whether an OFD is signed, and whole.
func isSigned(t *testing.T, ofd []byte) bool {
	t.Helper()
	err := typeset.CheckOFD(ofd, func(_, value []byte) error {
		if len(value) == 0 {
			return errors.New("no value")
		}
		return nil
	})
	if err != nil && !errors.Is(err, typeset.ErrNotSigned) {
		t.Error(err)
	}
	return err == nil
}

// TestAnIssueIsSignedAndItsProofIsNot publishes an issue and looks at its files, and at those of its proof.
func TestAnIssueIsSignedAndItsProofIsNot(t *testing.T) {
	o := newOffice(t, signing(t, certified))
	ed := o.compose(o.withFile(o.entry(), "统计表.xlsx", "rows"))
	proof, err := o.gazette.Make(t.Context(), ed, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range proof.Files {
		if bytes.Contains(f.Data, []byte(signedPDF)) || strings.HasSuffix(f.Name, ".ofd") && isSigned(t, f.Data) {
			t.Errorf("%s of a proof is signed", f.Name)
		}
		if strings.Contains(string(f.Data), "的电子签名") {
			t.Errorf("%s of a proof says that something is signed", f.Name)
		}
	}
	o.out(ed)
	for _, name := range []string{"gazette-2026-04.pdf", "gazette-2026-04-01.pdf"} {
		if !bytes.Contains(o.read("2026/04/"+name), []byte(signedPDF)) {
			t.Errorf("%s is not signed", name)
		}
	}
	if page := string(o.read("2026/04/index.html")); strings.Count(page, "有“某公报编辑部”的电子签名") != 2 {
		t.Error("readers are not told who signed")
	}
	ofd := o.read("2026/04/gazette-2026-04.ofd")
	if !isSigned(t, ofd) || !bytes.Contains(ofd, []byte("Doc_0/Attachs/file_1")) {
		t.Error("the OFD is not signed, or does not carry the attachment")
	}
	if !strings.Contains(string(o.read("2026/04/verify.json")), typeset.DigestsOf(ofd).SM3) {
		t.Error("the verification block does not vouch for the signed OFD")
	}
}

// TestASignedIssueIsTheSameAfterACrash kills the program at several changes of the disk while it publishes. What it goes on to publish is the issue that it would have
// been, to the byte, and a signed file that got lost comes back as it was issued, without the office's own copy.
func TestASignedIssueIsTheSameAfterACrash(t *testing.T) {
	sign := signing(t, certified)
	var want map[string]string
	for _, n := range []int{-1, 0, 5, 12, 25} {
		o := newOffice(t, sign)
		ed := o.compose(o.withFile(o.entry(), "统计表.xlsx", "rows"))
		if n >= 0 {
			o.gazette.disk = (&killed{left: n}).on(o.gazette.disk)
			if _, err := o.deliver(o.memory.Open(press.Publish, ed)); err == nil {
				t.Fatalf("%d changes are enough", n)
			}
			o.advance(time.Minute)
			o.gazette = o.open()
		}
		ed = o.out(ed)
		got := tree(t, filepath.Join(o.cfg.Root, "2026", "04"))
		if want == nil {
			want = got
		}
		if !maps.Equal(got, want) {
			t.Errorf("killed after %d changes it is another issue: %v", n, differing(got, want))
		}
		if n != 0 {
			continue
		}
		o.forget()
		for _, name := range []string{"gazette-2026-04.pdf", "gazette-2026-04.ofd", "gazette-2026-04-01.pdf"} {
			path := filepath.Join(o.cfg.Root, "2026", "04", name)
			o.unlock(path)
			o.write(path, []byte("damaged"))
		}
		if r := o.amend(press.Amend, press.InPlace, only(ed, 0)); r.Status != press.Live || !maps.Equal(tree(t, filepath.Join(o.cfg.Root, "2026", "04")), want) {
			t.Errorf("what was damaged does not come back: %v %s", r.Status, r.Note)
		}
	}
}

// TestNothingIsIssuedWithACertificateThatIsOver publishes after the end of the certificate: nothing comes out, and a person is told. What is out already is withdrawn
// all the same.
func TestNothingIsIssuedWithACertificateThatIsOver(t *testing.T) {
	over := signing(t, certified.AddDate(-2, 0, 0))
	o := newOffice(t, over)
	late := o.compose(o.entry())
	if found := o.gazette.Check(late); !slices.ContainsFunc(found, func(f press.Finding) bool { return f.Rule == RuleSigns && f.Severity == press.Stop }) {
		t.Errorf("nothing is said before: %v", found)
	}
	r, err := o.deliver(o.memory.Open(press.Publish, late))
	var told *press.Trouble
	if !errors.As(err, &told) || told.Remedy != press.AskPerson || !strings.Contains(told.What, "签名证书不在有效期内") {
		t.Errorf("%v, %v", r.Status, err)
	}
	if got := tree(t, filepath.Join(o.cfg.Root, "2026")); len(got) > 0 {
		t.Errorf("published %v", maps.Keys(got))
	}
	o = newOffice(t)
	ed := o.publish(o.entry(), o.entry())
	over(&o.cfg)
	o.gazette = o.open()
	o.withdraw(press.NoticePage, ed.Entries[0])
	if data := o.read("2026/04/gazette-2026-04-r1.pdf"); len(data) == 0 || bytes.Contains(data, []byte(signedPDF)) {
		t.Error("the issue without the article is not there, or is signed")
	}
}

// TestAnIssueWithoutAnArticleIsSignedAgain withdraws an article of a signed issue.
func TestAnIssueWithoutAnArticleIsSignedAgain(t *testing.T) {
	o := newOffice(t, signing(t, certified))
	ed := o.publish(o.withFile(o.entry(), "一.xlsx", "rows"), o.withFile(o.entry(), "二.xlsx", "more rows"))
	o.withdraw(press.NoticePage, ed.Entries[0])
	ofd := o.read("2026/04/gazette-2026-04-r1.ofd")
	if !bytes.Contains(o.read("2026/04/gazette-2026-04-r1.pdf"), []byte(signedPDF)) || !isSigned(t, ofd) {
		t.Error("not signed")
	}
	if bytes.Contains(ofd, []byte("Attachs/file_2")) {
		t.Error("the attachment of what was withdrawn is in it")
	}
}
