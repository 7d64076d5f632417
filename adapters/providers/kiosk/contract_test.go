package kiosk_test

import (
	"testing"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
)

func open(t *testing.T, url string) ports.Provider {
	t.Helper()
	client, err := kiosk.New(kiosk.Options{
		Options:  exchange.Options{URL: url, MaxAnswer: contract.ProviderMaxAnswer},
		Username: "switch-1", Password: voucher.NewSecret(contract.ProviderPassword),
		Institution: contract.ProviderInstitution,
		ProductIDs:  map[voucher.ProductID]string{contract.ProviderProduct: contract.KioskSKU},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestKeepsTheContractOfProviders(t *testing.T) { contract.Provider(t, contract.Kiosk(open)) }
