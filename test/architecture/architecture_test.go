package architecture

import (
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestTheModuleKeepsItsRules(t *testing.T) {
	found, err := check(os.DirFS(moduleRoot(t)), rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		above := filepath.Dir(folder)
		if above == folder {
			t.Fatal("no go.mod above the test")
		}
		folder = above
	}
}

// planted is the smallest tree that keeps every rule, with the given files laid over it.
func planted(files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{"go.mod": {Data: []byte("module house\n\ngo 1.26\n")}}
	for _, row := range rules {
		tree[row.folder+"/doc.go"] = &fstest.MapFile{Data: []byte("package p\n")}
	}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func importing(packages ...string) string {
	text := "package p\n"
	for _, p := range packages {
		text += "import _ \"" + p + "\"\n"
	}
	return text
}

func kindsIn(t *testing.T, tree fs.FS) []kind {
	t.Helper()
	found, err := check(tree, rules)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []kind
	for _, v := range found {
		kinds = append(kinds, v.kind)
	}
	return kinds
}

// violations has at least one row of every kind; each must be caught, once, and nothing else with it.
var violations = []struct {
	name string
	kind kind
	file string
	text string
}{
	{"a folder outside the layout", strangerAtTop, "pkg/notes.txt", "x"},
	{"a file outside the layout", strangerAtTop, "notes.txt", "x"},
	{"source in an allowed folder without a rule", folderWithoutRow, "deploy/a.go", "package p"},
	{"an adapter that nobody listed", folderWithoutRow, "adapters/telegraph/a.go", "package p"},
	{"a folder that only begins like a listed one", folderWithoutRow, "adapters/memoryless/a.go", "package p"},

	{"domain imports ports", wrongArrow, "domain/a.go", importing("house/ports")},
	{"domain's test imports the contract", wrongArrow, "domain/a_test.go", importing("house/test/contract")},
	{"ports imports application", wrongArrow, "ports/a.go", importing("house/application")},
	{"application imports an adapter", wrongArrow, "application/a.go", importing("house/adapters/memory")},
	{"application's test imports another adapter", wrongArrow, "application/a_test.go",
		importing("house/adapters/gormstore")},
	{"an adapter imports application", wrongArrow, "adapters/http/a.go", importing("house/application")},
	{"an adapter's test imports application", wrongArrow, "adapters/http/a_test.go", importing("house/application")},
	{"an adapter imports another", wrongArrow, "adapters/http/a.go", importing("house/adapters/memory")},
	{"a provider client imports another", wrongArrow, "adapters/providers/suv/a.go",
		importing("house/adapters/providers/simulator")},
	{"an adapter without leave imports suvwire", wrongArrow, "adapters/breaker/a.go",
		importing("house/adapters/suvwire")},
	{"an adapter without leave imports the strict reader", wrongArrow, "adapters/http/a.go",
		importing("house/adapters/strictjson")},
	{"the strict reader imports domain", wrongArrow, "adapters/strictjson/a.go", importing("house/domain")},
	{"suvwire imports ports", wrongArrow, "adapters/suvwire/a.go", importing("house/ports")},
	{"an adapter imports bootstrap", wrongArrow, "adapters/memory/a.go", importing("house/bootstrap")},
	{"an adapter imports the contract", wrongArrow, "adapters/memory/a.go", importing("house/test/contract")},
	{"bootstrap imports test", wrongArrow, "bootstrap/a.go", importing("house/test/contract")},
	{"somebody imports the root", wrongArrow, "ports/a.go", importing("house")},

	{"domain imports context", closedStandard, "domain/a.go", importing("context")},
	{"domain imports chance", closedStandard, "domain/a.go", importing("math/rand/v2")},
	{"domain imports below an open package", closedStandard, "domain/a.go", importing("time/tzdata")},
	{"domain's test imports the network", closedStandard, "domain/a_test.go", importing("net/http")},
	{"ports imports fmt", closedStandard, "ports/a.go", importing("fmt")},
	{"application imports the network", closedStandard, "application/a.go", importing("net")},
	{"application imports HTTP", closedStandard, "application/a.go", importing("net/http/httptest")},
	{"application imports SQL", closedStandard, "application/a.go", importing("database/sql")},
	{"application imports JSON", closedStandard, "application/a.go", importing("encoding/json")},
	{"application imports the system", closedStandard, "application/a.go", importing("os")},
	{"application imports signals", closedStandard, "application/a.go", importing("os/signal")},
	{"application's test imports the system", closedStandard, "application/a_test.go", importing("os")},

	{"domain imports a module", foreignModule, "domain/a.go", importing("github.com/google/uuid")},
	{"ports imports a module", foreignModule, "ports/a.go", importing("github.com/google/uuid")},
	{"application imports a module", foreignModule, "application/a.go", importing("golang.org/x/sync/errgroup")},
	{"GORM outside its adapter", foreignModule, "adapters/memory/a.go", importing("gorm.io/gorm")},
	{"Echo outside its adapters", foreignModule, "adapters/providers/simulator/a.go",
		importing("github.com/labstack/echo/v4/middleware")},
	{"the schema library in the request path", foreignModule, "adapters/http/a.go",
		importing("github.com/getkin/kin-openapi/openapi3")},

	{"domain reads the clock", readsClock, "domain/a.go", "package p\nimport \"time\"\nvar a = time.Now()\n"},
	{"domain waits", readsClock, "domain/a.go", "package p\nimport \"time\"\nfunc f() { <-time.After(1) }\n"},
	{"domain takes the clock as a value", readsClock, "domain/a.go",
		"package p\nimport \"time\"\nvar now = time.Now\n"},
	{"domain renames the clock", readsClock, "domain/a.go",
		"package p\nimport t \"time\"\nvar a = t.Since(t.Time{})\n"},
	{"domain hides the clock", readsClock, "domain/a.go", "package p\nimport . \"time\"\nvar a = Now()\n"},

	{"a function of 61 lines", longFunction, "domain/a.go",
		"package p\nfunc f() {\n" + strings.Repeat("\n", 59) + "}\n"},
	{"a function literal of 61 lines", longFunction, "domain/a.go",
		"package p\nvar f = func() {\n" + strings.Repeat("\n", 59) + "}\n"},
	{"a file of 351 lines", longFile, "domain/a.go", "package p\n" + strings.Repeat("\n", 350)},
	{"a line of 121 columns", wideLine, "domain/a.go", "package p\n// " + strings.Repeat("é", 118) + "\n"},

	{"a bare function", undocumented, "domain/a.go", "package p\nfunc F() {}\n"},
	{"a bare method", undocumented, "domain/a.go", "package p\n// T is.\ntype T[K int] int\nfunc (*T[K]) M() {}\n"},
	{"a bare type", undocumented, "domain/a.go", "package p\ntype T int\n"},
	{"a bare type in a group with a comment", undocumented, "domain/a.go",
		"package p\n// G is.\ntype (\n\tT int\n)\n"},
	{"a bare method of an interface", undocumented, "domain/a.go",
		"package p\n// T is.\ntype T interface {\n\tM()\n}\n"},
	{"a bare constant", undocumented, "domain/a.go", "package p\nconst C = 1\n"},
	{"a bare variable", undocumented, "domain/a.go", "package p\nvar V = 1\n"},
	{"a directive for a comment", undocumented, "adapters/http/a.go",
		"package p\nimport _ \"embed\"\n//go:embed a.txt\nvar V string\n"},

	{"init", initFunction, "bootstrap/a.go", "package p\nfunc init() {}\n"},
	{"init in a test", initFunction, "bootstrap/a_test.go", "package p\nfunc init() {}\n"},
	{"any in a port", anyInPort, "ports/a.go", "package p\ntype t map[string]any\n"},
	{"the empty interface in a port", anyInPort, "ports/a.go", "package p\ntype t []interface{}\n"},
	{"TODO of nobody", unownedTask, "domain/a.go", "package p\n// TODO: later\n"},
	{"FIXME of nobody in a test", unownedTask, "domain/a_test.go", "package p\n/* FIXME() */\n"},
	{"GORM tag outside its adapter", strayRowTag, "domain/a.go",
		"package p\ntype t struct {\n\ta int `json:\"a\" gorm:\"column:a\"`\n}\n"},
	{"GORM tag in plain quotes", strayRowTag, "adapters/memory/a.go",
		"package p\ntype t struct {\n\ta int \"gorm:\\\"-\\\"\"\n}\n"},
}

func TestEveryPlantedViolationIsCaughtAlone(t *testing.T) {
	for _, c := range violations {
		t.Run(c.name, func(t *testing.T) {
			got := kindsIn(t, planted(map[string]string{c.file: c.text}))
			if diff := cmp.Diff([]kind{c.kind}, got); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARuleThatMatchesNoFileIsAViolation(t *testing.T) {
	for _, row := range rules {
		t.Run(row.folder, func(t *testing.T) {
			tree := planted(nil)
			delete(tree, row.folder+"/doc.go")
			if diff := cmp.Diff([]kind{rowWithoutFile}, kindsIn(t, tree)); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryKindOfViolationIsPlanted(t *testing.T) {
	shown := map[kind]bool{rowWithoutFile: true} // by the test above
	for _, c := range violations {
		shown[c.kind] = true
	}
	for _, k := range kindsDeclared(t) {
		if !shown[k] {
			t.Errorf("no planted tree shows %q", k)
		}
	}
}

// kindsDeclared reads the constants from the checker's own source, so that a new kind cannot be forgotten.
func kindsDeclared(t *testing.T) []kind {
	t.Helper()
	file, err := read(os.DirFS("."), "check.go")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []kind
	for node := range ast.Preorder(file.tree) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if named, ok := spec.Type.(*ast.Ident); ok && named.Name == "kind" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, kind(text))
		}
	}
	if len(kinds) == 0 {
		t.Fatal("no kinds found in check.go")
	}
	return kinds
}

func TestWhatTheRulesAllowPasses(t *testing.T) {
	long := strings.Repeat("\n", 400)
	for _, c := range []struct{ name, file, text string }{
		{"nothing but the rows' own files", "domain/doc.go", "package p\n"},
		{"domain's open packages", "domain/a.go",
			importing("cmp", "errors", "fmt", "iter", "log/slog", "maps", "slices", "strconv", "strings", "time")},
		{"domain imports itself", "domain/voucher/a.go", importing("house/domain/money")},
		{"domain's test rolls dice and reads doc.go", "domain/a_test.go", importing("testing", "math/rand/v2", "os")},
		{"domain's test reads the clock", "domain/a_test.go", "package p\nimport \"time\"\nvar a = time.Now()\n"},
		{"domain computes with time", "domain/a.go",
			"package p\nimport \"time\"\nfunc f(t time.Time) bool { return t.After(time.Time{}) }\n"},
		{"a port", "ports/a.go", importing("house/domain/voucher", "context", "iter", "time")},
		{"a use case", "application/a.go", importing("house/domain/voucher", "house/ports", "context", "encoding/hex")},
		{"a use case's test", "application/a_test.go", importing("house/adapters/memory", "house/test/contract",
			"testing/synctest", "github.com/google/go-cmp/cmp", "go.uber.org/goleak", "pgregory.net/rapid")},
		{"the channel API", "adapters/http/a.go", importing("house/adapters/suvwire", "house/ports", "net/http",
			"house/adapters/http/inner", "github.com/labstack/echo/v4/middleware")},
		{"the channel API's test", "adapters/http/a_test.go",
			importing("github.com/getkin/kin-openapi/openapi3", "house/test/contract", "house/adapters/memory")},
		{"a provider client", "adapters/providers/suv/a.go", importing("house/adapters/suvwire")},
		{"the command", "bootstrap/voucherswitch/a.go",
			importing("house/bootstrap", "house/adapters/http", "os", "github.com/spf13/cobra")},
		{"bootstrap's test", "bootstrap/a_test.go", importing("house/test/contract")},
		{"a suite", "test/contract/a.go", importing("house/application", "house/test/scenarios", "testing")},
		{"source of the run time", "data/a.go", "not Go"},
		{"source in testdata", "adapters/http/testdata/a.go", "not Go"},
		{"hidden source", ".ci/a.go", "not Go"},
		{"a function of 60 lines", "domain/a.go", "package p\nfunc f() {\n" + strings.Repeat("\n", 58) + "}\n"},
		{"a file of 350 lines", "domain/a.go", "package p\n" + strings.Repeat("\n", 349)},
		{"a line of 120 columns", "domain/a.go", "package p\n// " + strings.Repeat("é", 117) + "\n"},
		{"a long test", "domain/a_test.go", "package p\nfunc F() {" + long + "}\n// " + strings.Repeat("x", 200)},
		{"long generated source", "domain/a.go",
			"// Code generated by a table. DO NOT EDIT.\n\npackage p\nfunc F() {" + long + "}\n"},
		{"a group's comment", "domain/a.go", "package p\n// These are.\nconst (\n\tC = 1\n\tD = 2\n)\n"},
		{"a comment at the end of the line", "domain/a.go", "package p\ntype T int // T is.\n"},
		{"a method of a hidden type", "domain/a.go", "package p\ntype t int\nfunc (t) M() {}\n"},
		{"a method called init", "domain/a.go", "package p\ntype t int\nfunc (t) init() {}\n"},
		{"any outside the ports", "domain/a.go", "package p\ntype t []any\n"},
		{"a task with an owner", "domain/a.go", "package p\n// TODO(ann): later\n"},
		{"GORM tags in their adapter", "adapters/gormstore/a.go",
			"package p\ntype t struct {\n\ta int `gorm:\"column:a\"`\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := kindsIn(t, planted(map[string]string{c.file: c.text}))
			if len(got) != 0 {
				t.Errorf("got %q, want no violation", got)
			}
		})
	}
}

func TestATreeThatCannotBeReadIsAnError(t *testing.T) {
	for _, c := range []struct{ name, file, text string }{
		{"broken source", "domain/a.go", "not Go"},
		{"no module name", "go.mod", "go 1.26\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := check(planted(map[string]string{c.file: c.text}), rules); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func TestAViolationPrintsItsPlace(t *testing.T) {
	tree := planted(map[string]string{"ports/a.go": importing("fmt", "context")})
	found, err := check(tree, rules)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ports/a.go:2: standard package closed to this folder: fmt"}
	var got []string
	for _, v := range found {
		got = append(got, v.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}
