package suvwire

import (
	"encoding/json"
	"log/slog"
)

// Originator is where the customer stands: institution, till and merchant (wire contract, Originator).
type Originator struct {
	Institution Institution `json:"institution"`
	TerminalID  string      `json:"terminalId"`
	Merchant    Merchant    `json:"merchant"`
	OperatorID  string      `json:"operatorId,omitempty"`
	ChannelID   string      `json:"channelId,omitempty"`
}

// Merchant is the shop (wire contract, Merchant).
type Merchant struct {
	MerchantType string       `json:"merchantType"`
	MerchantID   string       `json:"merchantId"`
	MerchantName MerchantName `json:"merchantName"`
}

// MerchantName is the shop's name and place (wire contract, MerchantName).
type MerchantName struct {
	Name    string `json:"name"`
	City    string `json:"city"`
	Region  string `json:"region"`
	Country string `json:"country"`
}

// Institution is a party: channel, settlement entity or receiver (wire contract, Institution).
type Institution struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ThirdPartyIdentifier is one party's own reference; nobody changes another party's (wire contract, section 3).
type ThirdPartyIdentifier struct {
	InstitutionID         string `json:"institutionId"`
	TransactionIdentifier string `json:"transactionIdentifier"`
}

// TransactionLabel is a name and value that the sender attaches (wire contract, Transaction).
type TransactionLabel struct {
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
}

// Amounts are the amounts of a transaction (wire contract, Amounts).
type Amounts struct {
	RequestAmount     *LedgerAmount           `json:"requestAmount,omitempty"`
	ApprovedAmount    *LedgerAmount           `json:"approvedAmount,omitempty"`
	FeeAmount         *LedgerAmount           `json:"feeAmount,omitempty"`
	BalanceAmount     *LedgerAmount           `json:"balanceAmount,omitempty"`
	AdditionalAmounts map[string]LedgerAmount `json:"additionalAmounts,omitempty"`
}

// LedgerAmount is an amount in minor units of a currency given by its ISO 4217 number (wire contract, LedgerAmount).
type LedgerAmount struct {
	Amount          int64           `json:"amount"`
	Currency        string          `json:"currency"`
	LedgerIndicator LedgerIndicator `json:"ledgerIndicator,omitempty"`
}

// Tender is what the customer paid with (wire contract, Tender).
type Tender struct {
	TenderType  string       `json:"tenderType"`
	Amount      LedgerAmount `json:"amount"`
	AccountType string       `json:"accountType,omitempty"`
	CardNumber  Secret       `json:"cardNumber,omitzero"`
	Reference   string       `json:"reference,omitempty"`
}

// Product is what is sold (wire contract, Product).
type Product struct {
	ProductID              string                  `json:"productId"`
	Barcode                string                  `json:"barcode,omitempty"`
	Name                   string                  `json:"name,omitempty"`
	Description            string                  `json:"description,omitempty"`
	Amount                 *LedgerAmount           `json:"amount,omitempty"`
	MinAmount              *LedgerAmount           `json:"minAmount,omitempty"`
	MaxAmount              *LedgerAmount           `json:"maxAmount,omitempty"`
	IsFixedValue           *bool                   `json:"isFixedValue,omitempty"`
	ChannelProductListings []ChannelProductListing `json:"channelProductListings,omitempty"`
	Receiver               *Institution            `json:"receiver,omitempty"`
}

// ChannelProductListing is how one channel shows a product (wire contract, ChannelProductListing).
type ChannelProductListing struct {
	ChannelName              string      `json:"channelName"`
	ProductDisplayName       string      `json:"productDisplayName,omitempty"`
	ProductDisplayCategory   string      `json:"productDisplayCategory,omitempty"`
	ProductDisplaySortOrder  json.Number `json:"productDisplaySortOrder,omitempty"`
	ChannelProductIdentifier string      `json:"channelProductIdentifier,omitempty"`
}

// Voucher is the thing of value; its code and PIN are secret (wire contract, Voucher). In an answer the object is
// required, while whether it holds anything is for the caller to judge (lifecycle, rule 6).
type Voucher struct {
	Code               Secret   `json:"code,omitzero"`
	ExpiryDate         string   `json:"expiryDate,omitempty"`
	RedeemInstructions []string `json:"redeemInstructions,omitempty"`
	SerialNumber       string   `json:"serialNumber,omitempty"`
	Pin                *Pin     `json:"pin,omitempty"`
}

// LogValue gives the mask: slog's JSON handler would otherwise write the code.
func (Voucher) LogValue() slog.Value { return slog.StringValue(mask) }

// Pin is a PIN in one of three forms (wire contract, Pin). Type says which of the other fields may be present.
type Pin struct {
	Type                 PinType               `json:"type"`
	Pin                  Secret                `json:"pin,omitzero"`
	PinBlock             Secret                `json:"pinBlock,omitzero"`
	EncryptionParameters *EncryptionParameters `json:"encryptionParameters,omitempty"`
	Hash                 Secret                `json:"hash,omitzero"`
	HashedPinParameters  *HashedPinParameters  `json:"hashedPinParameters,omitempty"`
}

// LogValue gives the mask: slog's JSON handler would otherwise write the PIN.
func (Pin) LogValue() slog.Value { return slog.StringValue(mask) }

// EncryptionParameters say how a PIN block was made (wire contract, Pin).
type EncryptionParameters struct {
	AccountNumber  Secret `json:"accountNumber,omitzero"`
	PinBlockFormat string `json:"pinBlockFormat,omitempty"`
	KeyIndex       string `json:"keyIndex,omitempty"`
}

// HashedPinParameters name the hash function (wire contract, Pin).
type HashedPinParameters struct {
	Name string `json:"name"`
}

// SlipData is text to print (wire contract, SlipData). SlipWidth counts characters.
type SlipData struct {
	MessageLines    []SlipLine `json:"messageLines,omitempty"`
	SlipWidth       *int64     `json:"slipWidth,omitempty"`
	IssuerReference string     `json:"issuerReference,omitempty"`
}

// SlipLine is one printed line (wire contract, SlipLine). An absent scale factor means 1.0, an absent switch false.
type SlipLine struct {
	Text                  string      `json:"text"`
	Barcode               *Barcode    `json:"barcode,omitempty"`
	FontWidthScaleFactor  json.Number `json:"fontWidthScaleFactor,omitempty"`
	FontHeightScaleFactor json.Number `json:"fontHeightScaleFactor,omitempty"`
	Line                  *bool       `json:"line,omitempty"`
	Cut                   *bool       `json:"cut,omitempty"`
}

// Barcode is a printed barcode (wire contract, Barcode).
type Barcode struct {
	Data     string `json:"data"`
	Encoding string `json:"encoding,omitempty"`
}

// PosInfo says how the customer's data was entered (wire contract, PosInfo).
type PosInfo struct {
	EntryMode        *EntryMode `json:"entryMode,omitempty"`
	PosConditionCode string     `json:"posConditionCode,omitempty"`
}

// EntryMode is the till's way of reading card and PIN (wire contract, PosInfo).
type EntryMode struct {
	PanEntryMode       string `json:"panEntryMode"`
	PinEntryCapability string `json:"pinEntryCapability"`
}

// Customer is the person who receives, or redeems, the voucher (wire contract, Customer).
type Customer struct {
	FirstName      string   `json:"firstName,omitempty"`
	LastName       string   `json:"lastName,omitempty"`
	Address        string   `json:"address,omitempty"`
	AddressDetails *Address `json:"addressDetails,omitempty"`
	DateOfBirth    string   `json:"dateOfBirth,omitempty"`
	Status         string   `json:"status,omitempty"`
	MSISDN         string   `json:"msisdn,omitempty"`
	EmailAddress   string   `json:"emailAddress,omitempty"`
	ProfileID      string   `json:"profileId,omitempty"`
}

// Address is a postal address (wire contract, Address).
type Address struct {
	AddressLine1 string `json:"addressLine1,omitempty"`
	AddressLine2 string `json:"addressLine2,omitempty"`
	City         string `json:"city,omitempty"`
	Region       string `json:"region,omitempty"`
	Country      string `json:"country,omitempty"`
	PostalCode   string `json:"postalCode,omitempty"`
}

// PaymentMethod is a way of paying in one of seven forms (wire contract, PaymentMethod). The contract lists the
// common fields only; the fields after ProxyType belong to one form each and are all optional.
type PaymentMethod struct {
	Type      PaymentMethodType `json:"type"`
	Name      string            `json:"name,omitempty"`
	Amount    *LedgerAmount     `json:"amount,omitempty"`
	Issuer    *Institution      `json:"issuer,omitempty"`
	Pin       *Pin              `json:"pin,omitempty"`
	Proxy     string            `json:"proxy,omitempty"`
	ProxyType string            `json:"proxyType,omitempty"`

	Token      Secret `json:"token,omitzero"`
	CardNumber Secret `json:"cardNumber,omitzero"`
	PAN        Secret `json:"pan,omitzero"`
	ExpiryDate string `json:"expiryDate,omitempty"`
	AccountID  Secret `json:"accountId,omitzero"`
	RewardID   Secret `json:"rewardId,omitzero"`
	WalletID   Secret `json:"walletId,omitzero"`
	TranID     Secret `json:"tranId,omitzero"`
}
