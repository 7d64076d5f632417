package gormstore

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
	"voucherswitch/test/mariadb"
)

// The sizes of a channel's request and of its answer are what is usual.
var (
	sample      = contract.FullMove()
	requestBody = voucher.NewSecret(strings.Repeat("r", 700))
	soldBody    = voucher.NewSecret(strings.Repeat("a", 900))
)

// sale are the two decisions of a voucher sold.
func sale(id voucher.TransactionID) (intent, outcome voucher.Decision) {
	a := *sample.Opening
	a.Order.ID, a.Order.Message, a.Order.Code, a.Reservations = id, requestBody, voucher.Secret{}, nil
	a.Terms.Messaging, a.Terms.Capabilities.Confirmations = voucher.DualMessaging, false
	intent = voucher.Open(a)
	outcome = intent.Next.Record(voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: *sample.Approval}, voucher.Draft{})
	return intent, outcome.Answering(voucher.Answer{Status: 201, Body: soldBody})
}

// newID is a random one, as channels choose them.
func newID() voucher.TransactionID {
	return voucher.TransactionID(fmt.Sprintf("%016x-%019x", rand.Uint64(), rand.Uint64()))
}

// BenchmarkSale measures what a voucher costs in durable commits: its intent and then its outcome, with that many sold
// at a time. The floor is a bare driver that does nothing but the two commits, of rows about as large.
func BenchmarkSale(b *testing.B) {
	stores := map[string]func(*testing.B) *Store{
		"SQLite": func(b *testing.B) *Store { return open(b, filepath.Join(b.TempDir(), "bench.db"), time.Now) },
		"MariaDB": func(b *testing.B) *Store {
			return openMySQL(b, mariadb.NewDatabase(b, mariadb.Address(b)), nil)
		},
	}
	for _, at := range []int{1, 8, 64, 256} {
		for name, open := range stores {
			b.Run(fmt.Sprintf("%s/%d at a time", name, at), func(b *testing.B) {
				s := open(b)
				inParallel(b, at, func() error {
					intent, outcome := sale(newID())
					if err := s.Append(context.Background(), intent); err != nil {
						return err
					}
					return s.Append(context.Background(), outcome)
				})
			})
		}
		b.Run(fmt.Sprintf("floor/%d at a time", at), func(b *testing.B) { floor(b, at) })
	}
}

func floor(b *testing.B, at int) {
	dsn := mariadb.NewDatabase(b, mariadb.Address(b))
	db := mariadb.Open(b, dsn)
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(at)
	db.SetMaxIdleConns(at)
	ctx := context.Background()
	if _, err := db.ExecContext(ctx, `CREATE TABLE floor (id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin, version INT,
		body VARBINARY(2000), PRIMARY KEY (id, version))`); err != nil {
		b.Fatal(err)
	}
	insert, err := db.PrepareContext(ctx, "INSERT INTO floor VALUES (?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(strings.Repeat("b", 1800))
	inParallel(b, at, func() error {
		id := newID()
		for version := range 2 {
			if err := durably(ctx, db, insert, id, version, body); err != nil {
				return err
			}
		}
		return nil
	})
}

func durably(ctx context.Context, db *sql.DB, insert *sql.Stmt, values ...any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	//nolint:sqlclosecheck // the transaction closes it
	if _, err := tx.StmtContext(ctx, insert).ExecContext(ctx, values...); err != nil {
		return err
	}
	return tx.Commit()
}

// inParallel does the work b.N times, that many at a time.
func inParallel(b *testing.B, at int, work func() error) {
	b.ReportAllocs()
	var done atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range at {
		all.Go(func() {
			for done.Add(1) <= int64(b.N) {
				if err := work(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sales/s")
}

// BenchmarkFind measures the replay of a transaction by its id.
func BenchmarkFind(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "bench.db"), time.Now)
	move := contract.FullMove()
	if err := s.Append(context.Background(), voucher.Decision{Move: move}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Find(context.Background(), voucher.ByID(move.Transaction)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLink measures what the chain adds to a sale, beside its commits: the links of its two moves.
func BenchmarkLink(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "bench.db"), time.Now)
	for b.Loop() {
		w := written{moveRow: moveRow{TransactionID: "0192f1c2-3b1a-7cde-8000-000000000001"}, digest: make([]byte, 32)}
		for w.Version = 1; w.Version <= 2; w.Version++ {
			if err := s.chained(context.Background(), &w); err != nil {
				b.Fatal(err)
			}
			s.links.keep(w.TransactionID, w.Version, w.Link)
		}
	}
}

// Time is as the machine is; what is allocated is as the code is, and a little more under the race detector.
func TestADecisionIsMadeReadyToWriteWithFewAllocations(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	intent, outcome := sale(newID())
	for _, c := range []struct {
		name string
		of   voucher.Decision
		most float64
	}{{"intent", intent, 80}, {"outcome", outcome, 80}} {
		got := testing.AllocsPerRun(100, func() {
			if _, err := s.entryOf(c.of.Move); err != nil {
				t.Error(err)
			}
		})
		if got > c.most {
			t.Errorf("%s: %v allocations, at most %v", c.name, got, c.most)
		}
	}
}
