package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"voucherswitch/adapters/gormstore"
	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// The bytes that the switch keeps of an intent and of an outcome, in all columns of all tables.
var (
	intentBytes  = bytes.Repeat([]byte{'i'}, 1400)
	outcomeBytes = bytes.Repeat([]byte{'o'}, 2000)
)

// floor is the least that a transaction costs where an intent must be durable before the provider is asked, and an
// outcome before the channel is answered: two rows by prepared statements of the bare driver, each its own commit.
type floor struct {
	db     *sql.DB
	insert *sql.Stmt
	begins bool // and commits in so many words
}

// floorOn makes the floor's table anew, at the server or, with a path, in a file of SQLite's.
func (w *world) floorOn(ctx context.Context, path string, connections int) (f *floor, err error) {
	f = &floor{begins: w.begin}
	key := "place BIGINT AUTO_INCREMENT PRIMARY KEY"
	if path != "" {
		key, connections = "place INTEGER PRIMARY KEY", 1 // SQLite has one writer
		f.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	} else {
		if err := w.create(ctx, "floor"); err != nil {
			return nil, err
		}
		f.db, err = w.open("floor")
	}
	if err != nil {
		return nil, err
	}
	f.db.SetMaxOpenConns(connections)
	f.db.SetMaxIdleConns(connections)
	_, err = f.db.ExecContext(ctx, `CREATE TABLE floor (`+key+`, transaction_id CHAR(36) NOT NULL, version INT NOT NULL,
		body BLOB NOT NULL, UNIQUE (transaction_id, version))`)
	if err == nil {
		f.insert, err = f.db.PrepareContext(ctx, "INSERT INTO floor (transaction_id, version, body) VALUES (?, ?, ?)")
	}
	if err != nil {
		return nil, errors.Join(err, f.db.Close())
	}
	return f, nil
}

// transact is one transaction: two durable commits.
func (f *floor) transact(ctx context.Context) error {
	id := uuid.NewString()
	if err := f.commit(ctx, id, 1, intentBytes); err != nil {
		return err
	}
	return f.commit(ctx, id, 2, outcomeBytes)
}

func (f *floor) commit(ctx context.Context, id string, version int, body []byte) error {
	if !f.begins {
		_, err := f.insert.ExecContext(ctx, id, version, body)
		return err
	}
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	insert := tx.StmtContext(ctx, f.insert) //nolint:sqlclosecheck // closed with the transaction
	if _, err := insert.ExecContext(ctx, id, version, body); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (f *floor) close() error { return f.db.Close() }

// journalOn is the switch's journal without the switch, at the server.
func (w *world) journalOn(ctx context.Context, database string, perCommit int) (*gormstore.Store, error) {
	if err := w.create(ctx, database); err != nil {
		return nil, err
	}
	ring, err := keyring.New()
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	s, err := gormstore.Open(ctx, gormstore.Options{
		DSN: w.server.Address() + "/" + database, IndexKey: key, Keyring: ring, DecisionsPerCommit: perCommit,
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
