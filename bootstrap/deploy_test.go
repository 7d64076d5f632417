package bootstrap

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"voucherswitch/test/authority"
)

// TestTheDocumentedChannelIsGood checks the first example of docs/channels.md.
func TestTheDocumentedChannelIsGood(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "channels.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	pepper := write(t, filepath.Join(t.TempDir(), "pepper"), strings.Repeat("ab", keySize))
	example = strings.Replace(example, "/etc/voucherswitch/pepper", pepper, 1)
	_, _, wrong := Load(Sources{File: file(t, example)})
	for _, p := range wrong {
		if p.Key != "keys.index_key_file" && p.Key != "keys.keyset_file" && p.Key != "keys.anchor_key_file" {
			t.Errorf("%s", p)
		}
	}
	if !strings.Contains(example, "rate_limit") || !strings.Contains(example, pepper) {
		t.Errorf("not the example of a channel:\n%s", example)
	}
}

// TestTheExampleConfigurationIsGood checks deploy/config.yaml as it stands, with the files that it names put elsewhere.
func TestTheExampleConfigurationIsGood(t *testing.T) {
	const there = "/etc/voucherswitch/"
	text, err := os.ReadFile(filepath.Join("..", "deploy", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir() + "/"
	if _, err := makeKeys(folder + "keys"); err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(there+`[^\s`+"`"+`]+`).FindAllString(string(text), -1)
	if len(named) != 9 {
		t.Errorf("the example names %q", named)
	}
	for _, path := range named {
		if path := strings.Replace(path, there, folder, 1); !strings.HasPrefix(path, folder+"keys") {
			write(t, path, "a password has no form here")
		}
	}
	authority.New(t).Sign(t, &x509.Certificate{NotAfter: time.Now().AddDate(1, 0, 0)}).Write(t, folder)
	config := write(t, folder+"config.yaml", strings.ReplaceAll(string(text), there, folder))
	if code, _, notes := do("config", "check", "--config", config); code != exitDone || strings.Contains(notes, "warning") {
		t.Errorf("%d: %s", code, notes)
	}
}
