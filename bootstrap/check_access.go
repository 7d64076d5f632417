package bootstrap

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// terms are how the channels' listener speaks TLS. A certificate is asked of nobody in the handshake; which channel
// needs one, the registry knows.
func (t TLS) terms() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.ClientCAFile == "" {
		return config, nil
	}
	text, err := os.ReadFile(filepath.Clean(t.ClientCAFile))
	if err != nil {
		return nil, err
	}
	config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
	if !config.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", t.ClientCAFile)
	}
	return config, nil
}

func (c *checker) clientCA(t TLS) {
	const key = "http.tls.client_ca_file"
	if t.ClientCAFile == "" {
		return
	}
	if t.CertFile == "" {
		c.errors.add(key, "needs cert_file and key_file: without TLS nobody presents a certificate")
	}
	if info := c.file(key, t.ClientCAFile); info != nil {
		if _, err := t.terms(); err != nil {
			c.errors.add(key, "%v", err)
		}
	}
}

// pepper must never change while secrets live that were hashed with it, so it is not made here.
func (c *checker) pepper() {
	const key = "keys.pepper_file"
	path := c.Keys.PepperFile
	if path == "" {
		return
	}
	c.secretFile(key, path)
	if _, isTest, err := readKey(path); isTest {
		c.errors.add(key, "%s is a test key made by dev: never use it for real vouchers", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.errors.add(key, "%v", err)
	}
}

func (c *checker) secrets(key string, hashes []string) {
	if len(hashes) > mostSecrets {
		c.errors.add(key+".secret_hashes", "%d secrets are good at once, at most %d may be: the one in use and the one "+
			"that it is changed for", len(hashes), mostSecrets)
	}
	for _, text := range hashes {
		hash, ok := parseSecretHash(text)
		switch peppered := c.Keys.PepperFile != ""; {
		case !ok:
			c.errors.add(key+".secret_hash", "must be the text that `voucherswitch channel add` printed, %s... or %s...",
				plainScheme, pepperedScheme)
		case hash.peppered && !peppered:
			c.errors.add(key+".secret_hash", "was made with a pepper: name its file in keys.pepper_file")
		case !hash.peppered && peppered:
			c.warnings.add(key+".secret_hash", "was made without the pepper: change the secret for one of "+
				"`voucherswitch channel add --config FILE`")
		}
	}
}

// access checks what a channel needs beside its secret.
func (c *checker) access(key string, channel Channel) {
	for i, text := range channel.AllowedFrom {
		if _, err := parseNetwork(text); err != nil {
			c.errors.add(key+".allowed_from."+strconv.Itoa(i), "must be a network such as 10.1.0.0/16, or an address")
		}
	}
	asked := channel.ClientCertificate
	if asked == (Certificate{}) {
		return
	}
	if c.HTTP.TLS.ClientCAFile == "" {
		c.errors.add(key+".client_certificate", "needs http.tls.client_ca_file, which says whose certificates count")
	}
	raw, err := hex.DecodeString(asked.fingerprint())
	if asked.SHA256 != "" && (err != nil || len(raw) != sha256.Size) {
		c.errors.add(key+".client_certificate.sha256", "must be 64 hexadecimal digits: "+
			"`openssl x509 -in FILE -noout -fingerprint -sha256`")
	}
}
