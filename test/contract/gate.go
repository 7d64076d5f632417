package contract

import (
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// GateLimits are what the suite opens a gate with, the same for every provider.
type GateLimits struct {
	Window       time.Duration
	FailureRatio float64
	Minimum      int
	OpenFor      time.Duration
	MaxInFlight  int
}

const (
	gateProvider = voucher.ProviderID("stellr")
	gateOther    = voucher.ProviderID("netcare")
)

var gateLimits = GateLimits{
	Window: 30 * time.Second, FailureRatio: 0.5, Minimum: 4, OpenFor: 10 * time.Second, MaxInFlight: 3,
}

// Gate holds an adapter against ports.Gate, on a false clock. open makes a gate for these providers.
func Gate(t *testing.T, open func(*testing.T, GateLimits, ...voucher.ProviderID) ports.Gate) {
	for name, promise := range map[string]func(gateBench){
		"an open breaker refuses, then lets one probe at a time": gateProbes,
		"a probe that fails opens it again":                      gateReopens,
		"a probe that was not used leaves the next one its turn": gateUnusedProbe,
		"only failures of the window count":                      gateForgets,
		"the window rolls":                                       gateRolls,
		"too few outcomes say nothing":                           gateWaitsForMinimum,
		"a decline is an answer":                                 gateDeclines,
		"what was not asked is not counted":                      gateUnasked,
		"the bulkhead is full, then has room":                    gateBulkhead,
		"a second report changes nothing":                        gateReportsOnce,
		"one provider's trouble is not another's":                gateSeparates,
		"an unknown provider is refused":                         gateUnknown,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				promise(gateBench{t, open(t, gateLimits, gateProvider, gateOther)})
			})
		})
	}
}

type gateBench struct {
	*testing.T
	gate ports.Gate
}

func (b gateBench) admit(provider voucher.ProviderID) func(voucher.OutcomeKind) {
	b.Helper()
	report, err := b.gate.Admit(provider)
	if err != nil {
		b.Fatalf("%s is refused: %v", provider, err)
	}
	return report
}

func (b gateBench) refuse(provider voucher.ProviderID) {
	b.Helper()
	if report, err := b.gate.Admit(provider); !fault.Is(err, fault.Unavailable) || report != nil {
		b.Fatalf("%s is not refused as unavailable: %v", provider, err)
	}
}

func (b gateBench) ask(outcomes ...voucher.OutcomeKind) {
	b.Helper()
	for _, outcome := range outcomes {
		b.admit(gateProvider)(outcome)
	}
}

// trip opens the breaker with failures of both kinds.
func (b gateBench) trip() {
	b.Helper()
	b.ask(voucher.OutcomeInDoubt, voucher.OutcomeNotSent, voucher.OutcomeInDoubt, voucher.OutcomeNotSent)
	b.refuse(gateProvider)
}

// heal waits until the breaker lets a probe through.
func (b gateBench) heal() { time.Sleep(gateLimits.OpenFor + time.Millisecond) }

func gateProbes(b gateBench) {
	b.trip()
	time.Sleep(gateLimits.OpenFor - time.Millisecond)
	for range 2 * gateLimits.MaxInFlight {
		b.refuse(gateProvider)
	}
	b.heal()
	probe := b.admit(gateProvider)
	b.refuse(gateProvider)
	probe(voucher.OutcomeApproved)
	b.ask(voucher.OutcomeApproved, voucher.OutcomeApproved)
}

func gateReopens(b gateBench) {
	b.trip()
	b.heal()
	b.ask(voucher.OutcomeInDoubt)
	b.refuse(gateProvider)
	b.heal()
	b.ask(voucher.OutcomeApproved, voucher.OutcomeApproved)
}

func gateUnusedProbe(b gateBench) {
	b.trip()
	b.heal()
	b.ask(voucher.OutcomeUnasked, voucher.OutcomeApproved, voucher.OutcomeApproved)
}

func gateForgets(b gateBench) {
	b.ask(voucher.OutcomeInDoubt, voucher.OutcomeInDoubt, voucher.OutcomeInDoubt)
	time.Sleep(2 * gateLimits.Window)
	b.ask(voucher.OutcomeInDoubt)
	b.admit(gateProvider)
}

func gateRolls(b gateBench) {
	time.Sleep(gateLimits.Window - time.Second)
	b.ask(voucher.OutcomeInDoubt, voucher.OutcomeInDoubt, voucher.OutcomeInDoubt)
	time.Sleep(2 * time.Second)
	b.ask(voucher.OutcomeInDoubt)
	b.refuse(gateProvider)
}

func gateWaitsForMinimum(b gateBench) {
	b.ask(voucher.OutcomeInDoubt, voucher.OutcomeInDoubt, voucher.OutcomeInDoubt)
	b.admit(gateProvider)
}

func gateDeclines(b gateBench) {
	for range 20 {
		b.ask(voucher.OutcomeDeclined, voucher.OutcomeApproved, voucher.OutcomeInDoubt)
	}
}

func gateUnasked(b gateBench) {
	for range 20 {
		b.ask(voucher.OutcomeUnasked)
	}
	b.trip()
}

func gateBulkhead(b gateBench) {
	first := b.admit(gateProvider)
	for range gateLimits.MaxInFlight - 1 {
		b.admit(gateProvider)
	}
	b.refuse(gateProvider)
	first(voucher.OutcomeUnasked)
	b.admit(gateProvider)
	b.refuse(gateProvider)
}

func gateReportsOnce(b gateBench) {
	report := b.admit(gateProvider)
	for range 20 {
		report(voucher.OutcomeInDoubt)
	}
	for range gateLimits.MaxInFlight {
		b.admit(gateProvider)
	}
	b.refuse(gateProvider)
}

func gateSeparates(b gateBench) {
	b.trip()
	for range gateLimits.MaxInFlight {
		b.admit(gateOther)
	}
	b.refuse(gateOther)
}

func gateUnknown(b gateBench) { b.refuse("nobody") }
