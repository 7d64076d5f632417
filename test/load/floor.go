package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"voucherswitch/adapters/gormstore"
	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// entry is what is kept of a move, in bytes: beside its columns, and as contents.
type entry struct {
	payload  []byte
	contents map[string][]byte
}

func bytesOf(count int) []byte { return bytes.Repeat([]byte{'b'}, count) }

// What the switch keeps of an intent and of an outcome is about as large.
var (
	intent  = entry{bytesOf(620), map[string][]byte{"order": bytesOf(740)}}
	outcome = entry{bytesOf(240), map[string][]byte{"approval": bytesOf(440), "answer": bytesOf(1240)}}
)

// floor is the least that a transaction costs where an intent must be durable before the provider is asked, and an
// outcome before the channel is answered: the statements of the journal, prepared by the bare driver and with nothing
// around them, each of the two decisions its own commit.
type floor struct {
	db            *sql.DB
	move, content *sql.Stmt
	byPlace       bool // contents lie by the number of their move, as on a server
}

// floorOn makes the journal's tables anew, at the server or, with a path, in a file of SQLite's.
func (w *world) floorOn(ctx context.Context, path string, connections int) (f *floor, err error) {
	f = &floor{byPlace: path == ""}
	if path != "" {
		if err := journalAt(ctx, "sqlite:"+path); err != nil {
			return nil, err
		}
		connections = 1 // SQLite has one writer
		f.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	} else {
		if err := errors.Join(w.create(ctx, "floor"), journalAt(ctx, w.server.Address()+"/floor")); err != nil {
			return nil, err
		}
		f.db, err = w.open("floor")
	}
	if err != nil {
		return nil, err
	}
	f.db.SetMaxOpenConns(connections)
	f.db.SetMaxIdleConns(connections)
	f.move, err = f.db.PrepareContext(ctx, `INSERT INTO moves (transaction_id, version, fact, state, at, made_by, reason,
		owner, provider, lease_ends, horizon, serial_mark, code_mark, digest, link, payload)
		VALUES (?, ?, 'ordered', 'sending', ?, ?, '', ?, 'vendor', ?, ?, ?, ?, ?, ?, ?)`)
	keep := "INSERT INTO contents (transaction_id, version, kind, body) VALUES (?, ?, ?, ?)"
	if f.byPlace {
		keep = "INSERT INTO contents (place, kind, body) VALUES (?, ?, ?)"
	}
	if err == nil {
		f.content, err = f.db.PrepareContext(ctx, keep)
	}
	if err != nil {
		return nil, errors.Join(err, f.db.Close())
	}
	return f, nil
}

// transact is one transaction: two durable commits.
func (f *floor) transact(ctx context.Context) error {
	id := uuid.NewString()
	if err := f.commit(ctx, id, 1, intent); err != nil {
		return err
	}
	return f.commit(ctx, id, 2, outcome)
}

func (f *floor) commit(ctx context.Context, id string, version int, e entry) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f.insert(ctx, tx, id, version, e); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (f *floor) insert(ctx context.Context, tx *sql.Tx, id string, version int, e entry) error {
	now, mark := time.Now().UnixMicro(), make([]byte, 64)
	_, _ = rand.Read(mark)
	var lease, horizon, serial, code any
	if version == 1 {
		lease, horizon = now+13_000_000, now+31_000_000
	} else {
		serial, code = mark[:16], mark[16:32]
	}
	move := tx.StmtContext(ctx, f.move) //nolint:sqlclosecheck // closed with the transaction
	written, err := move.ExecContext(ctx, id, version, now, channelID, channelID, lease, horizon, serial, code,
		mark[:32], mark[32:], e.payload)
	if err != nil {
		return err
	}
	place, err := written.LastInsertId()
	content := tx.StmtContext(ctx, f.content) //nolint:sqlclosecheck // closed with the transaction
	for kind, body := range e.contents {
		of := []any{id, version}
		if f.byPlace {
			of = []any{place}
		}
		if err == nil {
			_, err = content.ExecContext(ctx, append(of, kind, body)...)
		}
	}
	return err
}

func (f *floor) close() error { return f.db.Close() }

// journalAt makes the journal's tables.
func journalAt(ctx context.Context, dsn string) error {
	s, err := journal(ctx, dsn, 0)
	if err != nil {
		return err
	}
	return s.Close()
}

// journalOn is the switch's journal without the switch, at the server.
func (w *world) journalOn(ctx context.Context, database string, perCommit int) (*gormstore.Store, error) {
	if err := w.create(ctx, database); err != nil {
		return nil, err
	}
	return journal(ctx, w.server.Address()+"/"+database, perCommit)
}

func journal(ctx context.Context, dsn string, perCommit int) (*gormstore.Store, error) {
	ring, err := keyring.New()
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	s, err := gormstore.Open(ctx, gormstore.Options{
		DSN: dsn, IndexKey: key, Keyring: ring, DecisionsPerCommit: perCommit,
	})
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// keep is what the journal does for one sale: its intent, and its outcome with the answer that is kept.
func keep(ctx context.Context, s *gormstore.Store) error {
	id := uuid.NewString()
	amounts := voucher.Amounts{Request: voucher.LedgerAmount{Amount: money.New(12000, "710")}}
	shop := voucher.Institution{ID: channelID, Name: "TransAcquire Co"}
	order := voucher.Order{
		ID: voucher.NewTransactionID(id), Channel: voucher.Channel{
			ID: channelID, Name: "Shop", Messaging: voucher.SingleMessaging,
			SettlementEntity: voucher.Institution{ID: "33333333", Name: "TransactionsRUs"},
		},
		Time: "2026-11-22T10:00:00.000+02:00", Client: shop, Amounts: amounts,
		Receiver: voucher.Institution{ID: receiverID, Name: "MobiTalk"}, Message: voucher.NewSecret(saleOf(id)),
		Identifiers: []voucher.ThirdPartyIdentifier{{InstitutionID: channelID, TransactionIdentifier: "till-1-0001"}},
	}
	provider := voucher.Provider{ID: "vendor", Capabilities: voucher.Capabilities{Retries: true, Reversals: true}}
	intent := voucher.Open(voucher.NewAttempt(order, provider, voucher.Product{}, voucher.Timing{}, uuid.NewString()))
	if err := s.Append(ctx, intent); err != nil {
		return err
	}
	outcome := intent.Next.Record(voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: voucher.Approval{
		Voucher: voucher.Voucher{
			Code: voucher.NewSecret(id[:16]), SerialNumber: "SN" + id[19:], ExpiryDate: "2029-11-22",
			RedeemInstructions: []string{"Enter the code at MobiTalk."},
		}, Amounts: amounts, Identifiers: order.Identifiers,
	}}, voucher.Draft{})
	return s.Append(ctx, outcome.Answering(voucher.Answer{Status: 201, Body: voucher.NewSecret(saleOf(id) + padding)}))
}

// padding makes a kept answer as long as a real one.
var padding = fmt.Sprintf("%350s", "")
