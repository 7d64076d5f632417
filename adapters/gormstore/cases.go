package gormstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

type caseRow struct {
	TransactionID voucher.TransactionID `gorm:"column:transaction_id"`
	Version       int                   `gorm:"column:version"`
	Question      string                `gorm:"column:question"`
	OpenedAt      int64                 `gorm:"column:opened_at"`
}

// ask opens and closes the cases that moves do.
func (s *Store) ask(tx *gorm.DB, batch []*entry) error {
	for _, e := range batch {
		v := e.move
		if v.Opens != voucher.NoQuestion {
			err := tx.Exec("INSERT INTO cases (transaction_id, version, question, opened_at) VALUES (?, ?, ?, ?)",
				v.Transaction, v.Version, questionCodes[v.Opens], s.now()).Error
			if err != nil {
				return err
			}
		}
		if v.Closes > 0 {
			err := tx.Exec(`UPDATE cases SET closed_version = ?
				WHERE transaction_id = ? AND version = ? AND closed_version IS NULL`,
				v.Version, v.Transaction, v.Closes).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Unconfirmed implements ports.Cases. A sale that stands has moves of one state after its intent.
func (s *Store) Unconfirmed(
	ctx context.Context, channels []voucher.ChannelID, from, to time.Time,
) (found []voucher.TransactionID, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT o.transaction_id FROM moves o
		WHERE o.lease_ends BETWEEN ? AND ? AND o.owner IN ?
		AND EXISTS (SELECT 1 FROM moves n WHERE n.transaction_id = o.transaction_id AND n.version = 2)
		AND NOT EXISTS (SELECT 1 FROM moves n WHERE n.transaction_id = o.transaction_id AND n.version > 1
			AND n.state <> ?)
		ORDER BY o.lease_ends, o.transaction_id`,
		from.UnixMicro(), to.UnixMicro(), channels, stateCodes[voucher.Provisioned]).Scan(&found).Error
	return found, s.fault(err)
}

// OpenCases implements ports.Cases.
func (s *Store) OpenCases(ctx context.Context, limit int) ([]voucher.Case, error) {
	var rows []caseRow
	err := s.reader.WithContext(ctx).Raw(`SELECT transaction_id, version, question, opened_at FROM cases
		WHERE closed_version IS NULL ORDER BY opened_at, transaction_id, version LIMIT ?`, limit).Scan(&rows).Error
	if err != nil {
		return nil, s.fault(err)
	}
	var m mapper
	var open []voucher.Case
	for _, r := range rows {
		open = append(open, voucher.Case{
			Transaction: r.TransactionID, Version: r.Version, Question: look(&m, questionsOf, r.Question),
			OpenedAt: instant(r.OpenedAt),
		})
	}
	if m.err != nil {
		return nil, fault.Wrap(fault.Internal, m.err, "the cases cannot be read")
	}
	return open, nil
}
