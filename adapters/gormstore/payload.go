package gormstore

import (
	"time"

	"voucherswitch/domain/voucher"
)

// payload is what a move holds beside its columns, without secrets.
type payload struct {
	Opening  *openingRow  `json:"opening,omitempty"`
	Outcome  *outcomeRow  `json:"outcome,omitempty"`
	Advice   *adviceRow   `json:"advice,omitempty"`
	Response *responseRow `json:"response,omitempty"`
	Answer   int          `json:"answer,omitempty"` // its status
	Queues   *adviceRow   `json:"queues,omitempty"`
	Settles  string       `json:"settles,omitempty"`
	Hastens  string       `json:"hastens,omitempty"`
	Opens    string       `json:"opens,omitempty"`
	Closes   int          `json:"closes,omitempty"`

	Releases []reservationRow `json:"releases,omitempty"`
}

type openingRow struct {
	Order     orderRow       `json:"order"`
	Terms     termsRow       `json:"terms"`
	Product   productRow     `json:"product,omitzero"`
	Receiver  institutionRow `json:"receiver,omitzero"`
	Reference string         `json:"reference,omitempty"`

	Reservations []reservationRow `json:"reservations,omitempty"`
}

type channelRow struct {
	ID               string         `json:"id"`
	Name             string         `json:"name,omitempty"`
	Messaging        string         `json:"messaging"`
	SettlementEntity institutionRow `json:"settlementEntity,omitzero"`
	DefaultProvider  string         `json:"defaultProvider,omitempty"`
}

type orderRow struct {
	Channel          channelRow      `json:"channel"`
	Time             string          `json:"time,omitempty"`
	Client           institutionRow  `json:"client,omitzero"`
	SettlementEntity institutionRow  `json:"settlementEntity,omitzero"`
	Receiver         institutionRow  `json:"receiver,omitzero"`
	Product          string          `json:"product,omitempty"`
	Amounts          amountsRow      `json:"amounts,omitzero"`
	Identifiers      []identifierRow `json:"identifiers,omitempty"`
}

// termsRow counts durations in nanoseconds.
type termsRow struct {
	Provider       string          `json:"provider"`
	Capabilities   capabilitiesRow `json:"capabilities,omitzero"`
	Messaging      string          `json:"messaging"`
	ReversalWindow time.Duration   `json:"reversalWindow,omitempty"`
	Lease          time.Duration   `json:"lease,omitempty"`
	Horizon        time.Duration   `json:"horizon,omitempty"`
}

type outcomeRow struct {
	Kind    string     `json:"kind"`
	Doubt   string     `json:"doubt"`
	Decline declineRow `json:"decline,omitzero"`
}

type adviceRow struct {
	ID          string          `json:"id"`
	Channel     string          `json:"channel,omitempty"`
	Provider    string          `json:"provider,omitempty"`
	Kind        string          `json:"kind"`
	Time        string          `json:"time,omitempty"`
	Reason      string          `json:"reason,omitempty"`
	Identifiers []identifierRow `json:"identifiers,omitempty"`
	Due         dueRow          `json:"due,omitzero"`
}

type responseRow struct {
	Kind        string          `json:"kind"`
	Identifiers []identifierRow `json:"identifiers,omitempty"`
	Decline     declineRow      `json:"decline,omitzero"`
}

func (m *mapper) payloadOf(v voucher.Move) payload {
	p := payload{
		Answer: v.Answer.Status, Settles: string(v.Settles), Hastens: string(v.Hastens),
		Opens: look(m, questionCodes, v.Opens), Closes: v.Closes,
		Advice: m.adviceRowOf(v.Advice), Queues: m.adviceRowOf(v.Queues), Releases: reservationRows(v.Releases),
	}
	if v.Opening != nil {
		p.Opening = m.openingRowOf(*v.Opening)
	}
	if o := v.Outcome; o != nil {
		p.Outcome = &outcomeRow{look(m, outcomeCodes, o.Kind), look(m, doubtCodes, o.Doubt), declineRow(o.Decline)}
	}
	if r := v.Response; r != nil {
		p.Response = &responseRow{look(m, responseCodes, r.Kind), identifierRows(r.Identifiers), declineRow(r.Decline)}
	}
	return p
}

// fill puts the payload into a move.
func (p payload) fill(v *voucher.Move, m *mapper) {
	v.Answer.Status, v.Closes = p.Answer, p.Closes
	v.Settles, v.Hastens = voucher.AdviceID(p.Settles), voucher.AdviceID(p.Hastens)
	v.Opens = look(m, questionsOf, p.Opens)
	v.Releases = reservationsOf(p.Releases)
	v.Advice, v.Queues = m.advice(p.Advice, v.Transaction), m.advice(p.Queues, v.Transaction)
	if p.Opening != nil {
		v.Opening = m.attempt(*p.Opening, v.Transaction)
	}
	if o := p.Outcome; o != nil {
		v.Outcome = &voucher.Outcome{
			Kind: look(m, outcomesOf, o.Kind), Doubt: look(m, doubtsOf, o.Doubt), Decline: voucher.Decline(o.Decline),
		}
	}
	if r := p.Response; r != nil {
		v.Response = &voucher.AdviceOutcome{
			Kind: look(m, responsesOf, r.Kind), Identifiers: identifiersOf(r.Identifiers),
			Decline: voucher.Decline(r.Decline),
		}
	}
}

func (m *mapper) openingRowOf(a voucher.Attempt) *openingRow {
	o, t := a.Order, a.Terms
	return &openingRow{
		Order: orderRow{
			Channel: channelRow{
				ID: string(o.Channel.ID), Name: o.Channel.Name, Messaging: look(m, messagingCodes, o.Channel.Messaging),
				SettlementEntity: institutionRow(o.Channel.SettlementEntity),
				DefaultProvider:  string(o.Channel.DefaultProvider),
			},
			Time: o.Time, Client: institutionRow(o.Client), SettlementEntity: institutionRow(o.SettlementEntity),
			Receiver: institutionRow(o.Receiver), Product: string(o.Product), Amounts: amountsRowOf(o.Amounts),
			Identifiers: identifierRows(o.Identifiers),
		},
		Terms: termsRow{
			Provider: string(t.Provider), Capabilities: capabilitiesRow(t.Capabilities),
			Messaging: look(m, messagingCodes, t.Messaging), ReversalWindow: t.ReversalWindow, Lease: t.Lease,
			Horizon: t.Horizon,
		},
		Product: productRowOf(a.Product), Receiver: institutionRow(a.Receiver), Reference: a.Reference,
		Reservations: reservationRows(a.Reservations),
	}
}

func (m *mapper) attempt(r openingRow, id voucher.TransactionID) *voucher.Attempt {
	o, t := r.Order, r.Terms
	return &voucher.Attempt{
		Order: voucher.Order{
			ID: id,
			Channel: voucher.Channel{
				ID: voucher.ChannelID(o.Channel.ID), Name: o.Channel.Name,
				Messaging:        look(m, messagingsOf, o.Channel.Messaging),
				SettlementEntity: voucher.Institution(o.Channel.SettlementEntity),
				DefaultProvider:  voucher.ProviderID(o.Channel.DefaultProvider),
			},
			Time: o.Time, Client: voucher.Institution(o.Client),
			SettlementEntity: voucher.Institution(o.SettlementEntity), Receiver: voucher.Institution(o.Receiver),
			Product: voucher.ProductID(o.Product), Amounts: o.Amounts.amounts(),
			Identifiers: identifiersOf(o.Identifiers),
		},
		Terms: voucher.Terms{
			Provider: voucher.ProviderID(t.Provider), Capabilities: voucher.Capabilities(t.Capabilities),
			Messaging: look(m, messagingsOf, t.Messaging), ReversalWindow: t.ReversalWindow, Lease: t.Lease,
			Horizon: t.Horizon,
		},
		Product: r.Product.product(), Receiver: voucher.Institution(r.Receiver), Reference: r.Reference,
		Reservations: reservationsOf(r.Reservations),
	}
}

func (m *mapper) adviceRowOf(a *voucher.Advice) *adviceRow {
	if a == nil {
		return nil
	}
	return &adviceRow{
		ID: string(a.ID), Channel: string(a.Channel), Provider: string(a.Provider),
		Kind: look(m, adviceCodes, a.Kind), Time: a.Time, Reason: a.Reason,
		Identifiers: identifierRows(a.Identifiers), Due: dueRowOf(a.Due),
	}
}

func (m *mapper) advice(r *adviceRow, of voucher.TransactionID) *voucher.Advice {
	if r == nil {
		return nil
	}
	return &voucher.Advice{
		ID: voucher.AdviceID(r.ID), Transaction: of, Channel: voucher.ChannelID(r.Channel),
		Provider: voucher.ProviderID(r.Provider), Kind: look(m, advicesOf, r.Kind), Time: r.Time, Reason: r.Reason,
		Identifiers: identifiersOf(r.Identifiers), Due: voucher.Due(r.Due),
	}
}
