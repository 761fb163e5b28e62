package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"

	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/rogpeppe/go-internal/testscript"
)

// certificate makes a certificate that is thrown away and its key: certificate ecdsa|sm2 NAME [PASSWORD [FROM TO]] writes NAME.pem and NAME.key.
func certificate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: certificate KIND NAME [PASSWORD [FROM TO]]")
	}
	password, from, to := "", time.Now().AddDate(-1, 0, 0), time.Now().AddDate(1, 0, 0)
	if len(args) > 2 {
		password = args[2]
	}
	if len(args) > 4 {
		var err error
		from, err = time.Parse(time.DateOnly, args[3])
		ts.Check(err)
		to, err = time.Parse(time.DateOnly, args[4])
		ts.Check(err)
	}
	cert, key, err := certificateFiles(args[0], password, from, to)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]+".pem"), cert, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]+".key"), key, 0o600))
}

func certificateFiles(kind, password string, from, to time.Time) (certificate, key []byte, err error) {
	var signer crypto.Signer
	switch kind {
	case "ecdsa":
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "sm2":
		signer, err = sm2.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no kind %s", kind)
	}
	if err != nil {
		return nil, nil, err
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "示例区公报编辑部测试证书"}, NotBefore: from, NotAfter: to, KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := smx509.CreateCertificate(rand.Reader, about, about, signer.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	b := &pem.Block{Type: "PRIVATE KEY"}
	if password == "" {
		b.Bytes, err = smx509.MarshalPKCS8PrivateKey(signer)
	} else {
		b.Type = "ENCRYPTED PRIVATE KEY"
		b.Bytes, err = pkcs8.MarshalPrivateKey(signer, []byte(password), nil)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(b), err
}
