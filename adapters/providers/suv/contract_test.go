package suv_test

import (
	"testing"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/providers/suv"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
)

func open(t *testing.T, url string) ports.Provider {
	t.Helper()
	client, err := suv.New(suv.Options{
		Options:  exchange.Options{URL: url, MaxAnswer: contract.ProviderMaxAnswer},
		Username: "switch-1", Name: "The Switch", Password: voucher.NewSecret(contract.ProviderPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestKeepsTheContractOfProviders(t *testing.T) { contract.Provider(t, contract.SUV(open)) }
