package application

import (
	"context"
	"errors"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const sweepLimit = 100

// Settler resolves provisions whose owner let its lease end: it died, or could not record the outcome.
type Settler struct{ *Switch }

var _ ports.Chore = Settler{}

// Pass reverses what is overdue. It never sends a provision: that right does not move (lifecycle rule 2).
func (s Settler) Pass(ctx context.Context) (int, error) {
	overdue, err := s.Journal.Overdue(ctx, sweepLimit)
	done := 0
	for _, t := range overdue {
		draft := s.draft()
		_, failed := s.commit(ctx, t, func(t voucher.Transaction) voucher.Decision {
			if t.State != voucher.Sending {
				return voucher.Decision{Next: t} // its owner was faster
			}
			return t.Lapse(draft)
		})
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		done++
	}
	return done, err
}
