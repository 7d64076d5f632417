package gormstore

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
	"voucherswitch/test/mariadb"
)

func TestMain(m *testing.M) { os.Exit(mariadb.Run(m)) }

func openMySQL(t testing.TB, dsn string, clock ports.Clock) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{DSN: dsn, Clock: clock, IndexKey: testKey, Keyring: testRing})
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
		err = s.Migrate(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func freshMySQL(t *testing.T, clock ports.Clock) contract.Store {
	return openMySQL(t, mariadb.NewDatabase(t, mariadb.Address(t)), clock)
}

func TestMySQLIsAJournal(t *testing.T) { contract.Journal(t, freshMySQL) }

func TestMySQLIsAnAdviceQueue(t *testing.T) { contract.AdviceQueue(t, freshMySQL) }

func TestMySQLListsCases(t *testing.T) { contract.Cases(t, freshMySQL) }

func TestMySQLKeepsRecords(t *testing.T) { contract.Records(t, freshMySQL) }

func TestMySQLKeepsAssortments(t *testing.T) {
	contract.Assortments(t, func(t *testing.T, clock ports.Clock) ports.Assortments {
		return openMySQL(t, mariadb.NewDatabase(t, mariadb.Address(t)), clock)
	})
}

// TestMySQLTellsItsOwnTime runs what the contract suites run by a clock of the test's: leases, horizons and due times
// by the server's clock.
func TestMySQLTellsItsOwnTime(t *testing.T) {
	ctx := context.Background()
	s := openMySQL(t, mariadb.NewDatabase(t, mariadb.Address(t)), nil)
	before := time.Now().Add(-time.Second)
	appended(t, s, intent("1"))
	opened, err := s.Find(ctx, voucher.ByID("1"))
	if err != nil {
		t.Fatal(err)
	}
	if at := opened.OpenedAt; at.Before(before) || at.After(time.Now().Add(time.Second)) {
		t.Errorf("the server says %v, it is %v", at, time.Now().UTC())
	}
	if lease := opened.LeaseEnds.Sub(opened.OpenedAt); lease != opened.Terms().Lease {
		t.Errorf("the lease lasts %v, want %v", lease, opened.Terms().Lease)
	}
	appended(t, s, doubt(t, s, "1"))
	provider := opened.Terms().Provider
	claimed, err := s.Claim(ctx, provider, time.Hour, 5)
	if err != nil || len(claimed) != 1 || claimed[0].Claim.UntilHorizon > opened.Terms().Horizon {
		t.Fatalf("claimed %v, %v", claimed, err)
	}
	if again, err := s.Claim(ctx, provider, time.Hour, 5); err != nil || len(again) != 0 {
		t.Errorf("claimed again: %v, %v", again, err)
	}
	if err := s.BackOff(ctx, claimed[0], time.Hour); err != nil {
		t.Fatal(err)
	}
	if oldest, err := s.ClaimOldest(ctx, provider, time.Hour); err != nil || len(oldest) != 1 {
		t.Errorf("claimed as the oldest: %v, %v", oldest, err)
	}
}

func TestALostRaceIsRunAgainWhole(t *testing.T) {
	s := openMySQL(t, mariadb.NewDatabase(t, mariadb.Address(t)), nil)
	for _, number := range []uint16{deadlock, lockWaitTimeout, recordChanged} {
		runs := 0
		err := s.commit(context.Background(), func(tx *gorm.DB) error {
			if runs++; runs < 3 {
				return &mysql.MySQLError{Number: number}
			}
			return nil
		})
		if err != nil || runs != 3 {
			t.Errorf("%d: %d runs, %v", number, runs, err)
		}
	}
	err := s.commit(context.Background(), func(*gorm.DB) error { return &mysql.MySQLError{Number: deadlock} })
	if !fault.Is(s.fault(err), fault.Overloaded) {
		t.Errorf("a race lost for ever is %v, want fault.Overloaded", err)
	}
}

// TestStoresWhoDeadlockBothSucceed makes two replicas lock the same two rows in opposite orders.
func TestStoresWhoDeadlockBothSucceed(t *testing.T) {
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	stores := []*Store{openMySQL(t, dsn, nil), openMySQL(t, dsn, nil)}
	for _, id := range []voucher.TransactionID{"1", "2"} {
		appended(t, stores[0], intent(id))
		appended(t, stores[0], doubt(t, stores[0], id))
	}
	var runs atomic.Int64
	var all sync.WaitGroup
	for i, order := range [][]string{{"1", "2"}, {"2", "1"}} {
		all.Go(func() {
			err := stores[i].commit(context.Background(), func(tx *gorm.DB) error {
				runs.Add(1)
				for _, id := range order {
					raised := tx.Exec("UPDATE advices SET attempts = attempts + 1 WHERE transaction_id = ?", id)
					if raised.Error != nil {
						return raised.Error
					}
					time.Sleep(50 * time.Millisecond)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var attempts []int
	stores[0].reader.Raw("SELECT attempts FROM advices ORDER BY transaction_id").Scan(&attempts)
	if runs.Load() < 3 || !slices.Equal(attempts, []int{2, 2}) {
		t.Errorf("%d runs, attempts %v; want a run again and both counted twice", runs.Load(), attempts)
	}
}

func TestADuplicateThatIsNotTheMovesSaysNothingOfItsID(t *testing.T) {
	s := openMySQL(t, mariadb.NewDatabase(t, mariadb.Address(t)), nil)
	w, err := s.rowOf(intent("1").Move)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.collision(context.Background(), w); !fault.Is(err, fault.Overloaded) {
		t.Errorf("nobody has the id, and it is answered with %v", err)
	}
}

func TestMigratorsAtOneTimeApplyEachStepOnce(t *testing.T) {
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { openMySQL(t, dsn, nil) })
	}
	all.Wait()
	db := mariadb.Open(t, dsn)
	defer func() { _ = db.Close() }()
	var steps, different int
	err := db.QueryRowContext(context.Background(),
		"SELECT COUNT(*), COUNT(DISTINCT version_id) FROM goose_db_version").Scan(&steps, &different)
	if err != nil || steps == 0 || steps != different {
		t.Errorf("%d steps, %d different, %v", steps, different, err)
	}
}

func TestAMigratorThatWasKilledKeepsNobodyFromMigrating(t *testing.T) {
	ctx := context.Background()
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	db := mariadb.Open(t, dsn)
	defer func() { _ = db.Close() }()
	// What goose leaves that is killed between its table and the first row of it, holding the lock.
	for _, statement := range []string{
		`CREATE TABLE goose_db_version (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, version_id BIGINT NOT NULL,
			is_applied BOOLEAN NOT NULL, tstamp TIMESTAMP NULL DEFAULT now())`,
		`CREATE TABLE goose_lock (lock_id BIGINT NOT NULL PRIMARY KEY, locked BOOLEAN NOT NULL DEFAULT 0,
			locked_at DATETIME(6) NULL, locked_by TEXT NULL, lease_expires_at DATETIME(6) NULL, updated_at DATETIME(6) NULL)`,
		fmt.Sprintf(`INSERT INTO goose_lock VALUES (%d, 1, now(6), 'somebody', now(6) + INTERVAL 2 SECOND, now(6))`,
			lock.DefaultLockID),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	appended(t, openMySQL(t, dsn, nil), intent("1"))
}

func TestAskingForTheSchemaChangesNothing(t *testing.T) {
	ctx := context.Background()
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	s, err := Open(ctx, Options{DSN: dsn, IndexKey: testKey, Keyring: testRing})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if have, need, err := s.Schema(ctx); err != nil || have != 0 || need == 0 {
		t.Errorf("an empty database: %d, %d, %v", have, need, err)
	}
	var tables int
	if err := s.reader.Raw("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").
		Scan(&tables).Error; err != nil || tables != 0 {
		t.Errorf("%d tables, %v", tables, err)
	}
}

func TestASettingThatLosesVouchersIsFound(t *testing.T) {
	ctx := context.Background()
	server, err := mariadb.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	dsn := mariadb.NewDatabase(t, server.Address())
	s := openMySQL(t, dsn, nil)
	if wrong, doubtful, err := s.Inspect(ctx); err != nil || len(wrong)+len(doubtful) > 0 {
		t.Fatalf("a durable server: %v, %v, %v", wrong, doubtful, err)
	}
	db := mariadb.Open(t, dsn)
	defer func() { _ = db.Close() }()
	for _, c := range []struct{ breaks, says, mends string }{
		{"SET GLOBAL innodb_flush_log_at_trx_commit = 2", "innodb_flush_log_at_trx_commit is 2",
			"SET GLOBAL innodb_flush_log_at_trx_commit = 1"},
		{"SET GLOBAL read_only = 1", "read-only", "SET GLOBAL read_only = 0"},
		{"ALTER TABLE cases ENGINE = MyISAM", "engine is MyISAM", "ALTER TABLE cases ENGINE = InnoDB"},
	} {
		if _, err := db.ExecContext(ctx, c.breaks); err != nil {
			t.Fatal(err)
		}
		wrong, _, err := s.Inspect(ctx)
		if err != nil || len(wrong) != 1 || !strings.Contains(wrong[0], c.says) {
			t.Errorf("%s: %q, %v; want %q", c.breaks, wrong, err, c.says)
		}
		if _, err := db.ExecContext(ctx, c.mends); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADatabaseWhoseClockDiffersIsDoubtful(t *testing.T) {
	ctx := context.Background()
	ahead := func() time.Time { return time.Now().Add(time.Hour) }
	s := openMySQL(t, mariadb.NewDatabase(t, mariadb.Address(t)), ahead)
	wrong, doubtful, err := s.Inspect(ctx)
	hour := regexp.MustCompile(`is (1h0m0|59m59\.9\d*)s ahead`)
	if err != nil || len(wrong) > 0 || len(doubtful) != 1 || !hour.MatchString(doubtful[0]) {
		t.Errorf("%v, %q, %v", wrong, doubtful, err)
	}
}

func TestAHangingServerFailsABatchOnceAndNotEachOfIt(t *testing.T) {
	server, err := mariadb.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	s := openMySQL(t, mariadb.NewDatabase(t, server.Address()), nil)
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			if err := s.Append(context.Background(), intent(voucher.TransactionID(fmt.Sprint(n)))); err == nil {
				t.Error("a server that hangs has acknowledged")
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > 30*time.Second { // two commits, the lone first one and the batch after it
		t.Errorf("twenty decisions were held up for %s", took)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(context.Background(), intent("after")); err != nil {
		t.Errorf("the server is back, and: %v", err)
	}
}

func TestAKilledServerLosesNothingAndIsFoundAgain(t *testing.T) {
	ctx := context.Background()
	server, err := mariadb.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	s := openMySQL(t, mariadb.NewDatabase(t, server.Address()), nil)
	acknowledged := make(chan voucher.TransactionID, 100_000)
	stop := make(chan struct{})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				intent, outcome := sale(voucher.TransactionID(fmt.Sprintf("%d-%d", worker, n)))
				for _, d := range []voucher.Decision{intent, outcome} {
					err := s.Append(ctx, d)
					for fault.Is(err, fault.Ambiguous) || fault.Is(err, fault.Overloaded) {
						time.Sleep(20 * time.Millisecond)
						err = s.Append(ctx, d) // the same move: only the key decides
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
				acknowledged <- intent.Move.Transaction
			}
		})
	}
	for range 2 {
		time.Sleep(300 * time.Millisecond)
		_ = server.Kill()
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	close(stop)
	all.Wait()
	close(acknowledged)
	if len(acknowledged) < 100 {
		t.Errorf("only %d were acknowledged", len(acknowledged))
	}
	for id := range acknowledged {
		if found, err := s.Find(ctx, voucher.ByID(id)); err != nil || found.Version != 2 {
			t.Fatalf("%s: version %d, %v", id, found.Version, err)
		}
	}
	if found := verified(t, s); found.Wrong > 0 || found.Unlinked > 0 {
		t.Errorf("the history is not what was written: %+v", found)
	}
}

func TestAStepThatWasMadeAndNotNotedIsNoted(t *testing.T) {
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	_ = openMySQL(t, dsn, nil).Close()
	db := mariadb.Open(t, dsn)
	defer func() { _ = db.Close() }()
	// What a migrator leaves that is killed between a change of tables and its note.
	if _, err := db.ExecContext(context.Background(), "DELETE FROM goose_db_version WHERE version_id >= 12"); err != nil {
		t.Fatal(err)
	}
	s := openMySQL(t, dsn, nil)
	if have, need, err := s.Schema(context.Background()); err != nil || have != need {
		t.Errorf("version %d, want %d, %v", have, need, err)
	}
	appended(t, s, intent("1"))
}
