package application

import (
	"context"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// Confirm accepts a channel's confirmation. While the provision is in flight it waits for the outcome, as a retry does.
func (s *Switch) Confirm(ctx context.Context, a voucher.Advice) (voucher.Transaction, error) {
	ctx, cancel := s.detached(ctx)
	defer cancel()
	t, err := s.find(ctx, voucher.Key{ID: a.Transaction, Channel: a.Channel})
	if err != nil {
		return voucher.Transaction{}, err
	}
	confirm := func(t voucher.Transaction) voucher.Decision { return t.Confirm(a) }
	confirmed, err := s.commit(ctx, t, confirm)
	if !fault.Is(err, fault.Undecided) || t.State != voucher.Sending {
		return confirmed, err
	}
	t = s.awaitOutcome(ctx, t)
	return s.commit(ctx, t, confirm)
}
