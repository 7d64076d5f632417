package gormstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"

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
	if err = s.recall(ctx, e); err == nil {
		err = s.chained(ctx, &e.written)
	}
	if err == nil {
		err = s.gather(ctx, e)
	}
	if err == nil {
		s.links.keep(e.TransactionID, e.Version, e.Link)
	}
	if errors.Is(err, errTaken) {
		err = s.collision(ctx, e.written)
	}
	return s.fault(err)
}

// append writes decisions in one transaction. errTaken: a version is taken.
func (s *Store) append(tx *gorm.DB, batch []*entry) error {
	now := s.now().Vars
	moves, contents := make([][]any, len(batch)), make([][]any, 0, 2*len(batch))
	for i, e := range batch {
		moves[i] = s.values(e.written, e.move, now)
	}
	written := 0
	err := s.addMoves.exec(tx, moves, func(width int, r sql.Result) error {
		some := batch[written : written+width]
		written += width
		places, err := s.places(tx, some, r)
		for i, e := range some {
			for _, c := range e.contents {
				contents = append(contents, s.contents.values(places(i), c))
			}
		}
		return err
	})
	if err != nil && s.isTaken(err) {
		return errTaken
	}
	if err == nil {
		err = s.addContents.exec(tx, contents, nil)
	}
	if err == nil {
		err = s.enqueue(tx, batch, now)
	}
	if err == nil {
		err = s.ask(tx, batch)
	}
	return err
}

// places tell the numbers that one statement gave to its moves, where contents are found by them. They are equally far
// apart, on a cluster by more than one, and the last one tells how far.
func (s *Store) places(tx *gorm.DB, batch []*entry, r sql.Result) (func(i int) int64, error) {
	first, apart, steps := int64(0), int64(0), int64(len(batch)-1)
	place := func(i int) int64 { return first + int64(i)*apart }
	if !s.contents.byPlace {
		return place, nil
	}
	first, err := r.LastInsertId()
	if err != nil || steps == 0 {
		return place, err
	}
	last, err := s.placeOf(tx, batch[steps].written)
	if apart = (last - first) / steps; err == nil && (apart < 1 || place(int(steps)) != last) {
		err = errors.New("the database does not number the rows of a statement in order")
	}
	return place, err
}

// enqueue lets the advices that moves settle leave, makes those that they hasten due now, voiding their claims, and
// lets those that they queue enter.
func (s *Store) enqueue(tx *gorm.DB, batch []*entry, now []any) error {
	var settled, queued [][]any
	var hastened []voucher.Move
	for _, e := range batch {
		v := e.move
		if v.Settles != "" {
			settled = append(settled, []any{v.Transaction, v.Settles})
		}
		if v.Hastens != "" {
			hastened = append(hastened, v)
		}
		if v.Queues != nil {
			row, err := queuedRow(v, now)
			if err != nil {
				return err
			}
			queued = append(queued, row)
		}
	}
	err := s.dropAdvices.exec(tx, settled, nil)
	for _, v := range hastened {
		if err == nil {
			err = tx.Exec("UPDATE advices SET due_at = ?, backs_off = 0, epoch = epoch + 1 WHERE transaction_id = ? AND id = ?",
				s.now(), v.Transaction, v.Hastens).Error
		}
	}
	if err == nil {
		err = s.addAdvices.exec(tx, queued, nil)
	}
	return err
}

// An advice is due at a time, or after a delay.
const (
	insertAdvices = `INSERT INTO advices (transaction_id, id, version, provider, kind, due_at, owed_since, epoch, attempts,
	backs_off) VALUES `
	adviceValues = "(?, ?, ?, ?, ?, COALESCE(?, {now} + ?), COALESCE(?, {now} + ?), 0, 0, 0)"
)

// queuedRow are adviceValues of the advice that a move queues.
func queuedRow(v voucher.Move, now []any) ([]any, error) {
	var m mapper
	due := make([]any, 1, 3)
	if at := v.Queues.Due.At; !at.IsZero() {
		due[0] = at.UnixMicro()
	}
	due = append(append(due, now...), v.Queues.Due.In.Microseconds())
	row := []any{v.Transaction, v.Queues.ID, v.Version, v.Queues.Provider, look(&m, adviceCodes, v.Queues.Kind)}
	return append(append(row, due...), due...), m.err
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
