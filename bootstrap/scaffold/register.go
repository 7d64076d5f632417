package scaffold

import (
	"fmt"
	"go/format"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// insertion is what a new adapter needs in a file of the house, unless known stands there. It goes below the first line
// that begins with after, before the next one that reads before; right below if that is empty. Without after it goes to
// the end.
type insertion struct{ file, known, after, before, text string }

func insertions(name string) []insertion {
	path, row := strconv.Quote(module+"/"+providers+name), fmt.Sprintf("adapter(%q)", "providers/"+name)
	dialect, table := fmt.Sprintf("%s(%s.New)", title(name), name), fmt.Sprintf("<!-- answers: %s -->", name)
	return []insertion{
		{"bootstrap/adapters.go", path, "import (", ")", "\t" + path},
		{"bootstrap/adapters.go", fmt.Sprintf("%q:", name), "var adapters = ", "}",
			fmt.Sprintf("\t%q: {open: by(%s.New)},", name, name)},
		{"test/architecture/rules.go", row, "\tadapter(\"providers/" + example, "",
			"\t" + row + ".asking().speakingSUV().strictly(),"},
		{contract + "/doc_test.go", path, "import (", ")", "\t" + path},
		{contract + "/doc_test.go", dialect, "var wires = ", "}", "\t" + dialect + ","},
		{"docs/providers.md", table, "", "", fmt.Sprintf(
			"\n## %s\n\nWhat the answers of %s mean, printed by its adapter:\n\n%s\n<!-- end -->", name, title(name), table)},
	}
}

// registered are the files of the house with the lines that a new adapter needs; those that have them stay as they are.
func registered(checkout fs.FS, name string) (changed []File, err error) {
	texts := map[string]string{}
	for _, i := range insertions(name) {
		before, read := texts[i.file]
		if !read {
			text, err := fs.ReadFile(checkout, i.file)
			if err != nil {
				return nil, err
			}
			before = string(text)
		}
		if texts[i.file], err = i.into(before); err != nil {
			return nil, err
		}
		if texts[i.file] != before && !slices.ContainsFunc(changed, func(f File) bool { return f.Path == i.file }) {
			changed = append(changed, File{Path: i.file})
		}
	}
	for n, f := range changed {
		changed[n].Text = []byte(texts[f.Path])
		if path.Ext(f.Path) != ".go" {
			continue
		}
		if changed[n].Text, err = format.Source(changed[n].Text); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return changed, nil
}

// into puts the text in its place.
func (i insertion) into(whole string) (string, error) {
	if strings.Contains(whole, i.known) {
		return whole, nil
	}
	lines := strings.Split(whole, "\n")
	at := len(lines) - 1
	if i.after != "" {
		at = slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, i.after) }) + 1
	}
	below := 0
	if i.before != "" {
		below = slices.Index(lines[at:], i.before)
	}
	if at == 0 || below < 0 {
		return "", fmt.Errorf("%s no longer has the place for this line, which you must add by hand: %s",
			i.file, strings.TrimSpace(i.text))
	}
	return strings.Join(slices.Insert(lines, at+below, i.text), "\n"), nil
}
