package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"voucherswitch/domain/voucher"
)

// lies are an answer without each of the fields that it needs, and with something else there. A field that the answer
// does not have is passed over.
func (p providerSuite) lies(t *testing.T, answer string) map[string]string {
	t.Helper()
	lies := map[string]string{}
	for _, field := range p.dialect.Needs {
		whole := map[string]any{}
		decoder := json.NewDecoder(strings.NewReader(answer))
		decoder.UseNumber()
		if err := decoder.Decode(&whole); err != nil {
			t.Fatal(err)
		}
		said, there := whole[field]
		if !there {
			continue
		}
		whole[field] = "something else"
		if _, number := said.(json.Number); number {
			whole[field] = 7
		}
		lies["another "+field] = written(whole)
		delete(whole, field)
		lies["no "+field] = written(whole)
	}
	return lies
}

// lyingApprovals lets the vendor say a yes that does not tell what its yes always tells.
func (p providerSuite) lyingApprovals(t *testing.T, status int) {
	t.Helper()
	lies := p.lies(t, p.yes())
	if len(lies) != 2*len(p.dialect.Needs) {
		t.Fatalf("the dialect's yes lacks what it needs: it has %v", slices.Sorted(maps.Keys(lies)))
	}
	for name, body := range lies {
		if got := p.answer(t, status, body); got.Kind != voucher.OutcomeInDoubt {
			t.Errorf("%s: %s, want in doubt", name, saleWords(got))
		}
	}
}

// lyingEchoes is lyingApprovals for an advice: what proves nothing means as much as noise.
func (p providerSuite) lyingEchoes(t *testing.T, a voucher.Advice, status int) {
	t.Helper()
	want := p.dialect.Advise(a.Kind, status, BodyNoise)
	for name, body := range p.lies(t, p.dialect.Echo(a, "r-1")) {
		if got := p.advise(t, a, providerAnswers(status, body)); got.Kind != want {
			t.Errorf("%v, %s: %s, want %s", a.Kind, name, adviceWords(got.Kind), adviceWords(want))
		}
	}
}

// made is the first status of a yes to a sale.
func (p providerSuite) made(t *testing.T) int {
	t.Helper()
	return firstOf(t, "approved", func(status int) bool {
		return p.dialect.Provision(status, BodyWhole).Kind == voucher.OutcomeApproved
	})
}

// acknowledged is the first status of a yes to an advice.
func (p providerSuite) acknowledged(t *testing.T, kind voucher.AdviceKind) int {
	t.Helper()
	return firstOf(t, "acknowledged", func(status int) bool {
		return p.dialect.Advise(kind, status, BodyWhole) == voucher.AdviceAcknowledged
	})
}

func firstOf(t *testing.T, what string, holds func(status int) bool) int {
	t.Helper()
	for status := 200; status < 300; status++ {
		if holds(status) {
			return status
		}
	}
	t.Fatalf("the dialect calls no status %s", what)
	return 0
}
