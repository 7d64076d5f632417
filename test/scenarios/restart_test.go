package scenarios

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestRetriesAreByteIdenticalAcrossRestartAndKill(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, slow...)
	c := own.channel()
	sales := map[string]message{
		"usual":     sale(plain, 12000),
		"dual":      sale(dual, 12000),
		"big":       sale(plain, 9007199254750001), // no double holds it
		"text":      sale(plain, 12000).with("basketRef", "ÿ <&> 'é' \u2028 𝄞 \\ \""),
		"number":    sale(plain, 12000).with("amounts.requestAmount.currency", 710),
		"code":      sale(plain, 12000).with("voucher", map[string]any{"code": "OWN-CODE-1"}),
		"decline":   sale(plain, 14003),
		"in doubt":  sale(dual, 15000),
		"timed out": sale(dual, 16002),
		"garbage":   sale(dual, 17001),
	}
	first := map[string]answer{}
	for name, request := range sales {
		first[name] = c.provision(t, request)
	}
	if got := first["big"].want(t, 201).cents(t, "amounts.requestAmount"); got != 9007199254750001 {
		t.Errorf("the amount became %d", got)
	}
	again := func(when string) {
		for name, request := range sales {
			a, want := c.retry(t, request), http.StatusNotFound
			if first[name].status == http.StatusCreated {
				want = http.StatusOK
			}
			if a.status != want || string(a.body) != string(first[name].body) {
				t.Errorf("%s, %s: first %d %s\nagain %d %s", when, name, first[name].status, first[name].body, a.status, a.body)
			}
		}
	}
	again("at once")
	if err := own.stop(); err != nil {
		t.Fatal("the switch did not stop cleanly:", err)
	}
	own.restart(t)
	again("after a restart")
	own.kill()
	own.restart(t)
	again("after kill -9")
	for _, name := range []string{"usual", "dual"} {
		if written := own.ledger(t)[sales[name].id()]; written.Calls != 1 || written.State != "issued" {
			t.Errorf("%s: the provider's books say %+v", name, written)
		}
	}
}

func TestKilledInMidProvisionReversesWhatNobodyHeardOf(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, slow...)
	c := own.channel()
	requests := []message{sale(plain, 16003), sale(netcare, 16001), sale(stellr, 16001), sale(plain, 16002)}
	for _, request := range requests {
		c.posting("/vouchers", request)
		own.heard(t, request.id())
	}
	own.kill()
	own.restart(t)
	if got := c.lookup(t, requests[0].id()); got.status != http.StatusAccepted {
		t.Errorf("a lookup while the lease lasts was answered %d %s, want 202", got.status, got.body)
	}
	// Lease 1 + 8 + 10 s, two sweeps of 5 s, and then a reversal within seconds.
	eventually(t, 40*time.Second, func() string {
		books, open := own.ledger(t), own.cases(t)
		switch {
		case books[requests[0].id()].State != "reversed":
			return "plain's voucher is " + books[requests[0].id()].State
		case books[requests[1].id()].State != "reversed":
			return "Netcare's voucher is " + books[requests[1].id()].State
		case !open[requests[2].id()]:
			return "Stellr's voucher has no case"
		case books[requests[3].id()].Reversals == 0:
			return "the sale that never was has not been reversed"
		}
		return ""
	})
	for _, request := range requests {
		a := c.retry(t, request)
		if a.want(t, http.StatusNotFound); own.ledger(t)[request.id()].Calls != 1 {
			t.Errorf("asked again: %+v", own.ledger(t)[request.id()])
		}
	}
}

func TestStopFinishesWhatWasAccepted(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, slow...)
	c, request := own.channel(), sale(plain, 16003)
	provision := c.posting("/vouchers", request)
	own.heard(t, request.id())
	if err := own.stop(); err != nil {
		t.Fatal("the switch did not stop cleanly:", err)
	}
	first := <-provision
	first.want(t, http.StatusCreated)
	own.restart(t)
	same(t, first, c.retry(t, request))
	if written := own.ledger(t)[request.id()]; written.State != "issued" || written.Calls != 1 {
		t.Errorf("the provider's books say %+v", written)
	}
}

func TestSecondProcessOnTheSameDataIsRefused(t *testing.T) {
	t.Parallel()
	own := ownWorld(t)
	second, err := development(own.data)
	if err == nil {
		second.kill()
		t.Fatal("two switches run on one file")
	}
	own.channel().sold(t, sale(plain, 12000))
}

func TestRetryIsNotKeptWaitingBeyondTheOriginalsDeadline(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, append([]string{"--set", "timing.channel_deadline=6s"}, unbroken...)...)
	c, request := own.channel(), sale(plain, 16002)
	c.posting("/vouchers", request)
	own.heard(t, request.id())
	began := time.Now()
	own.kill()
	own.restart(t)
	accept := advice(request.id())
	confirmation := c.posting("/vouchers/confirmations", accept)
	c.retry(t, request).wantError(t, http.StatusGatewayTimeout, "VOUCHER_STATUS_UNKNOWN").names(t, request.id(), "")
	if waited := time.Since(began); waited > 8*time.Second {
		t.Errorf("the retry was answered after %v", waited)
	}
	(<-confirmation).
		wantError(t, http.StatusGatewayTimeout, "VOUCHER_STATUS_UNKNOWN").names(t, accept.id(), request.id())
	eventually(t, 30*time.Second, func() string {
		if a := c.retry(t, request); a.status != http.StatusNotFound {
			return fmt.Sprintf("the retry is answered %d %s", a.status, a.body)
		}
		return ""
	})
}
