package trial

import (
	"context"
	"time"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// own is the party that the trial speaks for.
var own = voucher.Institution{ID: "00000000", Name: "Voucher Switch, trying out"}

// attempt is a new sale, as a channel's request would open it.
func (t *trial) attempt(amount voucher.LedgerAmount) voucher.Attempt {
	o := voucher.Order{
		ID: voucher.NewTransactionID(t.NewID()), Time: time.Now().Format(time.RFC3339), Client: own,
		SettlementEntity: own, Receiver: t.Provider.Institution(), Product: t.Product.ID,
		Amounts: voucher.Amounts{Request: amount},
	}
	o.Message = messageOf(o)
	asked := voucher.NewAttempt(o, t.Provider, t.Product, voucher.Timing{SendGuard: t.SendGuard}, t.NewID())
	asked.SendBy = time.Now().Add(t.SendGuard)
	return asked
}

// messageOf is the channel's message, which adapters may read (wire contract, ProvisionRequest).
func messageOf(o voucher.Order) voucher.Secret {
	m := suvwire.ProvisionRequest{
		Transaction: suvwire.Transaction{
			ID: string(o.ID), Time: o.Time, Client: suvwire.Institution(own),
			Originator: suvwire.Originator{
				Institution: suvwire.Institution(own), TerminalID: "TRIAL001",
				Merchant: suvwire.Merchant{
					MerchantType: "0000", MerchantID: "TRIAL0000000001",
					MerchantName: suvwire.MerchantName{Name: "Trial", City: "Nowhere", Region: "NA", Country: "ZZ"},
				},
			},
			SettlementEntity: suvwire.InstitutionOf(o.SettlementEntity), Receiver: suvwire.InstitutionOf(o.Receiver),
			ThirdPartyIdentifiers: suvwire.IdentifiersOf(nil),
		},
		Amounts: suvwire.AmountsOf(o.Amounts),
	}
	if o.Product != "" {
		m.Product = &suvwire.Product{ProductID: string(o.Product)}
	}
	body, err := suvwire.Encode(m)
	if err != nil {
		return voucher.Secret{}
	}
	return voucher.NewSecret(string(body))
}

// ask sends a sale and waits as long as the switch would.
func (t *trial) ask(ctx context.Context, client ports.Provider, asked voucher.Attempt) voucher.Outcome {
	ctx, cancel := context.WithTimeout(ctx, t.SendGuard+t.Provider.Timeout)
	defer cancel()
	return client.Provision(ctx, asked)
}

// adviceOn is the switch's own advice on a sale.
func (t *trial) adviceOn(kind voucher.AdviceKind, on voucher.Attempt, approval *voucher.Approval) voucher.Advice {
	a := voucher.Advice{
		ID: voucher.NewAdviceID(t.NewID()), Transaction: on.Order.ID, Provider: t.Provider.ID, Kind: kind,
		Time: time.Now().Format(time.RFC3339), Identifiers: on.Identifiers(),
	}
	if kind == voucher.Reversal {
		a.Reason = "CANCELLED"
	}
	if approval != nil && len(approval.Identifiers) > 0 {
		a.Identifiers = approval.Identifiers
	}
	return a
}

func (t *trial) deliver(ctx context.Context, a voucher.Advice) voucher.AdviceOutcome {
	ctx, cancel := context.WithTimeout(ctx, t.Provider.Timeout)
	defer cancel()
	return t.client.Advise(ctx, a)
}
