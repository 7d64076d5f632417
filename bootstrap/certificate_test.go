package bootstrap

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
	"net/http"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// authority signs certificates for a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{key: newKey(t)}
	a.certificate = a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, a.key)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign makes a certificate for an hour; the authority's first is signed by itself.
func (a authority) sign(t *testing.T, wanted *x509.Certificate, owner *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	wanted.SerialNumber, wanted.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(time.Hour)
	parent := wanted
	if a.certificate != nil {
		parent = a.certificate
	}
	raw, err := x509.CreateCertificate(rand.Reader, wanted, parent, owner.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// client is who presents a certificate for that name; the authority's own name is signed like any other.
func (a authority) client(t *testing.T, name string) *http.Client {
	t.Helper()
	key := newKey(t)
	certificate := a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, key)
	return presenting(t, tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: key})
}

func presenting(t *testing.T, certificates ...tls.Certificate) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, Certificates: certificates, // whom the server is, is not asked here
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func inPEM(kind string, raw []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
}

func TestAChannelWithACertificateIsRefusedWithoutIt(t *testing.T) {
	trusted, folder := newAuthority(t), t.TempDir()
	key := newKey(t)
	own := trusted.sign(t, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, key)
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	password, hash := credentials(t)
	config := configured(t, "http://127.0.0.1:1", hash)
	r := start(t, "ready at", "serve", "--config", config, "--set", "database.migrate=true",
		"--set", "http.tls.cert_file="+write(t, filepath.Join(folder, "crt"), inPEM("CERTIFICATE", own.Raw)),
		"--set", "http.tls.key_file="+write(t, filepath.Join(folder, "key"), inPEM("EC PRIVATE KEY", secret)),
		"--set", "http.tls.client_ca_file="+
			write(t, filepath.Join(folder, "ca"), inPEM("CERTIFICATE", trusted.certificate.Raw)),
		"--set", "channels.22222222.client_certificate.subject=CN=till")
	defer r.stop()
	api := "https://" + regexp.MustCompile(`channels on (\S+);`).FindStringSubmatch(r.notes.String())[1]
	for name, c := range map[string]struct {
		client   *http.Client
		password string
		status   int // 0: no answer at all
	}{
		"its own":                     {trusted.client(t, "till"), password, 200},
		"its own, a wrong secret":     {trusted.client(t, "till"), "x", 401},
		"none":                        {presenting(t), password, 401},
		"another channel's":           {trusted.client(t, "other"), password, 401},
		"one that nobody vouches for": {newAuthority(t).client(t, "till"), password, 0},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+"/products", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("22222222", c.password)
		response, err := c.client.Do(request)
		if err != nil {
			if c.status != 0 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s: answered %d, want %d", name, response.StatusCode, c.status)
		}
	}
}
