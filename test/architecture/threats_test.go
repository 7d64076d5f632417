package architecture

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryTestThatADocumentNamesExists: what is said to be shown is shown.
func TestEveryTestThatADocumentNamesExists(t *testing.T) {
	root := filepath.Join("..", "..")
	exists := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	named := map[string]string{}
	mentioned := regexp.MustCompile("`(Test\\w+)`")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		expression, note := declared, func(name string) { exists[name] = true }
		switch {
		case strings.HasSuffix(path, "_test.go"):
		case strings.HasSuffix(path, ".md"):
			expression, note = mentioned, func(name string) { named[name] = path }
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		for _, found := range expression.FindAllSubmatch(text, -1) {
			note(string(found[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(named) < 30 {
		t.Errorf("only %d tests are named: the threat model names what shows each defence", len(named))
	}
	for name, path := range named {
		if !exists[name] {
			t.Errorf("%s names %s, which does not exist", path, name)
		}
	}
}
