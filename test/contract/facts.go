package contract

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A fact that is still missing stands as FACT and a number where the vendor's word belongs; what it is, the line's
// comment tells. In a sample nothing else stands.
var missing = regexp.MustCompile(`\bFACT[0-9]+\b`)

var told = regexp.MustCompile(`// fact: (.*)|FACT[0-9]+: ([^"]*)`)

// facts fails for each fact that is missing in an adapter or its dialect, and tells whether none is.
func facts(t *testing.T, name string) bool {
	t.Helper()
	root := module(t)
	files, err := filepath.Glob(filepath.Join(root, "adapters", "providers", name, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join(root, "test", "contract", "dialect_"+name+".go")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, lack := range lacking(root, file, string(text)) {
			t.Error(lack)
		}
	}
	return !t.Failed()
}

// Sample is a body that the vendor's document shows. It fails where nobody has put it there yet.
func Sample(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, lack := range lacking(module(t), path, string(text)) {
		t.Fatal(lack)
	}
	return text
}

// Reachable fails for each rule that can never decide.
func Reachable(t *testing.T, tables ...interface{ Unreachable() []string }) {
	t.Helper()
	for _, rules := range tables {
		for _, name := range rules.Unreachable() {
			t.Errorf("the rule %s can never be reached: those before it fit all of its statuses", name)
		}
	}
}

// lacking names the missing facts of a file by their places, as compilers do.
func lacking(root, file, text string) (lacks []string) {
	path, err := filepath.Rel(root, file)
	if err != nil {
		path = file
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if !missing.MatchString(line) {
			continue
		}
		what := told.FindStringSubmatch(line)
		if what == nil {
			what = []string{"", "not told", ""}
		}
		lacks = append(lacks, fmt.Sprintf("%s:%d: fact missing: %s", filepath.ToSlash(path), number,
			strings.TrimSpace(what[1]+what[2])))
	}
	return lacks
}

// module is the folder of go.mod.
func module(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := fs.Stat(os.DirFS(folder), "go.mod"); err == nil {
			return folder
		}
		above := filepath.Dir(folder)
		if above == folder {
			t.Fatal("no go.mod above the test")
		}
		folder = above
	}
}
