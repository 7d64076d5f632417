// Package certificate keeps certificates, their keys, and the authorities that vouch for others', which stand in PEM
// files. It speaks TLS by what the files hold, and reads them anew while connections are open: those go on, new ones
// are shaken hands on by the new terms. What is not good replaces nothing.
package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

const pemType = "CERTIFICATE"

// Files name PEM files. Each may be empty.
type Files struct {
	Cert, Key   string // our own, with its chain: both or neither
	Authorities string // whose signature counts; where none is named the system's, and no channel's
}

// Kept is what the files held when they last were good. It is safe for many at once.
type Kept struct {
	Provider string // that we are a client of; empty for what channels connect to

	files  Files
	held   atomic.Pointer[held]
	bad    atomic.Bool  // the files are, and what they held before is kept
	theirs atomic.Int64 // the end of the provider's certificate, as Unix seconds; 0: none was seen yet
}

// held is what files held at one time.
type held struct {
	texts       [3][]byte
	own         *tls.Certificate // nil: none
	authorities *x509.CertPool   // nil: none
	listening   *tls.Config
}

// Keep reads the files for the first time. It fails if one cannot be read, holds something else, or if the key is not
// the certificate's. A certificate that has ended will do, since what has no choice must start.
func Keep(provider string, files Files) (*Kept, error) {
	texts, err := files.read()
	if err != nil {
		return nil, err
	}
	now, err := files.parse(texts)
	if err != nil {
		return nil, err
	}
	k := &Kept{Provider: provider, files: files}
	k.held.Store(now)
	return k, nil
}

// Refresh reads the files anew, and tells whether they hold something else now. It fails, and keeps what they held
// before, for the reasons of Keep, and if the new certificate is not valid now while the old one is.
func (k *Kept) Refresh(now time.Time) (changed bool, err error) {
	defer func() { k.bad.Store(err != nil) }()
	texts, err := k.files.read()
	if err != nil {
		return false, err
	}
	before := k.held.Load()
	if bytes.Equal(texts[0], before.texts[0]) && bytes.Equal(texts[1], before.texts[1]) &&
		bytes.Equal(texts[2], before.texts[2]) {
		return false, nil
	}
	after, err := k.files.parse(texts)
	if err != nil {
		return false, err
	}
	if before.isValid(now) && !after.isValid(now) {
		leaf := after.own.Leaf
		return false, fmt.Errorf("%s is valid from %s to %s only", k.files.Cert,
			leaf.NotBefore.UTC().Format(time.DateTime), after.ends().UTC().Format(time.DateTime))
	}
	k.held.Store(after)
	return true, nil
}

// read gives the texts of the files, nil for those that are not named.
func (f Files) read() (texts [3][]byte, err error) {
	for i, path := range []string{f.Cert, f.Key, f.Authorities} {
		if path == "" {
			continue
		}
		if texts[i], err = os.ReadFile(filepath.Clean(path)); err != nil {
			return texts, err
		}
	}
	return texts, nil
}

func (f Files) parse(texts [3][]byte) (*held, error) {
	h := &held{texts: texts}
	if f.Cert != "" {
		own, err := tls.X509KeyPair(texts[0], texts[1])
		if err != nil {
			return nil, fmt.Errorf("%s with %s: %w", f.Cert, f.Key, err)
		}
		if _, err := certificatesIn(texts[0]); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Cert, err)
		}
		h.own = &own
	}
	if f.Authorities != "" {
		all, err := certificatesIn(texts[2])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Authorities, err)
		}
		h.authorities = x509.NewCertPool()
		for _, authority := range all {
			h.authorities.AddCert(authority)
		}
	}
	h.listening = h.terms()
	return h, nil
}

// certificatesIn reads every certificate of a text in PEM, and fails if it holds none, or one that is cut off or
// spoilt: the libraries pass over those, so that a half-written file would shut out whom its other half vouches for.
func certificatesIn(text []byte) (all []*x509.Certificate, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != pemType {
			continue
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the certificate %d cannot be read: %w", len(all)+1, err)
		}
		all = append(all, one)
	}
	switch begun := bytes.Count(text, []byte("-----BEGIN "+pemType+"-----")); {
	case begun == 0:
		return nil, errors.New("it holds no certificate in PEM")
	case begun != len(all):
		return nil, fmt.Errorf("of %d certificates %d are whole", begun, len(all))
	}
	return all, nil
}

// terms are how channels are listened to. A certificate is asked of nobody in the handshake; which channel needs one,
// the registry knows.
func (h *held) terms() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if h.own != nil {
		config.Certificates = []tls.Certificate{*h.own}
	}
	if h.authorities != nil {
		config.ClientCAs, config.ClientAuth = h.authorities, tls.VerifyClientCertIfGiven
	}
	return config
}

// ends is when the first of our chain ends; zero if there is none.
func (h *held) ends() (first time.Time) {
	if h.own == nil {
		return first
	}
	first = h.own.Leaf.NotAfter
	for _, raw := range h.own.Certificate[1:] {
		if above, err := x509.ParseCertificate(raw); err == nil && above.NotAfter.Before(first) {
			first = above.NotAfter
		}
	}
	return first
}

// isValid tells whether now lies in the certificate's time; none is always valid.
func (h *held) isValid(now time.Time) bool {
	return h.own == nil || !now.Before(h.own.Leaf.NotBefore) && !now.After(h.ends())
}

// Listening are the terms of a server: of each handshake, what the files held last.
func (k *Kept) Listening() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return k.held.Load().listening, nil },
	}
}

// Dialling are the terms of a client's next connection. The provider's certificate must be for that name; empty leaves
// it to whoever dials.
func (k *Kept) Dialling(name string) *tls.Config {
	now := k.held.Load()
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: name, RootCAs: now.authorities,
		VerifyConnection: func(state tls.ConnectionState) error {
			k.theirs.Store(state.PeerCertificates[0].NotAfter.Unix())
			return nil
		},
	}
	if now.own != nil {
		config.Certificates = []tls.Certificate{*now.own}
	}
	return config
}

// State is what there is to tell of certificates; a zero time is that of none.
type State struct {
	InFiles      bool      // files are named
	Good         bool      // what they hold is what is used
	Ours, Theirs time.Time // when our chain ends, and the provider's certificate that was seen last
}

// State tells how things stand.
func (k *Kept) State() State {
	s := State{InFiles: k.files != Files{}, Good: !k.bad.Load(), Ours: k.held.Load().ends()}
	if seconds := k.theirs.Load(); seconds != 0 {
		s.Theirs = time.Unix(seconds, 0)
	}
	return s
}
