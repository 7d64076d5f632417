package gormstore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// moveRow is a move as it stands in the database, but for what only an index needs.
type moveRow struct {
	TransactionID string `gorm:"column:transaction_id"`
	Version       int    `gorm:"column:version"`
	Fact          string `gorm:"column:fact"`
	State         string `gorm:"column:state"`
	At            int64  `gorm:"column:at"`
	MadeBy        string `gorm:"column:made_by"`
	Reason        string `gorm:"column:reason"`
	Owner         string `gorm:"column:owner"`
	Payload       []byte `gorm:"column:payload"`
	Link          []byte `gorm:"column:link"`
}

// written is a move on its way into the database.
type written struct {
	moveRow
	contents []contentRow
	digest   []byte
	marks
}

// marks are what a move is found by, besides its transaction.
type marks struct {
	provider     string // of an intent
	serial, code []byte // of the move that provisioned
}

const (
	insertMoves = `INSERT INTO moves (transaction_id, version, fact, state, at, made_by, reason, owner, provider,
	lease_ends, horizon, serial_mark, code_mark, digest, link, payload) VALUES `
	moveValues = "(?, ?, ?, ?, {now}, ?, ?, ?, ?, {now} + ?, {now} + ?, ?, ?, ?, ?, ?)"
)

// rowOf is the row of a move and its contents, in clear. It fails for a value that has no code.
func (s *Store) rowOf(v voucher.Move) (written, error) {
	var m mapper
	p, err := json.Marshal(m.payloadOf(v))
	if err != nil {
		return written{}, err
	}
	w := written{contents: m.contentsOf(v), marks: s.marksOf(v), moveRow: moveRow{
		TransactionID: string(v.Transaction), Version: v.Version, Fact: look(&m, factCodes, v.Fact),
		State: look(&m, stateCodes, v.State), MadeBy: v.By, Reason: v.Reason, Owner: string(v.Owner), Payload: p,
	}}
	w.digest = s.digest(w)
	return w, m.err
}

// values are those of moveValues. Where there is no lease, {now} + NULL is NULL.
func (s *Store) values(w written, v voucher.Move, now []any) []any {
	var lease, horizon any
	if v.Opening != nil {
		lease, horizon = v.Opening.Terms.Lease.Microseconds(), v.Opening.Terms.Horizon.Microseconds()
	}
	all := append(make([]any, 0, 19), w.TransactionID, w.Version, w.Fact, w.State)
	all = append(append(all, now...), w.MadeBy, w.Reason, w.Owner, w.provider)
	all = append(append(all, now...), lease)
	all = append(append(all, now...), horizon)
	return append(all, orNull(w.serial), orNull(w.code), w.digest, w.Link, string(w.Payload))
}

func (s *Store) marksOf(v voucher.Move) (m marks) {
	if v.Opening != nil {
		m.provider = string(v.Opening.Terms.Provider)
	}
	if v.State == voucher.Provisioned && v.Approval != nil {
		m.serial = s.mark("serial", v.Approval.Voucher.SerialNumber)
		m.code = s.mark("code", v.Approval.Voucher.Code.Reveal())
	}
	return m
}

func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// mark is a text's entry in the blind index, and nil for the empty text: equal texts have equal marks, and without
// the key a mark tells nothing.
func (s *Store) mark(kind, text string) []byte {
	if text == "" {
		return nil
	}
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(kind + "\x00" + text))
	return mac.Sum(nil)[:16]
}

// digest tells whether two moves are the same, of their contents before they are sealed. It is keyed, because a plain
// one would let codes be guessed.
func (s *Store) digest(w written) []byte {
	var all []byte
	part := func(text string) { all = append(append(strconv.AppendInt(all, int64(len(text)), 10), ':'), text...) }
	part("move")
	for _, text := range []string{w.Fact, w.State, w.MadeBy, w.Reason, w.Owner} {
		part(text)
	}
	mac := hmac.New(sha256.New, s.key)
	add := func(body []byte) {
		all = append(strconv.AppendInt(all, int64(len(body)), 10), ':')
		mac.Write(all)
		mac.Write(body)
		all = all[:0]
	}
	add(w.Payload)
	for _, c := range w.contents {
		part(c.Kind)
		add(c.Body)
	}
	return mac.Sum(nil)
}

// move is the move that a row and its contents hold. fault.Internal if they cannot be read.
func (r moveRow) move(contents []contentRow) (voucher.Move, error) {
	var m mapper
	v := voucher.Move{
		Transaction: voucher.TransactionID(r.TransactionID), Version: r.Version, Fact: look(&m, factsOf, r.Fact),
		State: look(&m, statesOf, r.State), At: instant(r.At), By: r.MadeBy, Reason: r.Reason,
		Owner: voucher.ChannelID(r.Owner),
	}
	var p payload
	err := json.Unmarshal(r.Payload, &p)
	if err == nil {
		p.fill(&v, &m)
		err = m.err
	}
	if err == nil {
		err = fillContents(&v, contents)
	}
	if err != nil {
		return v, fault.Wrap(fault.Internal, err, fmt.Sprintf("the move %s/%d cannot be read", v.Transaction, v.Version))
	}
	return v, nil
}
