package bootstrap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestATestKeyIsMadeOnceForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "index.key")
	if err := makeTestKey(path); err != nil {
		t.Fatal(err)
	}
	first, isTest, err := readKey(path)
	if err != nil || !isTest || len(first) != keySize {
		t.Fatalf("%d bytes, test key %t, %v", len(first), isTest, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := makeTestKey(path); err != nil {
		t.Fatal(err)
	}
	if again, _, _ := readKey(path); string(again) != string(first) {
		t.Error("the key of the data has changed")
	}
}

func TestOldDataGetsNoNewKey(t *testing.T) {
	config, _, _ := Load(Sources{World: devWorld, Folder: t.TempDir()})
	write(t, config.databasePath(), "")
	p := program{config: config}
	if err := p.makeTestKeys(); err == nil || !strings.Contains(err.Error(), config.Keys.IndexKeyFile) {
		t.Errorf("%v", err)
	}
}

func TestAProviderPasswordFileMayEndInALine(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "password"), " hunter2 \n")
	password, err := Provider{PasswordFile: path}.password()
	if err != nil || password.Reveal() != " hunter2 " {
		t.Errorf("read otherwise: %v", err)
	}
}
