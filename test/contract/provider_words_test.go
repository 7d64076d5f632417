package contract

import (
	"slices"
	"strings"
	"testing"
)

func TestAFailureAtManyStatusesIsOneLine(t *testing.T) {
	tally := providerTally{}
	for _, status := range []int{299, 200, 201, 0, 404, 200} {
		tally.add(providerCell{status, BodyWhole}, "approved, want in doubt")
	}
	tally.add(providerCell{400, BodyError}, "declined, want in doubt")
	tally.add(providerCell{400, BodyNoise}, "declined, want in doubt")
	want := []string{
		"none, 200 to 201, 299, 404 with its whole answer: approved, want in doubt",
		"400 with an error or noise: declined, want in doubt",
	}
	if got := tally.lines(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestASubtestSaysADozenLinesAtMost(t *testing.T) {
	tally := providerTally{}
	for status := range 30 {
		tally.add(providerCell{status, BodyWhole}, "another thing, %d", status)
	}
	got := tally.lines()
	if len(got) != tallyLines || !strings.Contains(got[tallyLines-1], "19 more") {
		t.Errorf("%q", got)
	}
}
