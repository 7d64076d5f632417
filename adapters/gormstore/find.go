package gormstore

import (
	"context"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// Find implements ports.Journal.
func (s *Store) Find(ctx context.Context, key voucher.Key) (voucher.Transaction, error) {
	id, err := key.ID, error(nil)
	switch {
	case id == "":
		id, err = s.search(ctx, key)
	case key.Channel != "":
		id, err = s.owned(ctx, key)
	}
	if err != nil {
		return voucher.Transaction{}, s.fault(err)
	}
	t, err := s.replay(ctx, id)
	if err == nil && t.Version == 0 {
		err = fault.New(fault.NotFound, "there is no such transaction")
	}
	return t, s.fault(err)
}

// owned is the key's id if it is the channel's, else empty, so that from here on another's id is asked for as one that
// nobody has, and the time it takes tells them apart no more than the answer does.
func (s *Store) owned(ctx context.Context, key voucher.Key) (voucher.TransactionID, error) {
	var ids []voucher.TransactionID
	err := s.reader.WithContext(ctx).Raw(
		"SELECT transaction_id FROM moves WHERE transaction_id = ? AND version = 1 AND owner = ?", key.ID, key.Channel).
		Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// search is the id of the transaction that was provisioned last of those whose voucher bears the key's marks, or empty.
func (s *Store) search(ctx context.Context, key voucher.Key) (voucher.TransactionID, error) {
	serial, code := s.mark("serial", key.SerialNumber), s.mark("code", key.Code.Reveal())
	if serial == nil && code == nil {
		return "", nil
	}
	query := s.reader.WithContext(ctx).Table("moves m").
		Joins("JOIN moves o ON o.transaction_id = m.transaction_id AND o.version = 1").
		Where("o.owner = ?", key.Channel)
	if serial != nil {
		query = query.Where("m.serial_mark = ?", serial)
	}
	if code != nil {
		query = query.Where("m.code_mark = ?", code)
	}
	var ids []string
	err := query.Order("m.at DESC, m.transaction_id DESC").Limit(1).Pluck("m.transaction_id", &ids).Error
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return voucher.TransactionID(ids[0]), nil
}

// replay reads a transaction; without moves it is the zero one.
func (s *Store) replay(ctx context.Context, id voucher.TransactionID) (voucher.Transaction, error) {
	moves, err := s.moves(ctx, id)
	if err != nil {
		return voucher.Transaction{}, err
	}
	return voucher.Replay(moves)
}

// moves reads a transaction's, the first first. Moves are read before contents: a move's contents came with it, so none
// is missing. What nobody has is asked for as thoroughly, so that a stranger learns nothing from the time it takes.
// fault.Internal if one is not what was written: whoever may write the database could else have a voucher opened for
// another owner.
func (s *Store) moves(ctx context.Context, id voucher.TransactionID) ([]voucher.Move, error) {
	var rows []standingRow
	err := s.reader.WithContext(ctx).Raw(`SELECT transaction_id, version, fact, state, at, made_by, reason, owner, payload,
		provider, serial_mark, code_mark, digest, link FROM moves WHERE transaction_id = ? ORDER BY version`, id).
		Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	s.keepTip(rows)
	var parts []contentRow
	err = s.reader.WithContext(ctx).Raw(`SELECT m.transaction_id, m.version, c.kind, c.body
		FROM moves m JOIN contents c ON `+s.contents.ofMove+` WHERE m.transaction_id = ?`, id).Scan(&parts).Error
	if err != nil {
		return nil, err
	}
	contents := make(map[int][]contentRow, len(rows))
	for _, p := range parts {
		part, err := s.unsealed(p)
		if err != nil {
			return nil, err
		}
		contents[p.Version] = append(contents[p.Version], part)
	}
	moves := make([]voucher.Move, len(rows))
	var before []byte
	for i, r := range rows {
		if !s.isWritten(r, contents[r.Move.Version], before) {
			return nil, fault.New(fault.Internal, "the move %s/%d is not what was written: see docs/audit.md",
				r.Move.TransactionID, r.Move.Version)
		}
		if moves[i], err = r.Move.move(contents[r.Move.Version]); err != nil {
			return nil, err
		}
		before = r.Move.Link
	}
	return moves, nil
}
