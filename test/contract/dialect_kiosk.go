package contract

import (
	"fmt"
	"net/http"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// kioskSKUs are the vendor's products; one of them is not asked for.
var kioskSKUs = map[string]string{ProviderProduct: "KD-GAME100", "GAME200": "KD-GAME200"}

var kioskCodes = map[string]string{
	"INSUFFICIENT_FUNDS": "KD-1042", "DUPLICATE_RECORD": "KD-1009", "UNABLE_TO_LOCATE_RECORD": "KD-2004",
	"VOUCHER_ALREADY_REDEEMED": "KD-2012",
}

// Kiosk is the dialect of Kiosk Digital.
func Kiosk[C ports.Provider](open New[C]) ProviderDialect {
	return ProviderDialect{
		Name: "kiosk", Open: opening(open, kioskSKUs[ProviderProduct]),
		Yes: kioskYes, Needs: []string{"clientReference", "sku", "status", "amount"},
		No: kioskNo, Provision: kioskProvision, Advise: kioskAdvise,
		Takes:    []voucher.AdviceKind{voucher.Reversal, voucher.Confirmation},
		Stranger: written(map[string]string{"code": "KD-7777", "message": "the moon is in the wrong house"}),
		Echo: func(a voucher.Advice, reference string) string {
			status := map[voucher.AdviceKind]string{voucher.Reversal: "REVERSED", voucher.Confirmation: "CONFIRMED"}
			return written(map[string]any{"voucherId": reference, "clientReference": a.Transaction,
				"status": status[a.Kind]})
		},
		Aside: func(r *http.Request) (string, bool) {
			return written(map[string]any{"access_token": ProviderToken, "expires_in": 3600}),
				r.URL.Path == "/oauth/token"
		},
	}
}

func kioskYes(y ProviderYes) string {
	sold := map[string]any{"voucherId": "vendor-1", "clientReference": y.ID, "sku": kioskSKUs[y.Product],
		"status": "GENERATED", "serialNumber": "SN-1", "expires": "2029-11-22", "aNewerField": []int{1},
		"amount": map[string]string{"value": fmt.Sprintf("%d.%02d", y.Minor/100, y.Minor%100), "currency": "ZAR"}}
	if y.Code != "" {
		sold["pin"] = y.Code
	}
	return written(sold)
}

func kioskNo(errorType, words string) (body, code string) {
	if code = kioskCodes[errorType]; code == "" {
		return "", ""
	}
	return written(map[string]string{"code": code, "message": words}), code
}

// kioskProvision is the vendor's document: 409 is a replay whatever else it says, and of the 5xx only a 503 with one of
// its reasons tells that nothing was generated.
func kioskProvision(status int, body ProviderBody) voucher.Outcome {
	declined := voucher.Outcome{Kind: voucher.OutcomeDeclined}
	switch {
	case status >= 200 && status < 300 && body == BodyWhole:
		return voucher.Outcome{Kind: voucher.OutcomeApproved}
	case status < 400 || status == 408:
		return voucher.Broken()
	case status == 409 || body == BodyReplay:
		return ProviderReplayed()
	case status < 500:
		return declined
	case status == 503 && (body == BodyError || body == BodyMissing):
		return declined
	default:
		return voucher.Outcome{Doubt: voucher.DoubtAnswered}
	}
}

// kioskAdvise is the vendor's document: a yes shows the voucher as it stands now, and a no counts only if it is the
// vendor's own.
func kioskAdvise(kind voucher.AdviceKind, status int, body ProviderBody) voucher.AdviceOutcomeKind {
	final := map[int]bool{400: body.IsError(), 404: body == BodyMissing, 409: body.IsError(), 410: body.IsError(),
		422: body.IsError()}
	switch {
	case status >= 200 && status < 300 && body == BodyWhole:
		return voucher.AdviceAcknowledged
	case final[status] && status == 404 && kind == voucher.Reversal:
		return voucher.AdviceNotFound
	case final[status]:
		return voucher.AdviceRefused
	case status >= 400 && status < 500:
		return voucher.AdviceDeferred
	default:
		return voucher.AdviceUnanswered
	}
}
