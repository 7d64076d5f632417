package gormstore

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"time"

	"voucherswitch/domain/fault"
)

// Anchor signs the moves that came in some hours that are over, and follows the anchor before.
type Anchor struct {
	Number    int64     `json:"number"` // 1, 2, 3 and so on
	Opens     time.Time `json:"opens"`  // the hours that it closes; the first one opens in 1970
	Closes    time.Time `json:"closes"`
	From      int64     `json:"from_place"` // it covers the places after this one
	To        int64     `json:"to_place"`   // up to this one
	Moves     int64     `json:"moves"`      // how many stand there
	Digest    Hex       `json:"digest"`     // SHA-256 of all their columns
	Previous  Hex       `json:"previous"`   // what the anchor before is known by
	Signature Hex       `json:"signature"`  // Ed25519
}

// Hex is written in hexadecimal digits.
type Hex []byte

// String implements fmt.Stringer.
func (h Hex) String() string { return hex.EncodeToString(h) }

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.AppendDecode(nil, text)
	return err
}

// text is what is signed.
func (a Anchor) text() []byte {
	return fmt.Appendf(nil, "voucherswitch anchor %d %d %d %d %d %d %s %s", a.Number, a.Opens.UnixMicro(),
		a.Closes.UnixMicro(), a.From, a.To, a.Moves, a.Digest, a.Previous)
}

// name is what the next anchor knows this one by: nothing but zeros before the first.
func (a Anchor) name() Hex {
	if a.Number == 0 {
		return make(Hex, sha256.Size)
	}
	sum := sha256.Sum256(append(a.text(), a.Signature...))
	return sum[:]
}

// next is the anchor of the hours between this one and a moment, without its moves.
func (a Anchor) next(closes time.Time) Anchor {
	opens := a.Closes
	if a.Number == 0 {
		opens = instant(0)
	}
	return Anchor{Number: a.Number + 1, Opens: opens, Closes: closes, From: a.To, To: a.To, Previous: a.name()}
}

// signed signs with the first key.
func (s *Store) signed(a Anchor) Anchor {
	a.Signature = ed25519.Sign(s.signers[0], a.text())
	return a
}

// isSigned tells whether one of the keys signed an anchor.
func (s *Store) isSigned(a Anchor) bool {
	return slices.ContainsFunc(s.signers, func(key ed25519.PrivateKey) bool {
		return ed25519.Verify(key.Public().(ed25519.PublicKey), a.text(), a.Signature)
	})
}

type anchorRow struct {
	Number    int64  `gorm:"column:number"`
	Opens     int64  `gorm:"column:opens"`
	Closes    int64  `gorm:"column:closes"`
	FromPlace int64  `gorm:"column:from_place"`
	ToPlace   int64  `gorm:"column:to_place"`
	Moves     int64  `gorm:"column:moves"`
	Digest    []byte `gorm:"column:digest"`
	Previous  []byte `gorm:"column:previous"`
	Signature []byte `gorm:"column:signature"`
}

func (r anchorRow) anchor() Anchor {
	return Anchor{
		Number: r.Number, Opens: instant(r.Opens), Closes: instant(r.Closes), From: r.FromPlace, To: r.ToPlace,
		Moves: r.Moves, Digest: r.Digest, Previous: r.Previous, Signature: r.Signature,
	}
}

const selectAnchors = `SELECT number, opens, closes, from_place, to_place, moves, digest, previous, signature
	FROM anchors `

// Anchors are all that there are, the first first. fault.Overloaded.
func (s *Store) Anchors(ctx context.Context) ([]Anchor, error) {
	var rows []anchorRow
	err := s.reader.WithContext(ctx).Raw(selectAnchors + "ORDER BY number").Scan(&rows).Error
	return each(rows, anchorRow.anchor), s.fault(err)
}

// anchorsFrom are some anchors from a number on, or the last one alone if that is 0.
func (s *Store) anchorsFrom(ctx context.Context, number int64) ([]Anchor, error) {
	var rows []anchorRow
	query := s.reader.WithContext(ctx).Raw(selectAnchors+"WHERE number >= ? ORDER BY number LIMIT 100", number)
	if number == 0 {
		query = s.reader.WithContext(ctx).Raw(selectAnchors + "ORDER BY number DESC LIMIT 1")
	}
	err := query.Scan(&rows).Error
	return each(rows, anchorRow.anchor), err
}

// standingRow is a move as it stands, whole.
type standingRow struct {
	Move       moveRow `gorm:"embedded"`
	Place      int64   `gorm:"column:place"`
	Provider   string  `gorm:"column:provider"`
	LeaseEnds  *int64  `gorm:"column:lease_ends"`
	Horizon    *int64  `gorm:"column:horizon"`
	SerialMark []byte  `gorm:"column:serial_mark"`
	CodeMark   []byte  `gorm:"column:code_mark"`
	Digest     []byte  `gorm:"column:digest"`
}

// standing reads moves by their places: those after one, up to another, and no more than a bound.
func (s *Store) standing(ctx context.Context, after, to int64, limit int) (rows []standingRow, err error) {
	place := s.contents.place
	err = s.reader.WithContext(ctx).Raw("SELECT "+place+` AS place, transaction_id, version, fact, state, at, made_by,
		reason, owner, provider, lease_ends, horizon, serial_mark, code_mark, digest, link, payload FROM moves
		WHERE `+place+" > ? AND "+place+" <= ? ORDER BY "+place+" LIMIT ?", after, to, limit).Scan(&rows).Error
	return rows, err
}

// feed gives a digest all columns but the place, which a restored copy may count anew.
func (r standingRow) feed(h hash.Hash) {
	number := func(n *int64) string {
		if n == nil {
			return "null"
		}
		return strconv.FormatInt(*n, 10)
	}
	m := r.Move
	_, _ = fmt.Fprintf(h, "%q %d %q %q %d %q %q %q %q %s %s %x %x %x %x %d:%s\n", m.TransactionID, m.Version, m.Fact,
		m.State, m.At, m.MadeBy, m.Reason, m.Owner, r.Provider, number(r.LeaseEnds), number(r.Horizon), r.SerialMark,
		r.CodeMark, r.Digest, m.Link, len(m.Payload), m.Payload)
}

// lastBefore is the last place after one whose move came before a moment, or that one. It reads from the end, which is
// not far from there.
func (s *Store) lastBefore(ctx context.Context, after int64, moment time.Time) (int64, error) {
	var places []int64
	place := s.contents.place
	err := s.reader.WithContext(ctx).Raw("SELECT "+place+" FROM moves WHERE "+place+" > ? AND at < ? ORDER BY "+place+
		" DESC LIMIT 1", after, moment.UnixMicro()).Scan(&places).Error
	if err != nil || len(places) == 0 {
		return after, err
	}
	return places[0], nil
}

// errGone says that what this process saw is not there any more.
func errGone(a Anchor) error {
	return fault.New(fault.Internal, "the anchor %d, which closed %s, is gone or is another one: see docs/audit.md",
		a.Number, a.Closes.Format(time.RFC3339))
}
