package contract

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/adapters/providers/quokka"
	"voucherswitch/adapters/providers/suv"
	"voucherswitch/domain/voucher"
)

// wires are the dialects with the adapters that speak them. A new adapter gets its line here, and its marks in the
// documents.
var wires = []ProviderDialect{
	SUV(suv.New),
	Kiosk(kiosk.New),
	Quokka(quokka.New),
}

// documents hold the tables, each in one of them: the wires that a configuration can name, and the worked example's.
var documents = []string{"../../docs/providers.md", "../../docs/adding-a-provider.md"}

func TestTheDocumentShowsWhatEachAnswerMeans(t *testing.T) {
	for _, dialect := range wires {
		t.Run(dialect.Name, func(t *testing.T) {
			if !facts(t, dialect.Name) {
				return
			}
			begins, ends := fmt.Sprintf("<!-- answers: %s -->\n", dialect.Name), "<!-- end -->\n"
			document, source := documentWith(t, begins)
			before, rest, _ := strings.Cut(source, begins)
			shown, after, ended := strings.Cut(rest, ends)
			if !ended {
				t.Fatalf("%s lacks the mark %q", document, ends)
			}
			table := providerTable(t, dialect)
			if shown == table {
				return
			}
			if os.Getenv("UPDATE_DOC") == "" {
				t.Fatalf("%s shows another table than the adapter keeps; run the test with UPDATE_DOC=1", document)
			}
			if err := os.WriteFile(document, []byte(before+begins+table+ends+after), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// documentWith is the document that has the mark.
func documentWith(t *testing.T, mark string) (name, text string) {
	t.Helper()
	for _, name := range documents {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), mark) {
			return name, string(source)
		}
	}
	t.Fatalf("no document has the mark %q", mark)
	return "", ""
}

var providerWords = struct {
	outcomes map[voucher.OutcomeKind]string
	doubts   map[voucher.Doubt]string
	advices  map[voucher.AdviceOutcomeKind]string
}{
	map[voucher.OutcomeKind]string{voucher.OutcomeApproved: "approved", voucher.OutcomeDeclined: "declined"},
	map[voucher.Doubt]string{voucher.DoubtBroken: "in doubt", voucher.DoubtAnswered: "in doubt, with its reason"},
	map[voucher.AdviceOutcomeKind]string{
		voucher.AdviceUnanswered: "repeated", voucher.AdviceAcknowledged: "acknowledged",
		voucher.AdviceNotFound: "not found", voucher.AdviceRefused: "refused", voucher.AdviceDeferred: "repeated",
	},
}

// providerTable asks the adapter about every answer and folds the statuses that mean the same.
func providerTable(t *testing.T, dialect ProviderDialect) string {
	p := providerSuite{dialect, &providerLog{}}
	kinds := slices.Sorted(maps.Keys(p.bodies("whole")))
	sales, advices := p.provisions(t), map[voucher.AdviceKind]map[providerCell]voucher.AdviceOutcomeKind{}
	for _, kind := range dialect.Takes {
		advices[kind] = p.advices(t, kind)
	}
	word := func(kind voucher.AdviceKind) func(providerCell) string {
		return func(at providerCell) string {
			if advices[kind] == nil {
				return "never asked"
			}
			return providerWords.advices[advices[kind][at]]
		}
	}
	row := func(status int) string {
		return fmt.Sprintf("| %s | %s | %s |", cell(status, kinds, func(at providerCell) string {
			if word, ok := providerWords.outcomes[sales[at].Kind]; ok {
				return word
			}
			return providerWords.doubts[sales[at].Doubt]
		}), cell(status, kinds, word(voucher.Reversal)), cell(status, kinds, word(voucher.Confirmation)))
	}
	statuses, rows := map[string][]string{}, []string{}
	fold := func(row, status string) {
		if statuses[row] == nil {
			rows = append(rows, row)
		}
		statuses[row] = append(statuses[row], status)
	}
	fold(row(0), "none")
	for from := 100; from <= providerLast; {
		to := from
		for to < providerLast && row(to+1) == row(from) {
			to++
		}
		status := fmt.Sprint(from)
		if to > from {
			status = fmt.Sprintf("%d to %d", from, to)
		}
		fold(row(from), status)
		from = to + 1
	}
	var text strings.Builder
	text.WriteString("| status | sale | reversal | confirmation |\n| --- | --- | --- | --- |\n")
	for _, row := range rows {
		fmt.Fprintf(&text, "| %s %s\n", strings.Join(statuses[row], ", "), row)
	}
	return text.String()
}

var everyError = fmt.Sprintf("%v, %v, %v, %v", BodyError, BodyMissing, BodyReplay, BodyStranger)

// cell is what a status means, body by body where that matters; what noise means goes for all that is not named.
func cell(status int, kinds []ProviderBody, meaning func(providerCell) string) string {
	bodies := map[string][]string{}
	var order []string
	rest := meaning(providerCell{status, BodyNoise})
	if status == 204 || status == 304 {
		return meaning(providerCell{status, BodyNothing})
	}
	for _, body := range kinds {
		m := meaning(providerCell{status, body})
		if m == rest {
			continue
		}
		if bodies[m] == nil {
			order = append(order, m)
		}
		bodies[m] = append(bodies[m], body.String())
	}
	var parts []string
	for _, m := range order {
		named := strings.Join(bodies[m], ", ")
		if named == everyError {
			named = "any error"
		}
		parts = append(parts, named+": "+m)
	}
	if len(parts) == 0 {
		return rest
	}
	return strings.Join(append(parts, "else "+rest), "; ")
}
