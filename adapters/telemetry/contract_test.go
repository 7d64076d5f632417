package telemetry_test

import (
	"testing"

	"voucherswitch/adapters/breaker"
	"voucherswitch/adapters/memory"
	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/adapters/providers/suv"
	"voucherswitch/adapters/telemetry"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
)

func TestAnObservedJournalKeepsTheContractOfJournals(t *testing.T) {
	contract.Journal(t, func(_ *testing.T, clock ports.Clock) contract.Store {
		store := memory.NewStore(clock)
		return struct {
			ports.Journal
			ports.AdviceQueue
			ports.Cases
			ports.Records
		}{telemetry.New("vendor").Journal(store), store, store, store}
	})
}

func TestAnObservedGateKeepsTheContractOfGates(t *testing.T) {
	contract.Gate(t, func(_ *testing.T, l contract.GateLimits, ids ...voucher.ProviderID) ports.Gate {
		doors := map[breaker.Door]breaker.Options{}
		for _, id := range ids {
			doors[breaker.Door{Provider: id}] = breaker.Options(l)
			doors[breaker.Door{Provider: id, Purpose: voucher.ForAdvices}] = breaker.Options(l)
		}
		figures := telemetry.New(ids...)
		return figures.Gate(breaker.New(doors, func(at breaker.Door, _, to string) {
			figures.BreakerChanged(at.Provider, at.Purpose, to)
		}))
	})
}

func TestAnObservedProviderKeepsTheContractOfProviders(t *testing.T) {
	for _, dialect := range []contract.ProviderDialect{contract.SUV(suv.New), contract.Kiosk(kiosk.New)} {
		open := dialect.Open
		dialect.Open = func(t *testing.T, url string) ports.Provider {
			return telemetry.New("vendor").Provider("vendor", open(t, url))
		}
		t.Run(dialect.Name, func(t *testing.T) { contract.Provider(t, dialect) })
	}
}
