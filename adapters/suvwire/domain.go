package suvwire

import (
	"encoding/json"
	"strconv"

	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// The mapping between wire and domain, both ways: X.Domain reads a wire shape, nil and absent included; XOf writes one,
// nil for what the domain says is absent.

// Domain is the institution; zero if absent.
func (i *Institution) Domain() voucher.Institution {
	if i == nil {
		return voucher.Institution{}
	}
	return voucher.Institution{ID: i.ID, Name: i.Name}
}

// InstitutionOf writes an institution.
func InstitutionOf(i voucher.Institution) *Institution {
	if i.ID == "" {
		return nil
	}
	return &Institution{ID: i.ID, Name: i.Name}
}

// IdentifiersDomain reads every party's references, in order.
func IdentifiersDomain(list []ThirdPartyIdentifier) []voucher.ThirdPartyIdentifier {
	var identifiers []voucher.ThirdPartyIdentifier
	for _, entry := range list {
		identifiers = append(identifiers, voucher.ThirdPartyIdentifier(entry))
	}
	return identifiers
}

// IdentifiersOf writes every party's references, in order; never nil, since the list is required.
func IdentifiersOf(list []voucher.ThirdPartyIdentifier) []ThirdPartyIdentifier {
	identifiers := make([]ThirdPartyIdentifier, 0, len(list))
	for _, entry := range list {
		identifiers = append(identifiers, ThirdPartyIdentifier(entry))
	}
	return identifiers
}

// Domain is the sum; zero if absent.
func (a *LedgerAmount) Domain() voucher.LedgerAmount {
	if a == nil {
		return voucher.LedgerAmount{}
	}
	return voucher.LedgerAmount{
		Amount: money.New(a.Amount, money.Currency(a.Currency)), Indicator: string(a.LedgerIndicator),
	}
}

// LedgerAmountOf writes a sum.
func LedgerAmountOf(a voucher.LedgerAmount) *LedgerAmount {
	if a.IsZero() {
		return nil
	}
	return &LedgerAmount{
		Amount: a.Minor, Currency: string(a.Currency), LedgerIndicator: LedgerIndicator(a.Indicator),
	}
}

// Domain is every sum; zero if absent.
func (a *Amounts) Domain() voucher.Amounts {
	if a == nil {
		return voucher.Amounts{}
	}
	amounts := voucher.Amounts{
		Request: a.RequestAmount.Domain(), Approved: a.ApprovedAmount.Domain(),
		Fee: a.FeeAmount.Domain(), Balance: a.BalanceAmount.Domain(),
	}
	for name, sum := range a.AdditionalAmounts {
		if amounts.Additional == nil {
			amounts.Additional = map[string]voucher.LedgerAmount{}
		}
		amounts.Additional[name] = sum.Domain()
	}
	return amounts
}

// AmountsOf writes every sum.
func AmountsOf(a voucher.Amounts) *Amounts {
	if a.IsZero() {
		return nil
	}
	amounts := Amounts{
		RequestAmount: LedgerAmountOf(a.Request), ApprovedAmount: LedgerAmountOf(a.Approved),
		FeeAmount: LedgerAmountOf(a.Fee), BalanceAmount: LedgerAmountOf(a.Balance),
	}
	for name, sum := range a.Additional {
		if amounts.AdditionalAmounts == nil {
			amounts.AdditionalAmounts = map[string]LedgerAmount{}
		}
		amounts.AdditionalAmounts[name] = *LedgerAmountOf(sum)
	}
	return &amounts
}

// Domain is the product as a message describes it; zero if absent.
func (p *Product) Domain() voucher.Product {
	if p == nil {
		return voucher.Product{}
	}
	product := voucher.Product{
		ID: voucher.ProductID(p.ProductID), Receiver: p.Receiver.Domain(), Barcode: p.Barcode, Name: p.Name,
		Description: p.Description, Amount: p.Amount.Domain(), Min: p.MinAmount.Domain(), Max: p.MaxAmount.Domain(),
		Fixed: p.IsFixedValue != nil && *p.IsFixedValue,
	}
	for _, l := range p.ChannelProductListings {
		order, _ := l.ProductDisplaySortOrder.Float64()
		product.Listings = append(product.Listings, voucher.Listing{
			ChannelName: l.ChannelName, DisplayName: l.ProductDisplayName, DisplayCategory: l.ProductDisplayCategory,
			ProductIdentifier: l.ChannelProductIdentifier, SortOrder: order,
		})
	}
	return product
}

// ProductOf writes a product. isFixedValue stands where a price or limits do.
func ProductOf(p voucher.Product) *Product {
	if p.ID == "" {
		return nil
	}
	product := Product{
		ProductID: string(p.ID), Receiver: InstitutionOf(p.Receiver), Barcode: p.Barcode, Name: p.Name,
		Description: p.Description, Amount: LedgerAmountOf(p.Amount), MinAmount: LedgerAmountOf(p.Min),
		MaxAmount: LedgerAmountOf(p.Max),
	}
	if p.Fixed || !p.Amount.IsZero() || !p.Min.IsZero() || !p.Max.IsZero() {
		product.IsFixedValue = &p.Fixed
	}
	for _, l := range p.Listings {
		product.ChannelProductListings = append(product.ChannelProductListings, ChannelProductListing{
			ChannelName: l.ChannelName, ProductDisplayName: l.DisplayName, ProductDisplayCategory: l.DisplayCategory,
			ChannelProductIdentifier: l.ProductIdentifier, ProductDisplaySortOrder: numberOf(l.SortOrder),
		})
	}
	return &product
}

// Domain is the voucher; zero if absent.
func (v *Voucher) Domain() voucher.Voucher {
	if v == nil {
		return voucher.Voucher{}
	}
	return voucher.Voucher{
		Code: v.Code.domain(), PIN: v.Pin.Domain(), SerialNumber: v.SerialNumber, ExpiryDate: v.ExpiryDate,
		RedeemInstructions: v.RedeemInstructions,
	}
}

// VoucherOf writes a voucher.
func VoucherOf(v voucher.Voucher) Voucher {
	return Voucher{
		Code: secretOf(v.Code), Pin: PinOf(v.PIN), SerialNumber: v.SerialNumber, ExpiryDate: v.ExpiryDate,
		RedeemInstructions: v.RedeemInstructions,
	}
}

// Domain is the PIN; zero if absent.
func (p *Pin) Domain() voucher.PIN {
	if p == nil {
		return voucher.PIN{}
	}
	pin := voucher.PIN{Type: voucher.PINType(p.Type), Value: p.Pin.domain()}
	if !p.PinBlock.IsZero() {
		pin.Value = p.PinBlock.domain()
	}
	if !p.Hash.IsZero() {
		pin.Value = p.Hash.domain()
	}
	if e := p.EncryptionParameters; e != nil {
		pin.AccountNumber, pin.BlockFormat, pin.KeyIndex = e.AccountNumber.domain(), e.PinBlockFormat, e.KeyIndex
	}
	if h := p.HashedPinParameters; h != nil {
		pin.HashName = h.Name
	}
	return pin
}

// PinOf writes a PIN.
func PinOf(p voucher.PIN) *Pin {
	if p.IsZero() {
		return nil
	}
	pin := Pin{Type: PinType(p.Type)}
	switch p.Type {
	case voucher.EncryptedPIN:
		pin.PinBlock = secretOf(p.Value)
		if !p.AccountNumber.IsZero() {
			pin.EncryptionParameters = &EncryptionParameters{
				AccountNumber: secretOf(p.AccountNumber), PinBlockFormat: p.BlockFormat, KeyIndex: p.KeyIndex,
			}
		}
	case voucher.HashedPIN:
		pin.Hash = secretOf(p.Value)
		if p.HashName != "" {
			pin.HashedPinParameters = &HashedPinParameters{Name: p.HashName}
		}
	case voucher.ClearPIN:
		pin.Pin = secretOf(p.Value)
	}
	return &pin
}

// Domain is what is to be printed; zero if absent.
func (s *SlipData) Domain() voucher.Slip {
	if s == nil {
		return voucher.Slip{}
	}
	slip := voucher.Slip{IssuerReference: s.IssuerReference}
	if s.SlipWidth != nil {
		slip.Width = *s.SlipWidth
	}
	for _, l := range s.MessageLines {
		line := voucher.SlipLine{Text: voucher.NewSecret(l.Text)}
		line.FontWidth, _ = l.FontWidthScaleFactor.Float64()
		line.FontHeight, _ = l.FontHeightScaleFactor.Float64()
		line.Line, line.Cut = l.Line != nil && *l.Line, l.Cut != nil && *l.Cut
		if l.Barcode != nil {
			line.BarcodeData, line.BarcodeEncoding = voucher.NewSecret(l.Barcode.Data), l.Barcode.Encoding
		}
		slip.Lines = append(slip.Lines, line)
	}
	return slip
}

// SlipOf writes what is to be printed.
func SlipOf(s voucher.Slip) *SlipData {
	if s.IsZero() {
		return nil
	}
	slip := SlipData{IssuerReference: s.IssuerReference}
	if s.Width != 0 {
		slip.SlipWidth = &s.Width
	}
	for _, l := range s.Lines {
		line := SlipLine{
			Text: l.Text.Reveal(), Line: truth(l.Line), Cut: truth(l.Cut),
			FontWidthScaleFactor: numberOf(l.FontWidth), FontHeightScaleFactor: numberOf(l.FontHeight),
		}
		if !l.BarcodeData.IsZero() {
			line.Barcode = &Barcode{Data: l.BarcodeData.Reveal(), Encoding: l.BarcodeEncoding}
		}
		slip.MessageLines = append(slip.MessageLines, line)
	}
	return &slip
}

func (s Secret) domain() voucher.Secret { return voucher.NewSecret(s.Reveal()) }

func secretOf(s voucher.Secret) Secret {
	if s.IsZero() {
		return Secret{}
	}
	return NewSecret(s.Reveal())
}

func numberOf(n float64) json.Number {
	if n == 0 {
		return ""
	}
	return json.Number(strconv.FormatFloat(n, 'g', -1, 64))
}

func truth(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}
