package contract

import (
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	quokkaRand    = "ZAR"      // fact: what it calls the rand
	quokkaSold    = "SOLD"     // fact: the state of a sale that is made
	quokkaReceipt = "vendor-1" // fact: a reference of its own, as it writes them
)

// quokkaCodes are the vendor's reasons in the wire contract's words.
var quokkaCodes = map[string]string{
	"SOLD_ALREADY": "DUPLICATE_RECORD",         // fact: its code for a sale that it knows already
	"NO_SUCH_SALE": "UNABLE_TO_LOCATE_RECORD",  // fact: its code for a sale that it does not know
	"SPENT":        "VOUCHER_ALREADY_REDEEMED", // fact: its code for a voucher that is spent
	"NO_FUNDS":     "INSUFFICIENT_FUNDS",       // fact: its code for an account of ours that is empty
}

// Quokka is the dialect of Quokka.
func Quokka[C ports.Provider](open New[C]) ProviderDialect {
	return ProviderDialect{
		Name: "quokka", Open: opening(open),
		Yes: quokkaYes, No: quokkaNo, Echo: quokkaEcho,
		Needs: []string{
			"ref",      // fact: the answer's field for our reference
			"item",     // fact: the answer's field for the product
			"cents",    // fact: the answer's field for the amount
			"currency", // fact: the answer's field for the currency
			"state",    // fact: the answer's field for the sale's state
		},
		Stranger:  quokkaError("MOON", "it is in the wrong house"),
		Provision: quokkaProvision, Advise: quokkaAdvise,
		Takes: []voucher.AdviceKind{voucher.Reversal, voucher.Confirmation}, // fact: which advices it takes
	}
}

func quokkaYes(y ProviderYes) string {
	sold := map[string]any{
		"ref":      y.ID,          // fact: the answer's field for our reference
		"item":     y.Product,     // fact: the answer's field for the product
		"cents":    y.Minor,       // fact: the answer's field for the amount, in minor units
		"currency": quokkaRand,    // fact: the answer's field for the currency, of three letters
		"state":    quokkaSold,    // fact: the answer's field for the sale's state
		"receipt":  quokkaReceipt, // fact: the answer's field for the vendor's own reference
		"serial":   "SN-1",        // fact: the answer's field for the serial number
		"expires":  "2029-11-22",  // fact: the answer's field for the date of expiry
	}
	if y.Code != "" {
		sold["code"] = y.Code // fact: the answer's field for the voucher's code
	}
	return written(sold)
}

func quokkaEcho(a voucher.Advice, reference string) string {
	state := "VOID" // fact: the state of a sale that is reversed
	if a.Kind == voucher.Confirmation {
		state = "SETTLED" // fact: the state of a sale that is confirmed
	}
	return written(map[string]any{
		"ref":     a.Transaction, // fact: the answer's field for our reference
		"receipt": reference,     // fact: the answer's field for the vendor's own reference
		"state":   state,         // fact: the answer's field for the sale's state
	})
}

func quokkaError(code, words string) string {
	return written(map[string]any{
		"error":  code,  // fact: the error's field for its code
		"detail": words, // fact: the error's field for words to people
	})
}

func quokkaNo(errorType, words string) (body, code string) {
	for code, means := range quokkaCodes {
		if means == errorType {
			return quokkaError(code, words), code
		}
	}
	return "", ""
}

// quokkaProvision is the vendor's document.
func quokkaProvision(status int, body ProviderBody) voucher.Outcome {
	replay := status == 409                  // fact: which statuses tell of a sale that it knows already; may be a 2xx
	made := status/100 == 2                  // fact: which statuses tell of a sale that is made now
	nothing := status >= 400 && status < 500 // fact: which tell for certain that nothing was issued
	switch {
	case replay:
		return ProviderReplayed()
	case made && body == BodyWhole:
		return voucher.Outcome{Kind: voucher.OutcomeApproved}
	case status < 400 || status == 408:
		return voucher.Broken()
	case body == BodyReplay:
		return ProviderReplayed()
	case nothing:
		return voucher.Outcome{Kind: voucher.OutcomeDeclined}
	default:
		return voucher.Outcome{Doubt: voucher.DoubtAnswered}
	}
}

// quokkaAdvise is the vendor's document: a yes shows the sale, a no is an error of the vendor's own.
func quokkaAdvise(kind voucher.AdviceKind, status int, body ProviderBody) voucher.AdviceOutcomeKind {
	unknown := status == 404 && body == BodyMissing // fact: which statuses tell that it does not know the sale
	refused := status == 422 && body.IsError()      // fact: which statuses refuse an advice for good
	switch {
	case status/100 == 2 && body == BodyWhole:
		return voucher.AdviceAcknowledged
	case unknown && kind == voucher.Reversal:
		return voucher.AdviceNotFound
	case unknown, refused:
		return voucher.AdviceRefused
	case status/100 == 4:
		return voucher.AdviceDeferred
	default:
		return voucher.AdviceUnanswered
	}
}
