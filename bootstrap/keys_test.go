package bootstrap

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeysAreMadeForTheirOwnerAndNeverOverwritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "keys")
	code, out, notes := do("keys", "init", dir)
	if code != exitDone || !strings.Contains(notes, "Back all four up") {
		t.Fatalf("%d: %s", code, notes)
	}
	for _, name := range []string{"keyset.json", "index.key", "anchor.key", "pepper.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 || !strings.Contains(out, filepath.Join(dir, name)) {
			t.Errorf("%s: %v, %v, printed as\n%s", name, info, err, out)
		}
	}
	before, _ := os.ReadFile(filepath.Join(dir, "keyset.json"))
	_ = os.Remove(filepath.Join(dir, "index.key"))
	code, _, notes = do("keys", "init", dir)
	after, _ := os.ReadFile(filepath.Join(dir, "keyset.json"))
	if code != exitFailed || !strings.Contains(notes, "exists") || string(before) != string(after) {
		t.Errorf("a second time: %d %s", code, notes)
	}
	if _, err := os.Stat(filepath.Join(dir, "index.key")); err == nil {
		t.Error("half a set of new keys stands beside old ones")
	}
}

func TestThePrintedKeysFitTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	_, out, _ := do("keys", "init", filepath.Join(dir, "a"))
	_, rest, _ := strings.Cut(production, "database:")
	rest = strings.ReplaceAll(rest, plainScheme, pepperedScheme)
	if _, warnings, wrong := Load(Sources{File: file(t, out+"database:"+rest)}); len(wrong)+len(warnings) > 0 {
		t.Errorf("%v %v", wrong, warnings)
	}
	_, out, _ = do("keys", "init", filepath.Join(dir, "b"), "--json")
	var made map[string]string
	if err := json.Unmarshal([]byte(out), &made); err != nil || len(made) != 4 {
		t.Fatalf("%v in %s", err, out)
	}
	if key, isTest, err := readKey(made["pepper_file"]); err != nil || isTest || len(key) != keySize {
		t.Errorf("the pepper: %d bytes, %v", len(key), err)
	}
}

func TestATestKeysetIsMarkedAndKeepsItsMark(t *testing.T) {
	keys := Keys{
		KeysetFile:   filepath.Join(t.TempDir(), "keys", "keyset.json"),
		IndexKeyFile: filepath.Join(t.TempDir(), "keys", "index.key"), AnchorKeyFile: filepath.Join(t.TempDir(), "keys", "anchor.key"),
	}
	if err := keys.makeTestKeys(); err != nil {
		t.Fatal(err)
	}
	ring, isTest, err := readKeyset(keys.KeysetFile)
	if err != nil || !isTest {
		t.Fatalf("a test's: %t, %v", isTest, err)
	}
	if err := writeKeyset(keys.KeysetFile, ring, isTest); err != nil {
		t.Fatal(err)
	}
	again, isTest, err := readKeyset(keys.KeysetFile)
	if err != nil || !isTest || again.Primary() != ring.Primary() {
		t.Errorf("written again: a test's: %t, %v", isTest, err)
	}
	if err := keys.makeTestKeys(); err != nil {
		t.Fatal(err)
	}
	if kept, _, _ := readKeyset(keys.KeysetFile); kept.Primary() != ring.Primary() {
		t.Error("the keyset of the data has changed")
	}
}

func TestServeRefusesAKeysetThatLacksAKeyInUse(t *testing.T) {
	_, hash := credentials(t)
	config := configured(t, "http://127.0.0.1:1", hash)
	r := start(t, "ready at", "serve", "--config", config, "--set", "database.migrate=true")
	if code := r.stop(); code != exitDone {
		t.Fatalf("%d: %s", code, r.notes.String())
	}
	other, err := makeKeys(filepath.Join(t.TempDir(), "others"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"cases", "list"}} {
		code, _, notes := do(append(args, "--config", config, "--set", "keys.keyset_file="+other.KeysetFile)...)
		if code != exitFailed || !strings.Contains(notes, "which the keyset has not: bring it back") {
			t.Errorf("%v: %d %s", args, code, notes)
		}
	}
}
