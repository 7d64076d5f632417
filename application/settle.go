package application

import (
	"context"
	"errors"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	sweepLimit    = 100
	settledWithin = 2 * time.Second // one that the database holds up must not hold up the others
)

// Settler resolves provisions whose owner let its lease end: it died, or could not record the outcome.
type Settler struct{ *Switch }

var _ ports.Chore = Settler{}

// Pass reverses what is overdue. It never sends a provision: that right does not move (lifecycle rule 2).
func (s Settler) Pass(ctx context.Context) (int, error) {
	overdue, err := s.Journal.Overdue(ctx, sweepLimit)
	done := 0
	for _, t := range overdue {
		draft := s.draft()
		within, cancel := context.WithTimeout(ctx, settledWithin)
		_, failed := s.commit(within, t, func(t voucher.Transaction) voucher.Decision {
			if t.State != voucher.Sending {
				return voucher.Decision{Next: t} // its owner was faster
			}
			return t.Lapse(draft)
		})
		cancel()
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		done++
	}
	return done, err
}
