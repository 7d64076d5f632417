package contract

import (
	"maps"
	"net/http"
	"testing"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// ProviderBody is what a vendor's answer says besides its status.
type ProviderBody int

// The kinds of body.
const (
	BodyWhole    ProviderBody = iota // a valid approval of the sale, or echo of the advice
	BodyError                        // a valid error, of a type of the wire contract
	BodyMissing                      // a valid error: UNABLE_TO_LOCATE_RECORD
	BodyReplay                       // a valid error: DUPLICATE_RECORD
	BodyStranger                     // a valid error that means nothing to the wire contract
	BodyNothing
	BodyNoise
)

// IsError tells the kinds of valid error.
func (b ProviderBody) IsError() bool { return b >= BodyError && b <= BodyStranger }

// String is how the document names the kind.
func (b ProviderBody) String() string {
	return [...]string{"its whole answer", "an error", "not known", "known already", "a strange error", "no body",
		"noise"}[b]
}

// providerLast is the greatest status that HTTP knows of.
const providerLast = 599

// providerCell is one answer.
type providerCell struct {
	status int // 0: none
	body   ProviderBody
}

// firstError is the first status of an error that holds, if any does.
func (p providerSuite) firstError(holds func(status int) bool) (found bool, status int) {
	for status := 400; status <= providerLast; status++ {
		if holds(status) {
			return true, status
		}
	}
	return false, 0
}

// bodies writes each kind of body that the vendor has, whole being the answer that is asked for.
func (p providerSuite) bodies(whole string) map[ProviderBody]string {
	no := func(errorType string) string {
		body, _ := p.dialect.No(errorType, "no")
		return body
	}
	bodies := map[ProviderBody]string{
		BodyWhole: whole, BodyError: no("INSUFFICIENT_FUNDS"), BodyMissing: no("UNABLE_TO_LOCATE_RECORD"),
		BodyReplay: no("DUPLICATE_RECORD"), BodyStranger: p.dialect.Stranger, BodyNoise: "<html>",
	}
	maps.DeleteFunc(bodies, func(_ ProviderBody, text string) bool { return text == "" })
	bodies[BodyNothing] = ""
	return bodies
}

// everyAnswer lets the vendor answer with every status and every kind of body, and none at all.
func (p providerSuite) everyAnswer(
	t *testing.T, whole string, ask func(*providerVendor, ports.Provider, providerCell),
) {
	t.Helper()
	vendor := p.vendor(t, nil)
	provider := p.dialect.Open(t, vendor.url())
	for body, text := range p.bodies(whole) {
		vendor.follow(providerWrites(""))
		ask(vendor, provider, providerCell{0, body})
		for status := 100; status <= providerLast; status++ {
			said, script := body, providerAnswers(status, text)
			if status == http.StatusNoContent || status == http.StatusNotModified { // HTTP gives these no body
				said = BodyNothing
			}
			if status < 200 { // an answer that only announces another one, which never comes
				script = providerWrites(providerHead(status, len(text)) + text)
			}
			vendor.follow(script)
			ask(vendor, provider, providerCell{status, said})
		}
	}
}

// provisions is what the adapter makes of every answer to a sale.
func (p providerSuite) provisions(t *testing.T) map[providerCell]voucher.Outcome {
	t.Helper()
	meant := map[providerCell]voucher.Outcome{}
	p.everyAnswer(t, p.yes(), func(vendor *providerVendor, provider ports.Provider, at providerCell) {
		meant[at] = p.askAgain(t, vendor, provider, providerEndless)
	})
	return meant
}

// advices is what the adapter makes of every answer to an advice.
func (p providerSuite) advices(t *testing.T, kind voucher.AdviceKind) map[providerCell]voucher.AdviceOutcomeKind {
	t.Helper()
	a, meant := providerAdvice(kind), map[providerCell]voucher.AdviceOutcomeKind{}
	p.everyAnswer(t, p.dialect.Echo(a, "r-1"), func(v *providerVendor, provider ports.Provider, at providerCell) {
		meant[at] = p.adviseAgain(t, a, v, provider, providerEndless).Kind
	})
	return meant
}

// provisionMeanings holds the adapter against the vendor's document, and the document against what holds for every
// vendor (lifecycle rules 5 and 6).
func (p providerSuite) provisionMeanings(t *testing.T) {
	wrong := providerTally{}
	for at, got := range p.provisions(t) {
		want := p.dialect.Provision(at.status, at.body)
		lawful := false
		switch want.Kind {
		case voucher.OutcomeInDoubt:
			lawful = true
		case voucher.OutcomeApproved:
			lawful = at.status/100 == 2 && at.body == BodyWhole
		case voucher.OutcomeDeclined:
			lawful = at.status >= 400 && at.body != BodyReplay
		case voucher.OutcomeNotSent:
		}
		switch {
		case !lawful:
			wrong.add(at, "the dialect calls it %s", saleWords(want))
		case got.Kind != want.Kind || got.Doubt != want.Doubt:
			wrong.add(at, "%s, want %s", saleWords(got), saleWords(want))
		}
	}
	wrong.report(t)
}

// adviceMeanings is provisionMeanings for both kinds of advice.
func (p providerSuite) adviceMeanings(t *testing.T) {
	for _, kind := range p.dialect.Takes {
		wrong := providerTally{}
		for at, got := range p.advices(t, kind) {
			want, class := p.dialect.Advise(kind, at.status, at.body), at.status/100
			lawful := true
			switch want {
			case voucher.AdviceUnanswered:
				lawful = class != 4
			case voucher.AdviceAcknowledged:
				lawful = class == 2
			case voucher.AdviceNotFound:
				lawful = kind == voucher.Reversal && class == 4
			case voucher.AdviceRefused:
				lawful = class >= 4
			case voucher.AdviceDeferred:
				lawful = class == 4
			}
			switch {
			case !lawful:
				wrong.add(at, "the dialect calls the %v %s", kind, adviceWords(want))
			case got != want:
				wrong.add(at, "the %v is %s, want %s", kind, adviceWords(got), adviceWords(want))
			}
		}
		wrong.report(t)
	}
}
