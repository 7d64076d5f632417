package contract

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// providerAdvice is the switch's own advice on providerAttempt's transaction.
func providerAdvice(kind voucher.AdviceKind) voucher.Advice {
	return voucher.Advice{
		ID: "0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22", Transaction: providerID, Kind: kind,
		Time: "2026-11-22T08:16:30Z", Reason: "TIMEOUT",
		Identifiers: []voucher.ThirdPartyIdentifier{
			{InstitutionID: "22222222", TransactionIdentifier: "t-1"},
			{InstitutionID: "33333333", TransactionIdentifier: "our-reference"},
		},
	}
}

func (p providerSuite) advise(t *testing.T, a voucher.Advice, script providerScript) voucher.AdviceOutcome {
	t.Helper()
	vendor := p.vendor(t, script)
	return p.adviseAgain(t, a, vendor, p.dialect.Open(t, vendor.url()), providerEndless)
}

func (p providerSuite) adviseAgain(
	t *testing.T, a voucher.Advice, vendor *providerVendor, provider ports.Provider, patience time.Duration,
) voucher.AdviceOutcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	before := len(vendor.requests())
	o := provider.Advise(ctx, a)
	if n := len(vendor.requests()) - before; n > 1 {
		t.Errorf("the provider was advised %d times at one attempt", n)
	}
	p.logs.note(o)
	return o
}

func (p providerSuite) adviceAnswers(t *testing.T) {
	for _, kind := range p.dialect.Takes {
		p.adviceAnswer(t, providerAdvice(kind))
	}
}

func (p providerSuite) adviceAnswer(t *testing.T, a voucher.Advice) {
	t.Helper()
	no, code := p.dialect.No("VOUCHER_ALREADY_REDEEMED", "spent")
	refuses, refused := p.firstError(func(status int) bool {
		return p.dialect.Advise(a.Kind, status, BodyError) == voucher.AdviceRefused
	})
	if no != "" && refuses {
		got := p.advise(t, a, providerAnswers(refused, no))
		want := voucher.Decline{
			Type: "VOUCHER_ALREADY_REDEEMED", Message: got.Decline.Message, ProviderCode: code, ProviderMessage: "spent",
		}
		if diff := cmp.Diff(want, got.Decline); diff != "" {
			t.Errorf("a refusal's reason (-want +got):\n%s", diff)
		}
	}
	status := p.acknowledged(t, a.Kind)
	got := p.advise(t, a, providerAnswers(status, p.dialect.Echo(a, "r-1")))
	if n := len(got.Identifiers); n == 0 || got.Identifiers[n-1].TransactionIdentifier != "r-1" {
		t.Errorf("%d, %s: the provider's identifier is lost: %v", status, adviceWords(got.Kind), got.Identifiers)
	}
	other := a
	other.Transaction = "00000000-0000-4000-8000-000000000000"
	got = p.advise(t, a, providerAnswers(status, p.dialect.Echo(other, "r-1")))
	if len(got.Identifiers) != 0 {
		t.Errorf("another transaction's identifiers are taken: %v", got.Identifiers)
	}
	p.lyingEchoes(t, a, status)
}

func (p providerSuite) brokenAdvices(t *testing.T) {
	for _, kind := range p.dialect.Takes {
		echo, status := p.dialect.Echo(providerAdvice(kind), "r-1"), p.acknowledged(t, kind)
		for name, script := range map[string]providerScript{
			"reset before reading": nil,
			"reset after reading":  providerResets,
			"closed after reading": providerWrites(""),
			"closed in the head":   providerWrites("HTTP/1.1 202 Acc"),
			"not even HTTP":        providerWrites(echo + "\r\n\r\n"),
			"a redirect to itself": providerRedirects,
		} {
			if got := p.advise(t, providerAdvice(kind), script); got.Kind != voucher.AdviceUnanswered {
				t.Errorf("%v, %s: %s, want unanswered", kind, name, adviceWords(got.Kind))
			}
		}
		silent := p.vendor(t, providerHangs)
		provider := p.dialect.Open(t, silent.url())
		got := p.adviseAgain(t, providerAdvice(kind), silent, provider, providerPatience)
		if got.Kind != voucher.AdviceUnanswered {
			t.Errorf("%v, no answer: %s, want unanswered", kind, adviceWords(got.Kind))
		}
		want := p.dialect.Advise(kind, status, BodyNothing)
		for name, script := range map[string]providerScript{
			"a cut-off body":        providerWrites(providerHead(status, len(echo)) + echo[:20]),
			"more than allowed":     providerAnswers(status, echo+strings.Repeat(" ", ProviderMaxAnswer)),
			"a body without an end": providerWritesOn(providerHead(status, 1<<30), "{\"id\": "),
		} {
			if got := p.advise(t, providerAdvice(kind), script); got.Kind != want {
				t.Errorf("%v, %s: %s, want what no body means, %s", kind, name, adviceWords(got.Kind), adviceWords(want))
			}
		}
		dripping := p.vendor(t, providerDrips(status, echo))
		got = p.adviseAgain(t, providerAdvice(kind), dripping, p.dialect.Open(t, dripping.url()), providerPatience)
		if got.Kind != want {
			t.Errorf("%v, a drip: %s, want what no body means, %s", kind, adviceWords(got.Kind), adviceWords(want))
		}
		gone := p.vendor(t, providerHangs)
		gone.close()
		got = p.dialect.Open(t, gone.url()).Advise(t.Context(), providerAdvice(kind))
		if got.Kind != voucher.AdviceUnanswered {
			t.Errorf("%v, connection refused: %s, want unanswered", kind, adviceWords(got.Kind))
		}
	}
}

func (p providerSuite) sameAdvice(t *testing.T) {
	for _, kind := range p.dialect.Takes {
		vendor := p.vendor(t, providerAnswers(500, ""))
		provider := p.dialect.Open(t, vendor.url())
		for attempt := range 3 {
			a := providerAdvice(kind)
			a.Claim = voucher.Claim{Epoch: attempt, Attempt: attempt}
			provider.Advise(t.Context(), a)
		}
		got := vendor.requests()
		if len(got) != 3 {
			t.Fatalf("%v: %d requests for three attempts", kind, len(got))
		}
		for _, again := range got[1:] {
			if diff := cmp.Diff(got[0], again); diff != "" {
				t.Errorf("%v: a repeat differs (-first +again):\n%s", kind, diff)
			}
		}
	}
}
