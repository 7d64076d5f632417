package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

var _ ports.Records = (*Store)(nil)

// History implements ports.Records.
func (s *Store) History(_ context.Context, id voucher.TransactionID) ([]voucher.Move, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.moves[id]) == 0 {
		return nil, fault.New(fault.NotFound, "there is no such transaction")
	}
	return slices.Clone(s.moves[id]), nil
}

// Recent implements ports.Records.
func (s *Store) Recent(_ context.Context, limit int) (recent []voucher.Transaction, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		t, err := voucher.Replay(s.moves[id])
		if err != nil {
			return nil, err
		}
		if !t.LeaseEnds.IsZero() {
			recent = append(recent, t)
		}
	}
	slices.SortFunc(recent, func(a, b voucher.Transaction) int {
		return cmp.Or(b.LeaseEnds.Compare(a.LeaseEnds), cmp.Compare(b.ID, a.ID))
	})
	return recent[:min(limit, len(recent))], nil
}

// Waiting implements ports.Records.
func (s *Store) Waiting(_ context.Context, which voucher.Which, limit int) (all []voucher.Waiting, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	wanted := func(e *entry) bool {
		return (which.Provider == "" || e.advice.Provider == which.Provider) &&
			(which.Transaction == "" || e.advice.Transaction == which.Transaction)
	}
	queued := s.queued(wanted, func(e *entry) time.Time { return e.owedSince })
	for _, e := range queued[:min(limit, len(queued))] {
		all = append(all, voucher.Waiting{
			ID: e.advice.ID, Transaction: e.advice.Transaction, Provider: e.advice.Provider, Kind: e.advice.Kind,
			Attempts: e.advice.Claim.Attempt, Age: now.Sub(e.owedSince), DueIn: e.due.Sub(now),
		})
	}
	return all, nil
}

// Backlog implements ports.Records.
func (s *Store) Backlog(context.Context) (all []voucher.Backlog, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	owed := map[voucher.ProviderID]voucher.Backlog{}
	for _, e := range s.queue {
		if e.owedSince.After(now) {
			continue
		}
		b := owed[e.advice.Provider]
		b.Provider, b.Advices, b.Oldest = e.advice.Provider, b.Advices+1, max(b.Oldest, now.Sub(e.owedSince))
		owed[e.advice.Provider] = b
	}
	for _, b := range owed {
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b voucher.Backlog) int { return cmp.Compare(a.Provider, b.Provider) })
	return all, nil
}

// Unanswered implements ports.Records.
func (s *Store) Unanswered(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.opened), nil
}

// Now implements ports.Records.
func (s *Store) Now(context.Context) (time.Time, error) { return s.clock().UTC(), nil }
