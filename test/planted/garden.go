package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// patience is how long a test may take, altered or not: a bug that makes one hang is not caught by an assertion.
const patience = time.Minute

var errSurvived = errors.New("it survived")

// bug is a piece of source that a mistake would leave in another form, and the test that must notice.
type bug struct {
	name   string
	breaks string // the rule or invariant of the lifecycle, or what else it goes against
	file   string // from the module's root
	old    string // stands in the file exactly once
	new    string
	tests  string // the package whose test catches it
	test   string // its name; that of a subtest after a slash
}

// garden is where bugs are planted.
type garden struct {
	root   string // of the module
	folder string // of what is written for a run; gone with it
	sound  map[[2]string]error
}

func newGarden(ctx context.Context) (*garden, error) {
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "planted")
	if err != nil {
		return nil, err
	}
	root := filepath.Dir(strings.TrimSpace(string(module)))
	return &garden{root: root, folder: folder, sound: map[[2]string]error{}}, nil
}

func (g *garden) close() { _ = os.RemoveAll(g.folder) }

// catch plants a bug. It fails if the bug no longer fits its file or does not compile, if its test fails without it,
// and if its test passes with it, or fails in another way than by saying what is wrong.
func (g *garden) catch(ctx context.Context, b bug) error {
	altered, err := g.altered(b)
	if err != nil {
		return err
	}
	unaltered := [2]string{b.tests, b.test}
	if _, known := g.sound[unaltered]; !known {
		output, err := g.run(ctx, b, "")
		if err != nil {
			err = fmt.Errorf("%s does not pass without the bug: %w\n%s", b.test, err, brief(output))
		}
		g.sound[unaltered] = err
	}
	if err := g.sound[unaltered]; err != nil {
		return err
	}
	overlay, err := g.overlay(b, altered)
	if err != nil {
		return err
	}
	output, err := g.run(ctx, b, overlay)
	if err == nil {
		return fmt.Errorf("%w %s", errSurvived, b.test)
	}
	if failure := (*exec.ExitError)(nil); !errors.As(err, &failure) || !asserted(output, b.test) {
		return fmt.Errorf("%s did not fail by an assertion: %w\n%s", b.test, err, brief(output))
	}
	return nil
}

// altered is the text of the bug's file with the bug in it.
func (g *garden) altered(b bug) (string, error) {
	source, err := os.ReadFile(filepath.Join(g.root, b.file))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), b.old); n != 1 {
		return "", fmt.Errorf("the text that it replaces stands %d times in %s, not once:\n%s", n, b.file, b.old)
	}
	return strings.Replace(string(source), b.old, b.new, 1), nil
}

// overlay writes what the go command reads in place of the bug's file, and gives the flag that says so.
func (g *garden) overlay(b bug, altered string) (flag string, err error) {
	source := filepath.Join(g.folder, b.name+".go.txt")
	list := filepath.Join(g.folder, b.name+".json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(g.root, b.file): source}})
	if err == nil {
		err = errors.Join(os.WriteFile(source, []byte(altered), 0o600), os.WriteFile(list, text, 0o600))
	}
	return "-overlay=" + list, err
}

// run compiles the bug's test and runs it alone. The flag stands in the environment, so that a binary which the test
// builds for itself has the bug too. An error of the run is an ExitError; one of the compiler is not.
func (g *garden) run(ctx context.Context, b bug, flag string) (output []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	environment := append(os.Environ(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" "+flag))
	binary := filepath.Join(g.folder, "one.test")
	compile := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-o", binary, b.tests)
	compile.Dir, compile.Env = g.root, environment
	if output, err := compile.CombinedOutput(); err != nil {
		return output, fmt.Errorf("it does not compile: %v", err) //nolint:errorlint // no failure of the test
	}
	test := exec.CommandContext(ctx, binary, "-test.run="+pattern(b.test), "-test.count=1", "-test.v",
		"-test.timeout="+patience.String())
	test.Dir, test.Env = filepath.Join(g.root, b.tests), environment
	output, err = test.CombinedOutput()
	if err == nil && !bytes.Contains(output, []byte("--- PASS: "+printed(b.test)+" (")) {
		err = errors.New("it was not run")
	}
	return output, err
}

// brief is the beginning of what a test printed.
func brief(output []byte) []byte { return output[:min(len(output), 1000)] }

// asserted tells a test that failed by itself from one that panicked or was stopped.
func asserted(output []byte, test string) bool {
	return bytes.Contains(output, []byte("--- FAIL: "+printed(test)+" (")) &&
		!bytes.Contains(output, []byte("\npanic: ")) && !bytes.Contains(output, []byte("\nfatal error: "))
}

// pattern is what -run takes for exactly this test.
func pattern(test string) string {
	parts := strings.Split(printed(test), "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// printed is a test's name as the testing package writes it.
func printed(test string) string { return strings.ReplaceAll(test, " ", "_") }
