package contract

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"voucherswitch/domain/voucher"
)

// saleWords are what an outcome is called in a failure; a doubt, with the rule's meaning that makes it.
func saleWords(o voucher.Outcome) string {
	if o.Kind == voucher.OutcomeInDoubt {
		return [...]string{"in doubt (Unusable)", "in doubt (timed out)", "in doubt (Answered or Replay)"}[o.Doubt]
	}
	return [...]string{"", "approved", "declined", "not sent"}[o.Kind]
}

// adviceWords are what an advice's outcome is called in a failure.
func adviceWords(kind voucher.AdviceOutcomeKind) string {
	return map[voucher.AdviceOutcomeKind]string{
		voucher.AdviceUnanswered: "unanswered", voucher.AdviceAcknowledged: "acknowledged",
		voucher.AdviceNotFound: "not found", voucher.AdviceRefused: "refused", voucher.AdviceDeferred: "deferred",
	}[kind]
}

// breakerWords are what a breaker does in a failure.
func breakerWords(opens bool) string {
	if opens {
		return "the breaker opens"
	}
	return "the breaker stays closed"
}

// providerTally gathers what fails at many answers alike, and tells it once: by what is said, and by the body, the
// statuses.
type providerTally map[string]map[ProviderBody][]int

// tallyLines are the most that a subtest says.
const tallyLines = 12

func (y providerTally) add(at providerCell, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if y[what] == nil {
		y[what] = map[ProviderBody][]int{}
	}
	y[what][at.body] = append(y[what][at.body], at.status)
}

// lines are sorted by their first status.
func (y providerTally) lines() (lines []string) {
	firsts := map[string]int{}
	for what, bodies := range y {
		alike := map[string][]string{}
		for _, body := range slices.Sorted(maps.Keys(bodies)) {
			statuses := slices.Sorted(slices.Values(bodies[body]))
			ranges := folded(slices.Compact(statuses))
			alike[ranges] = append(alike[ranges], body.String())
			firsts[ranges] = statuses[0]
		}
		for ranges, names := range alike {
			line := fmt.Sprintf("%s with %s: %s", ranges, strings.Join(names, " or "), what)
			firsts[line] = firsts[ranges]
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Or(cmp.Compare(firsts[a], firsts[b]), cmp.Compare(a, b)) })
	if more := len(lines) - tallyLines + 1; more > 1 {
		lines = append(lines[:tallyLines-1], fmt.Sprintf("and %d more lines of this kind", more))
	}
	return lines
}

func (y providerTally) report(t *testing.T) {
	t.Helper()
	for _, line := range y.lines() {
		t.Error(line)
	}
}

// folded names sorted statuses by their ranges.
func folded(statuses []int) string {
	var ranges []string
	for from := 0; from < len(statuses); {
		to := from
		for to+1 < len(statuses) && statuses[to+1] == statuses[to]+1 {
			to++
		}
		switch {
		case statuses[from] == 0 && to == from:
			ranges = append(ranges, "none")
		case to == from:
			ranges = append(ranges, fmt.Sprint(statuses[from]))
		default:
			ranges = append(ranges, fmt.Sprintf("%d to %d", statuses[from], statuses[to]))
		}
		from = to + 1
	}
	return strings.Join(ranges, ", ")
}
