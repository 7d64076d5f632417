package gormstore

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"

	"gorm.io/gorm"

	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/fault"
)

// inClear stands among the keys that contents are sealed with while some may stand in clear, from before.
const inClear keyring.KeyID = 0

// CheckKeys holds this process's keys against those that the database is used with. With another index key a move would
// not know itself again, and no code would be found; with too few on the ring, contents would not open; and a key that
// was retired must seal nothing more: fault.Invalid. The primary key is noted as one in use before it seals anything.
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

// checkRing asks the few keys rather than the many contents.
func (s *Store) checkRing(ctx context.Context) error {
	used, err := s.keys(ctx, false)
	if err != nil {
		return err
	}
	retired, err := s.keys(ctx, true)
	if err != nil {
		return err
	}
	own := s.ring.Primary()
	if slices.Contains(retired, own) {
		return fault.New(fault.Invalid, "the key %d, which seals here, was retired: bring the newer keyset", own)
	}
	for _, id := range used {
		if id != inClear && !slices.Contains(s.ring.Keys(), id) {
			return fault.New(fault.Invalid, "contents are sealed with the key %d, which the keyset has not: bring it back", id)
		}
	}
	s.clear.Store(slices.Contains(used, inClear))
	if slices.Contains(used, own) {
		return nil
	}
	err = s.commit(ctx, func(tx *gorm.DB) error {
		return tx.Exec("INSERT INTO seals (key_id, retired) VALUES (?, 0)", own).Error
	})
	if s.isTaken(err) { // another process was first
		return nil
	}
	return err
}

// InClear tells whether some contents may stand in clear, as CheckKeys found it.
func (s *Store) InClear() bool { return s.clear.Load() }

// KeysInUse are the keys that contents may be sealed with, 0 among them while some may stand in clear.
func (s *Store) KeysInUse(ctx context.Context) ([]keyring.KeyID, error) {
	used, err := s.keys(ctx, false)
	return used, s.fault(err)
}

func (s *Store) keys(ctx context.Context, retired bool) (ids []keyring.KeyID, err error) {
	err = s.reader.WithContext(ctx).Raw("SELECT key_id FROM seals WHERE retired = ? ORDER BY key_id", retired).
		Scan(&ids).Error
	return ids, err
}
