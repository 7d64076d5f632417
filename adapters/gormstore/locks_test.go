package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/mariadb"
)

// vanished keeps the locks of a transaction that nobody ends, as a replica does whose machine is gone.
func vanished(t *testing.T, dsn, statement string) {
	t.Helper()
	db := mariadb.Open(t, dsn)
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err == nil {
		t.Cleanup(func() { _ = tx.Rollback(); _ = db.Close() })
		_, err = tx.ExecContext(context.Background(), statement)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAVanishedReplicasLocksStopNoLane(t *testing.T) {
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	s := openMySQL(t, dsn, nil)
	for _, id := range []voucher.TransactionID{"1", "2", "3"} {
		appended(t, s, intent(id))
		appended(t, s, doubt(t, s, id))
	}
	opened, err := s.Find(context.Background(), voucher.ByID("1"))
	if err != nil {
		t.Fatal(err)
	}
	vanished(t, dsn, "UPDATE advices SET epoch = epoch + 1 WHERE transaction_id = '1'")
	claimed, err := s.Claim(context.Background(), opened.Terms().Provider, time.Minute, 10)
	if err != nil || len(claimed) != 2 {
		t.Errorf("claimed %v, %v; want the two that nobody keeps", claimed, err)
	}
}

func TestOneLockedKeyFailsNoOtherMoveOfItsBatch(t *testing.T) {
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	s := openMySQL(t, dsn, nil)
	appended(t, s, intent("1"))
	vanished(t, dsn, `INSERT INTO moves (transaction_id, version, fact, state, at, made_by, reason, owner, provider, digest,
		payload) VALUES ('1', 2, 'declined', 'declined', 1, 'x', '', '', '', '', '{}')`)
	outcomes := flushed(t, s, doubt(t, s, "1"), intent("2"), intent("3"))
	if outcomes[0] == nil || outcomes[1] != nil || outcomes[2] != nil {
		t.Errorf("the locked one %v, the others %v and %v", outcomes[0], outcomes[1], outcomes[2])
	}
}

func TestTheServerGivesUpTheLocksOfASilentConnection(t *testing.T) {
	s := openMySQL(t, mariadb.NewDatabase(t, mariadb.Address(t)), nil)
	var seconds int
	if err := s.writer.Raw("SELECT @@SESSION.wait_timeout").Scan(&seconds).Error; err != nil || seconds != 30 {
		t.Errorf("after %d s, %v; want 30", seconds, err)
	}
}

// losing is a pool whose first commit happens, and is answered as a lost race.
type losing struct {
	gorm.ConnPool
	db   *sql.DB
	then func() // before the answer
}

type losingTx struct {
	*sql.Tx
	then func()
}

// BeginTx implements gorm.ConnPoolBeginner.
func (p losing) BeginTx(ctx context.Context, o *sql.TxOptions) (gorm.ConnPool, error) {
	tx, err := p.db.BeginTx(ctx, o)
	return &losingTx{tx, p.then}, err
}

// Commit implements gorm.TxCommitter.
func (t *losingTx) Commit() error {
	err := t.Tx.Commit()
	if then := t.then; err == nil && then != nil {
		then()
		return &mysql.MySQLError{Number: deadlock}
	}
	return err
}

// A reversal may stand on the move by then, so its owner must read again before it answers (lifecycle rule 4).
func TestAMoveThatFindsItselfAfterACommitInDoubtIsAmbiguous(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), nil)
	appended(t, s, intent("1"))
	approving, pool := doubt(t, s, "1"), s.writer.Statement.ConnPool
	db, err := s.writer.DB()
	if err != nil {
		t.Fatal(err)
	}
	s.isLost = func(err error) bool { return isNumbered(err, deadlock) }
	s.writer.Statement.ConnPool = losing{pool, db, func() { s.writer.Statement.ConnPool = pool }}
	s.writer.ConnPool = s.writer.Statement.ConnPool
	err = s.Append(context.Background(), approving)
	if !fault.Is(err, fault.Ambiguous) {
		t.Errorf("the first time: %v", err)
	}
	if err := s.Append(context.Background(), approving); err != nil {
		t.Errorf("again: %v", errors.Unwrap(err))
	}
}

func TestAClockThatRanAheadAndWasSetRightHidesNoLapsedLease(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	path := filepath.Join(t.TempDir(), "s.db")
	pass := func(s *Store) (found int) {
		t.Helper()
		overdue, err := s.Overdue(ctx, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(overdue)
	}
	s := open(t, path, clock)
	now = now.Add(24 * time.Hour)
	pass(s)
	now = now.Add(-23 * time.Hour)
	appended(t, s, intent("1"))
	now = now.Add(15 * time.Minute) // the process was away
	again := open(t, path, clock)
	for range 3 {
		if found := pass(again); found != 1 {
			t.Errorf("%d overdue, want 1", found)
		}
	}
}
