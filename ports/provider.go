package ports

import (
	"context"

	"voucherswitch/domain/voucher"
)

// Provider asks one voucher vendor. It answers with outcomes, never errors: what it cannot tell is in doubt. It keeps
// no state and repeats nothing by itself. What it cannot do is a Capability, never asked of it.
type Provider interface {
	// Provision sends the one request of an attempt, before its SendBy or not at all, and reads the answer until ctx
	// ends. Zero bytes sent, and proved: not sent. No answer, or one that is not strictly valid: in doubt.
	Provision(context.Context, voucher.Attempt) voucher.Outcome
	// Advise sends one reversal or confirmation. Whatever is not a final answer is
	// voucher.AdviceDeferred where the provider answered with a 4xx, else voucher.AdviceUnanswered.
	Advise(context.Context, voucher.Advice) voucher.AdviceOutcome
}

// Gate is asked before the intent, and before an advice is claimed; refused means that nothing is written.
type Gate interface {
	// Admit gives a permit to ask the provider once; report gives it back, and its first call counts: what the call said
	// about the provider, or voucher.HealthUnknown if the permit was not used. The permit covers the time until the
	// outcome or the time-out; a late answer is awaited without one. Admit fails with fault.Unavailable when the
	// provider's breaker for that purpose is open or its bulkhead full.
	Admit(voucher.ProviderID, voucher.Purpose) (report func(voucher.Health), err error)
}
