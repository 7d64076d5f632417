package gormstore

import (
	"encoding/json"
	"fmt"

	"voucherswitch/domain/voucher"
)

// contentRow is a secret part of a move. What is known of it outside this table is its kind alone.
type contentRow struct {
	TransactionID string `gorm:"column:transaction_id"`
	Version       int    `gorm:"column:version"`
	Kind          string `gorm:"column:kind"`
	Body          []byte `gorm:"column:body"`
}

// The kinds of content.
const (
	orderMessage  = "order"
	orderCode     = "code"
	adviceMessage = "advice"
	queuedMessage = "queued"
	approvalBody  = "approval"
	answerBody    = "answer"
)

// contentKinds are in the order in which a digest takes them.
var contentKinds = []string{orderMessage, orderCode, adviceMessage, queuedMessage, approvalBody, answerBody}

// Secrets are byte slices in JSON, so that not one byte of them changes.
type (
	approvalRow struct {
		Voucher     voucherRow      `json:"voucher"`
		Amounts     amountsRow      `json:"amounts,omitzero"`
		Product     productRow      `json:"product,omitzero"`
		Identifiers []identifierRow `json:"identifiers,omitempty"`
		Slip        slipRow         `json:"slip,omitzero"`
	}
	voucherRow struct {
		Code               []byte   `json:"code,omitempty"`
		PIN                pinRow   `json:"pin,omitzero"`
		SerialNumber       string   `json:"serialNumber,omitempty"`
		ExpiryDate         string   `json:"expiryDate,omitempty"`
		RedeemInstructions []string `json:"redeemInstructions,omitempty"`
	}
	pinRow struct {
		Type          voucher.PINType `json:"type,omitempty"`
		Value         []byte          `json:"value,omitempty"`
		AccountNumber []byte          `json:"accountNumber,omitempty"`
		BlockFormat   string          `json:"blockFormat,omitempty"`
		KeyIndex      string          `json:"keyIndex,omitempty"`
		HashName      string          `json:"hashName,omitempty"`
	}
	slipRow struct {
		Lines           []slipLineRow `json:"lines,omitempty"`
		Width           int64         `json:"width,omitempty"`
		IssuerReference string        `json:"issuerReference,omitempty"`
	}
	slipLineRow struct {
		Text            []byte  `json:"text,omitempty"`
		BarcodeData     []byte  `json:"barcodeData,omitempty"`
		BarcodeEncoding string  `json:"barcodeEncoding,omitempty"`
		FontWidth       float64 `json:"fontWidth,omitempty"`
		FontHeight      float64 `json:"fontHeight,omitempty"`
		Line            bool    `json:"line,omitempty"`
		Cut             bool    `json:"cut,omitempty"`
	}
)

func opened(s voucher.Secret) []byte { return []byte(s.Reveal()) }

func closed(body []byte) voucher.Secret { return voucher.NewSecret(string(body)) }

// contentsOf are the secret parts of a move. An advice that is queued as it came shares its message.
func (m *mapper) contentsOf(v voucher.Move) []contentRow {
	var rows []contentRow
	add := func(kind string, body []byte) {
		if len(body) > 0 {
			rows = append(rows, contentRow{string(v.Transaction), v.Version, kind, body})
		}
	}
	if v.Opening != nil {
		add(orderMessage, opened(v.Opening.Order.Message))
		add(orderCode, opened(v.Opening.Order.Code))
	}
	if v.Advice != nil {
		add(adviceMessage, opened(v.Advice.Message))
	}
	if v.Queues != nil && !sharesMessage(v) {
		add(queuedMessage, opened(v.Queues.Message))
	}
	if v.Approval != nil {
		body, err := json.Marshal(approvalRowOf(*v.Approval))
		if err != nil && m.err == nil {
			m.err = err
		}
		add(approvalBody, body)
	}
	add(answerBody, opened(v.Answer.Body))
	return rows
}

func sharesMessage(v voucher.Move) bool {
	return v.Advice != nil && v.Advice.ID == v.Queues.ID && v.Advice.Message.Equal(v.Queues.Message)
}

// fillContents puts a move's secret parts into it.
func fillContents(v *voucher.Move, rows []contentRow) error {
	for _, r := range rows {
		switch {
		case r.Kind == orderMessage && v.Opening != nil:
			v.Opening.Order.Message = closed(r.Body)
		case r.Kind == orderCode && v.Opening != nil:
			v.Opening.Order.Code = closed(r.Body)
		case r.Kind == adviceMessage && v.Advice != nil:
			v.Advice.Message = closed(r.Body)
			if v.Queues != nil && v.Queues.ID == v.Advice.ID && v.Queues.Message.IsZero() {
				v.Queues.Message = v.Advice.Message
			}
		case r.Kind == queuedMessage && v.Queues != nil:
			v.Queues.Message = closed(r.Body)
		case r.Kind == approvalBody:
			var row approvalRow
			if err := json.Unmarshal(r.Body, &row); err != nil {
				return fmt.Errorf("the approval of %s/%d cannot be read", v.Transaction, v.Version)
			}
			v.Approval = row.approval()
		case r.Kind == answerBody:
			v.Answer.Body = closed(r.Body)
		default:
			return fmt.Errorf("%s/%d has no place for the content %q", v.Transaction, v.Version, r.Kind)
		}
	}
	return nil
}

func approvalRowOf(a voucher.Approval) approvalRow {
	v, pin := a.Voucher, a.Voucher.PIN
	return approvalRow{
		Voucher: voucherRow{
			Code: opened(v.Code), SerialNumber: v.SerialNumber, ExpiryDate: v.ExpiryDate,
			RedeemInstructions: v.RedeemInstructions,
			PIN: pinRow{
				Type: pin.Type, Value: opened(pin.Value), AccountNumber: opened(pin.AccountNumber),
				BlockFormat: pin.BlockFormat, KeyIndex: pin.KeyIndex, HashName: pin.HashName,
			},
		},
		Amounts: amountsRowOf(a.Amounts), Product: productRowOf(a.Product), Identifiers: identifierRows(a.Identifiers),
		Slip: slipRow{
			Width: a.Slip.Width, IssuerReference: a.Slip.IssuerReference,
			Lines: each(a.Slip.Lines, func(l voucher.SlipLine) slipLineRow {
				return slipLineRow{
					opened(l.Text), opened(l.BarcodeData), l.BarcodeEncoding, l.FontWidth, l.FontHeight, l.Line, l.Cut,
				}
			}),
		},
	}
}

func (r approvalRow) approval() *voucher.Approval {
	v, pin := r.Voucher, r.Voucher.PIN
	return &voucher.Approval{
		Voucher: voucher.Voucher{
			Code: closed(v.Code), SerialNumber: v.SerialNumber, ExpiryDate: v.ExpiryDate,
			RedeemInstructions: v.RedeemInstructions,
			PIN: voucher.PIN{
				Type: pin.Type, Value: closed(pin.Value), AccountNumber: closed(pin.AccountNumber),
				BlockFormat: pin.BlockFormat, KeyIndex: pin.KeyIndex, HashName: pin.HashName,
			},
		},
		Amounts: r.Amounts.amounts(), Product: r.Product.product(), Identifiers: identifiersOf(r.Identifiers),
		Slip: voucher.Slip{
			Width: r.Slip.Width, IssuerReference: r.Slip.IssuerReference,
			Lines: each(r.Slip.Lines, func(l slipLineRow) voucher.SlipLine {
				return voucher.SlipLine{
					Text: closed(l.Text), BarcodeData: closed(l.BarcodeData), BarcodeEncoding: l.BarcodeEncoding,
					FontWidth: l.FontWidth, FontHeight: l.FontHeight, Line: l.Line, Cut: l.Cut,
				}
			}),
		},
	}
}
