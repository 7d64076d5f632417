// Package authority signs certificates for tests, and writes them where the switch reads them.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Pair is a certificate with its key, also in PEM.
type Pair struct {
	tls.Certificate
	CertPEM, KeyPEM string
}

// New makes an authority. Two of the same name are two all the same.
func New(t testing.TB) Authority {
	t.Helper()
	a := Authority{key: newKey(t)}
	made := a.Sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	a.Certificate = made.Leaf
	return a
}

// PEM is what a file of authorities holds.
func (a Authority) PEM() string { return inPEM("CERTIFICATE", a.Certificate.Raw) }

// Pool holds the authority alone.
func (a Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// Server is a certificate for 127.0.0.1 and the names.
func (a Authority) Server(t testing.TB, names ...string) Pair {
	t.Helper()
	return a.Sign(t, &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: names,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// Client is a certificate of a client of that name.
func (a Authority) Client(t testing.TB, name string) Pair {
	t.Helper()
	return a.Sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// Sign makes what is wanted, good since an hour and for another one unless it says otherwise.
func (a Authority) Sign(t testing.TB, wanted *x509.Certificate) Pair {
	t.Helper()
	wanted.SerialNumber = big.NewInt(time.Now().UnixNano())
	if wanted.NotBefore.IsZero() {
		wanted.NotBefore = time.Now().Add(-time.Hour)
	}
	if wanted.NotAfter.IsZero() {
		wanted.NotAfter = time.Now().Add(time.Hour)
	}
	key, parent := newKey(t), a.Certificate
	if parent == nil { // the authority's own
		key, parent = a.key, wanted
	}
	raw, err := x509.CreateCertificate(rand.Reader, wanted, parent, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p := Pair{CertPEM: inPEM("CERTIFICATE", raw), KeyPEM: inPEM("EC PRIVATE KEY", secret)}
	if p.Certificate, err = tls.X509KeyPair([]byte(p.CertPEM), []byte(p.KeyPEM)); err != nil {
		t.Fatal(err)
	}
	return p
}

// Write puts the pair into a folder, over what was there, and tells the files.
func (p Pair) Write(t testing.TB, folder string) (cert, key string) {
	t.Helper()
	return Write(t, filepath.Join(folder, "tls.crt"), p.CertPEM), Write(t, filepath.Join(folder, "tls.key"), p.KeyPEM)
}

// Write puts a text into a file that its owner alone reads, and tells the file.
func Write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func inPEM(kind string, raw []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
}
