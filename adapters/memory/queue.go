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
	advice voucher.Advice
	due    time.Time
}

func (s *Store) enqueue(m voucher.Move) {
	if e, ok := s.queue[m.Transaction]; ok {
		switch e.advice.ID {
		case m.Settles:
			delete(s.queue, m.Transaction)
		case m.Hastens:
			e.due = m.At
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
	s.queue[m.Transaction] = &entry{due: due, advice: voucher.Advice{
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
	var due []*entry
	for _, e := range s.queue {
		if e.advice.Provider == provider && !e.due.After(now) {
			due = append(due, e)
		}
	}
	slices.SortFunc(due, func(a, b *entry) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.advice.ID, b.advice.ID))
	})
	var claimed []voucher.Advice
	for _, e := range due[:min(limit, len(due))] {
		opening := s.moves[e.advice.Transaction][0]
		e.due = now.Add(lease)
		e.advice.Claim.Epoch++
		e.advice.Claim.Attempt++
		e.advice.Claim.UntilHorizon = opening.At.Add(opening.Opening.Terms.Horizon).Sub(now)
		claimed = append(claimed, e.advice)
	}
	return claimed, nil
}

// Postpone implements ports.AdviceQueue.
func (s *Store) Postpone(_ context.Context, claimed voucher.Advice, delay time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.queue[claimed.Transaction]
	if !ok || e.advice.ID != claimed.ID || e.advice.Claim.Epoch != claimed.Claim.Epoch {
		return fault.New(fault.Stale, "the advice was claimed, hastened or settled since")
	}
	e.due = s.clock().Add(delay)
	return nil
}
