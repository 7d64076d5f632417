package mariadb

import (
	"fmt"
	"os"
	"regexp"
)

var sqlBlock = regexp.MustCompile("(?s)\n```sql\n(.*?)\n```\n")

// Script is the nth sql block of a document, from 1, so that what it tells people to run is what a test runs.
func Script(document string, nth int) (string, error) {
	text, err := os.ReadFile(document) //nolint:gosec // the document is the argument
	if err != nil {
		return "", err
	}
	blocks := sqlBlock.FindAllSubmatch(text, -1)
	if len(blocks) < nth {
		return "", fmt.Errorf("%s has %d sql blocks, want %d", document, len(blocks), nth)
	}
	return string(blocks[nth-1][1]), nil
}
