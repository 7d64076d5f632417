package contract

import (
	"encoding/json"
	"fmt"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// SUV is the dialect of the wire contract itself.
func SUV[C ports.Provider](open New[C]) ProviderDialect {
	return ProviderDialect{
		Name: "suv", Open: opening(open), Yes: suvYes, No: suvNo, Provision: suvProvision, Advise: suvAdvise,
		Takes:    []voucher.AdviceKind{voucher.Reversal, voucher.Confirmation},
		Stranger: written(map[string]string{"errorType": "CARD_EXPIRED", "errorMessage": "expired"}),
		Echo: func(a voucher.Advice, reference string) string {
			identifiers := []map[string]string{
				{"institutionId": ProviderInstitution, "transactionIdentifier": reference},
			}
			return written(map[string]any{"id": a.ID, "requestId": a.Transaction, "time": a.Time,
				"thirdPartyIdentifiers": identifiers})
		},
	}
}

const suvApproval = `{"id": %q, "time": "2026-11-22T10:15:30.123+02:00",
	"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "TERM0001",
		"merchant": {"merchantType": "5411", "merchantId": "MERCHANT0000001", "merchantName":
			{"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": "switch-1", "name": "The Switch"},
	"thirdPartyIdentifiers": [{"institutionId": "44444444", "transactionIdentifier": "vendor-1"}],
	"amounts": {"approvedAmount": {"amount": %d, "currency": "710"}}, "product": {"productId": %q},
	"aNewerField": {"is": "let pass"}, "voucher": %s}`

func suvYes(y ProviderYes) string {
	sold := map[string]string{"serialNumber": "SN-1", "expiryDate": "2029-11-22"}
	if y.Code != "" {
		sold["code"] = y.Code
	}
	return fmt.Sprintf(suvApproval, y.ID, y.Minor, y.Product, written(sold))
}

func suvNo(errorType, words string) (body, code string) {
	return written(map[string]string{"errorType": errorType, "errorMessage": "no",
		"providerErrorCode": "51", "providerErrorMessage": words}), "51"
}

// suvProvision is the wire contract's "Delivery to providers" and section 2.
func suvProvision(status int, body ProviderBody) voucher.Outcome {
	definite := status == 501 || status == 503 && body.IsError() && body != BodyStranger ||
		status >= 400 && status < 500
	switch {
	case status >= 200 && status < 300 && body == BodyWhole:
		return voucher.Outcome{Kind: voucher.OutcomeApproved}
	case status < 400 || status == 408:
		return voucher.Broken()
	case body == BodyReplay:
		return ProviderReplayed()
	case definite:
		return voucher.Outcome{Kind: voucher.OutcomeDeclined}
	default:
		return voucher.Outcome{Doubt: voucher.DoubtAnswered}
	}
}

// suvAdvise is the wire contract's "Delivery to providers": the status decides.
func suvAdvise(kind voucher.AdviceKind, status int, _ ProviderBody) voucher.AdviceOutcomeKind {
	switch {
	case status >= 200 && status < 300:
		return voucher.AdviceAcknowledged
	case status == 404 && kind == voucher.Reversal:
		return voucher.AdviceNotFound
	case status == 400, status == 404, status == 410, status == 422, status == 501:
		return voucher.AdviceRefused
	case status >= 400 && status < 500:
		return voucher.AdviceDeferred
	default:
		return voucher.AdviceUnanswered
	}
}

// written writes a value as JSON.
func written(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}
