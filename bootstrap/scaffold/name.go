package scaffold

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
)

// wellFormed keeps a name short, so that no line of the example becomes too wide.
var wellFormed = regexp.MustCompile(`^[a-z][a-z0-9]{1,19}$`)

// folders have a meaning of their own to the go command.
var folders = []string{"internal", "main", "testdata", "vendor"}

func isName(name string) error {
	if !wellFormed.MatchString(name) {
		return fmt.Errorf("the name %q must be 2 to 20 small letters and digits, and begin with a letter", name)
	}
	if token.IsKeyword(name) || types.Universe.Lookup(name) != nil || slices.Contains(folders, name) {
		return fmt.Errorf("the name %q means something to Go: choose another", name)
	}
	return nil
}

// suits refuses a name that something else has where the adapter's name will stand.
func suits(checkout fs.FS, name string, files []File) error {
	wanted := map[string]bool{name: true}
	for _, f := range files {
		if path.Dir(f.Path) != contract {
			continue
		}
		if err := declare(wanted, f.Path, f.Text); err != nil {
			return err
		}
	}
	for _, folder := range []string{"bootstrap", contract} {
		taken, err := declared(checkout, folder, module+"/"+providers+name)
		if err != nil {
			return err
		}
		for one := range wanted {
			if taken[one] {
				return fmt.Errorf("the name %q will not do: %s has %s already", name, folder, one)
			}
		}
	}
	return nil
}

// declared are the names at the top of a folder's files, and of what they import besides own.
func declared(checkout fs.FS, folder, own string) (map[string]bool, error) {
	names := map[string]bool{}
	files, err := fs.Glob(checkout, folder+"/*.go")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := fs.ReadFile(checkout, file)
		if err != nil {
			return nil, err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, spec := range tree.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); imported != own {
				names[path.Base(imported)] = true
			}
		}
		if err := declare(names, file, text); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// declare adds the names at the top of a file.
func declare(names map[string]bool, file string, text []byte) error {
	tree, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names[s.Name.Name] = true
				case *ast.ValueSpec:
					for _, one := range s.Names {
						names[one.Name] = true
					}
				}
			}
		}
	}
	return nil
}
