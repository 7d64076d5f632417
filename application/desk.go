package application

import (
	"context"

	"voucherswitch/domain/voucher"
)

// Desk is where operators act. Each act is a move that they sign; it works beside running replicas as they do beside
// each other.
type Desk struct{ *Switch }

// Resolve ends a parked transaction by an operator's finding: it was issued; or it was not, or is undone.
// fault.NotFound; fault.Invalid if it is not parked; fault.Undecided while its provider may still act.
func (d Desk) Resolve(
	ctx context.Context, id voucher.TransactionID, issued bool, by voucher.Signature,
) (voucher.Transaction, error) {
	now, err := d.Records.Now(ctx)
	if err != nil {
		return voucher.Transaction{}, err
	}
	quiet := voucher.Quiet{Now: now, ClaimLease: d.AdviceLease}
	return d.act(ctx, id, func(t voucher.Transaction) voucher.Decision { return t.Resolve(issued, quiet, by) })
}

// CloseCase answers the case that a transaction's move opened. fault.NotFound if it is not open.
func (d Desk) CloseCase(
	ctx context.Context, id voucher.TransactionID, version int, by voucher.Signature,
) (voucher.Transaction, error) {
	return d.act(ctx, id, func(t voucher.Transaction) voucher.Decision { return t.CloseCase(version, by) })
}

// Hasten makes a transaction's open advice due now. fault.NotFound if none waits, fault.Invalid while its reversal
// window is open.
func (d Desk) Hasten(
	ctx context.Context, id voucher.TransactionID, by voucher.Signature,
) (voucher.Transaction, error) {
	return d.act(ctx, id, func(t voucher.Transaction) voucher.Decision { return t.Hasten(by) })
}

func (d Desk) act(
	ctx context.Context, id voucher.TransactionID, decide func(voucher.Transaction) voucher.Decision,
) (voucher.Transaction, error) {
	t, err := d.Journal.Find(ctx, voucher.ByID(id))
	if err != nil {
		return t, err
	}
	return d.commit(ctx, t, decide)
}
