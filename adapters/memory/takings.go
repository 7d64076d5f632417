package memory

import (
	"time"

	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// taking names what was taken of a limit on a day.
type taking struct {
	channel  voucher.ChannelID
	product  voucher.ProductID
	currency money.Currency
	day      time.Time
}

func takingOf(channel voucher.ChannelID, r voucher.Reservation, at time.Time) taking {
	return taking{channel, r.Product, r.Price.Currency, at.UTC().Truncate(24 * time.Hour)}
}

// take lets an intent take of its limits, of all or of none, and gives back what an undone one took.
func (s *Store) take(m voucher.Move) error {
	if m.Opening != nil {
		for _, r := range m.Opening.Reservations {
			if r.Price.Minor > r.Most-s.taken[takingOf(m.Owner, r, m.At)] {
				return r.Refused()
			}
		}
		for _, r := range m.Opening.Reservations {
			s.taken[takingOf(m.Owner, r, m.At)] += r.Price.Minor
		}
	}
	first := m
	if m.Version > 1 {
		first = s.moves[m.Transaction][0]
	}
	for _, r := range m.Releases {
		s.taken[takingOf(first.Owner, r, first.At)] -= r.Price.Minor
	}
	return nil
}
