package application_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// owed sells and reverses one voucher, the n-th, of a vendor.
func (w *world) owed(n int, receiver string) voucher.TransactionID {
	w.t.Helper()
	o := order()
	o.ID = voucher.TransactionID(fmt.Sprintf("00000000-0000-4000-8000-1%011d", n))
	o.Receiver = voucher.Institution{ID: receiver}
	if _, err := w.Provision(context.Background(), o); err != nil {
		w.t.Fatal(err)
	}
	a := reversal(fmt.Sprintf("22222222-0000-4000-8000-%012d", n))
	a.Transaction = o.ID
	if _, err := w.Reverse(context.Background(), a); err != nil {
		w.t.Fatal(err)
	}
	return o.ID
}

func (w *world) owesSome(count int) (ids []voucher.TransactionID) {
	w.t.Helper()
	for n := range count {
		ids = append(ids, w.owed(n, "44444444"))
	}
	return ids
}

func (w *world) reversed(ids ...voucher.TransactionID) (count int) {
	w.t.Helper()
	for _, id := range ids {
		t, err := w.store.Find(context.Background(), voucher.ByID(id))
		if err != nil {
			w.t.Fatal(err)
		}
		if t.State == voucher.Reversed {
			count++
		}
	}
	return count
}

// attempts are the times at which a transaction's advice was sent.
func (v *vendor) attempts(id voucher.TransactionID) (at []time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, a := range v.advices {
		if a.Transaction == id {
			at = append(at, v.sentAt[i])
		}
	}
	return at
}

func unanswered(context.Context, *vendor, voucher.Advice) voucher.AdviceOutcome {
	return voucher.AdviceOutcome{}
}

func acceptAll(_ context.Context, v *vendor, a voucher.Advice) voucher.AdviceOutcome {
	return v.accept(a)
}

// except fails for one transaction's advice only.
func except(
	id voucher.TransactionID, fail func(context.Context, *vendor, voucher.Advice) voucher.AdviceOutcome,
) func(context.Context, *vendor, voucher.Advice) voucher.AdviceOutcome {
	return func(ctx context.Context, v *vendor, a voucher.Advice) voucher.AdviceOutcome {
		if a.Transaction == id {
			return fail(ctx, v, a)
		}
		return v.accept(a)
	}
}

func TestTheOldestAdviceOfALaneIsTriedEveryTenSeconds(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.advise = unanswered
		ids := w.owesSome(20)
		w.quiet(time.Hour)
		oldest := w.vendor.attempts(ids[0])
		for i := 1; i < len(oldest); i++ {
			if gap := oldest[i].Sub(oldest[i-1]); gap > 10*time.Second {
				t.Fatalf("attempt %d came %s after the one before", i+1, gap)
			}
		}
		if len(oldest) < 360 {
			t.Errorf("%d attempts in an hour, want one in ten seconds", len(oldest))
		}
	})
}

func TestAnyOtherAdviceBacksOffFromASecondToFiveMinutes(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.advise = unanswered
		ids := w.owesSome(2)
		w.quiet(time.Hour)
		sent, ceiling := w.vendor.attempts(ids[1]), time.Second
		for i := 1; i < len(sent); i++ {
			// Chance is one half in this world, and a lane looks each second.
			gap := sent[i].Sub(sent[i-1])
			if gap < ceiling/2 || gap > ceiling/2+time.Second {
				t.Fatalf("attempt %d came %s after the one before, want about %s", i+1, gap, ceiling/2)
			}
			ceiling = min(2*ceiling, 5*time.Minute)
		}
		if len(sent) < 20 {
			t.Errorf("%d attempts in an hour", len(sent))
		}
	})
}

func TestALaneDrainsWithinSecondsOfItsProvidersReturn(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.advise = unanswered
		ids := w.owesSome(200)
		w.quiet(time.Hour)
		w.vendor.returns()
		w.quiet(11 * time.Second)
		if done := w.reversed(ids...); done != len(ids) {
			t.Errorf("%d of %d reversals are settled 11 s after the provider's return", done, len(ids))
		}
	})
}

func TestADeadProviderDelaysNoOtherProvidersAdvices(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.advise = func(ctx context.Context, _ *vendor, _ voucher.Advice) voucher.AdviceOutcome {
			<-ctx.Done()
			return voucher.AdviceOutcome{}
		}
		w.owesSome(50)
		began := time.Now()
		id := w.owed(100, "55555555")
		if took := time.Since(began); took > time.Second || w.reversed(id) != 1 {
			t.Errorf("another provider's reversal took %s", took)
		}
	})
}

func TestAPoisonedAdviceDelaysNobody(t *testing.T) {
	for name, poison := range map[string]func(context.Context, *vendor, voucher.Advice) voucher.AdviceOutcome{
		"never answered": unanswered,
		"panics":         func(context.Context, *vendor, voucher.Advice) voucher.AdviceOutcome { panic("poison") },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, everything, func(w *world) {
				o := order()
				w.vendor.advise = except(o.ID, poison)
				_, _ = w.provision()
				_, _ = w.reverse("r1")
				for n := range 50 {
					began := time.Now()
					id := w.owed(n, "44444444")
					if took := time.Since(began); took > time.Second || w.reversed(id) != 1 {
						t.Fatalf("reversal %d took %s beside a poisoned one", n, took)
					}
				}
				w.quiet(time.Hour)
				w.want(voucher.Reversing)
				if sent := len(w.vendor.attempts(o.ID)); sent < 360 || sent > 920 {
					t.Errorf("the poisoned advice was tried %d times in an hour, want one in four to ten seconds", sent)
				}
			})
		})
	}
}

func TestAnAdviceWhoseTransactionCannotBeReadIsTriedAgainAndDelaysNobody(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		w.stop()
		broken := &unreadable{Journal: w.store, id: order().ID}
		w.start(broken)
		d := w.state().Reverse(reversal("r1"))
		if err := w.store.Append(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		ids := w.owesSome(10)
		w.quiet(time.Minute)
		if done := w.reversed(ids...); done != len(ids) {
			t.Errorf("%d of %d reversals are settled beside an unreadable one", done, len(ids))
		}
		w.stop()
		w.start(w.store)
		w.quiet(10 * time.Second)
		w.want(voucher.Reversed)
	})
}

// The queue is no history, so whoever may write to it must not have another vendor acknowledge a reversal.
func TestAnAdviceIsSentToTheProviderThatTheHistoryNamesAndToNoOther(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		w.stop()
		w.queue = misrouted{w.store}
		w.start(w.store)
		d := w.state().Reverse(reversal("r1"))
		if err := w.store.Append(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		w.quiet(2 * time.Minute)
		w.want(voucher.Reversing)
		if sent := len(w.other.attempts(order().ID)); sent > 0 {
			t.Errorf("another vendor was told %d times", sent)
		}
		w.stop()
		w.queue = nil
		w.start(w.store)
		w.quiet(time.Minute)
		w.want(voucher.Reversed)
	})
}

// misrouted is a queue in which somebody has put the first vendor's advices into the other one's lane.
type misrouted struct{ ports.AdviceQueue }

// Claim implements ports.AdviceQueue.
func (q misrouted) Claim(
	ctx context.Context, lane voucher.ProviderID, lease time.Duration, limit int,
) ([]voucher.Advice, error) {
	if lane != another {
		return nil, nil
	}
	claimed, err := q.AdviceQueue.Claim(ctx, provider, lease, limit)
	for i := range claimed {
		claimed[i].Provider = lane
	}
	return claimed, err
}

// unreadable is a journal that one transaction cannot be read from.
type unreadable struct {
	ports.Journal
	id voucher.TransactionID
}

// Find implements ports.Journal.
func (j *unreadable) Find(ctx context.Context, key voucher.Key) (voucher.Transaction, error) {
	if key.ID == j.id {
		return voucher.Transaction{}, fault.New(fault.Internal, "the moves cannot be read")
	}
	return j.Journal.Find(ctx, key)
}
