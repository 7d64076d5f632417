package breaker_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/breaker"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
)

func TestKeepsTheContractOfGates(t *testing.T) {
	contract.Gate(t, func(_ *testing.T, l contract.GateLimits, ids ...voucher.ProviderID) ports.Gate {
		providers := map[voucher.ProviderID]breaker.Options{}
		for _, id := range ids {
			providers[id] = breaker.Options(l)
		}
		return breaker.New(providers, nil)
	})
}

func TestTellsEveryChangeOfABreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		gate := breaker.New(map[voucher.ProviderID]breaker.Options{"stellr": {
			Window: time.Minute, FailureRatio: 1, Minimum: 1, OpenFor: time.Second, MaxInFlight: 1,
		}}, func(provider voucher.ProviderID, from, to string) {
			told = append(told, string(provider)+" "+from+" to "+to)
		})
		for _, outcome := range []voucher.OutcomeKind{voucher.OutcomeInDoubt, voucher.OutcomeApproved} {
			report, err := gate.Admit("stellr")
			if err != nil {
				t.Fatal(err)
			}
			report(outcome)
			time.Sleep(2 * time.Second)
		}
		want := []string{"stellr closed to open", "stellr open to half-open", "stellr half-open to closed"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}
