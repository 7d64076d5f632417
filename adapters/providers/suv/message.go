package suv

import (
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// provisionRequest is the channel's own message, sent on by us: the client is the switch, settlement entity and
// receiver are filled, and our identifier joins the sender's (wire contract, sections 3 and 4).
func (c *Client) provisionRequest(asked voucher.Attempt) ([]byte, error) {
	m, refused := suvwire.DecodeProvisionRequest([]byte(asked.Order.Message.Reveal()))
	if refused != nil {
		return nil, refused
	}
	m.ID = string(asked.Order.ID)
	m.Client = c.client
	m.SettlementEntity = suvwire.InstitutionOf(asked.Order.SettlementEntity)
	if m.Receiver == nil {
		m.Receiver = suvwire.InstitutionOf(asked.Receiver)
	}
	m.ThirdPartyIdentifiers = suvwire.IdentifiersOf(asked.Identifiers())
	return suvwire.Encode(m)
}

// reversalOf is the channel's own reversal, or the switch's where no channel sent one.
func reversalOf(a voucher.Advice) any {
	m, refused := suvwire.DecodeBasicReversal([]byte(a.Message.Reveal()))
	if refused != nil {
		m = &suvwire.BasicReversal{ReversalReason: suvwire.ReversalReason(a.Reason)}
	}
	address(&m.BasicAdvice, a)
	return m
}

// confirmationOf is the channel's own confirmation with its tenders, or the switch's.
func confirmationOf(a voucher.Advice) any {
	m, refused := suvwire.DecodeTenderAdvice([]byte(a.Message.Reveal()))
	if refused != nil {
		m = &suvwire.TenderAdvice{}
	}
	address(&m.BasicAdvice, a)
	return m
}

func address(m *suvwire.BasicAdvice, a voucher.Advice) {
	m.ID, m.RequestID, m.Time = string(a.ID), string(a.Transaction), a.Time
	m.ThirdPartyIdentifiers = suvwire.IdentifiersOf(a.Identifiers)
}
