package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// entry is the one advice of a transaction in the queue. Two channels may choose one advice id, so the transaction is
// the key.
type entry struct {
	advice    voucher.Advice
	due       time.Time
	owedSince time.Time // when it was due first
	backsOff  bool      // its due may be cut short
}

func (s *Store) enqueue(m voucher.Move) {
	if e, ok := s.queue[m.Transaction]; ok {
		switch e.advice.ID {
		case m.Settles:
			delete(s.queue, m.Transaction)
		case m.Hastens:
			e.due, e.backsOff = m.At, false
			e.advice.Claim.Epoch++
		}
	}
	if m.Queues == nil {
		return
	}
	due := m.Queues.Due.At
	if due.IsZero() {
		due = m.At.Add(m.Queues.Due.In)
	}
	s.queue[m.Transaction] = &entry{due: due, owedSince: due, advice: voucher.Advice{
		ID: m.Queues.ID, Transaction: m.Transaction, Provider: m.Queues.Provider, Kind: m.Queues.Kind,
	}}
}

// Claim implements ports.AdviceQueue.
func (s *Store) Claim(
	_ context.Context, provider voucher.ProviderID, lease time.Duration, limit int,
) ([]voucher.Advice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	due := s.queued(func(e *entry) bool { return e.advice.Provider == provider && !e.due.After(now) },
		func(e *entry) time.Time { return e.due })
	return s.claim(due, now, lease, limit), nil
}

// ClaimOldest implements ports.AdviceQueue.
func (s *Store) ClaimOldest(
	_ context.Context, provider voucher.ProviderID, lease time.Duration,
) ([]voucher.Advice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.queued(func(e *entry) bool { return e.advice.Provider == provider && e.backsOff },
		func(e *entry) time.Time { return e.owedSince })
	return s.claim(waiting, s.clock(), lease, 1), nil
}

// queued are those of the queue that are wanted, the earliest first.
func (s *Store) queued(wanted func(*entry) bool, since func(*entry) time.Time) (found []*entry) {
	for _, e := range s.queue {
		if wanted(e) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *entry) int {
		return cmp.Or(since(a).Compare(since(b)), cmp.Compare(a.advice.Transaction, b.advice.Transaction))
	})
	return found
}

func (s *Store) claim(waiting []*entry, now time.Time, lease time.Duration, limit int) (claimed []voucher.Advice) {
	for _, e := range waiting[:min(limit, len(waiting))] {
		opening := s.moves[e.advice.Transaction][0]
		e.due, e.backsOff = now.Add(lease), false
		e.advice.Claim.Epoch++
		e.advice.Claim.Attempt++
		e.advice.Claim.UntilHorizon = opening.At.Add(opening.Opening.Terms.Horizon).Sub(now)
		claimed = append(claimed, e.advice)
	}
	return claimed
}

// Postpone implements ports.AdviceQueue.
func (s *Store) Postpone(_ context.Context, claimed voucher.Advice, delay time.Duration) error {
	return s.postpone(claimed, delay, false)
}

// BackOff implements ports.AdviceQueue.
func (s *Store) BackOff(_ context.Context, claimed voucher.Advice, delay time.Duration) error {
	return s.postpone(claimed, delay, true)
}

func (s *Store) postpone(claimed voucher.Advice, delay time.Duration, backsOff bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.queue[claimed.Transaction]
	if !ok || e.advice.ID != claimed.ID || e.advice.Claim.Epoch != claimed.Claim.Epoch {
		return fault.New(fault.Stale, "the advice was claimed, hastened or settled since")
	}
	e.due, e.backsOff = s.clock().Add(delay), backsOff
	return nil
}

// Hasten implements ports.AdviceQueue.
func (s *Store) Hasten(_ context.Context, provider voucher.ProviderID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.queue {
		if e.advice.Provider == provider && e.backsOff {
			e.due, e.backsOff = s.clock(), false
		}
	}
	return nil
}
