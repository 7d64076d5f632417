package scenarios

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/test/mariadb"
)

// pair deploys two replicas on a database of their own, and gives a client of channel 22222222 at each.
func pair(t *testing.T, timeout string, flags ...string) (a, b *world, dsn string) {
	t.Helper()
	dsn = mariadb.NewDatabase(t, mariadb.Address(t))
	both := deploy(t, 2, dsn, timeout, append(brisk, flags...)...)
	return both[0], both[1], dsn
}

func TestRetryAtAnotherReplicaWaitsForTheOriginalAndAnswersTheSame(t *testing.T) {
	t.Parallel()
	a, b, _ := pair(t, "8s")
	request, began := sale(plain, 16003), time.Now() // answered after three seconds
	original := a.channel().posting("/vouchers", request)
	a.heard(t, request.id())
	retry := b.channel().posting("/vouchers/"+request.id()+"/retry", request)
	b.channel().provision(t, request).wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD")
	again, first := <-retry, <-original
	if waited := time.Since(began); waited < 2*time.Second {
		t.Errorf("the retry was answered after %v, before the provider's answer", waited)
	}
	again.want(t, http.StatusOK)
	first.want(t, http.StatusCreated)
	same(t, first, again)
	if written := a.ledger(t)[request.id()]; written.Calls != 1 {
		t.Errorf("the provider's books say %+v", written)
	}
}

func TestReversalAtAnotherReplicaOvertakesTheProvision(t *testing.T) {
	t.Parallel()
	a, b, _ := pair(t, "8s")
	request := sale(plain, 16003)
	undo := reversal(request.id())
	provision := a.channel().posting("/vouchers", request)
	a.heard(t, request.id())
	b.channel().reverse(t, undo).want(t, http.StatusAccepted)
	told := (<-provision).
		wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED").names(t, request.id(), undo.id())
	if told.value("detailMessage.reversalId") != undo.id() {
		t.Errorf("detailMessage.reversalId is not %s in %s", undo.id(), told.bytes())
	}
	eventually(t, 20*time.Second, func() string {
		if written := a.ledger(t)[request.id()]; written.State != "reversed" {
			return "the voucher that came after its reversal is " + written.State
		}
		return ""
	})
}

func TestWhatAKilledReplicaWasSendingAnotherReverses(t *testing.T) {
	t.Parallel()
	a, b, dsn := pair(t, "2s")
	requests := []message{sale(plain, 16001), sale(dual, 16003), sale(netcare, 16001), sale(plain, 16002)}
	for _, request := range requests {
		a.channel().posting("/vouchers", request)
		a.heard(t, request.id())
	}
	a.kill()
	if got := b.channel().lookup(t, requests[0].id()); got.status != http.StatusAccepted {
		t.Errorf("while the lease lasts a look-up was answered %d %s, want 202", got.status, got.body)
	}
	db := mariadb.Open(t, dsn)
	t.Cleanup(func() { _ = db.Close() })
	eventually(t, 30*time.Second, func() string { return unsettled(t, db) })
	books := b.ledger(t)
	for _, request := range requests {
		written := books[request.id()]
		if written.standing() || written.Calls != 1 || written.Reversals == 0 {
			t.Errorf("the provider's books say %+v, want one call, and reversed", written)
		}
	}
	const lease, sweep = (1 + 2 + 2) * time.Second, time.Second
	for _, row := range column(t, db, `SELECT CONCAT(b.fact, ' ', b.at - a.at) FROM moves a JOIN moves b
		ON b.transaction_id = a.transaction_id AND b.version = 2 WHERE a.version = 1`) {
		fact, after, _ := strings.Cut(row, " ")
		microseconds, _ := strconv.Atoi(after)
		if took := time.Duration(microseconds) * time.Microsecond; fact != "lapsed" || took < lease || took > lease+2*sweep {
			t.Errorf("%s after %v, want lapsed, after the lease of %v and within two sweeps of %v", fact, took, lease, sweep)
		}
	}
}

// TestFrozenOwnerFindsItsProvisionResolved freezes a replica while the provider answers it: another takes the lease over,
// and what the owner then learns is evidence for a reversal, and no voucher for its channel.
func TestFrozenOwnerFindsItsProvisionResolved(t *testing.T) {
	t.Parallel()
	a, b, dsn := pair(t, "4s")
	request := sale(plain, 16003)
	provision := a.channel().posting("/vouchers", request)
	a.heard(t, request.id())
	a.freeze(t)
	db := mariadb.Open(t, dsn)
	t.Cleanup(func() { _ = db.Close() })
	eventually(t, 30*time.Second, func() string {
		if written := b.ledger(t)[request.id()]; written.State != "reversed" {
			return "nobody took the lease over; the voucher is " + written.State
		}
		return ""
	})
	a.thaw(t)
	late := <-provision
	code := b.ledger(t)[request.id()].Code
	if late.status/100 == 2 || strings.Contains(string(late.body), code) {
		t.Errorf("the voucher was delivered after it was reversed: %d %s", late.status, late.body)
	}
	eventually(t, 20*time.Second, func() string { return unsettled(t, db) })
	same(t, a.channel().retry(t, request), b.channel().retry(t, request))
	if written := b.ledger(t)[request.id()]; written.State != "reversed" || written.Calls != 1 {
		t.Errorf("the provider's books say %+v", written)
	}
}

// TestStoppedReplicaDropsNothingThatItAccepted stops a replica under load. What it accepted is answered; what it did not
// accept has left no trace, and goes to the other.
func TestStoppedReplicaDropsNothingThatItAccepted(t *testing.T) {
	t.Parallel()
	a, b, _ := pair(t, "8s")
	var (
		mutex    sync.Mutex
		accepted = map[string]answer{}
		refused  []message
		over     atomic.Bool
		load     sync.WaitGroup
	)
	for range 8 {
		load.Go(func() {
			for !over.Load() {
				request := sale(plain, 12000)
				got, err := a.channel().send(http.MethodPost, "/vouchers", request.bytes())
				mutex.Lock()
				if err == nil && got.status == http.StatusCreated {
					accepted[request.id()] = got
				} else {
					refused = append(refused, request)
				}
				mutex.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	const enough = 50
	eventually(t, 30*time.Second, func() string {
		mutex.Lock()
		defer mutex.Unlock()
		if len(accepted) < enough {
			return fmt.Sprintf("only %d are accepted", len(accepted))
		}
		return ""
	})
	slowly := sale(plain, 16003)
	last := a.channel().posting("/vouchers", slowly)
	a.heard(t, slowly.id())
	ended := make(chan error, 1)
	go func() { ended <- a.stop() }()
	eventually(t, 2*time.Second, func() string { return a.unready("draining") })
	select {
	case early := <-last:
		t.Errorf("readiness was to turn off first, and %d %s came before", early.status, early.body)
	default:
	}
	first := <-last
	first.want(t, http.StatusCreated)
	if err := <-ended; err != nil {
		t.Errorf("the replica did not stop cleanly: %v\n%s", err, a.tail())
	}
	over.Store(true)
	load.Wait()
	same(t, first, b.channel().retry(t, slowly))
	for id, got := range accepted {
		if found := b.channel().lookup(t, id).want(t, http.StatusOK); found.code() != got.open().code() {
			t.Errorf("%s was answered %s and is now %s", id, got.body, found.bytes())
		}
	}
	books := b.ledger(t)
	for _, request := range refused {
		if written, asked := books[request.id()]; asked {
			t.Errorf("a provision that was not answered reached the provider: %+v", written)
		}
		b.channel().sold(t, request)
	}
	if len(refused) == 0 {
		t.Error("nothing was refused: the load ended before the replica did")
	}
}

// unready says what is not as it must be while a replica is not ready for that reason.
func (w *world) unready(reason string) string {
	status, body, err := get(w.admin + "/readyz")
	if err != nil {
		return err.Error()
	}
	var said struct {
		Ready   bool
		Reasons []string
	}
	_ = json.Unmarshal(body, &said)
	if status != http.StatusServiceUnavailable || said.Ready || !strings.Contains(strings.Join(said.Reasons, "\n"), reason) {
		return fmt.Sprintf("readyz says %d %s, want 503 and %q", status, body, reason)
	}
	return ""
}

// TestDatabaseThatIsGoneCostsNothingAndComesBack: requests that are not journaled yet are refused and leave no trace, and
// every replica serves again by itself within ten seconds of the database's return.
func TestDatabaseThatIsGoneCostsNothingAndComesBack(t *testing.T) {
	t.Parallel()
	server, err := mariadb.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	all := deploy(t, replicas, mariadb.NewDatabase(t, server.Address()), "2s")
	before := sale(plain, 12000)
	first := all[0].channel().sold(t, before)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	var requests []message
	for _, w := range all {
		request := sale(plain, 12000)
		requests = append(requests, request)
		for what, refused := range map[string]answer{
			"provision": w.channel().provision(t, request), "retry": w.channel().retry(t, request),
			"reversal": w.channel().reverse(t, reversal(before.id())), "look-up": w.channel().lookup(t, before.id()),
		} {
			refused.wantError(t, http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE")
			if refused.header.Get("Retry-After") == "" {
				t.Errorf("no Retry-After with the refused %s", what)
			}
		}
		eventually(t, 5*time.Second, func() string { return w.unready("the database does not answer") })
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	returned := time.Now()
	for i, w := range all {
		eventually(t, 10*time.Second, func() string {
			if a := w.channel().provision(t, requests[i]); a.status != http.StatusCreated {
				return fmt.Sprintf("answered %d %s", a.status, a.body)
			}
			return ""
		})
		eventually(t, time.Until(returned.Add(10*time.Second)), func() string {
			if status, body, err := get(w.admin + "/readyz"); status != http.StatusOK {
				return fmt.Sprintf("readyz says %d %s, %v", status, body, err)
			}
			return ""
		})
		same(t, first, w.channel().retry(t, before))
	}
	took := time.Since(returned)
	t.Logf("all serve again %v after the database's return", took.Round(time.Millisecond))
	if took > 10*time.Second {
		t.Errorf("all serve again only after %v", took)
	}
}

// TestIntentThatComesLateIsNotSent holds the database up for longer than the send guard: the intent is committed in the
// end, its owner may not act on it any more, and the channel is told that nothing was sent.
func TestIntentThatComesLateIsNotSent(t *testing.T) {
	t.Parallel()
	server, err := mariadb.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	w := deploy(t, 1, mariadb.NewDatabase(t, server.Address()), "2s")[0]
	w.channel().sold(t, sale(plain, 12000))
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	request := sale(plain, 12000)
	provision := w.channel().posting("/vouchers", request)
	eventually(t, 10*time.Second, func() string {
		_, figures, err := get(w.admin + "/metrics")
		if !strings.Contains(string(figures), `voucherswitch_requests_in_flight{operation="provision"} 1`) {
			return fmt.Sprintf("the provision is not under way, %v", err)
		}
		return ""
	})
	time.Sleep(2 * time.Second) // the send guard is one
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	(<-provision).wantError(t, http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE")
	w.channel().retry(t, request).wantError(t, http.StatusNotFound, "UPSTREAM_UNAVAILABLE")
	if written, asked := w.ledger(t)[request.id()]; asked {
		t.Errorf("the provider was asked: %+v", written)
	}
}
