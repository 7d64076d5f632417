// Package memory keeps everything in maps: for tests, and as the plainest reading of what the ports promise.
package memory

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Store is a Journal, an AdviceQueue, a list of Cases and the providers' Assortments. Its clock stands for the
// database's.
type Store struct {
	clock ports.Clock

	mu     sync.Mutex
	moves  map[voucher.TransactionID][]voucher.Move
	order  []voucher.TransactionID // as they were opened
	queue  map[voucher.TransactionID]*entry
	opened []voucher.Case
	stock  map[voucher.ProviderID]stocked
	taken  map[taking]int64 // minor units
}

// NewStore is an empty store.
func NewStore(clock ports.Clock) *Store {
	return &Store{
		clock: clock,
		moves: map[voucher.TransactionID][]voucher.Move{},
		queue: map[voucher.TransactionID]*entry{},
		stock: map[voucher.ProviderID]stocked{},
		taken: map[taking]int64{},
	}
}

// Append implements ports.Journal.
func (s *Store) Append(ctx context.Context, d voucher.Decision) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Overloaded, err, "the journal was not asked in time")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	move := d.Move
	history := s.moves[move.Transaction]
	if len(history) >= move.Version {
		return collision(history[move.Version-1], move)
	}
	if move.Version != len(history)+1 {
		return fault.New(fault.Internal, "%s: version %d would follow %d", move.Transaction, move.Version, len(history))
	}
	move.At = s.clock().UTC().Truncate(time.Microsecond)
	if err := s.take(move); err != nil {
		return err
	}
	if len(history) == 0 {
		s.order = append(s.order, move.Transaction)
	}
	s.moves[move.Transaction] = append(history, move)
	s.enqueue(move)
	s.ask(move)
	return nil
}

// collision tells a move that finds itself from one that came second.
func collision(kept, move voucher.Move) error {
	kept.At = move.At
	switch {
	case reflect.DeepEqual(kept, move):
		return nil
	case move.Version == 1:
		return fault.New(fault.Duplicate, "the id is used already")
	default:
		return fault.New(fault.Stale, "somebody moved first")
	}
}

func (s *Store) ask(m voucher.Move) {
	if m.Opens != voucher.NoQuestion {
		s.opened = append(s.opened, voucher.Case{
			Transaction: m.Transaction, Version: m.Version, Question: m.Opens, OpenedAt: m.At,
		})
	}
	if m.Closes > 0 {
		s.opened = slices.DeleteFunc(s.opened, func(c voucher.Case) bool {
			return c.Transaction == m.Transaction && c.Version == m.Closes
		})
	}
}

// Find implements ports.Journal.
func (s *Store) Find(ctx context.Context, key voucher.Key) (voucher.Transaction, error) {
	if err := ctx.Err(); err != nil {
		return voucher.Transaction{}, fault.Wrap(fault.Overloaded, err, "the journal was not asked in time")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := key.ID
	if id == "" {
		id = s.search(key)
	}
	t, err := voucher.Replay(s.moves[id])
	if err == nil && (t.Version == 0 || key.Channel != "" && !t.IsOwnedBy(key.Channel)) {
		return voucher.Transaction{}, fault.New(fault.NotFound, "there is no such transaction")
	}
	return t, err
}

// search is the youngest of the channel's own that bears what the key says.
func (s *Store) search(key voucher.Key) voucher.TransactionID {
	if key.SerialNumber == "" && key.Code.IsZero() {
		return ""
	}
	for _, id := range slices.Backward(s.order) {
		if t, err := voucher.Replay(s.moves[id]); err == nil && t.IsOwnedBy(key.Channel) && t.Bears(key) {
			return id
		}
	}
	return ""
}

// Overdue implements ports.Journal. Sending is left by any second move.
func (s *Store) Overdue(_ context.Context, limit int) ([]voucher.Transaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []voucher.Transaction
	for _, id := range s.order {
		if len(s.moves[id]) > 1 {
			continue
		}
		t, err := voucher.Replay(s.moves[id])
		if err != nil {
			return nil, err
		}
		if t.State == voucher.Sending && !t.LeaseEnds.After(s.clock()) {
			found = append(found, t)
		}
	}
	slices.SortStableFunc(found, func(a, b voucher.Transaction) int { return a.LeaseEnds.Compare(b.LeaseEnds) })
	return found[:min(limit, len(found))], nil
}

// Unconfirmed implements ports.Cases.
func (s *Store) Unconfirmed(
	_ context.Context, channels []voucher.ChannelID, from, to time.Time,
) (found []voucher.TransactionID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		t, err := voucher.Replay(s.moves[id])
		if err != nil {
			return nil, err
		}
		ended := !t.LeaseEnds.Before(from) && !t.LeaseEnds.After(to)
		if ended && t.State == voucher.Provisioned && slices.Contains(channels, t.Owner) {
			found = append(found, id)
		}
	}
	return found, nil
}

// OpenCases implements ports.Cases.
func (s *Store) OpenCases(_ context.Context, limit int) ([]voucher.Case, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.opened[:min(limit, len(s.opened))]), nil
}
