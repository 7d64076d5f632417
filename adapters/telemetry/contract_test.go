package telemetry_test

import (
	"testing"

	"voucherswitch/adapters/breaker"
	"voucherswitch/adapters/exchange"
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
	server := func(url string) exchange.Options {
		return exchange.Options{URL: url, MaxAnswer: contract.ProviderMaxAnswer}
	}
	observed := func(t *testing.T) func(ports.Provider, error) ports.Provider {
		return func(client ports.Provider, err error) ports.Provider {
			if err != nil {
				t.Fatal(err)
			}
			return telemetry.New("vendor").Provider("vendor", client)
		}
	}
	t.Run("suv", func(t *testing.T) {
		contract.Provider(t, contract.SUV(func(t *testing.T, url string) ports.Provider {
			return observed(t)(suv.New(suv.Options{
				Options: server(url), Username: "switch-1", Password: voucher.NewSecret(contract.ProviderPassword),
			}))
		}))
	})
	t.Run("kiosk", func(t *testing.T) {
		contract.Provider(t, contract.Kiosk(func(t *testing.T, url string) ports.Provider {
			return observed(t)(kiosk.New(kiosk.Options{
				Options: server(url), Username: "switch-1", Password: voucher.NewSecret(contract.ProviderPassword),
				Institution: contract.ProviderInstitution,
				ProductIDs:  map[voucher.ProductID]string{contract.ProviderProduct: contract.KioskSKU},
			}))
		}))
	})
}
