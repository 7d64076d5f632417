package scenarios

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// outcome runs a call beside the test.
func outcome(call func() (answer, error)) <-chan answer {
	result := make(chan answer, 1)
	go func() {
		a, err := call()
		if err != nil {
			a.body = []byte(err.Error())
		}
		result <- a
	}()
	return result
}

func (c channel) posting(path string, m message) <-chan answer {
	return outcome(func() (answer, error) { return c.send(http.MethodPost, path, m.bytes()) })
}

func TestChannelThatHangsUpGetsTheVoucherOnRetry(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, slow...)
	c, request := own.channel(), sale(plain, 16003)
	own.hangUp(t, request)
	if got := c.lookup(t, request.id()); got.status != http.StatusAccepted {
		t.Errorf("a lookup in flight was answered %d %s, want 202", got.status, got.body)
	}
	c.provision(t, request).wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD")
	first, second := c.posting("/vouchers/"+request.id()+"/retry", request),
		c.posting("/vouchers/"+request.id()+"/retry", request)
	got := <-first
	issued := own.ledger(t)[request.id()]
	if voucher := got.want(t, http.StatusOK); voucher.code() != issued.Code || issued.Code == "" {
		t.Errorf("the retry got %s, the provider issued %+v", got.body, issued)
	}
	same(t, got, <-second)
	same(t, got, c.retry(t, request))
	c.lookup(t, request.id()).want(t, http.StatusOK)
	if written := own.ledger(t)[request.id()]; written.Calls != 1 || written.State != "issued" {
		t.Errorf("the provider's books say %+v, want one call and the voucher standing", written)
	}
}

func TestWhileTheProviderIsSilentNobodyGuesses(t *testing.T) {
	t.Parallel()
	const timeout = 5 * time.Second
	own := ownWorld(t, append([]string{"--set", "providers.plain.timeout=5s"}, unbroken...)...)
	for name, amount := range map[string]int64{"issued": 16001, "nothing issued": 16002} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, request := own.channel(), sale(plain, amount)
			began := time.Now()
			own.hangUp(t, request)
			retry, accept := c.posting("/vouchers/"+request.id()+"/retry", request),
				c.posting("/vouchers/confirmations", advice(request.id()))
			if got := c.lookup(t, request.id()); got.status != http.StatusAccepted {
				t.Errorf("a lookup in flight was answered %d %s, want 202", got.status, got.body)
			}
			got := <-retry
			got.wantError(t, http.StatusNotFound, "UPSTREAM_UNAVAILABLE").names(t, request.id(), "")
			if waited := time.Since(began); waited < timeout {
				t.Errorf("the retry was answered after %v, before the provider's time-out", waited)
			}
			(<-accept).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
			same(t, got, c.retry(t, request))
		})
	}
}

func TestReversalInFlightWins(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, slow...)
	c, request := own.channel(), sale(plain, 16003)
	undo := reversal(request.id())
	provision := c.posting("/vouchers", request)
	own.heard(t, request.id())
	c.reverse(t, undo).want(t, http.StatusAccepted)
	told := (<-provision).
		wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED").names(t, request.id(), undo.id())
	if told.value("detailMessage.reversalId") != undo.id() {
		t.Errorf("detailMessage.reversalId is not %s in %s", undo.id(), told.bytes())
	}
	c.retry(t, request).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
	code := own.ledger(t)[request.id()].Code
	eventually(t, 25*time.Second, func() string {
		if written := own.ledger(t)[request.id()]; written.State != "reversed" {
			return "the voucher that came after its reversal is " + written.State
		}
		return ""
	})
	for name, a := range map[string]answer{"lookup": c.lookup(t, request.id()), "retry": c.retry(t, request)} {
		if strings.Contains(string(a.body), code) {
			t.Errorf("a %s after the reversal shows the voucher: %s", name, a.body)
		}
	}
}

func TestConfirmationInFlightWaits(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, slow...)
	c, request := own.channel(), sale(plain, 16003)
	provision := c.posting("/vouchers", request)
	own.heard(t, request.id())
	c.confirm(t, advice(request.id())).want(t, http.StatusAccepted)
	(<-provision).want(t, http.StatusCreated)
	c.reverse(t, reversal(request.id())).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_CONFIRMED")
}

func TestManyAtOnceWithOneIdIssueOneVoucher(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 12000)
	var calls []<-chan answer
	for range 8 {
		calls = append(calls, c.posting("/vouchers", request), c.posting("/vouchers/"+request.id()+"/retry", request))
	}
	created, bodies := 0, map[string]bool{}
	for _, call := range calls {
		switch a := <-call; a.status {
		case http.StatusCreated:
			created++
			bodies[string(a.body)] = true
		case http.StatusOK:
			bodies[string(a.body)] = true
		default:
			a.wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD")
		}
	}
	if written := common.ledger(t)[request.id()]; created != 1 || len(bodies) != 1 || written.Calls != 1 {
		t.Errorf("%d were created, %d bodies, the books say %+v", created, len(bodies), written)
	}
}

func TestManyReversalsAtOnceAreDeliveredOnce(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 12000)
	c.sold(t, request)
	var calls []<-chan answer
	for range 8 {
		calls = append(calls, c.posting("/vouchers/reversals", reversal(request.id())))
	}
	for _, call := range calls {
		(<-call).want(t, http.StatusAccepted)
	}
	if written := common.ledger(t)[request.id()]; written.State != "reversed" || written.Reversals != 1 {
		t.Errorf("the provider's books say %+v, want reversed by one advice", written)
	}
}

func TestOfConfirmationAndReversalAtOnceOneWins(t *testing.T) {
	t.Parallel()
	c := common.channel()
	for range 20 {
		request := sale(dual, 12000)
		c.sold(t, request)
		confirmation, undoing := c.posting("/vouchers/confirmations", advice(request.id())),
			c.posting("/vouchers/reversals", reversal(request.id()))
		confirmed, undone := <-confirmation, <-undoing
		final := "confirmed"
		if confirmed.status == http.StatusAccepted {
			undone.wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_CONFIRMED")
		} else {
			confirmed.wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
			undone.want(t, http.StatusAccepted)
			final = "reversed"
		}
		eventually(t, 5*time.Second, func() string {
			written := common.ledger(t)[request.id()]
			if written.State != final || written.Reversals+written.Confirmations != 1 {
				return fmt.Sprintf("want %s by one advice: %+v", final, written)
			}
			return ""
		})
	}
}

func TestOneAdviceIdForTwoSalesReversesBoth(t *testing.T) {
	t.Parallel()
	c, first, second := common.channel(), sale(plain, 12000), sale(plain, 12000)
	c.sold(t, first)
	c.sold(t, second)
	undo := reversal(first.id())
	c.reverse(t, undo).want(t, http.StatusAccepted)
	c.reverse(t, undo.with("requestId", second.id())).want(t, http.StatusAccepted)
	for _, request := range []message{first, second} {
		if written := common.ledger(t)[request.id()]; written.State != "reversed" {
			t.Errorf("the provider's books say %+v, want reversed", written)
		}
	}
}
