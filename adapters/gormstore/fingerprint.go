package gormstore

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"gorm.io/gorm"

	"voucherswitch/domain/fault"
)

// CheckKey holds this process's index key against the one that the database was first used with. With another one a
// move would not know itself again, and no code would be found: fault.Invalid.
func (s *Store) CheckKey(ctx context.Context) error {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("fingerprint"))
	own := mac.Sum(nil)
	kept, err := s.fingerprint(ctx)
	if err == nil && kept == nil {
		err = s.commit(ctx, func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO fingerprints (name, value) VALUES ('index', ?)", own).Error
		})
		if !s.isTaken(err) {
			return s.fault(err)
		}
		kept, err = s.fingerprint(ctx) // another process was first
	}
	if err == nil && !bytes.Equal(kept, own) {
		err = fault.New(fault.Invalid, "the index key is not the one that this database was first used with: bring it back")
	}
	return s.fault(err)
}

func (s *Store) fingerprint(ctx context.Context) ([]byte, error) {
	var kept struct{ Value []byte }
	err := s.reader.WithContext(ctx).Raw("SELECT value FROM fingerprints WHERE name = 'index'").Scan(&kept).Error
	return kept.Value, err
}
