package gormstore

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

var _ ports.Assortments = (*Store)(nil)

// Assortment implements ports.Assortments.
func (s *Store) Assortment(ctx context.Context, provider voucher.ProviderID) (voucher.Assortment, error) {
	var row struct {
		Edition  int
		Age      int64
		Products []byte
	}
	err := s.reader.WithContext(ctx).Raw(`SELECT edition, ? - fetched_at AS age, products
		FROM assortments WHERE provider = ?`, s.now(), provider).Scan(&row).Error
	if err != nil || row.Edition == 0 {
		return voucher.Assortment{Provider: provider}, s.fault(err)
	}
	var products []productRow
	if err := json.Unmarshal(row.Products, &products); err != nil {
		return voucher.Assortment{}, fault.Wrap(fault.Internal, err, "a kept list of products cannot be read")
	}
	return voucher.Assortment{
		Provider: provider, Edition: row.Edition, Age: time.Duration(row.Age) * time.Microsecond,
		Products: each(products, productRow.product),
	}, nil
}

// Restock implements ports.Assortments.
func (s *Store) Restock(ctx context.Context, was voucher.Assortment, products []voucher.Product) error {
	list, err := json.Marshal(each(products, productRowOf))
	if err != nil {
		return fault.Wrap(fault.Internal, err, "a list of products cannot be written")
	}
	stale := fault.New(fault.Stale, "another list was kept first")
	err = s.commit(ctx, func(tx *gorm.DB) error {
		if was.Edition == 0 {
			return tx.Exec("INSERT INTO assortments (provider, edition, fetched_at, products) VALUES (?, 1, ?, ?)",
				was.Provider, s.now(), list).Error
		}
		placed := tx.Exec(`UPDATE assortments SET edition = edition + 1, fetched_at = ?, products = ?
			WHERE provider = ? AND edition = ?`, s.now(), list, was.Provider, was.Edition)
		if placed.Error == nil && placed.RowsAffected == 0 {
			return stale
		}
		return placed.Error
	})
	if s.isTaken(err) {
		err = stale
	}
	return s.fault(err)
}

// Editions implements ports.Assortments.
func (s *Store) Editions(ctx context.Context) (map[voucher.ProviderID]int, error) {
	var rows []struct {
		Provider voucher.ProviderID
		Edition  int
	}
	err := s.reader.WithContext(ctx).Raw("SELECT provider, edition FROM assortments").Scan(&rows).Error
	editions := make(map[voucher.ProviderID]int, len(rows))
	for _, r := range rows {
		editions[r.Provider] = r.Edition
	}
	return editions, s.fault(err)
}
