// Package scaffold makes the adapter of a new provider in a checkout. It copies the worked example that stands there,
// adapters/providers/quokka, under another name and without what is true of that vendor alone: its facts. The example
// is compiled and tested like everything else, so what is made of it compiles in the same checkout, whatever changes.
package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

const (
	module    = "voucherswitch"
	example   = "quokka"
	providers = "adapters/providers/"
	contract  = "test/contract"
)

// Made tells what New did to a checkout, by paths below its root.
type Made struct {
	Files   []string
	Changed []string
	Facts   int // that are missing in them
}

// New makes adapters/providers/NAME and its dialect below the root of a checkout, and registers both. It fails, and
// writes nothing, if the folder is no checkout, the name will not do, or a file of the adapter is there already.
func New(folder, name string) (Made, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return Made{}, err
	}
	defer func() { _ = root.Close() }()
	checkout := root.FS()
	if err := errors.Join(isCheckout(checkout, folder), isName(name)); err != nil {
		return Made{}, err
	}
	files, missing, err := Render(checkout, name)
	if err == nil {
		err = isFree(checkout, files)
	}
	if err == nil {
		err = suits(checkout, name, files)
	}
	if err != nil {
		return Made{}, err
	}
	changed, err := registered(checkout, name)
	if err != nil {
		return Made{}, err
	}
	made := Made{Files: paths(files), Changed: paths(changed), Facts: missing}
	return made, write(root, append(files, changed...))
}

// File is a file of a checkout, by its path below the root.
type File struct {
	Path string
	Text []byte
}

// Render copies the example under another name, without its facts, and counts those that are missing now.
func Render(checkout fs.FS, name string) (files []File, missing int, err error) {
	sources := []string{contract + "/dialect_" + example + ".go"}
	for _, pattern := range []string{"*.go", "testdata/*"} {
		found, err := fs.Glob(checkout, providers+example+"/"+pattern)
		if err != nil {
			return nil, 0, err
		}
		sources = append(sources, found...)
	}
	slices.Sort(sources)
	for _, source := range sources {
		text, err := fs.ReadFile(checkout, source)
		if err != nil {
			return nil, 0, err
		}
		var blank string
		blank, missing = withoutFacts(source, string(text), missing)
		made := File{rename(source, name), []byte(rename(blank, name))}
		if path.Ext(source) == ".go" {
			if made.Text, err = format.Source(made.Text); err != nil {
				return nil, 0, fmt.Errorf("%s: %w", made.Path, err)
			}
		}
		files = append(files, made)
	}
	return files, missing, nil
}

func rename(text, name string) string {
	return strings.NewReplacer(example, name, title(example), title(name)).Replace(text)
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func isCheckout(checkout fs.FS, folder string) error {
	text, err := fs.ReadFile(checkout, "go.mod")
	if err != nil || !bytes.HasPrefix(text, []byte("module "+module+"\n")) {
		return fmt.Errorf("%s is no checkout of the switch, whose go.mod begins with \"module %s\"; name its root with --dir",
			folder, module)
	}
	return nil
}

func isFree(checkout fs.FS, files []File) error {
	for _, f := range files {
		if _, err := fs.Stat(checkout, f.Path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists already, and nothing is overwritten: choose another name, or remove it", f.Path)
		}
	}
	return nil
}

func paths(files []File) (paths []string) {
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	return paths
}

func write(root *os.Root, files []File) error {
	for _, f := range files {
		if err := root.MkdirAll(path.Dir(f.Path), 0o750); err != nil {
			return err
		}
		file, err := root.Create(f.Path)
		if err != nil {
			return err
		}
		_, err = file.Write(f.Text)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	return nil
}
