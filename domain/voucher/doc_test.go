package voucher

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const (
	tableBegins = "// The table, printed from the code:\n//\n"
	tableEnds   = "//\n// A fact that a state does not list is impossible there:"
)

var conditionNames = map[condition]string{
	always: "else", takesReversals: "takes reversals", wantsConfirmations: "wants confirmations",
	confirmsOnBehalf: "the switch confirms", everApproved: "approval recorded", neverApproved: "no approval recorded",
	acknowledged: "settled by a 2xx", reversalAccepted: "channel reversed",
}

var effectNames = []string{"evidence", "reversal queued", "reversal queued for lease's end", "confirmation queued",
	"own confirmation queued", "due now", "advice settled", "case closed"}

// branchText is a branch in words, without its condition.
func branchText(b branch) string {
	var words []string
	switch {
	case b.never:
		return "never"
	case b.write && b.to != Absent:
		words = append(words, "→ "+b.to.String())
	case b.write:
		words = append(words, "noted")
	case b.refuse == 0:
		return "stay"
	}
	for i, name := range effectNames {
		if b.effects&(1<<i) != 0 {
			words = append(words, name)
		}
	}
	if b.question != NoQuestion {
		words = append(words, "case")
	}
	if b.refuse != 0 {
		words = append(words, "refused: "+b.refuse.String())
	}
	return strings.Join(words, ", ")
}

// cellText is a cell in words, a line for each branch.
func cellText(c cell) string {
	if len(c) == 1 {
		return branchText(c[0])
	}
	var lines []string
	for _, b := range c {
		condition := conditionNames[b.when]
		if b.when != always {
			condition += ":"
		}
		lines = append(lines, condition+" "+branchText(b))
	}
	return strings.Join(lines, fmt.Sprintf("\n//\t%34s", ""))
}

// tableText is the table as a comment: a block for each state, an entry for each fact that can be.
func tableText() string {
	var text strings.Builder
	for state, row := range transitions {
		if state > 0 {
			text.WriteString("//\n")
		}
		name := State(state).String()
		for fact, c := range row {
			if words := cellText(c); words != "never" {
				fmt.Fprintf(&text, "//\t%-12s %-20s %s\n", name, Fact(fact), words)
				name = ""
			}
		}
	}
	return text.String()
}

func TestThePackageCommentShowsTheTable(test *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		test.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(source), tableBegins)
	shown, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		test.Fatal("doc.go lacks the lines between which the table stands")
	}
	if shown == tableText() {
		return
	}
	if os.Getenv("UPDATE_DOC") == "" {
		test.Fatal("doc.go shows another table than the code; run the test with UPDATE_DOC=1")
	}
	if err := os.WriteFile("doc.go", []byte(before+tableBegins+tableText()+tableEnds+after), 0o600); err != nil {
		test.Fatal(err)
	}
}
