package suv_test

import (
	"encoding/json"
	"fmt"
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

const yes = `{"id": %q, "time": "2026-11-22T10:15:30.123+02:00",
	"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "TERM0001",
		"merchant": {"merchantType": "5411", "merchantId": "MERCHANT0000001", "merchantName":
			{"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": "switch-1", "name": "The Switch"},
	"thirdPartyIdentifiers": [{"institutionId": "44444444", "transactionIdentifier": "vendor-1"}],
	"amounts": {"approvedAmount": {"amount": %d, "currency": "710"}}, "product": {"productId": %q},
	"aNewerField": {"is": "let pass"}, "voucher": {"code": %q, "serialNumber": "SN-1", "expiryDate": "2029-11-22"}}`

// quoted writes a value as JSON.
func quoted(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestKeepsTheContractOfProviders(t *testing.T) {
	contract.Provider(t, contract.ProviderDialect{
		Open: open,
		Yes: func(y contract.ProviderYes) string {
			body := fmt.Sprintf(yes, y.ID, y.Minor, y.Product, y.Code)
			if y.Code == "" {
				var fields map[string]any
				if err := json.Unmarshal([]byte(body), &fields); err != nil {
					panic(err)
				}
				fields["voucher"] = map[string]any{"serialNumber": "SN-1"}
				return quoted(fields)
			}
			return body
		},
		No: func(errorType, code, words string) string {
			return quoted(map[string]string{"errorType": errorType, "errorMessage": "no",
				"providerErrorCode": code, "providerErrorMessage": words})
		},
		Echo: func(a voucher.Advice, reference string) string {
			identifiers := []map[string]string{{"institutionId": "44444444", "transactionIdentifier": reference}}
			return quoted(map[string]any{"id": a.ID, "requestId": a.Transaction, "time": a.Time,
				"thirdPartyIdentifiers": identifiers})
		},
	})
}
