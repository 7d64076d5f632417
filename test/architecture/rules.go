// Package architecture holds the house rules as data and the checker that keeps them: who may import whom, what may
// stand at the top level, and the tidiness numbers. Its test runs them over the whole module, and over small planted
// trees that show every kind of violation being caught.
package architecture

// everything in a grant opens all packages of its sort.
const everything = "*"

// The tidiness numbers; _test.go and generated files are apart. A tab counts as one column.
const (
	maxFunctionLines = 60
	maxFileLines     = 350
	maxLineColumns   = 120
)

// grant names the imports that are open to a file. Folders and modules are open with all below them, standard
// packages only by their exact path.
type grant struct {
	folders  []string
	standard []string
	modules  []string
}

// rule is one row of the import table. A folder's own packages are always open to it.
type rule struct {
	folder string
	may    grant
	tests  grant    // what _test.go files may import besides
	barred []string // standard packages closed, with all below them, whatever the grants say

	mayTagRows bool // GORM struct tags may stand here
	clockless  bool // may not read the clock or wait for it
	anyless    bool // may not say any
}

// adapter makes the row of an adapter: the core's two folders, the standard library and its own modules.
func adapter(folder string, modules ...string) rule {
	return rule{
		folder: "adapters/" + folder,
		may: grant{
			folders:  []string{"domain", "ports"},
			standard: []string{everything},
			modules:  modules,
		},
		tests: grant{
			folders: []string{
				"adapters", "test/authority", "test/contract", "test/fuzzing", "test/mariadb", "test/mysqlproxy",
			},
			modules: testModules,
		},
	}
}

// speakingSUV opens the SUV messages, which several adapters share.
func (r rule) speakingSUV() rule {
	r.may.folders = append(r.may.folders, "adapters/suvwire")
	return r
}

// asking opens the exchange, which every provider's client stands on.
func (r rule) asking() rule {
	r.may.folders = append(r.may.folders, "adapters/exchange")
	return r
}

// strictly opens the strict reader, for a vendor's own wire.
func (r rule) strictly() rule {
	r.may.folders = append(r.may.folders, "adapters/strictjson")
	return r
}

// sealing opens the keyring, whose keys the bootstrap reads and the store seals with.
func (r rule) sealing() rule {
	r.may.folders = append(r.may.folders, "adapters/keyring")
	return r
}

// testing adds modules that only the row's _test.go files may import.
func (r rule) testing(modules ...string) rule {
	r.tests.modules = append(modules, r.tests.modules...)
	return r
}

// tagging lets the row's structs carry GORM tags.
func (r rule) tagging() rule {
	r.mayTagRows = true
	return r
}

var testModules = []string{"github.com/google/go-cmp", "go.uber.org/goleak", "pgregory.net/rapid"}

// rules is the import table. A row that matches no file is itself a violation, so a folder gets its row when it
// gets its first file, and a new adapter's row names the modules that it alone owns.
var rules = []rule{
	{
		folder: "domain",
		may: grant{standard: []string{
			"cmp", "errors", "fmt", "iter", "log/slog", "maps", "slices", "strconv", "strings", "time",
		}},
		// os, because the transition table printed into doc.go is compared by reading that file.
		tests:     grant{standard: []string{"testing", "math/rand/v2", "os"}},
		clockless: true,
	},
	{
		folder:  "ports",
		may:     grant{folders: []string{"domain"}, standard: []string{"context", "iter", "time"}},
		tests:   grant{standard: []string{"testing"}},
		anyless: true,
	},
	{
		folder: "application",
		may:    grant{folders: []string{"domain", "ports"}, standard: []string{everything}},
		tests:  grant{folders: []string{"adapters/memory", "test/contract"}, modules: testModules},
		barred: []string{"net", "database/sql", "encoding/json", "os"},
	},
	adapter("http", "github.com/labstack/echo/v4").
		speakingSUV().testing("github.com/getkin/kin-openapi"),
	adapter("gormstore",
		"gorm.io/gorm", "gorm.io/driver/mysql", "gorm.io/driver/sqlite",
		"github.com/go-sql-driver/mysql", "modernc.org/sqlite", "github.com/pressly/goose/v3").sealing().tagging(),
	adapter("keyring", "github.com/tink-crypto/tink-go/v2"),
	adapter("certificate"),
	adapter("memory"),
	{
		folder: "adapters/strictjson",
		may:    grant{standard: []string{everything}},
		tests:  grant{folders: []string{"test/fuzzing"}},
	},
	{
		folder: "adapters/suvwire",
		may:    grant{folders: []string{"domain", "adapters/strictjson"}, standard: []string{everything}},
		tests:  grant{folders: []string{"adapters", "test/contract", "test/fuzzing"}, modules: testModules},
	},
	{
		folder: "adapters/exchange",
		may:    grant{folders: []string{"domain"}, standard: []string{everything}},
		tests:  grant{folders: []string{"adapters", "test/contract", "test/fuzzing"}, modules: testModules},
	},
	adapter("providers/suv").asking().speakingSUV(),
	adapter("providers/kiosk").asking().speakingSUV().strictly(),
	adapter("providers/quokka").asking().speakingSUV().strictly(),
	adapter("providers/simulator").speakingSUV(),
	adapter("breaker", "github.com/sony/gobreaker/v2", "golang.org/x/sync"),
	adapter("turnstile", "golang.org/x/time"),
	adapter("telemetry", "github.com/prometheus/client_golang", "golang.org/x/sync"),
	{
		folder: "bootstrap",
		may: grant{
			folders:  []string{"domain", "ports", "application", "adapters"},
			standard: []string{everything},
			modules:  []string{everything},
		},
		tests: grant{folders: []string{"test"}},
	},
	{
		folder: "test",
		may: grant{
			folders:  []string{everything},
			standard: []string{everything},
			modules:  []string{everything},
		},
	},
}

// topLevel names all that may stand beside go.mod; source is read only from folders that also have a rule.
var topLevel = []string{
	"domain", "application", "adapters", "ports", "bootstrap", "test", "docs", "deploy",
	"go.mod", "go.sum", "Dockerfile", "compose.yaml", "Makefile", ".golangci.yml", ".ci",
	"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE",
	".git", ".gitignore", ".gitattributes", ".dockerignore",
}

// runTime names folders that the program or its build leaves behind: allowed at the top level, never read.
var runTime = []string{"data", "bin"}
