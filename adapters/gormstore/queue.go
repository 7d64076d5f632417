package gormstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// candidateRow is an advice that a claimer may try to claim.
type candidateRow struct {
	TransactionID voucher.TransactionID `gorm:"column:transaction_id"`
	ID            voucher.AdviceID      `gorm:"column:id"`
	Kind          string                `gorm:"column:kind"`
	Epoch         int                   `gorm:"column:epoch"`
	Attempts      int                   `gorm:"column:attempts"`
	Horizon       int64                 `gorm:"column:horizon"`
	Now           int64                 `gorm:"column:now"`
}

// Claim implements ports.AdviceQueue. Whoever raises an advice's epoch first has it; the others come away without.
func (s *Store) Claim(
	ctx context.Context, provider voucher.ProviderID, lease time.Duration, limit int,
) ([]voucher.Advice, error) {
	now := s.now()
	var due []candidateRow
	err := s.reader.WithContext(ctx).Raw(`SELECT a.transaction_id, a.id, a.kind, a.epoch, a.attempts, o.horizon, ? AS now
		FROM advices a JOIN moves o ON o.transaction_id = a.transaction_id AND o.version = 1
		WHERE a.provider = ? AND a.due_at <= ? ORDER BY a.due_at, a.transaction_id LIMIT ?`,
		now, provider, now, limit).Scan(&due).Error
	if err != nil || len(due) == 0 {
		return nil, s.fault(err)
	}
	var claimed []voucher.Advice
	err = s.commit(ctx, func(tx *gorm.DB) error {
		claimed = nil
		for _, row := range due {
			won := tx.Exec(`UPDATE advices SET due_at = ?, epoch = epoch + 1, attempts = attempts + 1
				WHERE transaction_id = ? AND id = ? AND epoch = ?`,
				after(s.now(), lease), row.TransactionID, row.ID, row.Epoch)
			if won.Error != nil {
				return won.Error
			}
			if won.RowsAffected == 0 {
				continue
			}
			advice, err := row.claimed(provider)
			if err != nil {
				return err
			}
			claimed = append(claimed, advice)
		}
		return nil
	})
	if err != nil {
		return nil, s.fault(err)
	}
	return claimed, nil
}

// claimed is what the claimer gets. The horizon is held against the time before the claim, the cautious one.
func (r candidateRow) claimed(provider voucher.ProviderID) (voucher.Advice, error) {
	var m mapper
	a := voucher.Advice{
		ID: r.ID, Transaction: r.TransactionID, Provider: provider, Kind: look(&m, advicesOf, r.Kind),
		Claim: voucher.Claim{
			Epoch: r.Epoch + 1, Attempt: r.Attempts + 1,
			UntilHorizon: time.Duration(r.Horizon-r.Now) * time.Microsecond,
		},
	}
	if m.err != nil {
		return a, fault.Wrap(fault.Internal, m.err, "the advice queue cannot be read")
	}
	return a, nil
}

// Postpone implements ports.AdviceQueue.
func (s *Store) Postpone(ctx context.Context, claimed voucher.Advice, delay time.Duration) error {
	done := s.writer.WithContext(ctx).Exec(
		"UPDATE advices SET due_at = ? WHERE transaction_id = ? AND id = ? AND epoch = ?",
		after(s.now(), delay), claimed.Transaction, claimed.ID, claimed.Claim.Epoch)
	if done.Error != nil {
		return s.fault(done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.New(fault.Stale, "the advice was claimed, hastened or settled since")
	}
	return nil
}

// QueuedFor are the providers that advices wait for, so that none can leave the configuration unnoticed.
func (s *Store) QueuedFor(ctx context.Context) (providers []voucher.ProviderID, err error) {
	err = s.reader.WithContext(ctx).Raw("SELECT DISTINCT provider FROM advices ORDER BY provider").Scan(&providers).Error
	return providers, s.fault(err)
}
