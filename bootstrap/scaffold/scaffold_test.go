package scaffold

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	house = "../.."         // the root of this checkout
	fresh = "nobodysvendor" // which no checkout has
)

// copied is this checkout in a folder of its own, or only what begins with the given paths.
func copied(t *testing.T, only ...string) string {
	t.Helper()
	folder := t.TempDir()
	left := []string{".git", "bin", "data"}
	err := fs.WalkDir(os.DirFS(house), ".", func(name string, entry fs.DirEntry, err error) error {
		wanted := len(only) == 0 || slices.ContainsFunc(only, func(o string) bool { return strings.HasPrefix(name, o) })
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(left, name):
			return fs.SkipDir
		case entry.IsDir() || !wanted || slices.Contains(left, name) || !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(filepath.Join(house, name))
		if err != nil {
			return err
		}
		put(t, folder, name, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// small is what New reads and writes.
func small(t *testing.T) string {
	t.Helper()
	return copied(t, "go.mod", "bootstrap/adapters.go", "bootstrap/build.go", "docs/providers.md",
		"test/architecture/rules.go", "test/contract/", "adapters/providers/quokka/")
}

func put(t *testing.T, folder, name string, text []byte) {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// goes runs the go command in a folder, without a network, and tells whether it was content.
func goes(t *testing.T, folder string, args ...string) (output string, ok bool) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOFLAGS=")
	text, err := command.CombinedOutput()
	return string(text), err == nil
}

func passes(t *testing.T, folder string, args ...string) {
	t.Helper()
	if output, ok := goes(t, folder, args...); !ok {
		t.Fatalf("go %s:\n%s", strings.Join(args, " "), output)
	}
}

var named = regexp.MustCompile(`[a-z_/]+\.(?:go|json):[0-9]+: fact missing: \S.*`)

// lacks runs tests that must fail, and gives the facts that they name; whatever else they say is an error.
func lacks(t *testing.T, folder string, args ...string) []string {
	t.Helper()
	output, ok := goes(t, folder, args...)
	if ok {
		t.Fatalf("go %s passes", strings.Join(args, " "))
	}
	var facts []string
	for line := range strings.Lines(output) {
		switch fact := named.FindString(line); {
		case fact != "":
			facts = append(facts, fact)
		case strings.HasPrefix(strings.TrimSpace(line), "--- FAIL") || strings.HasPrefix(line, "FAIL"):
		default:
			t.Errorf("a failure names no fact: %s", line)
		}
	}
	return facts
}

func TestAMadeAdapterCompilesLacksItsFactsAloneAndPassesWithThem(t *testing.T) {
	const name = fresh
	folder := copied(t)
	made, err := New(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	adapter := "./" + providers + name
	passes(t, folder, "vet", adapter, "./bootstrap/...", "./test/contract", "./test/architecture")
	passes(t, folder, "test", "./test/architecture")
	if got := lacks(t, folder, "test", adapter); len(got) != made.Facts || made.Facts < 50 {
		t.Errorf("the tests name %d facts, of %d:\n%s", len(got), made.Facts, strings.Join(got, "\n"))
	}
	lacks(t, folder, "test", "-run", "TheDocument", "./test/contract")

	for _, file := range made.Files { // the facts of the worked example
		text, err := os.ReadFile(filepath.Join(house, strings.ReplaceAll(file, name, example)))
		if err != nil {
			t.Fatal(err)
		}
		put(t, folder, file, []byte(rename(string(text), name)))
	}
	passes(t, folder, "test", adapter)
	t.Setenv("UPDATE_DOC", "1")
	passes(t, folder, "test", "-run", "TheDocument", "./test/contract")
	t.Setenv("UPDATE_DOC", "")
	passes(t, folder, "test", "./test/contract")
}

func TestTheExampleIsSmall(t *testing.T) {
	files, missing, err := Render(os.DirFS(house), example)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(house, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(text, []byte("\n"))
	}
	t.Logf("adapter, dialect, tests and samples: %d lines, %d facts", lines, missing)
	if lines >= 500 {
		t.Errorf("the worked example has %d lines, want fewer than 500", lines)
	}
}

func TestNothingIsOverwrittenAndNothingRegisteredTwice(t *testing.T) {
	folder := small(t)
	first, err := New(folder, fresh)
	if err != nil || len(first.Changed) != 4 {
		t.Fatalf("%v, %v", first.Changed, err)
	}
	if _, err := New(folder, fresh); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("made twice: %v", err)
	}
	for _, file := range first.Files {
		if err := os.Remove(filepath.Join(folder, file)); err != nil {
			t.Fatal(err)
		}
	}
	again, err := New(folder, fresh)
	if err != nil || len(again.Changed) != 0 || len(again.Files) != len(first.Files) {
		t.Errorf("made again: %v, %v", again, err)
	}
}

func TestARefusalWritesNothing(t *testing.T) {
	folder := small(t)
	for name, says := range map[string]string{
		"": "small letters", "x": "small letters", "Lantern": "small letters", "../lantern": "small letters",
		"averyveryverylongname": "small letters", "func": "means something to Go", "string": "means something to Go",
		"vendor": "means something to Go", "adapters": "has adapters already",
		"gate": "has Gate already", "fmt": "has fmt already", "quokka": "exists already", "kiosk": "exists already",
	} {
		if made, err := New(folder, name); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, %v; want %q", name, made, err, says)
		}
	}
	if _, err := New(t.TempDir(), fresh); err == nil || !strings.Contains(err.Error(), "--dir") {
		t.Errorf("no checkout: %v", err)
	}
	put(t, folder, "test/architecture/rules.go", []byte("package architecture\n"))
	if _, err := New(folder, fresh); err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("no place for a row: %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, providers, fresh)); err == nil {
		t.Error("something was written")
	}
}

func TestNoLineOfALongNameIsTooWide(t *testing.T) {
	files, _, err := Render(os.DirFS(house), strings.Repeat("w", 20))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for line := range strings.Lines(string(f.Text)) {
			if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > 120 {
				t.Errorf("%s: %d columns: %s", f.Path, width, line)
			}
		}
	}
}
