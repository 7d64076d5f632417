package main

import (
	"fmt"
	"slices"
	"strings"
)

// bugs are all that can be planted.
func bugs() []bug { return slices.Concat(ofTheDomain, ofTheFlows, ofTheStore, ofTheRim) }

// markdown is the table of docs/proof.md.
func markdown(all []bug) string {
	var text strings.Builder
	text.WriteString("| bug | against | planted in | caught by |\n| --- | --- | --- | --- |\n")
	for _, b := range all {
		fmt.Fprintf(&text, "| `%s` | %s | `%s` | `%s` of `%s` |\n",
			b.name, b.breaks, b.file, b.test, strings.TrimPrefix(b.tests, "./"))
	}
	return text.String()
}
