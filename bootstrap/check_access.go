package bootstrap

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"voucherswitch/adapters/certificate"
)

func (t TLS) files() certificate.Files {
	return certificate.Files{Cert: t.CertFile, Key: t.KeyFile, Authorities: t.ClientCAFile}
}

func (t ClientTLS) files() certificate.Files {
	return certificate.Files{Cert: t.CertFile, Key: t.KeyFile, Authorities: t.CAFile}
}

// certificates checks a group of PEM files; caKey is the key of the authorities within it.
func (c *checker) certificates(key, caKey string, f certificate.Files) {
	if (f.Cert == "") != (f.Key == "") {
		c.errors.add(key, "needs both cert_file and key_file")
		return
	}
	missing := len(c.errors)
	c.file(key+".cert_file", f.Cert)
	c.secretFile(key+".key_file", f.Key)
	c.file(key+"."+caKey, f.Authorities)
	if len(c.errors) > missing {
		return
	}
	if _, err := certificate.Keep("", certificate.Files{Authorities: f.Authorities}); err != nil {
		c.errors.add(key+"."+caKey, "%v", err)
	}
	kept, err := certificate.Keep("", certificate.Files{Cert: f.Cert, Key: f.Key})
	if err != nil {
		c.errors.add(key+".cert_file", "%v", err)
	} else if ends := kept.State().Ours; !ends.IsZero() && time.Until(ends) < c.Timing.CertificateAlarm {
		c.warnings.add(key+".cert_file", "%s ends on %s", f.Cert, ends.UTC().Format(time.DateTime))
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
