package gormstore

import (
	"bytes"
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

var (
	_ ports.Journal     = (*Store)(nil)
	_ ports.AdviceQueue = (*Store)(nil)
	_ ports.Cases       = (*Store)(nil)
	_ ports.Records     = (*Store)(nil)
)

// errTaken says that a move stands under the key already.
var errTaken = errors.New("the version is taken")

// Append implements ports.Journal. Compare-and-set is the INSERT of the move: the key decides (lifecycle rule 3).
func (s *Store) Append(ctx context.Context, d voucher.Decision) error {
	e, err := s.entryOf(d.Move)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the move cannot be written")
	}
	err = s.gather(ctx, e)
	if errors.Is(err, errTaken) {
		err = s.collision(ctx, e.written)
	}
	return s.fault(err)
}

func (s *Store) append(tx *gorm.DB, w written, v voucher.Move) error {
	now := s.now()
	if err := tx.Exec(insertMove, s.values(w, v, now)...).Error; err != nil {
		if s.isTaken(err) {
			return errTaken
		}
		return err
	}
	if err := s.insertContents(tx, w.contents); err != nil {
		return err
	}
	if err := s.enqueue(tx, v, now); err != nil {
		return err
	}
	return s.ask(tx, v, now)
}

// insertContents follows the INSERT of their move.
func (s *Store) insertContents(tx *gorm.DB, rows []contentRow) error {
	if len(rows) == 0 {
		return nil
	}
	sql := "INSERT INTO contents (" + s.contents.columns + ") VALUES "
	var values []any
	for i, r := range rows {
		if i > 0 {
			sql += ", "
		}
		sql += s.contents.row
		values = append(values, s.contents.values(r)...)
	}
	return tx.Exec(sql, values...).Error
}

// enqueue lets the advice that a move settles leave, makes the one that it hastens due now, voiding its claim, and
// lets the one that it queues enter.
func (s *Store) enqueue(tx *gorm.DB, v voucher.Move, now clause.Expr) error {
	var err error
	if v.Settles != "" {
		err = tx.Exec("DELETE FROM advices WHERE transaction_id = ? AND id = ?", v.Transaction, v.Settles).Error
	}
	if err == nil && v.Hastens != "" {
		err = tx.Exec("UPDATE advices SET due_at = ?, backs_off = 0, epoch = epoch + 1 WHERE transaction_id = ? AND id = ?",
			now, v.Transaction, v.Hastens).Error
	}
	if err != nil || v.Queues == nil {
		return err
	}
	var m mapper
	kind := look(&m, adviceCodes, v.Queues.Kind)
	if m.err != nil {
		return m.err
	}
	due := after(now, v.Queues.Due.In)
	if at := v.Queues.Due.At; !at.IsZero() {
		due = clause.Expr{SQL: "?", Vars: []any{at.UnixMicro()}}
	}
	return tx.Exec(`INSERT INTO advices (transaction_id, id, version, provider, kind, due_at, owed_since,
		epoch, attempts, backs_off) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0)`,
		v.Transaction, v.Queues.ID, v.Version, v.Queues.Provider, kind, due, due).Error
}

// collision tells a move that finds itself under its key from one that came second.
func (s *Store) collision(ctx context.Context, w written) error {
	var kept struct{ Digest []byte }
	err := s.reader.WithContext(ctx).Raw("SELECT digest FROM moves WHERE transaction_id = ? AND version = ?",
		w.TransactionID, w.Version).Scan(&kept).Error
	switch {
	case err != nil: // it may be our own, of a commit whose answer was lost
		return fault.Wrap(fault.Ambiguous, err, "the move under the key cannot be read")
	case bytes.Equal(kept.Digest, w.digest):
		return nil
	case kept.Digest == nil: // nodes of a cluster may give one automatic number twice while they come and go
		return fault.New(fault.Overloaded, "the move is not written and its version is free")
	case w.Version == 1:
		return fault.New(fault.Duplicate, "the id is used already")
	default:
		return fault.New(fault.Stale, "somebody moved first")
	}
}
