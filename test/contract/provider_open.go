package contract

import (
	"testing"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// New makes a client for an account.
type New[C ports.Provider] func(exchange.Account) (C, error)

// opening makes clients for the suite's vendors: with ProviderPassword, for ProviderInstitution, and where the wire has
// product ids of the vendor's, with the one of ProviderProduct.
func opening[C ports.Provider](open New[C], productID ...string) func(*testing.T, string) ports.Provider {
	return func(t *testing.T, url string) ports.Provider {
		t.Helper()
		ids := map[voucher.ProductID]string{}
		for _, id := range productID {
			ids[ProviderProduct] = id
		}
		client, err := open(exchange.Account{
			Options:  exchange.Options{URL: url, MaxAnswer: ProviderMaxAnswer, Dial: exchange.Guard{Anywhere: true}.Dial},
			Username: "switch-1", Password: voucher.NewSecret(ProviderPassword), Institution: ProviderInstitution,
			ProductIDs: ids,
		})
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
}
