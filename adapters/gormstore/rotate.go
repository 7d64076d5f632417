package gormstore

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/fault"
)

const (
	batch    = 128    // places that are sealed anew in one commit: a few hundred contents
	glance   = 20_000 // places that are only looked at in one query
	examples = 20     // of contents that do not open, by name
)

// sealedBy tells a content c that a key sealed, by the prefix of its seals.
const sealedBy = "c.kind LIKE '" + sealedKind + "%' AND SUBSTR(c.body, 1, 5) = ?"

// Rotation is what a rotation came to.
type Rotation struct {
	Sealed     int      `json:"sealed"`     // contents that were sealed anew
	Unreadable int      `json:"unreadable"` // contents that do not open, and stay as they are
	Examples   []string `json:"examples,omitempty"`
}

// staleRow is a content that the primary key did not seal.
type staleRow struct {
	Place   int64      `gorm:"column:place"`
	Content contentRow `gorm:"embedded"`
}

// Rotate seals with the primary key what another one sealed and what stands in clear, beside processes that sell. It
// may be killed at any time and run again: what it did is passed over. step hears how far it is.
func (s *Store) Rotate(ctx context.Context, step func(done, of int64)) (r Rotation, err error) {
	err = s.walk(ctx, batch, step, func(after, to int64) error {
		stale, err := s.stale(ctx, after, to)
		if err != nil || len(stale) == 0 {
			return err
		}
		return s.sealAnew(ctx, stale, &r)
	})
	if err == nil && r.Unreadable == 0 && s.InClear() {
		err = s.bar(ctx)
	}
	return r, s.fault(err)
}

func (s *Store) stale(ctx context.Context, after, to int64) (rows []staleRow, err error) {
	place := "c." + s.contents.place
	err = s.reader.WithContext(ctx).Raw(`SELECT `+place+` AS place, m.transaction_id, m.version, c.kind, c.body
		FROM contents c JOIN moves m ON `+s.contents.ofMove+`
		WHERE `+place+` > ? AND `+place+` <= ? AND NOT (`+sealedBy+`)`,
		after, to, keyring.Prefix(s.ring.Primary())).Scan(&rows).Error
	return rows, err
}

// sealAnew replaces each content by compare-and-set, all in one commit.
func (s *Store) sealAnew(ctx context.Context, stale []staleRow, r *Rotation) error {
	var places []int64
	var before, after []contentRow
	for _, row := range stale {
		c := row.Content
		open, err := s.unsealed(c)
		if err != nil {
			if r.Unreadable++; r.Unreadable <= examples {
				r.Examples = append(r.Examples, fmt.Sprintf("%s/%d %s", c.TransactionID, c.Version, c.Kind))
			}
			continue
		}
		places, before, after = append(places, row.Place), append(before, c), append(after, open)
	}
	after, err := s.sealed(after)
	if err != nil || len(after) == 0 {
		return err
	}
	replaced := 0
	err = s.commit(ctx, func(tx *gorm.DB) error {
		replaced = 0
		for i, c := range after {
			done := tx.Exec("UPDATE contents SET kind = ?, body = ? WHERE "+s.contents.place+" = ? AND kind = ? AND body = ?",
				c.Kind, c.Body, places[i], before[i].Kind, before[i].Body)
			if done.Error != nil {
				return done.Error
			}
			replaced += int(done.RowsAffected)
		}
		return nil
	})
	r.Sealed += replaced
	return err
}

// Retire strikes a key off the list of those in use, so that a ring may go without it; no process seals with it again.
// fault.Invalid while it seals here, or while a content is sealed with it.
func (s *Store) Retire(ctx context.Context, id keyring.KeyID, step func(done, of int64)) error {
	if id == s.ring.Primary() {
		return fault.New(fault.Invalid, "the key %d is the primary one, which seals: promote another one first", id)
	}
	err := s.walk(ctx, glance, step, func(after, to int64) error {
		return s.none(ctx, after, to, sealedBy, keyring.Prefix(id))
	})
	if err == nil {
		err = s.strike(ctx, id)
	}
	return s.fault(err)
}

// bar strikes the mark off which says that contents may stand in clear. While old programs run, they still write some.
func (s *Store) bar(ctx context.Context) error {
	err := s.walk(ctx, glance, nil, func(after, to int64) error {
		return s.none(ctx, after, to, "c.kind NOT LIKE ?", sealedKind+"%")
	})
	if err == nil {
		err = s.strike(ctx, inClear)
	}
	return err
}

// none is fault.Invalid if there is such a content within two places.
func (s *Store) none(ctx context.Context, after, to int64, such string, value any) error {
	var count int
	place := "c." + s.contents.place
	err := s.reader.WithContext(ctx).Raw("SELECT COUNT(*) FROM contents c WHERE "+place+" > ? AND "+place+" <= ? AND "+
		such, after, to, value).Scan(&count).Error
	if err == nil && count > 0 {
		err = fault.New(fault.Invalid, "contents are still sealed with the old key, or stand in clear: rotate again")
	}
	return err
}

func (s *Store) strike(ctx context.Context, id keyring.KeyID) error {
	return s.commit(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE seals SET retired = 1 WHERE key_id = ?", id).Error
	})
}

// walk visits all places that contents have now, width of them at a time.
func (s *Store) walk(
	ctx context.Context, width int64, step func(done, of int64), visit func(after, to int64) error,
) error {
	var ends struct{ First, Last int64 }
	place := s.contents.place
	err := s.reader.WithContext(ctx).Raw("SELECT COALESCE((SELECT MIN(" + place + ") FROM contents), 1) AS first, " +
		"COALESCE((SELECT MAX(" + place + ") FROM contents), 0) AS last").Scan(&ends).Error
	for after := ends.First - 1; err == nil && after < ends.Last; after += width {
		if err = visit(after, after+width); err == nil && step != nil {
			step(min(after+width, ends.Last)-ends.First+1, ends.Last-ends.First+1)
		}
	}
	return err
}
