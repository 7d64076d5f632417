package architecture

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// kind says which rule was broken.
type kind string

const (
	strangerAtTop    kind = "not a name of the top level"
	folderWithoutRow kind = "no rule covers this folder"
	rowWithoutFile   kind = "rule matches no file"
	wrongArrow       kind = "import against the arrows"
	closedStandard   kind = "standard package closed to this folder"
	foreignModule    kind = "module belongs to another folder"
	readsClock       kind = "time is an argument here"
	longFunction     kind = "function too long"
	longFile         kind = "file too long"
	wideLine         kind = "line too wide"
	undocumented     kind = "exported name without a comment"
	initFunction     kind = "init function"
	anyInPort        kind = "any in a port"
	unownedTask      kind = "task mark without an owner"
	strayRowTag      kind = "GORM tag outside its adapter"
)

// violation is one broken rule at one place.
type violation struct {
	kind  kind
	where string // path, and line where there is one
	what  string
}

// String prints the violation as compilers do, place first.
func (v violation) String() string { return fmt.Sprintf("%s: %s: %s", v.where, v.kind, v.what) }

// source is one parsed Go file and the row that governs it.
type source struct {
	path      string
	module    string
	row       rule
	text      string
	files     *token.FileSet
	tree      *ast.File
	isTest    bool
	generated bool
}

func (s source) line(p token.Pos) int { return s.files.PositionFor(p, false).Line }

func (s source) broken(k kind, p token.Pos, what string) violation {
	return violation{k, fmt.Sprintf("%s:%d", s.path, s.line(p)), what}
}

// check holds the tree against the table and the tidiness numbers. The error is a tree that cannot be read or parsed.
func check(tree fs.FS, table []rule) ([]violation, error) {
	module, err := moduleName(tree)
	if err != nil {
		return nil, err
	}
	found, err := checkTopLevel(tree)
	if err != nil {
		return nil, err
	}
	matched := make(map[string]bool)
	err = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(name)
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		at := slices.IndexFunc(table, func(r rule) bool { return within(name, r.folder) })
		if at < 0 {
			found = append(found, violation{folderWithoutRow, name, path.Dir(name)})
			return nil
		}
		matched[table[at].folder] = true
		file, err := read(tree, name)
		if err != nil {
			return err
		}
		file.module, file.row = module, table[at]
		found = append(found, slices.Concat(checkImports(file), checkClock(file), checkTidiness(file))...)
		return nil
	})
	for _, row := range table {
		if !matched[row.folder] {
			found = append(found, violation{rowWithoutFile, row.folder, "remove the row or restore the folder"})
		}
	}
	return found, err
}

func moduleName(tree fs.FS) (string, error) {
	text, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", fmt.Errorf("go.mod names no module")
}

func checkTopLevel(tree fs.FS) ([]violation, error) {
	entries, err := fs.ReadDir(tree, ".")
	var found []violation
	for _, entry := range entries {
		if !slices.Contains(topLevel, entry.Name()) && !slices.Contains(runTime, entry.Name()) {
			found = append(found, violation{strangerAtTop, entry.Name(), "not in the fixed layout"})
		}
	}
	return found, err
}

// skip passes over the folders that the go command passes over too, and those of the run time.
func skip(folder string) error {
	name := path.Base(folder)
	hidden := folder != "." && (name[0] == '.' || name[0] == '_')
	if hidden || name == "testdata" || slices.Contains(runTime, folder) {
		return fs.SkipDir
	}
	return nil
}

func read(tree fs.FS, name string) (source, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return source{}, err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	return source{
		path: name, text: string(text), files: files, tree: parsed,
		isTest: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(parsed),
	}, nil
}

func checkImports(file source) []violation {
	var found []violation
	for _, spec := range file.tree.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if k, open := file.opens(imported); !open {
			found = append(found, file.broken(k, spec.Pos(), imported))
		}
	}
	return found
}

// opens tells whether the file may import the package, and which rule it breaks if not.
func (s source) opens(imported string) (kind, bool) {
	may, tests := s.row.may, grant{}
	if s.isTest {
		tests = s.row.tests
	}
	if within(imported, s.module) {
		folder := strings.TrimPrefix(strings.TrimPrefix(imported, s.module), "/")
		open := slices.Concat([]string{s.row.folder}, may.folders, tests.folders)
		return wrongArrow, anyWithin(folder, open)
	}
	first, _, _ := strings.Cut(imported, "/")
	if strings.Contains(first, ".") {
		return foreignModule, anyWithin(imported, slices.Concat(may.modules, tests.modules))
	}
	open := slices.Concat(may.standard, tests.standard)
	named := slices.Contains(open, imported) || slices.Contains(open, everything)
	return closedStandard, named && !anyWithin(imported, s.row.barred)
}

func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

func anyWithin(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return folder == everything || within(name, folder)
	})
}

// clockNames are the functions of package time that read the clock or wait for it.
var clockNames = []string{
	"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick",
}

// checkClock finds every mention, not only calls: a function value reads the clock as well.
func checkClock(file source) []violation {
	name := file.nameOf("time")
	if !file.row.clockless || file.isTest || name == "" {
		return nil
	}
	var found []violation
	if name == "." {
		found = append(found, file.broken(readsClock, file.tree.Package, "a dot import of time hides its clock"))
	}
	for node := range ast.Preorder(file.tree) {
		chosen, ok := node.(*ast.SelectorExpr)
		if !ok || !slices.Contains(clockNames, chosen.Sel.Name) {
			continue
		}
		if left, ok := chosen.X.(*ast.Ident); ok && left.Name == name {
			found = append(found, file.broken(readsClock, chosen.Pos(), "time."+chosen.Sel.Name))
		}
	}
	return found
}

// nameOf gives the name under which the file imports the standard package, or nothing.
func (s source) nameOf(imported string) string {
	for _, spec := range s.tree.Imports {
		if spec.Path.Value != strconv.Quote(imported) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return imported
	}
	return ""
}
