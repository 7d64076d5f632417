package bootstrap

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"voucherswitch/adapters/keyring"
)

const howToMakeKeys = "`voucherswitch keys init DIR`"

// storeKeys are those of what the database keeps: the index key marks what is found again, tells moves apart and links
// them, the ring seals, the anchor keys sign the hours of the history.
type storeKeys struct {
	index   []byte
	ring    *keyring.Ring
	anchors []ed25519.PrivateKey
}

func (k Keys) forStore() (keys storeKeys, err error) {
	if keys.index, _, err = readKey(k.IndexKeyFile); err != nil {
		return keys, err
	}
	if keys.ring, _, err = readKeyset(k.KeysetFile); err != nil {
		return keys, err
	}
	keys.anchors, _, err = readAnchorKeys(k.AnchorKeyFile)
	return keys, err
}

// readAnchorKeys reads the seeds of keys that sign: the first one's will, and what any of them signed is good.
func readAnchorKeys(path string) (keys []ed25519.PrivateKey, isTest bool, err error) {
	seeds, isTest, err := readKeys(path)
	for _, seed := range seeds {
		keys = append(keys, ed25519.NewKeyFromSeed(seed))
	}
	return keys, isTest, err
}

// noKeys serve commands that neither write nor read anything secret.
func noKeys() (keys storeKeys, err error) {
	keys.index = make([]byte, keySize)
	keys.ring, err = keyring.New()
	return keys, err
}

// readKeyset reads Tink's JSON; lines that begin with # are for people. isTest tells a keyset that dev made.
func readKeyset(path string) (ring *keyring.Ring, isTest bool, err error) {
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, false, err
	}
	var keyset []byte
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("#")) {
			isTest = isTest || string(bytes.TrimSpace(line)) == testKeyMark
		} else {
			keyset = append(keyset, line...)
		}
	}
	if ring, err = keyring.Parse(keyset); err != nil {
		err = fmt.Errorf("%s holds no keys (%w): make them with %s", path, err, howToMakeKeys)
	}
	return ring, isTest, err
}

// writeKeyset replaces a keyset's file, and keeps the mark of a test's.
func writeKeyset(path string, ring *keyring.Ring, isTest bool) error {
	text, err := ring.Text()
	if err != nil {
		return err
	}
	if isTest {
		text = append([]byte(testKeyMark+"\n"), text...)
	}
	return writeDurably(path, text)
}

// keyText is 32 random bytes as readKey reads them.
func keyText() []byte {
	random := make([]byte, keySize)
	_, _ = rand.Read(random)
	return []byte(hex.EncodeToString(random) + "\n")
}

// makeTestKeys writes what there is not yet: an index key, an anchor key, and a keyset.
func (k Keys) makeTestKeys() error {
	for _, path := range []string{k.IndexKeyFile, k.AnchorKeyFile} {
		if err := makeTestKey(path); err != nil {
			return err
		}
	}
	if _, err := os.Stat(k.KeysetFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ring, err := keyring.New()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(k.KeysetFile), 0o700)
	}
	if err != nil {
		return err
	}
	return writeKeyset(k.KeysetFile, ring, true)
}

// keys must outlive the data, so they are not made here. dev makes its own.
func (c *checker) keys() {
	if c.dev {
		return
	}
	c.keyFile("keys.index_key_file", c.Keys.IndexKeyFile, func(path string) (bool, error) {
		_, isTest, err := readKey(path)
		return isTest, err
	})
	c.keyFile("keys.keyset_file", c.Keys.KeysetFile, func(path string) (bool, error) {
		_, isTest, err := readKeyset(path)
		return isTest, err
	})
	c.keyFile("keys.anchor_key_file", c.Keys.AnchorKeyFile, func(path string) (bool, error) {
		_, isTest, err := readAnchorKeys(path)
		return isTest, err
	})
}

func (c *checker) keyFile(key, path string, read func(string) (isTest bool, err error)) {
	if path == "" {
		c.errors.add(key, "is missing: make keys with %s, keep them as long as the database, and name them here",
			howToMakeKeys)
		return
	}
	c.secretFile(key, path)
	if isTest, err := read(path); isTest {
		c.errors.add(key, "%s is a test key made by dev: never use it for real vouchers", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.errors.add(key, "%v", err)
	}
}
