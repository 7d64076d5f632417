package gormstore

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"

	"voucherswitch/domain/fault"
)

// remembered is of how many transactions a generation of links is kept: those that an outcome follows soon.
const remembered = 16_384

// chainKey keys the links. It is another one than the index key, so that no mark and no digest can pass for a link.
func chainKey(index []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, index, nil, "voucherswitch links of moves", sha256.Size)
}

// link chains a move to the one before, whose link is previous: nil before a first move, and after one from before
// there were links. The digest stands for the columns that it is made of; those that the database sets (at, lease_ends,
// horizon) are covered by anchors.
func (s *Store) link(previous []byte, id string, version int, digest []byte, m marks) []byte {
	text := make([]byte, 0, 256)
	for _, part := range [][]byte{previous, []byte(id), digest, []byte(m.provider), m.serial, m.code} {
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	mac := hmac.New(sha256.New, s.chain)
	mac.Write(binary.AppendVarint(text, int64(version)))
	return mac.Sum(nil)
}

// chained gives a move its link.
func (s *Store) chained(ctx context.Context, w *written) error {
	before, err := s.previous(ctx, w.TransactionID, w.Version)
	if err == nil {
		w.Link = s.link(before, w.TransactionID, w.Version, w.digest, w.marks)
	}
	return err
}

// previous is the link that a move's own one is made from. A move that is committed never changes, nor does its link,
// so what is remembered of it stays right whoever moves next. fault.Stale if the move before is not there.
func (s *Store) previous(ctx context.Context, id string, version int) ([]byte, error) {
	if version == 1 {
		return nil, nil
	}
	if link, ok := s.links.of(id, version-1); ok {
		return link, nil
	}
	var rows []struct{ Link []byte }
	err := s.reader.WithContext(ctx).Raw("SELECT link FROM moves WHERE transaction_id = ? AND version = ?",
		id, version-1).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		err = fault.New(fault.Stale, "the move before is not there")
	}
	if err != nil {
		return nil, err
	}
	return rows[0].Link, nil
}

// tip is the last move that is known of a transaction.
type tip struct {
	version int
	link    []byte
}

// links remembers the tips of the transactions that moved or were read last, in two generations of bounded size.
type links struct {
	mu         sync.Mutex
	young, old map[string]tip
}

// keep remembers the link of a move that is committed.
func (l *links) keep(id string, version int, link []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.young) >= remembered {
		l.young, l.old = nil, l.young
	}
	if l.young == nil {
		l.young = make(map[string]tip)
	}
	l.young[id] = tip{version, link}
}

// of is the link of a move, if it is the one that is remembered of its transaction.
func (l *links) of(id string, version int) (link []byte, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.young[id]
	if !ok {
		t, ok = l.old[id]
	}
	return t.link, ok && t.version == version
}

// keepTip remembers the link of the last of a transaction's moves, as they were read.
func (s *Store) keepTip(rows []standingRow) {
	if n := len(rows); n > 0 {
		s.links.keep(rows[n-1].Move.TransactionID, rows[n-1].Move.Version, rows[n-1].Move.Link)
	}
}

// isWritten holds a move against its digest, and against its link where it has one. before is the link of the move
// before.
func (s *Store) isWritten(r standingRow, contents []contentRow, before []byte) bool {
	return s.isDigestOf(r, contents) && (r.Move.Link == nil || s.isLinkOf(r, before))
}

func (s *Store) isDigestOf(r standingRow, contents []contentRow) bool {
	slices.SortFunc(contents, func(x, y contentRow) int {
		return cmp.Compare(slices.Index(contentKinds, x.Kind), slices.Index(contentKinds, y.Kind))
	})
	return bytes.Equal(r.Digest, s.digest(written{moveRow: r.Move, contents: contents}))
}

func (s *Store) isLinkOf(r standingRow, before []byte) bool {
	return bytes.Equal(r.Move.Link, s.link(before, r.Move.TransactionID, r.Move.Version, r.Digest,
		marks{r.Provider, r.SerialMark, r.CodeMark}))
}
