package bootstrap

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheExampleConfigurationIsGood checks deploy/config.yaml as it stands, with the files that it names put elsewhere.
func TestTheExampleConfigurationIsGood(t *testing.T) {
	const there = "/etc/voucherswitch/"
	text, err := os.ReadFile(filepath.Join("..", "deploy", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir() + "/"
	named := regexp.MustCompile(there+`\S+`).FindAllString(string(text), -1)
	if len(named) != 5 {
		t.Errorf("the example names %q", named)
	}
	for _, path := range named {
		content := strings.Repeat("0123456789abcdef", 4) // what an index key looks like; the others need no form
		if err := os.WriteFile(strings.Replace(path, there, folder, 1), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := folder + "config.yaml"
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(string(text), there, folder)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, notes := do("config", "check", "--config", config); code != exitDone || strings.Contains(notes, "warning") {
		t.Errorf("%d: %s", code, notes)
	}
}
