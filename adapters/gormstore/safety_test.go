package gormstore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
	"voucherswitch/test/mariadb"
)

func intent(id voucher.TransactionID) voucher.Decision {
	a := *contract.FullMove().Opening
	a.Order.ID, a.Reservations = id, nil
	return voucher.Open(a)
}

// doubt is the decision after an intent whose outcome is unknown; it queues a reversal.
func doubt(t *testing.T, s *Store, id voucher.TransactionID) voucher.Decision {
	t.Helper()
	opened, err := s.Find(context.Background(), voucher.ByID(id))
	if err != nil {
		t.Fatal(err)
	}
	return opened.Record(voucher.Broken(), voucher.Draft{ID: "draft of " + voucher.AdviceID(id), Time: time.Now()})
}

func appended(t *testing.T, s *Store, d voucher.Decision) {
	t.Helper()
	if err := s.Append(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

func TestEveryCommitIsSyncedToTheDisk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	for name, pool := range map[string]*gorm.DB{"writer": s.writer, "reader": s.reader} {
		got := map[string]string{}
		for _, pragma := range []string{"journal_mode", "synchronous", "busy_timeout", "query_only"} {
			var value string
			if err := pool.Raw("PRAGMA " + pragma).Scan(&value).Error; err != nil {
				t.Fatal(err)
			}
			got[pragma] = value
		}
		want := map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000", "query_only": "0"}
		if name == "reader" {
			want["query_only"] = "1"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestOnlyItsOwnerMayReadTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	appended(t, open(t, path, time.Now), intent("1"))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		about, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if about.Mode().Perm() != 0o600 {
			t.Errorf("%s has the rights %v", about.Name(), about.Mode())
		}
	}
}

func TestAStoreOpenedBesideOrAfterwardsReplaysTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	first := open(t, path, time.Now)
	appended(t, first, intent("1"))
	appended(t, first, doubt(t, first, "1"))
	want, err := first.Find(context.Background(), voucher.ByID("1"))
	if err != nil {
		t.Fatal(err)
	}
	same := func(s *Store) {
		t.Helper()
		got, err := s.Find(context.Background(), voucher.ByID("1"))
		if err != nil || !reflect.DeepEqual(want, got) {
			t.Errorf("error %v (-want +got)\n%s", err, cmp.Diff(want, got))
		}
	}
	same(open(t, path, time.Now))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	after := open(t, path, time.Now)
	same(after)
	claimed, err := after.Claim(context.Background(), want.Terms().Provider, time.Minute, 1)
	if err != nil || len(claimed) != 1 || claimed[0].ID != want.Open.ID {
		t.Errorf("claimed %v, %v; want %s", claimed, err, want.Open.ID)
	}
}

func TestADecisionIsWrittenWholeOrNotAtAll(t *testing.T) {
	for _, table := range []string{"contents", "advices", "cases"} {
		t.Run("without "+table, func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
			appended(t, s, intent("1")) // its statements are prepared, so that they fail in the transaction
			if err := s.writer.Exec("ALTER TABLE " + table + " RENAME TO away").Error; err != nil {
				t.Fatal(err)
			}
			d := voucher.Decision{Move: contract.FullMove()}
			if err := s.Append(context.Background(), d); !fault.Is(err, fault.Overloaded) {
				t.Fatalf("got %v, want fault.Overloaded", err)
			}
			if err := s.writer.Exec("ALTER TABLE away RENAME TO " + table).Error; err != nil {
				t.Fatal(err)
			}
			if _, err := s.Find(context.Background(), voucher.ByID(d.Move.Transaction)); !fault.Is(err, fault.NotFound) {
				t.Errorf("got %v, want fault.NotFound", err)
			}
			appended(t, s, d)
		})
	}
}

func TestMovesCannotBeChanged(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	appended(t, s, intent("1"))
	for _, change := range []string{"UPDATE moves SET state = 'confirmed'", "DELETE FROM moves"} {
		if err := s.writer.Exec(change).Error; !fault.Is(s.fault(err), fault.Internal) {
			t.Errorf("%s: got %v, want an internal fault", change, err)
		}
	}
}

func TestATransactionThatCannotBeReadHidesNoOtherFromTheSettler(t *testing.T) {
	now := time.Now()
	s := open(t, filepath.Join(t.TempDir(), "s.db"), func() time.Time { return now })
	appended(t, s, intent("1"))
	appended(t, s, intent("2"))
	now = now.Add(time.Hour)
	for _, damage := range []string{"DROP TRIGGER moves_are_appended",
		"UPDATE moves SET fact = 'of the future' WHERE transaction_id = '1'"} {
		if err := s.writer.Exec(damage).Error; err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{10, 1} {
		overdue, err := s.Overdue(context.Background(), limit)
		if err == nil || len(overdue) != 1 || overdue[0].ID != "2" {
			t.Errorf("overdue, at most %d: %v, %v; want 2, and the other reported", limit, overdue, err)
		}
	}
}

func TestTheQueueTellsWhomItWaitsFor(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	appended(t, s, intent("1"))
	appended(t, s, doubt(t, s, "1"))
	providers, err := s.QueuedFor(context.Background())
	if err != nil || len(providers) != 1 || providers[0] != intent("1").Next.Terms().Provider {
		t.Errorf("got %v, %v", providers, err)
	}
}

func TestADatabaseThatCannotServeIsOverloaded(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "s.db")
	s, other := open(t, path, time.Now), open(t, path, time.Now)
	t.Run("locked by somebody else", func(t *testing.T) {
		err := other.commit(ctx, func(*gorm.DB) error {
			waiting, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
			defer cancel()
			_, err := s.Claim(waiting, "nobody", time.Minute, 1)
			if err != nil {
				t.Errorf("reading failed: %v", err)
			}
			return s.commit(waiting, func(*gorm.DB) error { return nil })
		})
		if err := s.fault(err); !fault.Is(err, fault.Overloaded) {
			t.Errorf("got %v, want fault.Overloaded", err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		_, found := s.Find(ctx, voucher.ByID("1"))
		_, overdue := s.Overdue(ctx, 1)
		_, claimed := s.Claim(ctx, "nobody", time.Minute, 1)
		_, cases := s.OpenCases(ctx, 1)
		postponed := s.Postpone(ctx, voucher.Advice{}, 0)
		for _, err := range []error{s.Append(ctx, intent("1")), found, overdue, claimed, cases, postponed} {
			if !fault.Is(err, fault.Overloaded) {
				t.Errorf("got %v, want fault.Overloaded", err)
			}
		}
	})
}

func TestACommitThatFailsIsAmbiguous(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	err := s.commit(ctx, func(*gorm.DB) error { cancel(); return nil })
	if !fault.Is(err, fault.Ambiguous) {
		t.Errorf("got %v, want fault.Ambiguous", err)
	}
	failure := errors.New("before the commit")
	if err := s.commit(context.Background(), func(*gorm.DB) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
}

func TestWhatCannotBeOpenedSaysWhy(t *testing.T) {
	key := make([]byte, 32)
	for _, c := range []struct {
		name, dsn string
		key       []byte
		says      string
	}{
		{"no such kind", "papyrus:scroll", key, `no database of kind "papyrus"`},
		{"a memory", "sqlite::memory:", key, "want the path of a file"},
		{"no such folder", "sqlite:" + filepath.Join(t.TempDir(), "none", "s.db"), key, "no such file or directory"},
		{"a folder", "sqlite:" + t.TempDir(), key, "is a directory"},
		{"no key", "sqlite:s.db", nil, "the index key is shorter than 16 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(context.Background(), Options{DSN: c.dsn, Clock: time.Now, IndexKey: c.key, Keyring: testRing})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestTheSchemaTellsItsVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	empty, err := Open(context.Background(), Options{DSN: "sqlite:" + path, Clock: time.Now, IndexKey: make([]byte, 32), Keyring: testRing})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = empty.Close() }()
	have, need, err := empty.Schema(context.Background())
	if err != nil || have != 0 || need < 1 {
		t.Errorf("before: %d, %d, %v; want 0 and this program's", have, need, err)
	}
	if have, need, err = open(t, path, time.Now).Schema(context.Background()); err != nil || have != need {
		t.Errorf("migrated: %d, %d, %v", have, need, err)
	}
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	appended(t, s, intent("1"))
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(context.Background(), voucher.ByID("1")); err != nil {
		t.Error(err)
	}
}

func TestTheWatermarkRisesBehindWhatIsDecided(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := open(t, filepath.Join(t.TempDir(), "s.db"), func() time.Time { return now })
	mark := func() (at int64) {
		for range rounds {
			if _, err := s.Overdue(context.Background(), 10); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.reader.Raw("SELECT decided_to FROM watermarks").Scan(&at).Error; err != nil {
			t.Fatal(err)
		}
		return at
	}
	appended(t, s, intent("1"))
	left, err := s.Find(context.Background(), voucher.ByID("1"))
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	if got := mark(); got != left.LeaseEnds.UnixMicro() {
		t.Errorf("the mark is at %v, want the lease that is not decided, %v", instant(got), left.LeaseEnds)
	}
	appended(t, s, doubt(t, s, "1"))
	if got, want := mark(), now.Add(-latest); got != want.UnixMicro() {
		t.Errorf("the mark is at %v, want %v", instant(got), want)
	}
}

func TestAProcessWithAnotherIndexKeyIsFoundOut(t *testing.T) {
	ctx := context.Background()
	for name, dsn := range map[string]string{
		"SQLite": "sqlite:" + filepath.Join(t.TempDir(), "keys.db"), "MySQL": mariadb.NewDatabase(t, mariadb.Address(t)),
	} {
		with := func(key []byte) error {
			s, err := Open(ctx, Options{DSN: dsn, IndexKey: key, Keyring: testRing})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if err := s.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			return s.CheckKeys(ctx)
		}
		other := []byte("another key of thirty-two bytes.")
		if err := errors.Join(with(testKey), with(testKey)); err != nil {
			t.Errorf("%s: the first key, twice: %v", name, err)
		}
		if err := with(other); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: another key: %v", name, err)
		}
	}
}
