package main

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	document = "docs/proof.md"
	begins   = "<!-- planted -->\n"
	ends     = "<!-- end of planted -->\n"
	sample   = 3 // bugs that a run of the tests plants
)

func ofATest(t *testing.T) *garden {
	t.Helper()
	g, err := newGarden(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.close)
	return g
}

// A bug that no longer fits its file is no proof any more, so whoever changes the code moves the bug along.
func TestEveryBugFitsItsFileAndNamesATestThatExists(t *testing.T) {
	g, names, tests := ofATest(t), map[string]bool{}, map[string]map[string]bool{}
	for _, b := range bugs() {
		if names[b.name] || b.breaks == "" || strings.Trim(b.name, "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%s: its name is taken, or not of small letters and hyphens, or it breaks nothing", b.name)
		}
		names[b.name] = true
		altered, err := g.altered(b)
		if err != nil {
			t.Errorf("%s: %v", b.name, err)
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), b.file, altered, 0); err != nil {
			t.Errorf("%s: %v", b.name, err)
		}
		if tests[b.tests] == nil {
			tests[b.tests] = testsIn(t, filepath.Join(g.root, b.tests))
		}
		if whole, _, _ := strings.Cut(b.test, "/"); !tests[b.tests][whole] {
			t.Errorf("%s: there is no test %s in %s", b.name, whole, b.tests)
		}
	}
	if len(names) < 30 {
		t.Errorf("%d bugs are planted, fewer than 30", len(names))
	}
}

func testsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			if function, ok := declared.(*ast.FuncDecl); ok && function.Recv == nil {
				found[function.Name.Name] = true
			}
		}
	}
	return found
}

// All of them take minutes (make planted), so each day plants others.
func TestTheDaysBugsAreCaught(t *testing.T) {
	all, day := bugs(), int(time.Now().Unix()/(24*60*60))
	var names []string
	for i := range sample {
		names = append(names, all[(day*sample+i)%len(all)].name)
	}
	var out bytes.Buffer
	if err := plant(t.Context(), &out, names); err != nil {
		t.Errorf("%v; to repeat it: go run ./test/planted %s", err, strings.Join(names, " "))
	}
	t.Log(out.String())
}

// harmless is a bug that is none, in a package that compiles in no time.
var harmless = bug{
	name: "harmless", file: "domain/fault/fault.go", old: "package fault", new: "package fault // as it was",
	tests: "./domain/fault", test: "TestEveryKindHasAName",
}

func TestABugThatItsTestLetsThroughIsNotCaught(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bug)
		says   string
	}{
		"harmless":             {func(*bug) {}, errSurvived.Error()},
		"does not fit":         {func(b *bug) { b.old = "package faults" }, "0 times"},
		"fits twice":           {func(b *bug) { b.old = "fault" }, "not once"},
		"does not compile":     {func(b *bug) { b.new = "package fault; var a int = true" }, "does not compile"},
		"panics":               {func(b *bug) { b.new = `package fault; var _ = []int{}[len("")]` }, "did not fail by an assertion"},
		"has no such test":     {func(b *bug) { b.test = "TestNothing" }, "was not run"},
		"has no such package":  {func(b *bug) { b.tests = "./domain/nothing" }, "does not pass without the bug"},
		"has no such sub-test": {func(b *bug) { b.test += "/of nothing" }, "was not run"},
	} {
		b := harmless
		c.change(&b)
		err := ofATest(t).catch(t.Context(), b)
		if err == nil || !strings.Contains(err.Error(), c.says) || errors.Is(err, errSurvived) != (name == "harmless") {
			t.Errorf("%s: %v, want that it %s", name, err, c.says)
		}
	}
}

func TestABugThatIsNotKnownIsNamed(t *testing.T) {
	if _, err := choose(bugs(), []string{"no-such-bug"}); err == nil || !strings.Contains(err.Error(), "no-such-bug") {
		t.Error(err)
	}
	if all, err := choose(bugs(), []string{"all"}); err != nil || len(all) != len(bugs()) {
		t.Errorf("all are %d of %d, %v", len(all), len(bugs()), err)
	}
}

func TestTheDocumentShowsTheTable(t *testing.T) {
	path := filepath.Join(ofATest(t).root, document)
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(source), begins)
	shown, after, ended := strings.Cut(rest, ends)
	if !begun || !ended {
		t.Fatalf("%s lacks the marks %q and %q", document, begins, ends)
	}
	table := markdown(bugs())
	if shown == table {
		return
	}
	if os.Getenv("UPDATE_DOC") == "" {
		t.Fatalf("%s shows another table than there is; run the test with UPDATE_DOC=1", document)
	}
	if err := os.WriteFile(path, []byte(before+begins+table+ends+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
