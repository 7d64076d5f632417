package contract

import (
	"context"
	"testing"
	"time"

	"voucherswitch/adapters/breaker"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// providerGate trips at the first failure of a vendor.
func providerGate(purpose voucher.Purpose) *breaker.Gate {
	limits := breaker.Options{Window: time.Hour, FailureRatio: 1, Minimum: 1, OpenFor: time.Hour, MaxInFlight: 1}
	return breaker.New(map[breaker.Door]breaker.Options{{Provider: gateProvider, Purpose: purpose}: limits}, nil)
}

// trips makes one call behind a gate of its own, as the switch does, and tells whether the vendor is left alone then.
func trips(t *testing.T, purpose voucher.Purpose, call func() voucher.Health) bool {
	t.Helper()
	gate := providerGate(purpose)
	report, err := gate.Admit(gateProvider, purpose)
	if err != nil {
		t.Fatal(err)
	}
	report(call())
	_, err = gate.Admit(gateProvider, purpose)
	return err != nil
}

// behindTheGate makes every call once more, behind a gate that is told what came of it.
func (p providerSuite) behindTheGate(t *testing.T) {
	sales := providerTally{}
	p.everyAnswer(t, p.yes(), func(vendor *providerVendor, provider ports.Provider, at providerCell) {
		tripped := trips(t, voucher.ForProvisions, func() voucher.Health {
			return p.askAgain(t, vendor, provider, providerEndless).Health()
		})
		if fails, either := p.failsSale(at); tripped != fails && !either {
			sales.add(at, "a sale is %s: %s", saleWords(p.dialect.Provision(at.status, at.body)), breakerWords(tripped))
		}
	})
	sales.report(t)
	for _, kind := range p.dialect.Takes {
		a, advices := providerAdvice(kind), providerTally{}
		p.everyAnswer(t, p.dialect.Echo(a, "r-1"), func(v *providerVendor, provider ports.Provider, at providerCell) {
			tripped := trips(t, voucher.ForAdvices, func() voucher.Health {
				return p.adviseAgain(t, a, v, provider, providerEndless).Health()
			})
			means := p.dialect.Advise(kind, at.status, at.body)
			if fails := means == voucher.AdviceUnanswered; tripped != fails || tripped && at.status/100 == 4 {
				advices.add(at, "a %v is %s: %s", kind, adviceWords(means), breakerWords(tripped))
			}
		})
		advices.report(t)
	}
	p.failuresTrip(t)
}

// failsSale tells an answer to a sale that speaks against the vendor's health: no yes, no certain no, and nothing that
// says that it knows the sale already. A 4xx in doubt may count either way, but for its time-out.
func (p providerSuite) failsSale(at providerCell) (fails, either bool) {
	means := p.dialect.Provision(at.status, at.body)
	doubtful := means.Kind == voucher.OutcomeInDoubt
	return means.Health() == voucher.HealthBad, doubtful && at.status/100 == 4 && at.status != 408
}

// failuresTrip makes the calls that get no answer at all.
func (p providerSuite) failuresTrip(t *testing.T) {
	refusing, status := p.vendor(t, providerHangs), p.made(t)
	refusing.close()
	for name, vendor := range map[string]*providerVendor{
		"no answer": p.vendor(t, providerHangs), "reset": p.vendor(t, providerResets), "refused": refusing,
		"closed": p.vendor(t, providerWrites("")), "a drip": p.vendor(t, providerDrips(status, p.yes())),
	} {
		provider := p.dialect.Open(t, vendor.url())
		ask := func(call func(context.Context) voucher.Health) func() voucher.Health {
			return func() voucher.Health {
				ctx, cancel := context.WithTimeout(t.Context(), providerPatience)
				defer cancel()
				return call(ctx)
			}
		}
		if !trips(t, voucher.ForProvisions, ask(func(ctx context.Context) voucher.Health {
			return provider.Provision(ctx, providerAttempt()).Health()
		})) {
			t.Errorf("a sale, %s: the breaker stays closed", name)
		}
		for _, kind := range p.dialect.Takes {
			answered := name == "a drip" && p.dialect.Advise(kind, status, BodyNothing) != voucher.AdviceUnanswered
			if !answered && !trips(t, voucher.ForAdvices, ask(func(ctx context.Context) voucher.Health {
				return provider.Advise(ctx, providerAdvice(kind)).Health()
			})) {
				t.Errorf("%v, %s: the breaker stays closed", kind, name)
			}
		}
	}
}
