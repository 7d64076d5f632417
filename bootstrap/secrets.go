package bootstrap

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"voucherswitch/domain/voucher"
)

const (
	keySize     = 32
	testKeyMark = "# A test key, made by `voucherswitch dev`. Never use it for real vouchers."
	devPassword = "password" // operation.md: any channel, only in dev, only on loopback
)

// newChannelSecret makes a channel's password of 256 random bits, and the text that the configuration keeps of it.
func newChannelSecret(pepper []byte) (secret, hash string) {
	random := make([]byte, keySize)
	_, _ = rand.Read(random)
	secret = base64.RawURLEncoding.EncodeToString(random)
	return secret, hashed(secret, pepper).String()
}

// pepper is the key of the channels' secrets; nil where none is configured.
func (k Keys) pepper() (key []byte, err error) {
	if k.PepperFile != "" {
		key, _, err = readKey(k.PepperFile)
	}
	return key, err
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

// readKey reads the first key of a file.
func readKey(path string) (key []byte, isTest bool, err error) {
	keys, isTest, err := readKeys(path)
	if err != nil {
		return nil, isTest, err
	}
	return keys[0], isTest, nil
}

// readKeys reads keys of 32 bytes, each a line of 64 hexadecimal digits; lines that begin with # are for people. isTest
// tells keys that dev made.
func readKeys(path string) (keys [][]byte, isTest bool, err error) {
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
			if key, err := hex.DecodeString(line); err == nil && len(key) == keySize {
				keys = append(keys, key)
			}
		}
	}
	if len(keys) > 0 {
		return keys, isTest, nil
	}
	return nil, false, fmt.Errorf("%s holds no key: make one with %s", path, howToMakeKeys)
}

// makeTestKey writes a new key unless there is one.
func makeTestKey(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeDurably(path, append([]byte(testKeyMark+"\n"), keyText()...))
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
