package breaker_test

import (
	"fmt"
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
		doors := map[breaker.Door]breaker.Options{}
		for _, id := range ids {
			doors[breaker.Door{Provider: id}] = breaker.Options(l)
			doors[breaker.Door{Provider: id, Purpose: voucher.ForAdvices}] = breaker.Options(l)
		}
		return breaker.New(doors, nil)
	})
}

func TestTellsEveryChangeOfABreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		door := breaker.Door{Provider: "stellr", Purpose: voucher.ForAdvices}
		gate := breaker.New(map[breaker.Door]breaker.Options{door: {
			Window: time.Minute, FailureRatio: 1, Minimum: 1, OpenFor: time.Second, MaxInFlight: 1,
		}}, func(door breaker.Door, from, to string) {
			told = append(told, fmt.Sprint(door.Provider, " ", door.Purpose, " ", from, " to ", to))
		})
		for _, health := range []voucher.Health{voucher.HealthBad, voucher.HealthGood} {
			report, err := gate.Admit(door.Provider, door.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			report(health)
			time.Sleep(2 * time.Second)
		}
		want := []string{
			"stellr advice closed to open", "stellr advice open to half-open", "stellr advice half-open to closed",
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}
