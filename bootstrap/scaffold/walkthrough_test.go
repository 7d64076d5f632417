package scaffold

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var quoted = regexp.MustCompile("(?s)(?:<!-- from: ([^ ]+) -->\n)?```([a-z]+)\n(.*?)```\n")

// Whatever code the walk-through shows stands in the worked example, line by line.
func TestTheWalkThroughShowsTheExamplesOwnLines(t *testing.T) {
	document, err := os.ReadFile(filepath.Join(house, "docs", "adding-a-provider.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := quoted.FindAllStringSubmatch(string(document), -1)
	compared := 0
	for _, block := range blocks {
		file, language, code := block[1], block[2], block[3]
		if file == "" && language != "go" && language != "json" {
			continue
		}
		source, err := os.ReadFile(filepath.Join(house, file))
		switch {
		case err != nil:
			t.Errorf("a block of %s tells no file that it is from:\n%s", language, code)
		case !strings.HasPrefix(file, providers+example+"/") && file != contract+"/dialect_"+example+".go":
			t.Errorf("%s is no file of the example", file)
		case !strings.Contains("\n"+string(source), "\n"+code):
			t.Errorf("%s does not say:\n%s", file, code)
		}
		compared++
	}
	if compared < 8 {
		t.Errorf("%d blocks of %d were compared", compared, len(blocks))
	}
}

// The walk-through and the command speak of the same number of facts.
func TestTheWalkThroughCountsTheFacts(t *testing.T) {
	document, err := os.ReadFile(filepath.Join(house, "docs", "adding-a-provider.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, missing, err := Render(os.DirFS(house), example)
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile(`([0-9]+) facts of the vendor's document`).FindStringSubmatch(string(document))
	if told == nil || told[1] != strconv.Itoa(missing) {
		t.Errorf("the walk-through tells %v, there are %d", told, missing)
	}
}
