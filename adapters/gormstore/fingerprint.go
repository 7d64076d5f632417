package gormstore

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"sync/atomic"

	"gorm.io/gorm"

	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/fault"
)

// inClear stands among the keys that contents are sealed with while some may stand in clear, from before.
const inClear keyring.KeyID = 0

// fit is what this process has found out of how its keys fit the database.
type fit struct {
	enrolled atomic.Bool // its primary key stands among those in use
	clear    atomic.Bool // contents in clear are read
}

// CheckKeys holds this process's keys against those that the database is used with. With another index key a move would
// not know itself again, and no code would be found; with too few on the ring, contents would not open; and a key that
// was retired must seal nothing more: fault.Invalid. The first time, the primary key is noted as one in use.
func (s *Store) CheckKeys(ctx context.Context) error {
	if err := s.checkIndexKey(ctx); err != nil {
		return s.fault(err)
	}
	return s.fault(s.checkRing(ctx))
}

func (s *Store) checkIndexKey(ctx context.Context) error {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("fingerprint"))
	own := mac.Sum(nil)
	kept, err := s.fingerprint(ctx)
	if err == nil && kept == nil {
		err = s.commit(ctx, func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO fingerprints (name, value) VALUES ('index', ?)", own).Error
		})
		if !s.isTaken(err) {
			return err
		}
		kept, err = s.fingerprint(ctx) // another process was first
	}
	if err == nil && !bytes.Equal(kept, own) {
		err = fault.New(fault.Invalid, "the index key is not the one that this database was first used with: bring it back")
	}
	return err
}

func (s *Store) fingerprint(ctx context.Context) ([]byte, error) {
	var kept struct{ Value []byte }
	err := s.reader.WithContext(ctx).Raw("SELECT value FROM fingerprints WHERE name = 'index'").Scan(&kept).Error
	return kept.Value, err
}

// checkRing asks the few keys in use rather than the many contents.
func (s *Store) checkRing(ctx context.Context) error {
	used, err := s.KeysInUse(ctx)
	if err != nil {
		return err
	}
	for _, id := range used {
		if id != inClear && !slices.Contains(s.ring.Keys(), id) {
			return fault.New(fault.Invalid, "contents are sealed with the key %d, which the keyset has not: bring it back", id)
		}
	}
	s.clear.Store(slices.Contains(used, inClear))
	own := s.ring.Primary()
	switch {
	case slices.Contains(used, own):
		err = nil
	case s.enrolled.Load():
		return fault.New(fault.Invalid, "the key %d was retired while this process seals with it", own)
	default:
		err = s.commit(ctx, func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO seals (key_id) VALUES (?)", own).Error
		})
	}
	if err == nil || s.isTaken(err) {
		s.enrolled.Store(true)
		return nil
	}
	return err
}

// KeysInUse are the keys that contents may be sealed with, 0 among them while some may stand in clear.
func (s *Store) KeysInUse(ctx context.Context) (used []keyring.KeyID, err error) {
	err = s.reader.WithContext(ctx).Raw("SELECT key_id FROM seals ORDER BY key_id").Scan(&used).Error
	return used, s.fault(err)
}
