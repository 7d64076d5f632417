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
		"failures below the ratio are borne":                     gateBears,
		"what was not asked is not counted":                      gateUnasked,
		"the bulkhead is full, then has room":                    gateBulkhead,
		"a second report changes nothing":                        gateReportsOnce,
		"one provider's trouble is not another's":                gateSeparates,
		"an unknown provider is refused":                         gateUnknown,
		"trouble with provisions shuts out no advice":            gateKeepsAdvices,
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

func (b gateBench) admit(provider voucher.ProviderID) func(voucher.Health) {
	b.Helper()
	report, err := b.gate.Admit(provider, voucher.ForProvisions)
	if err != nil {
		b.Fatalf("%s is refused: %v", provider, err)
	}
	return report
}

func (b gateBench) refuse(provider voucher.ProviderID) {
	b.Helper()
	if report, err := b.gate.Admit(provider, voucher.ForProvisions); !fault.Is(err, fault.Unavailable) || report != nil {
		b.Fatalf("%s is not refused as unavailable: %v", provider, err)
	}
}

func (b gateBench) ask(calls ...voucher.Health) {
	b.Helper()
	for _, health := range calls {
		b.admit(gateProvider)(health)
	}
}

// trip opens the breaker.
func (b gateBench) trip() {
	b.Helper()
	b.ask(voucher.HealthBad, voucher.HealthBad, voucher.HealthBad, voucher.HealthBad)
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
	probe(voucher.HealthGood)
	b.ask(voucher.HealthGood, voucher.HealthGood)
}

func gateReopens(b gateBench) {
	b.trip()
	b.heal()
	b.ask(voucher.HealthBad)
	b.refuse(gateProvider)
	b.heal()
	b.ask(voucher.HealthGood, voucher.HealthGood)
}

func gateUnusedProbe(b gateBench) {
	b.trip()
	b.heal()
	b.ask(voucher.HealthUnknown, voucher.HealthGood, voucher.HealthGood)
}

func gateForgets(b gateBench) {
	b.ask(voucher.HealthBad, voucher.HealthBad, voucher.HealthBad)
	time.Sleep(2 * gateLimits.Window)
	b.ask(voucher.HealthBad)
	b.admit(gateProvider)
}

func gateRolls(b gateBench) {
	time.Sleep(gateLimits.Window - time.Second)
	b.ask(voucher.HealthBad, voucher.HealthBad, voucher.HealthBad)
	time.Sleep(2 * time.Second)
	b.ask(voucher.HealthBad)
	b.refuse(gateProvider)
}

func gateWaitsForMinimum(b gateBench) {
	b.ask(voucher.HealthBad, voucher.HealthBad, voucher.HealthBad)
	b.admit(gateProvider)
}

func gateBears(b gateBench) {
	for range 20 {
		b.ask(voucher.HealthGood, voucher.HealthGood, voucher.HealthBad)
	}
}

func gateUnasked(b gateBench) {
	for range 20 {
		b.ask(voucher.HealthUnknown)
	}
	b.trip()
}

func gateBulkhead(b gateBench) {
	first := b.admit(gateProvider)
	for range gateLimits.MaxInFlight - 1 {
		b.admit(gateProvider)
	}
	b.refuse(gateProvider)
	first(voucher.HealthUnknown)
	b.admit(gateProvider)
	b.refuse(gateProvider)
}

func gateReportsOnce(b gateBench) {
	report := b.admit(gateProvider)
	for range 20 {
		report(voucher.HealthBad)
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

func gateKeepsAdvices(b gateBench) {
	b.trip()
	for range gateLimits.MaxInFlight {
		if _, err := b.gate.Admit(gateProvider, voucher.ForAdvices); err != nil {
			b.Fatalf("an advice is refused: %v", err)
		}
	}
	if _, err := b.gate.Admit(gateProvider, voucher.ForAdvices); !fault.Is(err, fault.Unavailable) {
		b.Errorf("one advice too many: %v", err)
	}
}

func gateUnknown(b gateBench) { b.refuse("nobody") }
