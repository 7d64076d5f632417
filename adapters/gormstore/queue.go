package gormstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// hastened is how many advices one commit hastens at most.
const hastened = 500

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
	return s.claim(ctx, provider, lease, "a.due_at <= ? ORDER BY a.due_at, a.transaction_id LIMIT ?", now, limit)
}

// ClaimOldest implements ports.AdviceQueue.
func (s *Store) ClaimOldest(
	ctx context.Context, provider voucher.ProviderID, lease time.Duration,
) ([]voucher.Advice, error) {
	return s.claim(ctx, provider, lease, "a.backs_off = 1 ORDER BY a.owed_since, a.transaction_id LIMIT 1")
}

// claim reads the candidates first and takes each by compare-and-set. One whose row is locked for seconds is left out.
func (s *Store) claim(
	ctx context.Context, provider voucher.ProviderID, lease time.Duration, which string, values ...any,
) ([]voucher.Advice, error) {
	var due []candidateRow
	err := s.reader.WithContext(ctx).Raw(`SELECT a.transaction_id, a.id, a.kind, a.epoch, a.attempts, o.horizon, ? AS now
		FROM advices a JOIN moves o ON o.transaction_id = a.transaction_id AND o.version = 1
		WHERE a.provider = ? AND `+which, append([]any{s.now(), provider}, values...)...).Scan(&due).Error
	if err != nil || len(due) == 0 {
		return nil, s.fault(err)
	}
	var claimed []voucher.Advice
	err = s.commit(ctx, func(tx *gorm.DB) error {
		claimed = nil
		for _, row := range due {
			won := tx.Exec(`UPDATE advices SET due_at = ?, epoch = epoch + 1, attempts = attempts + 1, backs_off = 0
				WHERE transaction_id = ? AND id = ? AND epoch = ?`,
				after(s.now(), lease), row.TransactionID, row.ID, row.Epoch)
			if s.isHeld(won.Error) { // by somebody who vanished, perhaps; the others are not to wait for him
				continue
			}
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
	return s.postpone(ctx, claimed, delay, 0)
}

// BackOff implements ports.AdviceQueue.
func (s *Store) BackOff(ctx context.Context, claimed voucher.Advice, delay time.Duration) error {
	return s.postpone(ctx, claimed, delay, 1)
}

func (s *Store) postpone(ctx context.Context, claimed voucher.Advice, delay time.Duration, backsOff int) error {
	changed := int64(0)
	err := s.commit(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE advices SET due_at = ?, backs_off = ? WHERE transaction_id = ? AND id = ? AND epoch = ?",
			after(s.now(), delay), backsOff, claimed.Transaction, claimed.ID, claimed.Claim.Epoch)
		changed = done.RowsAffected
		return done.Error
	})
	if err == nil && changed == 0 {
		err = fault.New(fault.Stale, "the advice was claimed, hastened or settled since")
	}
	return s.fault(err)
}

// Hasten implements ports.AdviceQueue.
func (s *Store) Hasten(ctx context.Context, provider voucher.ProviderID) error {
	for {
		var some []voucher.TransactionID
		err := s.reader.WithContext(ctx).Raw(`SELECT transaction_id FROM advices WHERE provider = ? AND backs_off = 1
			ORDER BY owed_since, transaction_id LIMIT ?`, provider, hastened).Scan(&some).Error
		if err == nil && len(some) > 0 {
			err = s.commit(ctx, func(tx *gorm.DB) error {
				return tx.Exec("UPDATE advices SET due_at = ?, backs_off = 0 WHERE transaction_id IN ? AND backs_off = 1",
					s.now(), some).Error
			})
		}
		if err != nil || len(some) < hastened {
			return s.fault(err)
		}
	}
}

// QueuedFor are the providers that advices wait for, so that none can leave the configuration unnoticed.
func (s *Store) QueuedFor(ctx context.Context) (providers []voucher.ProviderID, err error) {
	err = s.reader.WithContext(ctx).Raw("SELECT DISTINCT provider FROM advices ORDER BY provider").Scan(&providers).Error
	return providers, s.fault(err)
}
