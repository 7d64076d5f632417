package gormstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// History implements ports.Records.
func (s *Store) History(ctx context.Context, id voucher.TransactionID) ([]voucher.Move, error) {
	moves, err := s.moves(ctx, id)
	if err == nil && len(moves) == 0 {
		err = fault.New(fault.NotFound, "there is no such transaction")
	}
	return moves, s.fault(err)
}

// Recent implements ports.Records. The leases' index serves it, so that no other one has to be kept.
func (s *Store) Recent(ctx context.Context, limit int) ([]voucher.Transaction, error) {
	var ids []voucher.TransactionID
	err := s.reader.WithContext(ctx).Raw(`SELECT transaction_id FROM moves WHERE lease_ends IS NOT NULL
		ORDER BY lease_ends DESC, transaction_id DESC LIMIT ?`, limit).Scan(&ids).Error
	if err != nil {
		return nil, s.fault(err)
	}
	var recent []voucher.Transaction
	for _, id := range ids {
		t, failed := s.replay(ctx, id)
		if failed != nil { // one that cannot be read must not hide the others
			err = errors.Join(err, s.fault(failed))
			continue
		}
		recent = append(recent, t)
	}
	return recent, err
}

// waitingRow is an advice as it stands in the queue.
type waitingRow struct {
	TransactionID voucher.TransactionID `gorm:"column:transaction_id"`
	ID            voucher.AdviceID      `gorm:"column:id"`
	Provider      voucher.ProviderID    `gorm:"column:provider"`
	Kind          string                `gorm:"column:kind"`
	DueAt         int64                 `gorm:"column:due_at"`
	OwedSince     int64                 `gorm:"column:owed_since"`
	Attempts      int                   `gorm:"column:attempts"`
	Now           int64                 `gorm:"column:now"`
}

const selectWaiting = `SELECT transaction_id, id, provider, kind, due_at, owed_since, attempts, ? AS now FROM advices `

// Waiting implements ports.Records.
func (s *Store) Waiting(ctx context.Context, which voucher.Which, limit int) ([]voucher.Waiting, error) {
	var rows []waitingRow
	var err error
	switch lanes := []voucher.ProviderID{which.Provider}; {
	case which.Transaction != "":
		err = s.reader.WithContext(ctx).Raw(selectWaiting+"WHERE transaction_id = ? AND (provider = ? OR ? = '')",
			s.now(), which.Transaction, which.Provider, which.Provider).Scan(&rows).Error
	case which.Provider != "":
		rows, err = s.lanes(ctx, lanes, limit)
	default:
		if lanes, err = s.QueuedFor(ctx); err == nil {
			rows, err = s.lanes(ctx, lanes, limit)
		}
	}
	if err != nil {
		return nil, s.fault(err)
	}
	var m mapper
	waiting := each(rows[:min(limit, len(rows))], func(r waitingRow) voucher.Waiting { return r.waiting(&m) })
	if m.err != nil {
		return nil, fault.Wrap(fault.Internal, m.err, "the advice queue cannot be read")
	}
	return waiting, nil
}

// lanes reads each half of each lane by its index, and merges the halves.
func (s *Store) lanes(ctx context.Context, lanes []voucher.ProviderID, limit int) (rows []waitingRow, err error) {
	for _, lane := range lanes {
		for _, backsOff := range []int{0, 1} {
			var half []waitingRow
			err := s.reader.WithContext(ctx).Raw(selectWaiting+`WHERE provider = ? AND backs_off = ?
				ORDER BY owed_since, transaction_id LIMIT ?`, s.now(), lane, backsOff, limit).Scan(&half).Error
			if err != nil {
				return nil, err
			}
			rows = append(rows, half...)
		}
	}
	slices.SortFunc(rows, func(a, b waitingRow) int {
		return cmp.Or(cmp.Compare(a.OwedSince, b.OwedSince), cmp.Compare(a.TransactionID, b.TransactionID))
	})
	return rows, nil
}

func (r waitingRow) waiting(m *mapper) voucher.Waiting {
	return voucher.Waiting{
		ID: r.ID, Transaction: r.TransactionID, Provider: r.Provider, Kind: look(m, advicesOf, r.Kind),
		Attempts: r.Attempts,
		Age:      time.Duration(r.Now-r.OwedSince) * time.Microsecond,
		DueIn:    time.Duration(r.DueAt-r.Now) * time.Microsecond,
	}
}

// Backlog implements ports.Records.
func (s *Store) Backlog(ctx context.Context) ([]voucher.Backlog, error) {
	lanes, err := s.QueuedFor(ctx)
	if err != nil {
		return nil, err
	}
	var all []voucher.Backlog
	for _, lane := range lanes {
		var owed struct {
			Advices     int
			Oldest, Now int64
		}
		err := s.reader.WithContext(ctx).Raw(`SELECT COUNT(*) AS advices, COALESCE(MIN(owed_since), 0) AS oldest, ? AS now
			FROM advices WHERE provider = ? AND backs_off IN (0, 1) AND owed_since <= ?`,
			s.now(), lane, s.now()).Scan(&owed).Error
		if err != nil {
			return nil, s.fault(err)
		}
		if owed.Advices > 0 {
			oldest := time.Duration(owed.Now-owed.Oldest) * time.Microsecond
			all = append(all, voucher.Backlog{Provider: lane, Advices: owed.Advices, Oldest: oldest})
		}
	}
	return all, nil
}

// Unanswered implements ports.Records.
func (s *Store) Unanswered(ctx context.Context) (count int, err error) {
	err = s.reader.WithContext(ctx).Raw("SELECT COUNT(*) FROM cases WHERE closed_version IS NULL").Scan(&count).Error
	return count, s.fault(err)
}

// Now implements ports.Records.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var answer struct{ Now int64 }
	err := s.reader.WithContext(ctx).Raw("SELECT ? AS now", s.now()).Scan(&answer).Error
	return instant(answer.Now), s.fault(err)
}
