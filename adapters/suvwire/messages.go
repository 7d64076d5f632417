package suvwire

import "log/slog"

// Transaction is the common part of ProvisionRequest, ProvisionResponse and RedemptionRequest (wire contract,
// section 3). ThirdPartyIdentifiers is required on the wire: a nil slice would be written as null.
type Transaction struct {
	ID string `json:"id"`
	// Time is RFC 3339 and stays the identical string, because it is echoed.
	Time                  string                 `json:"time"`
	Originator            Originator             `json:"originator"`
	Client                Institution            `json:"client"`
	SettlementEntity      *Institution           `json:"settlementEntity,omitempty"`
	Receiver              *Institution           `json:"receiver,omitempty"`
	ThirdPartyIdentifiers []ThirdPartyIdentifier `json:"thirdPartyIdentifiers"`
	SlipData              *SlipData              `json:"slipData,omitempty"`
	BasketRef             string                 `json:"basketRef,omitempty"`
	TranType              string                 `json:"tranType,omitempty"`
	SrcAccType            string                 `json:"srcAccType,omitempty"`
	DestAccType           string                 `json:"destAccType,omitempty"`
	Stan                  string                 `json:"stan,omitempty"`
	RRN                   string                 `json:"rrn,omitempty"`
	TransactionLabels     []TransactionLabel     `json:"transactionLabels,omitempty"`
}

// LogValue names the transaction only: slog's JSON handler would otherwise write the message with its secrets.
func (t Transaction) LogValue() slog.Value { return slog.StringValue("transaction " + t.ID) }

// ProvisionRequest asks for a voucher (wire contract, section 3).
type ProvisionRequest struct {
	Transaction
	Amounts *Amounts `json:"amounts,omitempty"`
	Tenders []Tender `json:"tenders,omitempty"`
	// Voucher lets a channel ask for a code of its choice, where the provider allows that.
	Voucher        *Voucher        `json:"voucher,omitempty"`
	Product        *Product        `json:"product,omitempty"`
	PosInfo        *PosInfo        `json:"posInfo,omitempty"`
	Recipient      *Customer       `json:"recipient,omitempty"`
	PaymentMethods []PaymentMethod `json:"paymentMethods,omitempty"`
}

// ProvisionResponse brings the voucher (wire contract, section 3). The slip data stands in the Transaction part.
type ProvisionResponse struct {
	Transaction
	Amounts   *Amounts  `json:"amounts,omitempty"`
	Voucher   Voucher   `json:"voucher"`
	Product   *Product  `json:"product,omitempty"`
	PosInfo   *PosInfo  `json:"posInfo,omitempty"`
	Recipient *Customer `json:"recipient,omitempty"`
}

// BasicAdvice is the common part of every advice, and the confirmation of a redemption (wire contract, section 3).
// ThirdPartyIdentifiers is required on the wire: a nil slice would be written as null.
type BasicAdvice struct {
	ID string `json:"id"`
	// RequestID is the id of the provision, or redemption, that the advice is about.
	RequestID             string                 `json:"requestId"`
	Time                  string                 `json:"time"`
	ThirdPartyIdentifiers []ThirdPartyIdentifier `json:"thirdPartyIdentifiers"`
	Stan                  string                 `json:"stan,omitempty"`
	RRN                   string                 `json:"rrn,omitempty"`
	// Amounts, where absent from a reversal, mean a full reversal (wire contract, section 2).
	Amounts *Amounts `json:"amounts,omitempty"`
}

// LogValue names the advice only: slog's JSON handler would otherwise write the message with its secrets.
func (a BasicAdvice) LogValue() slog.Value {
	return slog.StringValue("advice " + a.ID + " of " + a.RequestID)
}

// BasicReversal undoes a provision or a redemption (wire contract, section 3).
type BasicReversal struct {
	BasicAdvice
	ReversalReason ReversalReason `json:"reversalReason"`
}

// TenderAdvice confirms a provision; tenders are optional in practice (wire contract, section 3).
type TenderAdvice struct {
	BasicAdvice
	Tenders []Tender `json:"tenders,omitempty"`
}

// RedemptionRequest uses a voucher, whose code is required (wire contract, section 3).
type RedemptionRequest struct {
	Transaction
	Voucher  Voucher   `json:"voucher"`
	Tenders  []Tender  `json:"tenders,omitempty"`
	Amounts  *Amounts  `json:"amounts,omitempty"`
	Product  *Product  `json:"product,omitempty"`
	PosInfo  *PosInfo  `json:"posInfo,omitempty"`
	Customer *Customer `json:"customer,omitempty"`
}

// VoucherLookupResponse answers lookupVoucher (wire contract, section 3).
type VoucherLookupResponse struct {
	Voucher               Voucher                `json:"voucher"`
	SettlementEntity      *Institution           `json:"settlementEntity,omitempty"`
	Receiver              *Institution           `json:"receiver,omitempty"`
	Amounts               *Amounts               `json:"amounts,omitempty"`
	Product               *Product               `json:"product,omitempty"`
	PosInfo               *PosInfo               `json:"posInfo,omitempty"`
	ThirdPartyIdentifiers []ThirdPartyIdentifier `json:"thirdPartyIdentifiers,omitempty"`
	RRN                   string                 `json:"rrn,omitempty"`
}

// LogValue gives the mask: slog's JSON handler would otherwise write the voucher.
func (VoucherLookupResponse) LogValue() slog.Value { return slog.StringValue(mask) }

// ProductList answers lookupProducts (wire contract, section 1). A nil slice would be written as null.
type ProductList struct {
	Products []Product `json:"products"`
	// LeftOut tells of each product that broke a rule the first one it broke; Value is the product's id, as it was read.
	LeftOut []FormatError `json:"-"`
}

// ErrorDetail is the body of every error (wire contract, sections 2 and 3). ErrorMessage has at most 80 characters.
type ErrorDetail struct {
	ID                   string         `json:"id,omitempty"`
	OriginalID           string         `json:"originalId,omitempty"`
	ErrorType            ErrorType      `json:"errorType"`
	ErrorMessage         string         `json:"errorMessage"`
	ProviderErrorCode    string         `json:"providerErrorCode,omitempty"`
	ProviderErrorMessage string         `json:"providerErrorMessage,omitempty"`
	DetailMessage        *DetailMessage `json:"detailMessage,omitempty"`
}

// LogValue names the error only: its detail may hold a voucher.
func (d ErrorDetail) LogValue() slog.Value {
	return slog.StringValue(string(d.ErrorType) + ": " + d.ErrorMessage)
}

// DetailMessage holds the parts that the switch writes into the free-form detailMessage (wire contract, section 2).
type DetailMessage struct {
	FreeString     string        `json:"freeString,omitempty"`
	FormatErrors   []FormatError `json:"formatErrors,omitempty"`
	Client         *Institution  `json:"client,omitempty"`
	ConfirmationID string        `json:"confirmationId,omitempty"`
	ReversalID     string        `json:"reversalId,omitempty"`
	VoucherID      string        `json:"voucherId,omitempty"`
	RequestTime    string        `json:"requestTime,omitempty"`
	Receiver       *Institution  `json:"receiver,omitempty"`
	Voucher        *Voucher      `json:"voucher,omitempty"`
}

// LogValue gives the mask: slog's JSON handler would otherwise write the voucher.
func (DetailMessage) LogValue() slog.Value { return slog.StringValue(mask) }

// FormatError is one violation of a format rule (wire contract, Format errors).
type FormatError struct {
	// Field is the path of the field, "body" where the whole body is at fault.
	Field string `json:"field"`
	// Msg begins with the path.
	Msg string `json:"msg"`
	// Value is the offending value, cut short; empty where the value may be a secret.
	Value string `json:"value,omitempty"`
}
