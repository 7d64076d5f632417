package scaffold

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

var (
	fact     = regexp.MustCompile(`^(\s*)(.*?)\s*// fact: (.*)$`)
	word     = regexp.MustCompile(`"[^",]+`)
	status   = regexp.MustCompile(`= [0-9]+$`)
	statuses = regexp.MustCompile(`On\([0-9]+, [0-9]+,`)
)

// withoutFacts takes out of a file what its vendor's document states, and leaves FACT and a number in its place; the
// numbers go on from those before. A sample is one fact as a whole.
func withoutFacts(file, text string, before int) (blank string, count int) {
	if path.Ext(file) != ".go" {
		answer := strings.TrimSuffix(path.Base(file), path.Ext(file))
		what := strings.ReplaceAll(answer, "_", " ")
		return fmt.Sprintf("\"FACT%d: the body that the vendor's document shows for: %s\"\n", before+1, what), before + 1
	}
	var lines strings.Builder
	for line := range strings.Lines(text) {
		if stated := fact.FindStringSubmatch(strings.TrimSuffix(line, "\n")); stated != nil {
			before++
			line = stated[1] + without(stated[2], stated[3], fmt.Sprintf("FACT%d", before)) + "\n"
		}
		lines.WriteString(line)
	}
	return lines.String(), before
}

// without is a line without its fact: its first word is the mark; or it says no, or 0; or, where it only adds
// something, it waits as a comment.
func without(code, what, mark string) string {
	if at := word.FindStringIndex(code); at != nil {
		return code[:at[0]] + `"` + mark + code[at[1]:] + " // fact: " + what
	}
	if status.MatchString(code) {
		return status.ReplaceAllString(code, "= 0 // ") + mark + ": " + what
	}
	if variable, _, ok := strings.Cut(code, " := "); ok {
		return variable + " := false // " + mark + ": " + what
	}
	return "// " + statuses.ReplaceAllString(code, "On(?, ?,") + " // " + mark + ": " + what
}
