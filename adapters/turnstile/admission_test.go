package turnstile_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/adapters/turnstile"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// slowJournal writes so many decisions at a time, each in so long.
type slowJournal struct {
	ports.Journal
	slots chan struct{}
	takes time.Duration
}

func (j *slowJournal) Append(context.Context, voucher.Decision) error {
	j.slots <- struct{}{}
	defer func() { <-j.slots }()
	time.Sleep(j.takes)
	return nil
}

// offered are sales at that rate for so long, each shed or written. It tells what came of them.
func offered(a *turnstile.Admission, j ports.Journal, every, during time.Duration) (written int, worst time.Duration) {
	took := make(chan time.Duration, int(during/every)+1)
	sales := 0
	for began := time.Now(); time.Since(began) < during; time.Sleep(every) {
		if !a.Admits(turnstile.ForSales) {
			continue
		}
		sales++
		go func() {
			asked := time.Now()
			_ = j.Append(context.Background(), voucher.Decision{})
			took <- time.Since(asked)
		}()
	}
	for range sales {
		worst = max(worst, <-took)
	}
	return sales, worst
}

func TestWhatIsLetInIsWrittenSoonHoweverMuchIsOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := turnstile.NewAdmission(time.Now)
		slow := &slowJournal{slots: make(chan struct{}, 16), takes: 10 * time.Millisecond} // 1,600 a second
		j := a.Journal(slow)
		offered(a, j, 100*time.Microsecond, 3*time.Second) // it learns
		written, worst := offered(a, j, 100*time.Microsecond, 5*time.Second)
		if written < 7200 || worst > 200*time.Millisecond {
			t.Errorf("of 10,000 a second %d in 5 s were written, the slowest in %s; want 90%% of 8,000, within 200 ms",
				written, worst)
		}
	})
}

func TestEverybodyIsLetInWhileCommitsAreQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := turnstile.NewAdmission(time.Now)
		j := a.Journal(&slowJournal{slots: make(chan struct{}, 1000), takes: 20 * time.Millisecond})
		if written, _ := offered(a, j, 100*time.Microsecond, 2*time.Second); written != 20_000 {
			t.Errorf("%d of 20,000 were let in", written)
		}
	})
}

func TestAfterABurstEverybodyIsLetInAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := turnstile.NewAdmission(time.Now)
		slow := &slowJournal{slots: make(chan struct{}, 16), takes: 10 * time.Millisecond}
		j := a.Journal(slow)
		offered(a, j, 100*time.Microsecond, 3*time.Second)
		if written, _ := offered(a, j, time.Millisecond, 2*time.Second); written < 1990 {
			t.Errorf("%d of 2,000 were let in", written)
		}
	})
}

// stuckJournal answers when it is told to.
type stuckJournal struct {
	ports.Journal
	goOn chan struct{}
}

func (j stuckJournal) Find(context.Context, voucher.Key) (voucher.Transaction, error) {
	<-j.goOn
	return voucher.Transaction{}, errors.New("late")
}

func TestSalesAreShedFirstThenRepeatsThenAdvices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := turnstile.NewAdmission(time.Now)
		stuck := stuckJournal{goOn: make(chan struct{})}
		j := a.Journal(stuck)
		order := []turnstile.Priority{turnstile.ForSales, turnstile.ForRepeats, turnstile.ForAdvices}
		for i, p := range order {
			for a.Admits(p) {
				go func() { _, _ = j.Find(context.Background(), voucher.Key{}) }()
				synctest.Wait()
			}
			for _, later := range order[i+1:] {
				if !a.Admits(later) {
					t.Errorf("%d waiting: %d is shed with %d", a.Waiting(), later, p)
				}
			}
		}
		close(stuck.goOn)
		synctest.Wait()
		if !a.Admits(turnstile.ForSales) || a.Waiting() != 0 {
			t.Errorf("%d wait for ever", a.Waiting())
		}
	})
}
