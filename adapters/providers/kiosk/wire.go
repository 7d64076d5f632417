package kiosk

import (
	"voucherswitch/adapters/strictjson"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// The vendor's words for what becomes of a voucher.
const (
	generated = "GENERATED"
	confirmed = "CONFIRMED"
	reversed  = "REVERSED"
)

// grant asks for a token: POST /oauth/token.
type grant struct {
	Type   string `json:"grant_type"`
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

// sale asks for a voucher: POST /v2/vouchers.
type sale struct {
	Reference voucher.TransactionID `json:"clientReference"`
	SKU       string                `json:"sku"`
	Amount    sum                   `json:"amount"`
	MSISDN    string                `json:"msisdn,omitempty"`
}

// sum is an amount in the currency's own unit, such as "100.00".
type sum struct {
	Value    string `json:"value"`
	Currency string `json:"currency"` // three letters
}

// change completes or undoes a sale: PATCH /v2/vouchers/{clientReference}.
type change struct {
	Status    string           `json:"status"`
	RequestID voucher.AdviceID `json:"requestId"`
	Reason    string           `json:"reason,omitempty"`
}

// saleOf is the request for an attempt; refused, if it is nothing that the vendor sells.
func (c *Client) saleOf(asked voucher.Attempt) (s sale, refused *voucher.Decline) {
	o, price := asked.Order, asked.Price().Amount
	product := o.Product
	if product == "" {
		product = Unnamed
	}
	sku := c.account.ProductIDs[product]
	value, err := price.Decimal()
	letters, _ := price.Currency.Code()
	switch {
	case sku == "":
		return s, &voucher.Decline{Type: "ROUTING_ERROR", Message: "the provider does not sell that product"}
	case err != nil:
		return s, &voucher.Decline{Type: "INVALID_AMOUNT", Message: "the provider sells for an amount of money only"}
	case !o.Code.IsZero():
		return s, &voucher.Decline{Type: "FUNCTION_NOT_SUPPORTED", Message: "the provider chooses the code"}
	}
	s = sale{Reference: o.ID, SKU: sku, Amount: sum{value, letters}}
	if m, refused := suvwire.DecodeProvisionRequest([]byte(o.Message.Reveal())); refused == nil && m.Recipient != nil {
		s.MSISDN = m.Recipient.MSISDN
	}
	return s, nil
}

func changeOf(a voucher.Advice) change {
	if a.Kind == voucher.Confirmation {
		return change{Status: confirmed, RequestID: a.ID}
	}
	return change{Status: reversed, RequestID: a.ID, Reason: a.Reason}
}

// sold is the vendor's yes to a sale.
type sold struct {
	voucherID, reference, sku, status, serial, expires string
	amount                                             sum
	pin                                                voucher.Secret // what the trade calls a voucher's code
}

func readSold(body []byte) (sold, error) {
	o := strictjson.Open(body)
	amount := o.Object("amount")
	return sold{
		voucherID: o.Text("voucherId"), reference: o.Text("clientReference"), sku: o.Text("sku"), status: o.Text("status"),
		serial: o.Text("serialNumber"), expires: o.Text("expires"), pin: voucher.NewSecret(o.Text("pin")),
		amount: sum{amount.Text("value"), amount.Text("currency")},
	}, o.Err()
}

// money is the sum in minor units. It fails on what is not exactly an amount of that currency.
func (s sum) money() (money.Amount, error) {
	currency, _ := money.CurrencyOf(s.Currency)
	return money.ParseDecimal(s.Value, currency)
}

// changed is the vendor's yes to a change.
type changed struct{ voucherID, reference, status string }

func readChanged(body []byte) (changed, error) {
	o := strictjson.Open(body)
	return changed{o.Text("voucherId"), o.Text("clientReference"), o.Text("status")}, o.Err()
}

// problem is the vendor's no to anything.
type problem struct{ code, message string }

func readProblem(body []byte) (problem, error) {
	o := strictjson.Open(body)
	return problem{o.Text("code"), o.Text("message")}, o.Err()
}
