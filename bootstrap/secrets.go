package bootstrap

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"voucherswitch/domain/voucher"
)

const (
	hashScheme  = "sha256:"
	keySize     = 32
	testKeyMark = "# A test key, made by `voucherswitch dev`. Never use it for real vouchers."
	devPassword = "password" // operation.md: any channel, only in dev, only on loopback
)

// newChannelSecret makes a channel's password of 256 random bits, and the text that the configuration keeps of it. A
// plain digest will do: nobody can guess 256 bits, and a slow hash would limit the throughput.
func newChannelSecret() (secret, hash string) {
	random := make([]byte, keySize)
	_, _ = rand.Read(random)
	secret = base64.RawURLEncoding.EncodeToString(random)
	digest := sha256.Sum256([]byte(secret))
	return secret, hashScheme + hex.EncodeToString(digest[:])
}

func parseSecretHash(text string) (digest [sha256.Size]byte, ok bool) {
	digits, ok := strings.CutPrefix(text, hashScheme)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != sha256.Size {
		return digest, false
	}
	return [sha256.Size]byte(raw), true
}

func (c Channel) hashes() []string {
	hashes := slices.Clone(c.SecretHashes)
	if c.SecretHash != "" {
		hashes = append(hashes, c.SecretHash)
	}
	return hashes
}

// registry knows the channels by their secrets.
type registry struct {
	channels map[string]voucher.Channel
	digests  map[string][][sha256.Size]byte
	stranger func(id string) voucher.Channel // who dev lets in by its one password; nil elsewhere
}

func newRegistry(channels []Channel) registry {
	r := registry{channels: map[string]voucher.Channel{}, digests: map[string][][sha256.Size]byte{}}
	for _, c := range channels {
		r.channels[c.ID] = c.domain()
		for _, hash := range c.hashes() {
			digest, _ := parseSecretHash(hash)
			r.digests[c.ID] = append(r.digests[c.ID], digest)
		}
	}
	return r
}

// authenticate compares in constant time; an unknown channel costs what a known one does.
func (r registry) authenticate(username, password string) (voucher.Channel, bool) {
	given := sha256.Sum256([]byte(password))
	digests, known := r.digests[username]
	if !known {
		digests = make([][sha256.Size]byte, 1)
		if r.stranger != nil {
			digests[0], known = sha256.Sum256([]byte(devPassword)), username != ""
		}
	}
	match := 0
	for _, digest := range digests {
		match |= subtle.ConstantTimeCompare(digest[:], given[:])
	}
	if match == 0 || !known {
		return voucher.Channel{}, false
	}
	if channel, ok := r.channels[username]; ok {
		return channel, true
	}
	return r.stranger(username), true
}

// password is what the provider knows us by.
func (p Provider) password() (voucher.Secret, error) {
	if p.PasswordFile == "" {
		return p.Password, nil
	}
	text, err := os.ReadFile(p.PasswordFile)
	if err != nil {
		return voucher.Secret{}, err
	}
	return voucher.NewSecret(strings.TrimRight(string(text), "\r\n")), nil
}

// readKey reads 32 bytes written as 64 hexadecimal digits; lines that begin with # are for people. isTest tells a key
// that dev made.
func readKey(path string) (key []byte, isTest bool, err error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		switch line := strings.TrimSpace(lines.Text()); {
		case line == testKeyMark:
			isTest = true
		case line != "" && line[0] != '#':
			if key, err = hex.DecodeString(line); err == nil && len(key) == keySize {
				return key, isTest, nil
			}
		}
	}
	return nil, false, fmt.Errorf("%s holds no key: make one with `openssl rand -hex 32 > %s`", path, path)
}

// makeTestKey writes a new key unless there is one.
func makeTestKey(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	random := make([]byte, keySize)
	_, _ = rand.Read(random)
	text := testKeyMark + "\n" + hex.EncodeToString(random) + "\n"
	return writeDurably(path, []byte(text))
}

// writeDurably makes a file that is whole or absent, whatever happens, and that only its owner can read.
func writeDurably(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
