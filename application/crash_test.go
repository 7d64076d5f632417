package application_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// broken is how a journal's call goes wrong.
type broken int

const (
	dies         broken = iota // the call and every later one is refused: the process is cut off from its journal
	diesAfter                  // the call is carried out, its answer lost, every later one refused
	losesAnswer                // the call is carried out, its answer lost, later ones work
	losesCall                  // the call is not carried out, its answer lost, later ones work
	arrivesLater               // the answer is lost and the call carried out only a second later
	away                       // refused for three seconds
)

func (b broken) String() string {
	return [...]string{"dies", "dies after", "loses the answer", "loses the call", "arrives later", "is away"}[b]
}

// brittle is a journal whose n-th append goes wrong.
type brittle struct {
	ports.Journal
	n   int
	how broken

	mu    sync.Mutex
	calls int
	since time.Time
}

func (j *brittle) Append(ctx context.Context, d voucher.Decision) error {
	j.mu.Lock()
	j.calls++
	n := j.calls
	if n == j.n {
		j.since = time.Now()
	}
	j.mu.Unlock()
	refused := fault.New(fault.Overloaded, "the database is away")
	lost := fault.New(fault.Ambiguous, "the commit's answer was lost")
	switch {
	case n < j.n:
		return j.Journal.Append(ctx, d)
	case j.how == dies, j.how == diesAfter && n > j.n:
		return refused
	case j.how == away && time.Since(j.since) < 3*time.Second:
		return refused
	case n > j.n:
		return j.Journal.Append(ctx, d)
	case j.how == losesCall:
		return lost
	case j.how == arrivesLater:
		time.AfterFunc(time.Second, func() { _ = j.Journal.Append(context.Background(), d) })
		return lost
	default:
		_ = j.Journal.Append(ctx, d)
		return lost
	}
}

func (j *brittle) reached() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.calls >= j.n
}

// Find fails with a journal that died, as its process would.
func (j *brittle) Find(ctx context.Context, key voucher.Key) (voucher.Transaction, error) {
	j.mu.Lock()
	dead := j.calls > j.n && j.how <= diesAfter
	j.mu.Unlock()
	if dead {
		return voucher.Transaction{}, fault.New(fault.Overloaded, "the database is away")
	}
	return j.Journal.Find(ctx, key)
}

// stories are what may be going on when the journal goes wrong. Each returns the codes the channel was handed.
var stories = map[string]func(*world) []string{
	"provision":            func(w *world) []string { return codes(w.provision()) },
	"provision and retry":  func(w *world) []string { return append(codes(w.provision()), codes(w.retry())...) },
	"provision, reversal":  func(w *world) []string { c := codes(w.provision()); _, _ = w.reverse("r1"); return c },
	"provision, confirm":   func(w *world) []string { c := codes(w.provision()); _, _ = w.confirm("c1"); return c },
	"reversal, provision":  func(w *world) []string { _, _ = w.reverse("r1"); return codes(w.provision()) },
	"reversal in mid-sale": reversalInMidSale,
	"time-out":             func(w *world) []string { w.vendor.answer = hang; return codes(w.provision()) },
	"late voucher":         func(w *world) []string { w.vendor.answer = after(3 * time.Second); return codes(w.provision()) },
	"broken after issuing": func(w *world) []string { w.vendor.answer = brokenAfterIssuing; return codes(w.provision()) },
}

func reversalInMidSale(w *world) []string {
	w.vendor.answer = after(time.Second)
	var reversed sync.WaitGroup
	reversed.Go(func() {
		time.Sleep(100 * time.Millisecond)
		_, _ = w.reverse("r1")
	})
	got := codes(w.provision())
	reversed.Wait()
	return got
}

func brokenAfterIssuing(_ context.Context, v *vendor, _ voucher.Attempt) voucher.Outcome {
	v.issue()
	return voucher.Broken()
}

func codes(t voucher.Transaction, err error) []string {
	if err == nil && t.Answer.Status < 300 {
		return []string{t.Answer.Body.Reveal()}
	}
	return nil
}

// TestNoVoucherIsLostHoweverTheJournalFails fails the n-th append in every way, for every n that a story reaches,
// starts another process on what was written, and lets everything drain. Then every voucher in the vendor's ledger
// must be accounted for (lifecycle S7), the provider called once at most (S2), and no channel told two things (S5).
func TestNoVoucherIsLostHoweverTheJournalFails(t *testing.T) {
	profiles := map[string]voucher.Capabilities{
		"plain": everything, "no advices": {Retries: true}, "remembers": {Retries: true, Reversals: true, RemembersReversals: true},
		"wants confirmations": {Retries: true, Reversals: true, Confirmations: true},
	}
	for profile, caps := range profiles {
		for name, story := range stories {
			for how := dies; how <= away; how++ {
				t.Run(fmt.Sprintf("%s/%s/%s", profile, name, how), func(t *testing.T) {
					for n, reached := 1, true; reached; n++ {
						in(t, caps, func(w *world) { reached = w.failAt(n, how, story) })
					}
				})
			}
		}
	}
}

// failAt runs a story on a journal whose n-th append fails, and reports whether it came to that.
func (w *world) failAt(n int, how broken, story func(*world) []string) bool {
	journal := &brittle{Journal: w.store, n: n, how: how}
	w.stop()
	w.start(journal)
	delivered := story(w)
	if how <= diesAfter {
		w.restart()
	}
	w.quiet(time.Hour)
	w.accountedFor(n, delivered)
	if again := codes(w.retry()); len(delivered) > 0 && len(again) > 0 && again[0] != delivered[0] {
		w.t.Errorf("append %d: handed %q first and %q on retry", n, delivered[0], again[0])
	}
	return journal.reached()
}

func (w *world) accountedFor(n int, delivered []string) {
	w.t.Helper()
	t := w.state()
	calls, issued, reversed, _ := w.vendor.count()
	if calls > 1 {
		w.t.Errorf("append %d: the provider was called %d times", n, calls)
	}
	if issued == 0 {
		if len(delivered) > 0 {
			w.t.Errorf("append %d: delivered %q, and nothing was issued", n, delivered)
		}
		return
	}
	switch t.State {
	case voucher.Provisioned, voucher.Confirmed:
		if t.Approval == nil || reversed != 0 {
			w.t.Errorf("append %d: %s without its voucher, or with it reversed", n, t)
		}
	case voucher.Reversed:
		if reversed != issued {
			w.t.Errorf("append %d: %s, but the vendor reversed %d of %d", n, t, reversed, issued)
		}
	case voucher.Parked:
		if len(t.Cases) == 0 {
			w.t.Errorf("append %d: %s without a case", n, t)
		}
	case voucher.Absent, voucher.Sending, voucher.Declined, voucher.NotSent, voucher.Reversing, voucher.Barred:
		w.t.Errorf("append %d: a voucher was issued, and the transaction ended as %s", n, t)
	}
	if t.State == voucher.Sending || t.State == voucher.Reversing {
		w.t.Errorf("append %d: nothing ended it: %s", n, t)
	}
}

// The lost commit may still arrive, so "no room" is no final word on it (lifecycle rule 4).
func TestNoRoomIsNotToldOfAnIntentWhoseCommitMayStillArrive(t *testing.T) {
	in(t, everything, func(w *world) {
		o := order()
		limitedTo(10000)(&o)
		w.stop()
		w.start(&brittle{Journal: w.store, n: 1, how: losesCall})
		time.AfterFunc(time.Millisecond, func() {
			other := voucher.NewAttempt(o, w.profile(provider, voucher.Institution{}), voucher.Product{}, w.Timing, "other")
			other.Order.ID, other.Terms.Lease = "00000000-0000-4000-8000-000000000002", time.Hour
			if err := w.store.Append(context.Background(), voucher.Open(other)); err != nil {
				t.Error(err)
			}
		})
		_, err := w.Provision(context.Background(), o)
		wantKind(t, err, fault.Undecided)
		w.want(voucher.Absent)
	})
}

// eventful is a journal to whose n-th append something happens.
type eventful struct {
	ports.Journal
	n      int64
	happen func(voucher.Decision) error
	calls  atomic.Int64
}

func (j *eventful) Append(ctx context.Context, d voucher.Decision) error {
	if j.calls.Add(1) == j.n {
		return j.happen(d)
	}
	return j.Journal.Append(ctx, d)
}

// when starts the process on a journal to whose n-th append something happens.
func (w *world) when(n int64, happen func(voucher.Decision) error) {
	w.stop()
	w.start(&eventful{Journal: w.store, n: n, happen: happen})
}

// overtaken is a commit whose answer is lost, and on top of which another replica puts the channel's reversal.
func (w *world) overtaken(d voucher.Decision) error {
	if err := w.store.Append(context.Background(), d); err != nil {
		w.t.Error(err)
	}
	if err := w.store.Append(context.Background(), w.state().Reverse(reversal("r1"))); err != nil {
		w.t.Error(err)
	}
	return fault.New(fault.Ambiguous, "the commit's answer was lost")
}

func TestAnIntentWhoseCommitsAnswerWasLostIsNeitherFailureNorSuccess(t *testing.T) {
	for _, how := range []broken{losesAnswer, losesCall} {
		in(t, everything, func(w *world) {
			w.stop()
			w.start(&brittle{Journal: w.store, n: 1, how: how})
			got, err := w.provision()
			wantAnswer(t, got, err, 201, "code-1")
			w.calledOnce()
		})
	}
	in(t, everything, func(w *world) {
		w.stop()
		w.start(&brittle{Journal: w.store, n: 1, how: diesAfter})
		_, err := w.provision()
		wantKind(t, err, fault.Undecided)
		if calls, _, _, _ := w.vendor.count(); calls != 0 {
			t.Errorf("the provider was called %d times for an intent that nobody knows of", calls)
		}
	})
}

// Finding one's own move is not enough: a reversal may stand on top of it (lifecycle rule 4).
func TestAnIntentWhoseCommitsAnswerWasLostIsNotSentOnceItIsReversed(t *testing.T) {
	in(t, everything, func(w *world) {
		w.when(1, w.overtaken)
		_, err := w.provision()
		wantKind(t, err, fault.AlreadyReversed)
		w.quiet(time.Minute)
		w.want(voucher.Reversed)
		if calls, _, _, _ := w.vendor.count(); calls != 0 {
			t.Errorf("the provider was called %d times for a sale that was reversed", calls)
		}
	})
}

func TestAnOutcomeWhoseCommitsAnswerWasLostIsAnsweredFromTheLastMove(t *testing.T) {
	in(t, everything, func(w *world) {
		w.when(2, w.overtaken)
		got, err := w.provision()
		wantKind(t, err, fault.AlreadyReversed)
		if handed := codes(got, nil); got.Answer.Status != 0 {
			t.Errorf("answered %v after the reversal", handed)
		}
		w.quiet(time.Minute)
		w.want(voucher.Reversed)
	})
}

func TestAChannelThatHangsUpDuringTheIntentGetsTheVoucherOnRetry(t *testing.T) {
	in(t, everything, func(w *world) {
		w.stop()
		w.start(&brittle{Journal: w.store, n: 1, how: losesAnswer})
		ctx, hangUp := context.WithCancel(context.Background())
		time.AfterFunc(time.Millisecond, hangUp)
		_, _ = w.Provision(ctx, order())
		got, err := w.retry()
		wantAnswer(t, got, err, 200, "code-1")
		w.calledOnce()
	})
}

func TestAnIntentThatTookLongerThanTheSendGuardIsNotSent(t *testing.T) {
	in(t, everything, func(w *world) {
		w.when(1, func(d voucher.Decision) error {
			time.Sleep(w.Timing.SendGuard + time.Millisecond)
			return w.store.Append(context.Background(), d)
		})
		got, err := w.provision()
		wantAnswer(t, got, err, 503, "failed")
		w.want(voucher.NotSent)
		if calls, _, _, _ := w.vendor.count(); calls != 0 {
			t.Errorf("the provider was called %d times after the send guard", calls)
		}
	})
}
