package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

func text(t *testing.T, path ...string) string {
	t.Helper()
	read, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(read)
}

// found is what the one match of a pattern holds.
func found(t *testing.T, pattern, in string) string {
	t.Helper()
	all := regexp.MustCompile(pattern).FindAllStringSubmatch(in, -1)
	if len(all) != 1 {
		t.Fatalf("%s is found %d times", pattern, len(all))
	}
	return all[0][1]
}

func TestOneToolchainBuildsEverywhere(t *testing.T) {
	module, image, rules := text(t, "go.mod"), text(t, "Dockerfile"), text(t, "Makefile")
	toolchain := found(t, `(?m)^toolchain (go1\.\d+\.\d+)$`, module)
	if built := found(t, `(?m)^FROM golang:(\S+) AS build$`, image); "go"+built != toolchain {
		t.Errorf("the image is built with Go %s, go.mod names %s", built, toolchain)
	}
	if language := found(t, `(?m)^go (1\.\d+)`, module); !strings.HasPrefix(toolchain, "go"+language+".") {
		t.Errorf("go.mod is written in Go %s and built with %s", language, toolchain)
	}
	if !strings.Contains(image, "make build ") || strings.Contains(image, "go build") {
		t.Error("the image is not built as the Makefile builds")
	}
	build := found(t, `(?m)^\t(.*go build (?:.*\\\n)?.*)$`, rules)
	for _, needed := range []string{"GOTOOLCHAIN=$(TOOLCHAIN)", "CGO_ENABLED=0", "-trimpath", "-buildvcs=false"} {
		if !strings.Contains(build, needed) {
			t.Errorf("what is built elsewhere may be different without %s: %s", needed, build)
		}
	}
}

// A tool's version stands in a variable of the Makefile, whole, and nowhere else.
func TestAToolsVersionIsNamedOnce(t *testing.T) {
	pinned := regexp.MustCompile(`(?m)^[A-Z]+_VERSION := v\d+\.\d+\.\d+$`)
	if tools := pinned.FindAllString(text(t, "Makefile"), -1); len(tools) != 3 {
		t.Errorf("pinned are %q", tools)
	}
	fetched := regexp.MustCompile(`go (?:run|install) \S+@(\S+)`)
	for _, path := range [][]string{{"Makefile"}, {"Dockerfile"}, {".ci", "run"}} {
		for _, use := range fetched.FindAllStringSubmatch(text(t, path...), -1) {
			if !regexp.MustCompile(`^\$\([A-Z]+_VERSION\)$`).MatchString(use[1]) {
				t.Errorf("%s fetches %s", path, use[0])
			}
		}
	}
}

func TestABillThatIsNotOfTheBinaryIsRefused(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{
		{Path: "a.example/a", Version: "v1.0.0"},
		{Path: "b.example/b", Version: "v1.0.0", Replace: &debug.Module{Path: "c.example/c", Version: "v2.0.0"}},
	}}
	component := func(name, version string) string {
		return `{"type":"library","name":"` + name + `","version":"` + version + `","purl":"pkg:golang/` + name + "@" + version + `"}`
	}
	std, a, c := component("std", "go1.26.8"), component("a.example/a", "v1.0.0"), component("c.example/c", "v2.0.0")
	for name, test := range map[string]struct {
		components []string
		says       string // empty: it is good
	}{
		"whole":            {[]string{std, a, c}, ""},
		"a module less":    {[]string{std, a}, "lacks c.example/c v2.0.0"},
		"no library":       {[]string{a, c}, "lacks std"},
		"another version":  {[]string{std, component("a.example/a", "v1.0.1"), c}, "the binary holds v1.0.0"},
		"another library":  {[]string{component("std", "go1.26.7"), a, c}, "the binary holds go1.26.8"},
		"a module more":    {[]string{std, a, c, component("d.example/d", "v1.0.0")}, "does not hold"},
		"one twice":        {[]string{std, a, a, c}, "does not hold"},
		"the one replaced": {[]string{std, a, component("b.example/b", "v1.0.0")}, "does not hold"},
		"of another kind":  {[]string{std, strings.Replace(a, "library", "file", 1), c}, "as file"},
	} {
		bill := `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[` + strings.Join(test.components, ",") + `]}`
		err := compare(holds(info), []byte(bill))
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "{}", `{"bomFormat":"SPDX","specVersion":"2"}`} {
		if compare(map[string]string{}, []byte(text)) == nil {
			t.Errorf("%q is taken for a bill", text)
		}
	}
}

func TestACopyHoldsWhatIsBuiltFromAndNothingElse(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "a", "b")
	for _, path := range []string{"go.mod", "x/bin/y.go", "x/data/z", "bin/old", "data/db", ".git/config", ".ci/run"} {
		if err := os.MkdirAll(filepath.Join(from, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(from, path), []byte(path), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(from)
	if err := copyTree(".", to); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"go.mod": true, "x/bin/y.go": true, "x/data/z": true, ".ci/run": true, "bin": false, "data": false, ".git": false,
	} {
		if _, err := os.Stat(filepath.Join(to, path)); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}
