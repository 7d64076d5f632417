package scenarios

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// What the books and the list of cases say once the switch has done what it can.
const (
	standing  = "the voucher stands, nothing was reversed"
	reversed  = "what was issued is reversed"
	untouched = "nothing was issued and nothing had to be reversed"
	undone    = "nothing was issued, and a reversal made sure"
	aCase     = "a person is asked, and no advice was sent"
)

// moods is the simulator's table, by the amount's last four digits, as a channel of each kind of provider sees it.
var moods = []struct {
	mood      int64
	receiver  string
	status    int
	errorType string
	afterward string
}{
	{0, plain, 201, "", standing},
	{4001, plain, 404, "DO_NOT_HONOUR", untouched},
	{4002, plain, 404, "INSUFFICIENT_FUNDS", untouched},
	{4003, plain, 404, "INVALID_AMOUNT", untouched},
	{5000, plain, 404, "", undone},
	{5003, plain, 404, "", untouched},
	{5004, plain, 404, "", undone},
	{6001, plain, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{6002, plain, 504, "UPSTREAM_UNAVAILABLE", undone},
	{6003, plain, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{6004, plain, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{7001, plain, 500, "GENERAL_ERROR", reversed},
	{7002, plain, 500, "GENERAL_ERROR", reversed},
	{7003, plain, 500, "GENERAL_ERROR", reversed},
	{7004, plain, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{8001, plain, 500, "GENERAL_ERROR", undone},

	{4001, netcare, 404, "DO_NOT_HONOUR", untouched},
	{5000, netcare, 404, "", undone},
	{6001, netcare, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{6002, netcare, 504, "UPSTREAM_UNAVAILABLE", undone},
	{6003, netcare, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{6004, netcare, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{7001, netcare, 500, "GENERAL_ERROR", reversed},
	{8001, netcare, 500, "GENERAL_ERROR", undone},

	{0, stellr, 201, "", standing},
	{4001, stellr, 404, "DO_NOT_HONOUR", untouched},
	{5003, stellr, 404, "", untouched},
	{5000, stellr, 404, "", aCase},
	{5004, stellr, 404, "", aCase},
	{6001, stellr, 504, "UPSTREAM_UNAVAILABLE", aCase},
	{6002, stellr, 504, "UPSTREAM_UNAVAILABLE", aCase},
	{6003, stellr, 504, "UPSTREAM_UNAVAILABLE", aCase},
	{7001, stellr, 500, "GENERAL_ERROR", aCase},
	{7002, stellr, 500, "GENERAL_ERROR", aCase},
	{7003, stellr, 500, "GENERAL_ERROR", aCase},
	{7004, stellr, 504, "UPSTREAM_UNAVAILABLE", aCase},
	{8001, stellr, 500, "GENERAL_ERROR", aCase},

	{0, kiosk, 201, "", standing},
	{4001, kiosk, 404, "DO_NOT_HONOUR", untouched},
	{4002, kiosk, 404, "INSUFFICIENT_FUNDS", untouched},
	{4003, kiosk, 404, "INVALID_AMOUNT", untouched},
	{5000, kiosk, 404, "", undone},
	{5003, kiosk, 404, "", untouched},
	{5004, kiosk, 404, "", undone},
	{6001, kiosk, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{6002, kiosk, 504, "UPSTREAM_UNAVAILABLE", undone},
	{6003, kiosk, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{6004, kiosk, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{7001, kiosk, 500, "GENERAL_ERROR", reversed},
	{7002, kiosk, 500, "GENERAL_ERROR", reversed},
	{7003, kiosk, 500, "GENERAL_ERROR", reversed},
	{7004, kiosk, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{8001, kiosk, 500, "GENERAL_ERROR", undone},

	{6001, dual, 504, "UPSTREAM_UNAVAILABLE", reversed},
	{6004, dual, 504, "UPSTREAM_UNAVAILABLE", reversed},
}

func TestEveryMood(t *testing.T) {
	t.Parallel()
	for _, test := range moods {
		t.Run(fmt.Sprintf("%04d at %s", test.mood, test.receiver), func(t *testing.T) {
			t.Parallel()
			c, request := common.channel(), sale(test.receiver, 20000+test.mood)
			first := c.provision(t, request)
			if test.status == http.StatusCreated {
				first.want(t, http.StatusCreated)
			} else {
				kind := test.errorType
				if kind == "" { // "the provider's mapped type, else": any type will do
					kind, _ = first.want(t, test.status)["errorType"].(string)
				}
				told := first.wantError(t, test.status, kind).names(t, request.id(), "")
				if hard := test.status == 404; hard && test.errorType != "" && told["providerErrorCode"] == nil {
					t.Errorf("a decline without the provider's code: %s", first.body)
				}
			}
			eventually(t, 25*time.Second, func() string { return common.unsettled(t, request.id(), test.afterward) })
			if test.status == http.StatusCreated || test.receiver == stellr || test.receiver == netcare {
				return
			}
			again := c.retry(t, request)
			if again.status != http.StatusNotFound {
				t.Errorf("the retry of a failure was answered %d %s, want 404", again.status, again.body)
			}
			same(t, first, again)
		})
	}
}

// unsettled says what is missing from the state that the books and the cases should come to.
func (w *world) unsettled(t *testing.T, id, wanted string) string {
	t.Helper()
	written, open := w.ledger(t)[id], w.cases(t)[id]
	fits := written.Calls == 1
	switch wanted {
	case standing:
		fits = fits && written.standing() && written.Reversals == 0 && !open
	case reversed:
		fits = fits && written.State == "reversed" && written.Reversals > 0 && !open
	case untouched:
		fits = fits && written.State == "nothing" && written.Reversals == 0 && !open
	case undone:
		fits = fits && !written.standing() && written.Reversals > 0 && !open
	case aCase:
		fits = fits && written.Reversals == 0 && open
	}
	if fits {
		return ""
	}
	return fmt.Sprintf("want %s; the books say %+v; a case is open: %v", wanted, written, open)
}

func TestNotFoundIsNotBelievedBeforeTheHorizon(t *testing.T) {
	t.Parallel()
	request := sale(plain, 16002)
	common.channel().provision(t, request)
	eventually(t, 5*time.Second, func() string {
		if common.ledger(t)[request.id()].Reversals == 0 {
			return "no reversal was sent at once"
		}
		return ""
	})
	eventually(t, 25*time.Second, func() string {
		if common.ledger(t)[request.id()].Reversals < 2 {
			return "no reversal was sent again after the horizon"
		}
		return ""
	})
}

func TestRefusedReversalIsRelayedAndBecomesACase(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 19001)
	code := c.sold(t, request).want(t, 201).code()
	undo := reversal(request.id())
	refused := c.reverse(t, undo)
	refused.want(t, http.StatusBadRequest).names(t, undo.id(), request.id())
	if !common.cases(t)[request.id()] || common.ledger(t)[request.id()].State != "issued" {
		t.Errorf("no case for %+v", common.ledger(t)[request.id()])
	}
	c.reverse(t, undo).want(t, http.StatusAccepted)
	c.confirm(t, advice(request.id())).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
	if shown := c.lookup(t, request.id()); strings.Contains(string(shown.body), code) {
		t.Errorf("the voucher was shown after its reversal was accepted: %s", shown.body)
	}
	if written := common.ledger(t)[request.id()]; written.Reversals != 1 {
		t.Errorf("a refusal is final, the provider was asked %d times", written.Reversals)
	}
}

func TestReversalIsRepeatedUntilTheProviderTakesIt(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 19002)
	c.sold(t, request)
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
	c.retry(t, request).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
	eventually(t, 40*time.Second, func() string {
		if written := common.ledger(t)[request.id()]; written.State != "reversed" {
			return fmt.Sprintf("not reversed yet: %+v", written)
		}
		return ""
	})
	if written := common.ledger(t)[request.id()]; written.Reversals != 4 {
		t.Errorf("%d reversals, want three refused and one taken", written.Reversals)
	}
}

func TestConfirmationIsRepeatedUntilTheProviderTakesIt(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(dual, 19002)
	c.sold(t, request)
	c.confirm(t, advice(request.id())).want(t, http.StatusAccepted)
	eventually(t, 40*time.Second, func() string {
		if written := common.ledger(t)[request.id()]; written.State != "confirmed" {
			return fmt.Sprintf("not confirmed yet: %+v", written)
		}
		return ""
	})
}

func TestRefusedConnectionIsNotSentAndNothingIsReversed(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, unbroken...)
	c, request := own.channel(), sale(plain, 12000)
	own.rule(t, "", "refuse", "1500ms")
	first := c.provision(t, request)
	first.wantError(t, http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE").names(t, request.id(), "")
	again := c.retry(t, request)
	again.wantError(t, http.StatusNotFound, "UPSTREAM_UNAVAILABLE")
	same(t, first, again)
	c.confirm(t, advice(request.id())).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
	c.provision(t, request).wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD")
	eventually(t, 10*time.Second, func() string {
		if status, _, err := get(own.simulator + "/ledger"); err != nil || status != http.StatusOK {
			return "the provider does not come back"
		}
		return ""
	})
	if written, asked := own.ledger(t)[request.id()]; asked {
		t.Errorf("something was sent: %+v", written)
	}
	c.sold(t, sale(plain, 12000))
}

func TestReversalSurvivesAProviderThatIsAway(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, unbroken...)
	c, request := own.channel(), sale(plain, 12000)
	c.sold(t, request)
	own.rule(t, "", "refuse", "3s")
	began := time.Now()
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
	if waited := time.Since(began); waited > 5*time.Second {
		t.Errorf("the channel waited %v for a provider that is away", waited)
	}
	own.kill()
	own.restart(t)
	eventually(t, 20*time.Second, func() string {
		if written := own.ledger(t)[request.id()]; written.State != "reversed" {
			return "the reversal was forgotten: " + written.State
		}
		return ""
	})
}

func TestOpenBreakerRefusesBeforeTheIntent(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, "--set", "providers.plain.breaker.minimum=4", "--set", "providers.plain.breaker.open_for=2s")
	c := own.channel()
	for range 8 {
		c.provision(t, sale(plain, 18001))
	}
	request := sale(plain, 12000)
	c.provision(t, request).
		wantError(t, http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE").names(t, request.id(), "")
	c.lookup(t, request.id()).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
	c.sold(t, sale(dual, 12000)) // one bad provider is no harm to the others
	eventually(t, 10*time.Second, func() string {
		if a := c.provision(t, request); a.status != http.StatusCreated {
			return fmt.Sprintf("the id is not free, or the breaker stays open: %d %s", a.status, a.body)
		}
		return ""
	})
}

func TestFullBulkheadRefusesBeforeTheIntent(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, append([]string{"--set", "providers.plain.max_in_flight=1"}, unbroken...)...)
	c, first, second := own.channel(), sale(plain, 16002), sale(plain, 12000)
	silent := c.posting("/vouchers", first)
	own.heard(t, first.id())
	c.provision(t, second).
		wantError(t, http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE").names(t, second.id(), "")
	c.lookup(t, second.id()).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
	c.sold(t, sale(dual, 12000))
	(<-silent).wantError(t, http.StatusGatewayTimeout, "UPSTREAM_UNAVAILABLE")
	c.sold(t, second)
}

func TestNoVoucherCodeIsLogged(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, unbroken...)
	c := own.channel()
	chosen := sale(plain, 12000).with("voucher", map[string]any{"code": "SECRETCODE0001"})
	c.sold(t, chosen)
	for _, mood := range []int64{0, 5000, 7001, 7002, 7003, 9001} {
		request := sale(plain, 20000+mood)
		c.provision(t, request)
		c.provision(t, request)
		c.provision(t, request.with("surprise", 1).with("voucher", map[string]any{"code": "SECRETCODE0002"}))
		c.must(t, "GET", "/vouchers?voucherCode=SECRETCODE0003", nil)
		c.reverse(t, reversal(request.id()))
	}
	text, err := os.ReadFile(own.log)
	if err != nil || len(text) == 0 {
		t.Fatal("there is no log", err)
	}
	for _, written := range own.ledger(t) {
		if written.Code != "" && strings.Contains(string(text), written.Code) {
			t.Errorf("the log shows the code of %s", written.ID)
		}
	}
	if strings.Contains(string(text), "SECRETCODE") {
		t.Error("the log shows a code that a channel sent")
	}
}
