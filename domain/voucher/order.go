package voucher

import "time"

// Order is what a channel asks for with provisionVoucher: the fields that decisions need, and the message itself.
type Order struct {
	ID               TransactionID
	Channel          Channel
	Time             string // as the channel wrote it
	Client           Institution
	SettlementEntity Institution // the message's, else the channel's
	Receiver         Institution // zero if the message names none
	Product          ProductID   // empty if the message names none
	Amounts          Amounts
	Code             Secret // the code the channel chose, where the provider allows it
	Identifiers      []ThirdPartyIdentifier
	Message          Secret // the channel's message, opaque: providers see every field of it
}

// SameSale reports whether both orders ask for one sale: product, amounts, receiver and client are equal. Everything
// else may differ between a provision and its retry (lifecycle S18).
func (o Order) SameSale(other Order) bool {
	return o.Product == other.Product && o.Receiver.ID == other.Receiver.ID && o.Client.ID == other.Client.ID &&
		o.Amounts.Equal(other.Amounts)
}

// Attempt is the one time a provider is asked for a voucher.
type Attempt struct {
	Order     Order
	Terms     Terms
	Product   Product     // the catalogue's, zero if the order names none
	Receiver  Institution // the order's, else the product's, else the provider itself
	Reference string      // our own identifier of the transaction, minted with the intent
	SendBy    time.Time   // the send guard, on the sender's monotonic clock; not kept

	Reservations []Reservation // what the sale takes of the channel's limits
}

// NewAttempt settles who receives: the order's receiver, else the product's, else the provider itself; and what the
// sale takes of the channel's limits.
func NewAttempt(o Order, provider Provider, product Product, timing Timing, reference string) Attempt {
	receiver := provider.Institution()
	if product.Receiver.ID != "" {
		receiver = product.Receiver
	}
	if o.Receiver.ID != "" {
		receiver = o.Receiver
	}
	terms := NewTerms(provider, o.Channel, timing)
	a := Attempt{Order: o, Terms: terms, Product: product, Receiver: receiver, Reference: reference}
	a.Reservations = a.reservations()
	return a
}

// Price is what the voucher is to cost: the order's amount, else the product's fixed one; zero if there is neither.
func (a Attempt) Price() LedgerAmount {
	if price := a.Order.Amounts.Request; !price.IsZero() || !a.Product.Fixed {
		return price
	}
	return a.Product.Amount
}

// Identifiers are what the provider is told: the sender's, in order, then the settlement entity's, minted by us.
func (a Attempt) Identifiers() []ThirdPartyIdentifier {
	return mergeIdentifiers(a.Order.Identifiers, ThirdPartyIdentifier{a.Order.SettlementEntity.ID, a.Reference})
}
