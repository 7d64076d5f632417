package gormstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/mariadb"
)

// atNoon is the clock of tests that no midnight shall interrupt.
func atNoon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// counted is an intent that takes so much of a limit of 1000 on everything.
func counted(id voucher.TransactionID, minor int64) voucher.Decision {
	d := intent(id)
	d.Move.Opening.Reservations = []voucher.Reservation{{Price: money.New(minor, "710"), Most: 1000}}
	d.Next.Attempt.Reservations = d.Move.Opening.Reservations
	return d
}

// undone is the decision after an intent at which nothing was sold.
func undone(t *testing.T, s *Store, id voucher.TransactionID) voucher.Decision {
	t.Helper()
	opened, err := s.Find(context.Background(), voucher.ByID(id))
	if err != nil {
		t.Fatal(err)
	}
	return opened.Record(voucher.NothingSent(), voucher.Draft{}).Answering(voucher.Answer{Status: 503})
}

// takings are what the table says, by day.
func takings(t *testing.T, s *Store) map[int64]int64 {
	t.Helper()
	var rows []struct{ Day, Taken int64 }
	if err := s.reader.Raw("SELECT day, taken FROM takings").Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	all := map[int64]int64{}
	for _, r := range rows {
		all[r.Day] += r.Taken
	}
	return all
}

// taken is what the table says of the one day there is.
func taken(t *testing.T, s *Store) int64 {
	t.Helper()
	days := takings(t, s)
	if len(days) != 1 {
		t.Fatalf("takings of the days %v, want one day", days)
	}
	return slices.Collect(maps.Values(days))[0]
}

// books are all rows of all tables that a sale writes.
func books(t *testing.T, s *Store) string {
	t.Helper()
	text := ""
	for _, table := range []string{"moves", "contents", "advices", "cases", "takings"} {
		var rows []map[string]any
		if err := s.reader.Raw("SELECT * FROM " + table).Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintln(table, rows)
	}
	return text
}

func TestARefusedSaleLeavesNoTraceAndItsIDFree(t *testing.T) {
	for name, s := range map[string]*Store{
		"SQLite":  open(t, filepath.Join(t.TempDir(), "s.db"), atNoon),
		"MariaDB": openMySQL(t, mariadb.NewDatabase(t, mariadb.Address(t)), nil),
	} {
		t.Run(name, func(t *testing.T) {
			appended(t, s, counted("1", 600))
			before := books(t, s)
			if err := s.Append(context.Background(), counted("2", 401)); !fault.Is(err, fault.LimitExceeded) {
				t.Errorf("got %v, want fault.LimitExceeded", err)
			}
			got := flushed(t, s, counted("3", 500), counted("4", 401))
			if !fault.Is(got[0], fault.LimitExceeded) || !fault.Is(got[1], fault.LimitExceeded) {
				t.Errorf("got %v", got)
			}
			if after := books(t, s); after != before {
				t.Errorf("before %s\nafter %s", before, after)
			}
			appended(t, s, counted("2", 400))
			if got := taken(t, s); got != 1000 {
				t.Errorf("%d are taken, want 1000", got)
			}
		})
	}
}

func TestASaleWithoutRoomSpoilsNoneOfItsBatch(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), atNoon)
	appended(t, s, intent("old"))
	got := flushed(t, s, counted("1", 600), counted("2", 600), intent("3"), counted("4", 400), counted("5", 1), intent("old"))
	for i, want := range []bool{true, false, true, true, false} {
		id := voucher.TransactionID(rune('1' + i))
		if (got[i] == nil) != want || !want && !fault.Is(got[i], fault.LimitExceeded) || isWritten(s, id) != want {
			t.Errorf("%s: %v", id, got[i])
		}
	}
	if !errors.Is(got[5], errTaken) || taken(t, s) != 1000 {
		t.Errorf("%v; %d are taken, want 1000", got[5], taken(t, s))
	}
}

func TestWhatStaleMovesTookAndGaveOfABatchIsUndone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), atNoon)
	appended(t, s, counted("1", 300))
	late := undone(t, s, "1")
	appended(t, s, doubt(t, s, "1"))
	again := counted("2", 200)
	again.Move.Opening.Reference = "another"
	got := flushed(t, s, late, counted("2", 200), again, counted("3", 500))
	if !errors.Is(got[0], errTaken) || got[1] != nil || !errors.Is(got[2], errTaken) || got[3] != nil {
		t.Errorf("got %v", got)
	}
	if got := taken(t, s); got != 1000 {
		t.Errorf("%d are taken, want 1000", got)
	}
}

func TestASaleAtMidnightIsCountedOnTheDayOfItsMove(t *testing.T) {
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	now := midnight.Add(-time.Hour)
	readings := 0
	s := open(t, filepath.Join(t.TempDir(), "s.db"), func() time.Time {
		if readings++; readings == 2 { // the first one was for the taking
			now = midnight
		}
		return now
	})
	appended(t, s, counted("0", 0))
	now, readings = midnight.Add(-time.Microsecond), 0
	appended(t, s, counted("1", 300))
	opened, err := s.Find(context.Background(), voucher.ByID("1"))
	if err != nil || !opened.OpenedAt.Equal(midnight) {
		t.Fatalf("opened at %v, %v", opened.OpenedAt, err)
	}
	if got := takings(t, s)[midnight.UnixMicro()]; got != 300 {
		t.Errorf("%d are taken of the new day, want 300", got)
	}
	now = midnight.Add(30 * time.Hour)
	appended(t, s, undone(t, s, "1"))
	for day, taken := range takings(t, s) {
		if taken != 0 {
			t.Errorf("%d are taken of %v when it is undone", taken, instant(day))
		}
	}
}

func TestASumThatNoNumberHoldsFindsNoRoom(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), atNoon)
	for i, err := range flushed(t, s, counted("1", math.MaxInt64), counted("2", math.MaxInt64), counted("3", 1000)) {
		if (err == nil) != (i == 2) {
			t.Errorf("%d: %v", i+1, err)
		}
	}
	if got := taken(t, s); got != 1000 {
		t.Errorf("%d are taken, want 1000", got)
	}
}

// The limit is full by the intent itself when it is written again.
func TestAnIntentWhoseCommitsAnswerWasLostTakesOnce(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), atNoon)
	appended(t, s, counted("old", 400))
	pool := s.writer.Statement.ConnPool
	db, err := s.writer.DB()
	if err != nil {
		t.Fatal(err)
	}
	s.isLost = func(err error) bool { return isNumbered(err, deadlock) }
	s.writer.Statement.ConnPool = losing{pool, db, func() { s.writer.Statement.ConnPool = pool }}
	s.writer.ConnPool = s.writer.Statement.ConnPool
	if err := s.Append(context.Background(), counted("1", 600)); !fault.Is(err, fault.Ambiguous) {
		t.Errorf("the first time: %v", err)
	}
	if err := s.Append(context.Background(), counted("1", 600)); err != nil {
		t.Errorf("again: %v", err)
	}
	if got := taken(t, s); got != 1000 {
		t.Errorf("%d are taken, want 1000", got)
	}
}

func TestAVanishedReplicasTakingHoldsUpNoOthersSale(t *testing.T) {
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	s := openMySQL(t, dsn, nil)
	appended(t, s, counted("1", 100))
	vanished(t, dsn, "UPDATE takings SET taken = taken + 1")
	began := time.Now()
	got := flushed(t, s, counted("2", 100), intent("3"), undone(t, s, "1"), counted("4", 100))
	if got[1] != nil || !isWritten(s, "3") {
		t.Errorf("the sale that nothing limits: %v", got[1])
	}
	for _, i := range []int{0, 2, 3} {
		if !fault.Is(s.fault(got[i]), fault.Overloaded) {
			t.Errorf("the one that waits: %v, want fault.Overloaded", got[i])
		}
	}
	if waited := time.Since(began); waited > longest {
		t.Errorf("all waited for %v", waited)
	}
	if isWritten(s, "2") || isWritten(s, "4") {
		t.Error("a sale was written that was told it was not")
	}
}

func TestTwoReplicasTogetherTakeNoMoreThanTheLimit(t *testing.T) {
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	replicas := []*Store{openMySQL(t, dsn, atNoon), openMySQL(t, dsn, atNoon)}
	const tries, minor = 120, 10
	outcomes := make([]error, tries)
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() {
			s, id := replicas[i%2], voucher.TransactionID(fmt.Sprintf("%036d", i))
			if outcomes[i] = s.Append(context.Background(), counted(id, minor)); outcomes[i] != nil || i%3 > 0 {
				return
			}
			back := counted(id, minor).Next.Record(voucher.NothingSent(), voucher.Draft{})
			back = back.Answering(voucher.Answer{Status: 503})
			if err := replicas[(i+1)%2].Append(context.Background(), back); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	written, given := int64(0), int64(0)
	for i, err := range outcomes {
		switch {
		case err == nil && i%3 == 0:
			written, given = written+1, given+1
		case err == nil:
			written++
		case !fault.Is(err, fault.LimitExceeded):
			t.Error(err)
		}
	}
	if got := taken(t, replicas[0]); got != (written-given)*minor || got > 1000 {
		t.Errorf("%d are taken by %d sales of %d, of which %d were given back", got, written, minor, given)
	}
	if written < 100 || written == tries && given < 20 {
		t.Errorf("%d sales were written and %d given back: the limit was not tried", written, given)
	}
}
