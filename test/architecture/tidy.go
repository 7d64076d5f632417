package architecture

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checkTidiness holds one file against the rules of style that a machine can judge.
func checkTidiness(file source) []violation {
	found := slices.Concat(checkInit(file), checkTasks(file), checkRowTags(file), checkAny(file))
	if file.isTest || file.generated {
		return found
	}
	return slices.Concat(found, checkLines(file), checkFunctions(file), checkComments(file))
}

func checkInit(file source) []violation {
	var found []violation
	for _, d := range file.tree.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			found = append(found, file.broken(initFunction, f.Pos(), "set it where it is built"))
		}
	}
	return found
}

var taskMark = regexp.MustCompile(`\b(?:TODO|FIXME)\b(\(\w[^()]*\))?`)

func checkTasks(file source) []violation {
	var found []violation
	for _, group := range file.tree.Comments {
		for _, comment := range group.List {
			for _, mark := range taskMark.FindAllStringSubmatch(comment.Text, -1) {
				if mark[1] == "" {
					found = append(found, file.broken(unownedTask, comment.Pos(), mark[0]))
				}
			}
		}
	}
	return found
}

func checkRowTags(file source) []violation {
	var found []violation
	for node := range ast.Preorder(file.tree) {
		field, ok := node.(*ast.Field)
		if !ok || field.Tag == nil || file.row.mayTagRows {
			continue
		}
		tag, _ := strconv.Unquote(field.Tag.Value)
		if _, tagged := reflect.StructTag(tag).Lookup("gorm"); tagged {
			found = append(found, file.broken(strayRowTag, field.Pos(), tag))
		}
	}
	return found
}

func checkAny(file source) []violation {
	if !file.row.anyless || file.isTest {
		return nil
	}
	var found []violation
	for node := range ast.Preorder(file.tree) {
		switch n := node.(type) {
		case *ast.Ident:
			if n.Name == "any" {
				found = append(found, file.broken(anyInPort, n.Pos(), "any"))
			}
		case *ast.InterfaceType:
			if len(n.Methods.List) == 0 {
				found = append(found, file.broken(anyInPort, n.Pos(), "interface{}"))
			}
		}
	}
	return found
}

func checkLines(file source) []violation {
	var found []violation
	count := 0
	for line := range strings.Lines(file.text) {
		count++
		if width := utf8.RuneCountInString(strings.TrimRight(line, "\r\n")); width > maxLineColumns {
			where := fmt.Sprintf("%s:%d", file.path, count)
			found = append(found, violation{wideLine, where, fmt.Sprintf("%d columns", width)})
		}
	}
	if count > maxFileLines {
		found = append(found, violation{longFile, file.path, fmt.Sprintf("%d lines", count)})
	}
	return found
}

// checkFunctions measures from the word func to the closing brace; a literal inside a function counts with it.
func checkFunctions(file source) []violation {
	var found []violation
	ast.Inspect(file.tree, func(node ast.Node) bool {
		name := "function literal"
		switch n := node.(type) {
		case *ast.FuncDecl:
			name = n.Name.Name
		case *ast.FuncLit:
		default:
			return true
		}
		if lines := file.line(node.End()) - file.line(node.Pos()) + 1; lines > maxFunctionLines {
			found = append(found, file.broken(longFunction, node.Pos(), fmt.Sprintf("%s, %d lines", name, lines)))
		}
		return false
	})
	return found
}

// checkComments asks a comment of every exported function, type, constant and variable, of the exported methods of
// exported types, and of the methods of exported interfaces. A group's comment serves its constants and variables,
// never its types; a comment at the end of the line serves as well as one above.
func checkComments(file source) []violation {
	var found []violation
	ask := func(name *ast.Ident, comments ...*ast.CommentGroup) {
		if name.IsExported() && !slices.ContainsFunc(comments, says) {
			found = append(found, file.broken(undocumented, name.Pos(), name.Name))
		}
	}
	for _, d := range file.tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || receiver(d).IsExported() {
				ask(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				askSpec(ask, d, spec)
			}
		}
	}
	return found
}

func askSpec(ask func(*ast.Ident, ...*ast.CommentGroup), d *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			ask(name, d.Doc, s.Doc, s.Comment)
		}
	case *ast.TypeSpec:
		above := s.Doc
		if !d.Lparen.IsValid() {
			above = d.Doc
		}
		ask(s.Name, above, s.Comment)
		if methods, ok := s.Type.(*ast.InterfaceType); ok && s.Name.IsExported() {
			for _, field := range methods.Methods.List {
				for _, name := range field.Names {
					ask(name, field.Doc, field.Comment)
				}
			}
		}
	}
}

// says tells a comment for readers from one that only instructs the compiler.
func says(comment *ast.CommentGroup) bool { return strings.TrimSpace(comment.Text()) != "" }

// receiver gives the name of a method's type, without its star and type parameters.
func receiver(method *ast.FuncDecl) *ast.Ident {
	for at := method.Recv.List[0].Type; ; {
		switch t := at.(type) {
		case *ast.StarExpr:
			at = t.X
		case *ast.ParenExpr:
			at = t.X
		case *ast.IndexExpr:
			at = t.X
		case *ast.IndexListExpr:
			at = t.X
		case *ast.Ident:
			return t
		default:
			return &ast.Ident{NamePos: token.NoPos, Name: "_"}
		}
	}
}
