package gormstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/ports"
)

const (
	// settled is how long after its end an hour is anchored: a commit takes some seconds, and a connection whose client
	// vanished is closed after half a minute, so nothing comes any more. A Galera node that is farther behind than this
	// is not one that sales are sent to.
	settled = 5 * time.Minute
	// stretch is how many moves are read at once, and stretches how often in one pass.
	stretch   = 1000
	stretches = 50
)

var _ ports.Chore = (*Anchoring)(nil)

// Anchoring signs each hour of the history when it is over. All processes do; the first one's INSERT counts. Each says
// in its log what stands, so that a copy lies elsewhere than the database. It is for one goroutine.
type Anchoring struct {
	store *Store
	log   *slog.Logger
	last  Anchor // the last one that was seen to stand, said and signed; number 0: none yet
	next  *coming
}

// coming is an anchor on its way.
type coming struct {
	Anchor
	at   int64 // up to where it has read
	hash hash.Hash
}

// Anchoring makes the chore. The store must have keys to sign with.
func (s *Store) Anchoring(log *slog.Logger) *Anchoring { return &Anchoring{store: s, log: log} }

// Pass implements ports.Chore. It reads no more than a stretch of a long history, and goes on in the next pass. A pass
// that fails begins anew.
func (a *Anchoring) Pass(ctx context.Context) (done int, err error) {
	if a.next == nil {
		if err := a.begin(ctx); err != nil || a.next == nil {
			return 0, a.store.fault(err)
		}
	}
	whole, err := a.read(ctx)
	if err == nil && !whole {
		return 1, nil
	}
	if err == nil {
		err = a.sign(ctx)
	}
	a.next = nil
	if err == nil {
		err = a.follow(ctx)
	}
	return 0, a.store.fault(err)
}

// begin looks which hours are over and settled, by the database's clock, and not anchored yet.
func (a *Anchoring) begin(ctx context.Context) error {
	if len(a.store.signers) == 0 {
		return errors.New("there is no key to sign anchors with")
	}
	if err := a.follow(ctx); err != nil {
		return err
	}
	now, err := a.store.Now(ctx)
	if err != nil {
		return err
	}
	closes := now.Add(-settled).Truncate(time.Hour)
	if !closes.After(a.last.Closes) {
		return nil
	}
	next := &coming{Anchor: a.last.next(closes), at: a.last.To, hash: sha256.New()}
	if next.To, err = a.store.lastBefore(ctx, next.From, closes); err != nil {
		return err
	}
	a.next = next
	return nil
}

// follow says every anchor once, whoever made it, and after the start the last one: a process that dies before it said
// its own leaves that to others. It chains nothing to an anchor that no key of ours signed, nor past one that is gone.
func (a *Anchoring) follow(ctx context.Context) error {
	standing, err := a.store.anchorsFrom(ctx, a.last.Number)
	if err != nil {
		return err
	}
	if a.last.Number > 0 {
		if len(standing) == 0 || standing[0].name().String() != a.last.name().String() {
			return errGone(a.last)
		}
		standing = standing[1:]
	}
	for _, next := range standing {
		if !a.store.isSigned(next) {
			return fault.New(fault.Internal, "the anchor %d is signed with no key of the anchor key's file", next.Number)
		}
		a.last = next
		a.log.Info("the history is anchored", "number", next.Number, "opens", next.Opens.Format(time.RFC3339),
			"closes", next.Closes.Format(time.RFC3339), "from_place", next.From, "to_place", next.To, "moves", next.Moves,
			"digest", next.Digest, "previous", next.Previous, "signature", next.Signature)
	}
	return nil
}

// read goes on with the moves, and tells whether it has them all.
func (a *Anchoring) read(ctx context.Context) (whole bool, err error) {
	for range stretches {
		rows, err := a.store.standing(ctx, a.next.at, a.next.To, stretch)
		if err != nil {
			return false, err
		}
		for _, r := range rows {
			r.feed(a.next.hash)
			a.next.at = r.Place
		}
		a.next.Moves += int64(len(rows))
		if len(rows) < stretch {
			return true, nil
		}
	}
	return false, nil
}

// sign writes the anchor, unless another process was first.
func (a *Anchoring) sign(ctx context.Context) error {
	a.next.Digest = a.next.hash.Sum(nil)
	signed := a.store.signed(a.next.Anchor)
	err := a.store.commit(ctx, func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO anchors (number, opens, closes, from_place, to_place, moves, digest, previous, signature)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, signed.Number, signed.Opens.UnixMicro(), signed.Closes.UnixMicro(),
			signed.From, signed.To, signed.Moves, []byte(signed.Digest), []byte(signed.Previous),
			[]byte(signed.Signature)).Error
	})
	if a.store.isTaken(err) {
		return nil
	}
	return err
}
