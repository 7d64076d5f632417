package application

import (
	"context"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// Reverse accepts a channel's reversal: durable first, then delivered at once, then answered, with the provider's
// answer if that comes in time (seed: the response is forwarded).
func (s *Switch) Reverse(ctx context.Context, a voucher.Advice) (voucher.Transaction, error) {
	ctx, cancel := s.detached(ctx)
	defer cancel()
	t, err := s.find(ctx, voucher.ByID(a.Transaction))
	if err != nil {
		return voucher.Transaction{}, err
	}
	before := t.Version
	t, err = s.commit(ctx, t, func(t voucher.Transaction) voucher.Decision { return t.Reverse(a) })
	if err != nil || t.Version == before || t.Open == nil || t.Open.ID != a.ID {
		return t, err
	}
	t = s.await(ctx, t, s.ReversalWait, func(t voucher.Transaction) bool { return t.Open == nil })
	if t.State == voucher.Parked && t.AdviceAnswer.Kind == voucher.AdviceRefused {
		return t, fault.New(fault.Refused, "the provider refused the reversal")
	}
	return t, nil
}
