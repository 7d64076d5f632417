package gormstore

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

type caseRow struct {
	TransactionID voucher.TransactionID `gorm:"column:transaction_id"`
	Version       int                   `gorm:"column:version"`
	Question      string                `gorm:"column:question"`
	OpenedAt      int64                 `gorm:"column:opened_at"`
}

// ask opens and closes the cases that a move does.
func (s *Store) ask(tx *gorm.DB, v voucher.Move, now clause.Expr) error {
	if v.Opens != voucher.NoQuestion {
		err := tx.Exec("INSERT INTO cases (transaction_id, version, question, opened_at) VALUES (?, ?, ?, ?)",
			v.Transaction, v.Version, questionCodes[v.Opens], now).Error
		if err != nil {
			return err
		}
	}
	if v.Closes == 0 {
		return nil
	}
	return tx.Exec(`UPDATE cases SET closed_version = ?
		WHERE transaction_id = ? AND version = ? AND closed_version IS NULL`,
		v.Version, v.Transaction, v.Closes).Error
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
