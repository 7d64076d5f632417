package quokka

import (
	"voucherswitch/adapters/strictjson"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

const salePath = "/sales" // fact: the path of a sale

// advicePaths follow the path of a sale and its reference.
var advicePaths = map[voucher.AdviceKind]string{
	voucher.Reversal:     "/void",   // fact: the path of a reversal, below the sale's own
	voucher.Confirmation: "/settle", // fact: the path of a confirmation, below the sale's own
}

const soldState = "SOLD" // fact: the state of a sale that is made

// states are what the vendor calls a sale after an advice.
var states = map[voucher.AdviceKind]string{
	voucher.Reversal:     "VOID",    // fact: the state of a sale that is reversed
	voucher.Confirmation: "SETTLED", // fact: the state of a sale that is confirmed
}

// sale asks for a voucher.
type sale struct {
	Reference voucher.TransactionID `json:"ref"`      // fact: the request's field for our reference
	Product   voucher.ProductID     `json:"item"`     // fact: the request's field for the product
	Amount    int64                 `json:"cents"`    // fact: the request's field for the amount, in minor units
	Currency  string                `json:"currency"` // fact: the request's field for the currency, of three letters
}

func saleOf(asked voucher.Attempt) sale {
	price := asked.Price()
	letters, _ := price.Currency.Code()
	return sale{asked.Order.ID, asked.Order.Product, price.Minor, letters}
}

// advice undoes or completes a sale.
type advice struct {
	ID     voucher.AdviceID `json:"id"`               // fact: the request's field for an advice's own id
	Reason string           `json:"reason,omitempty"` // fact: the request's field for why a sale is reversed
}

func adviceOf(a voucher.Advice) advice {
	if a.Kind == voucher.Confirmation {
		return advice{ID: a.ID}
	}
	return advice{a.ID, a.Reason}
}

// sold is the vendor's yes: to a sale with the voucher, to an advice with the sale's state.
type sold struct {
	id       voucher.TransactionID
	product  voucher.ProductID
	amount   money.Amount
	voucher  voucher.Voucher
	receipt  string // the vendor's own reference
	state    string
	readable bool
}

func readSold(body []byte) sold {
	o := strictjson.Open(body)
	currency, _ := money.CurrencyOf(o.Text("currency")) // fact: the answer's field for the currency, of three letters
	return sold{
		id:      voucher.NewTransactionID(o.Text("ref")), // fact: the answer's field for our reference
		product: voucher.ProductID(o.Text("item")),       // fact: the answer's field for the product
		amount:  money.New(o.Whole("cents"), currency),   // fact: the answer's field for the amount, in minor units
		voucher: voucher.Voucher{
			Code:         voucher.NewSecret(o.Text("code")), // fact: the answer's field for the voucher's code
			SerialNumber: o.Text("serial"),                  // fact: the answer's field for the serial number
			ExpiryDate:   o.Text("expires"),                 // fact: the answer's field for the date of expiry
		},
		receipt:  o.Text("receipt"), // fact: the answer's field for the vendor's own reference
		state:    o.Text("state"),   // fact: the answer's field for the sale's state
		readable: o.Err() == nil,
	}
}

// problem is the vendor's no, to whatever.
type problem struct{ code, words string }

func readProblem(body []byte) problem {
	o := strictjson.Open(body)
	no := problem{
		code:  o.Text("error"),  // fact: the error's field for its code
		words: o.Text("detail"), // fact: the error's field for words to people
	}
	if o.Err() != nil {
		return problem{}
	}
	return no
}
