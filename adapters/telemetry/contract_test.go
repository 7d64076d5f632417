package telemetry_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"voucherswitch/adapters/breaker"
	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/memory"
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
	object := func(fields map[string]any) string {
		text, err := json.Marshal(fields)
		if err != nil {
			panic(err)
		}
		return string(text)
	}
	theirs := func(reference string) []map[string]string {
		return []map[string]string{{"institutionId": "44444444", "transactionIdentifier": reference}}
	}
	contract.Provider(t, contract.ProviderDialect{
		Open: func(t *testing.T, url string) ports.Provider {
			client, err := suv.New(suv.Options{
				Options:  exchange.Options{URL: url, MaxAnswer: contract.ProviderMaxAnswer},
				Username: "switch-1", Password: voucher.NewSecret(contract.ProviderPassword),
			})
			if err != nil {
				t.Fatal(err)
			}
			return telemetry.New("vendor").Provider("vendor", client)
		},
		Yes: func(y contract.ProviderYes) string {
			sold := map[string]any{"serialNumber": "SN-1"}
			if y.Code != "" {
				sold["code"] = y.Code
			}
			voucher, err := json.Marshal(sold)
			if err != nil {
				panic(err)
			}
			return fmt.Sprintf(yes, y.ID, y.Minor, y.Product, voucher)
		},
		No: func(errorType, code, words string) string {
			return object(map[string]any{"errorType": errorType, "errorMessage": "no",
				"providerErrorCode": code, "providerErrorMessage": words})
		},
		Echo: func(a voucher.Advice, reference string) string {
			return object(map[string]any{"id": a.ID, "requestId": a.Transaction, "time": a.Time,
				"thirdPartyIdentifiers": theirs(reference)})
		},
	})
}

const yes = `{"id": %q, "time": "2026-11-22T10:15:30.123+02:00",
	"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "TERM0001",
		"merchant": {"merchantType": "5411", "merchantId": "MERCHANT0000001", "merchantName":
			{"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": "switch-1", "name": "The Switch"},
	"thirdPartyIdentifiers": [{"institutionId": "44444444", "transactionIdentifier": "vendor-1"}],
	"amounts": {"approvedAmount": {"amount": %d, "currency": "710"}}, "product": {"productId": %q}, "voucher": %s}`
