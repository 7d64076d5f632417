package gormstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/mariadb"
)

func entryOf(t *testing.T, s *Store, d voucher.Decision) *entry {
	t.Helper()
	e, err := s.entryOf(d.Move)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// occupy makes the test the flusher, once no other is at work.
func occupy(s *Store) {
	for {
		s.mu.Lock()
		idle := s.flushing == 0
		if idle {
			s.flushing = 1
		}
		s.mu.Unlock()
		if idle {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// flushed commits decisions in one batch and gives their outcomes.
func flushed(t *testing.T, s *Store, decisions ...voucher.Decision) (outcomes []error) {
	t.Helper()
	occupy(s)
	for _, d := range decisions {
		s.pending = append(s.pending, entryOf(t, s, d))
	}
	batch := s.pending
	s.flush()
	for _, e := range batch {
		outcomes = append(outcomes, <-e.done)
	}
	return outcomes
}

func isWritten(s *Store, id voucher.TransactionID) bool {
	_, err := s.Find(context.Background(), voucher.ByID(id))
	return err == nil
}

func TestATakenVersionSpoilsNoneOfItsBatch(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	appended(t, s, intent("1"))
	got := flushed(t, s, intent("2"), intent("1"), intent("3"))
	if got[0] != nil || !errors.Is(got[1], errTaken) || got[2] != nil {
		t.Errorf("got %v", got)
	}
	if !isWritten(s, "2") || !isWritten(s, "3") {
		t.Error("a decision that was acknowledged is missing")
	}
}

func TestABadDecisionFailsAlone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	appended(t, s, intent("1"))
	appended(t, s, doubt(t, s, "1"))
	bad := doubt(t, s, "1") // a third move that queues a second advice beside the open one
	bad.Move = func(m voucher.Move) voucher.Move {
		m.Transaction, m.Version, m.Fact, m.State = "1", 3, voucher.FactReverse, voucher.Reversing
		m.Queues = &voucher.Advice{ID: "second", Transaction: "1"}
		return m
	}(bad.Move)
	got := flushed(t, s, intent("2"), bad, intent("3"))
	if got[0] != nil || !fault.Is(s.fault(got[1]), fault.Internal) || got[2] != nil {
		t.Errorf("got %v", got)
	}
	if !isWritten(s, "2") || !isWritten(s, "3") {
		t.Error("a decision that was acknowledged is missing")
	}
	if kept, err := s.Find(context.Background(), voucher.ByID("1")); err != nil || kept.Version != 2 {
		t.Errorf("the bad decision left %v, %v", kept, err)
	}
}

func TestMoreThanOneCommitTakesAreAllWritten(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	var all []voucher.Decision
	for i := range 2*widest + 1 {
		all = append(all, intent(voucher.TransactionID(rune('a'+i))))
	}
	for i, err := range flushed(t, s, all...) {
		if err != nil || !isWritten(s, all[i].Move.Transaction) {
			t.Errorf("%s: %v", all[i].Move.Transaction, err)
		}
	}
	if s.flushing != 0 || len(s.pending) != 0 {
		t.Error("the flusher did not come to its end")
	}
}

// The nodes of a cluster leave numbers for each other, so the contents of a batch lie apart.
func TestContentsOfABatchBelongToTheirMovesWhereverNumbersAreLeftOut(t *testing.T) {
	address := mariadb.Address(t)
	db := mariadb.Open(t, mariadb.NewDatabase(t, address))
	defer func() { _ = db.Close() }()
	stride := func(apart int) {
		for _, name := range []string{"increment", "offset"} {
			if _, err := db.ExecContext(context.Background(), "SET GLOBAL auto_increment_"+name+" = ?", apart); err != nil {
				t.Fatal(err)
			}
		}
	}
	stride(3)
	defer stride(1)
	s := openMySQL(t, mariadb.NewDatabase(t, address), nil)
	var all []voucher.Decision
	for i := range widest - 1 {
		d := intent(voucher.TransactionID(fmt.Sprint(i)))
		d.Move.Opening.Order.Message = voucher.NewSecret("message " + fmt.Sprint(i))
		all = append(all, d)
	}
	for i, err := range flushed(t, s, all...) {
		kept, found := s.Find(context.Background(), voucher.ByID(all[i].Move.Transaction))
		if want := "message " + fmt.Sprint(i); err != nil || found != nil || kept.Attempt.Order.Message.Reveal() != want {
			t.Errorf("%s: %v, %v", want, err, found)
		}
	}
}

// waiting starts an Append that finds a flusher at work, and returns when it waits in the queue.
func waiting(ctx context.Context, s *Store, d voucher.Decision) <-chan error {
	occupy(s)
	answer := make(chan error, 1)
	go func() { answer <- s.Append(ctx, d) }()
	for {
		s.mu.Lock()
		queued := len(s.pending)
		s.mu.Unlock()
		if queued > 0 {
			return answer
		}
		time.Sleep(time.Millisecond)
	}
}

func TestADecisionIsWithdrawnWhileItWaits(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	answer := waiting(ctx, s, intent("1"))
	cancel()
	if err := <-answer; !fault.Is(err, fault.Overloaded) {
		t.Errorf("got %v, want fault.Overloaded", err)
	}
	s.flush()
	if isWritten(s, "1") {
		t.Error("a withdrawn decision was written")
	}
}

func TestADecisionOnItsWayIsAmbiguousToWhoeverLeaves(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	answer := waiting(ctx, s, intent("1"))
	batch := s.take()
	cancel()
	if err := <-answer; !fault.Is(err, fault.Ambiguous) {
		t.Errorf("got %v, want fault.Ambiguous", err)
	}
	if _, err := s.write(batch); err != nil {
		t.Fatal(err)
	}
	s.flush() // finds nothing, and so lets the next one begin
	appended(t, s, intent("1"))
	if !isWritten(s, "1") {
		t.Error("the decision is missing")
	}
}

func TestACommitTakesNoMoreDecisionsThanItMay(t *testing.T) {
	for width, commits := range map[int]int{1: connections, 3: 1} {
		s, err := Open(context.Background(), Options{
			DSN: "sqlite:" + filepath.Join(t.TempDir(), "s.db"), IndexKey: testKey, Keyring: testRing, DecisionsPerCommit: width,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		for i := range 5 {
			s.pending = append(s.pending, entryOf(t, s, intent(voucher.TransactionID(rune('a'+i)))))
		}
		if batch := s.take(); len(batch) != width || s.commits != commits {
			t.Errorf("with %d a commit takes %d, and %d are under way at a time", width, len(batch), s.commits)
		}
	}
}
