package gormstore

import (
	"time"

	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// The shapes of a payload's parts. A name in a tag stands in old rows for ever; one that is no longer known is passed
// over when it is read.
type (
	institutionRow struct {
		ID   string `json:"id,omitempty"`
		Name string `json:"name,omitempty"`
	}
	identifierRow struct {
		InstitutionID         string `json:"institution"`
		TransactionIdentifier string `json:"identifier"`
	}
	amountRow struct {
		Minor     int64  `json:"minor"`
		Currency  string `json:"currency,omitempty"`
		Indicator string `json:"indicator,omitempty"`
	}
	amountsRow struct {
		Request    amountRow            `json:"request,omitzero"`
		Approved   amountRow            `json:"approved,omitzero"`
		Fee        amountRow            `json:"fee,omitzero"`
		Balance    amountRow            `json:"balance,omitzero"`
		Additional map[string]amountRow `json:"additional,omitempty"`
	}
	listingRow struct {
		ChannelName       string  `json:"channel,omitempty"`
		DisplayName       string  `json:"name,omitempty"`
		DisplayCategory   string  `json:"category,omitempty"`
		ProductIdentifier string  `json:"product,omitempty"`
		SortOrder         float64 `json:"order,omitempty"`
	}
	productRow struct {
		ID          string         `json:"id,omitempty"`
		Provider    string         `json:"provider,omitempty"`
		Fallbacks   []string       `json:"fallbacks,omitempty"` // the further providers
		Receiver    institutionRow `json:"receiver,omitzero"`
		Barcode     string         `json:"barcode,omitempty"`
		Name        string         `json:"name,omitempty"`
		Description string         `json:"description,omitempty"`
		Amount      amountRow      `json:"amount,omitzero"`
		Min         amountRow      `json:"min,omitzero"`
		Max         amountRow      `json:"max,omitzero"`
		Fixed       bool           `json:"fixed,omitempty"`
		Listings    []listingRow   `json:"listings,omitempty"`
	}
	capabilitiesRow struct {
		Retries            bool `json:"retries,omitempty"`
		Reversals          bool `json:"reversals,omitempty"`
		Confirmations      bool `json:"confirmations,omitempty"`
		RemembersReversals bool `json:"remembersReversals,omitempty"`
		ClientCodes        bool `json:"clientCodes,omitempty"`
	}
	declineRow struct {
		Type            voucher.DeclineType `json:"type,omitempty"`
		Message         string              `json:"message,omitempty"`
		ProviderCode    string              `json:"providerCode,omitempty"`
		ProviderMessage string              `json:"providerMessage,omitempty"`
	}
	reservationRow struct {
		Product  string `json:"product,omitempty"`
		Minor    int64  `json:"minor"`
		Currency string `json:"currency"`
		Most     int64  `json:"most"`
	}
	dueRow struct {
		At time.Time     `json:"at,omitzero"`
		In time.Duration `json:"in,omitempty"`
	}
)

func each[A, B any](list []A, turn func(A) B) []B {
	if len(list) == 0 {
		return nil
	}
	turned := make([]B, len(list))
	for i, item := range list {
		turned[i] = turn(item)
	}
	return turned
}

func identifierRows(list []voucher.ThirdPartyIdentifier) []identifierRow {
	return each(list, func(i voucher.ThirdPartyIdentifier) identifierRow { return identifierRow(i) })
}

func identifiersOf(rows []identifierRow) []voucher.ThirdPartyIdentifier {
	return each(rows, func(r identifierRow) voucher.ThirdPartyIdentifier { return voucher.ThirdPartyIdentifier(r) })
}

func amountRowOf(a voucher.LedgerAmount) amountRow {
	return amountRow{Minor: a.Minor, Currency: string(a.Currency), Indicator: a.Indicator}
}

func (r amountRow) amount() voucher.LedgerAmount {
	return voucher.LedgerAmount{Amount: money.New(r.Minor, money.Currency(r.Currency)), Indicator: r.Indicator}
}

func amountsRowOf(a voucher.Amounts) amountsRow {
	row := amountsRow{
		Request: amountRowOf(a.Request), Approved: amountRowOf(a.Approved),
		Fee: amountRowOf(a.Fee), Balance: amountRowOf(a.Balance),
	}
	if len(a.Additional) > 0 {
		row.Additional = make(map[string]amountRow, len(a.Additional))
	}
	for name, amount := range a.Additional {
		row.Additional[name] = amountRowOf(amount)
	}
	return row
}

func (r amountsRow) amounts() voucher.Amounts {
	a := voucher.Amounts{
		Request: r.Request.amount(), Approved: r.Approved.amount(), Fee: r.Fee.amount(), Balance: r.Balance.amount(),
	}
	if len(r.Additional) > 0 {
		a.Additional = make(map[string]voucher.LedgerAmount, len(r.Additional))
	}
	for name, amount := range r.Additional {
		a.Additional[name] = amount.amount()
	}
	return a
}

func productRowOf(p voucher.Product) productRow {
	row := productRow{
		ID: string(p.ID), Receiver: institutionRow(p.Receiver), Barcode: p.Barcode,
		Name: p.Name, Description: p.Description, Amount: amountRowOf(p.Amount), Min: amountRowOf(p.Min),
		Max: amountRowOf(p.Max), Fixed: p.Fixed,
		Listings: each(p.Listings, func(l voucher.Listing) listingRow { return listingRow(l) }),
	}
	if len(p.Providers) > 0 {
		row.Provider = string(p.Providers[0])
		row.Fallbacks = each(p.Providers[1:], func(id voucher.ProviderID) string { return string(id) })
	}
	return row
}

func (r productRow) product() voucher.Product {
	p := voucher.Product{
		ID: voucher.ProductID(r.ID), Receiver: voucher.Institution(r.Receiver), Barcode: r.Barcode, Name: r.Name,
		Description: r.Description,
		Amount:      r.Amount.amount(), Min: r.Min.amount(), Max: r.Max.amount(), Fixed: r.Fixed,
		Listings: each(r.Listings, func(l listingRow) voucher.Listing { return voucher.Listing(l) }),
	}
	if r.Provider != "" {
		p.Providers = []voucher.ProviderID{voucher.ProviderID(r.Provider)}
	}
	for _, id := range r.Fallbacks {
		p.Providers = append(p.Providers, voucher.ProviderID(id))
	}
	return p
}

func reservationRows(list []voucher.Reservation) []reservationRow {
	return each(list, func(r voucher.Reservation) reservationRow {
		return reservationRow{string(r.Product), r.Price.Minor, string(r.Price.Currency), r.Most}
	})
}

func reservationsOf(rows []reservationRow) []voucher.Reservation {
	return each(rows, func(r reservationRow) voucher.Reservation {
		price := money.New(r.Minor, money.Currency(r.Currency))
		return voucher.Reservation{Product: voucher.ProductID(r.Product), Price: price, Most: r.Most}
	})
}

func dueRowOf(d voucher.Due) dueRow {
	if !d.At.IsZero() {
		d.At = d.At.UTC()
	}
	return dueRow(d)
}
