package scenarios

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReversalThatCameFirstBarsItsProvision(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 12000)
	undo := reversal(request.id())
	for _, each := range []message{undo, undo, reversal(request.id())} {
		c.reverse(t, each).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD").names(t, each.id(), request.id())
	}
	for name, refused := range map[string]answer{"provision": c.provision(t, request), "retry": c.retry(t, request)} {
		told := refused.wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED").names(t, request.id(), undo.id())
		if told.value("detailMessage.reversalId") != undo.id() {
			t.Errorf("%s: detailMessage.reversalId is not %s in %s", name, undo.id(), told.bytes())
		}
	}
	accept := advice(request.id())
	c.confirm(t, accept).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD").names(t, accept.id(), request.id())
	if _, asked := common.ledger(t)[request.id()]; asked {
		t.Error("the provider was asked")
	}
}

func TestReversalThatCameFirstStandsAtStellrToo(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(stellr, 12000)
	c.reverse(t, reversal(request.id())).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
	c.retry(t, request).wantError(t, http.StatusNotFound, "FUNCTION_NOT_SUPPORTED")
	c.provision(t, request).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
	if _, asked := common.ledger(t)[request.id()]; asked {
		t.Error("the provider was asked")
	}
}

func TestConfirmationThatCameFirstIsNotKept(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 12000)
	accept := advice(request.id())
	c.confirm(t, accept).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD").names(t, accept.id(), request.id())
	c.sold(t, request)
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
}

func TestConfirmedIsNeverReversed(t *testing.T) {
	t.Parallel()
	for name, receiver := range map[string]string{"plain": plain, "netcare": netcare, "dual": dual, "kiosk": kiosk,
		"stellr": stellr} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, request := common.channel(), sale(receiver, 12000)
			c.sold(t, request)
			accept := advice(request.id()).with("tenders", []any{map[string]any{"tenderType": "CASH",
				"amount": map[string]any{"amount": 12000, "currency": "710"}}})
			echoed := c.confirm(t, accept).want(t, http.StatusAccepted)
			if echoed["id"] != accept["id"] || echoed["requestId"] != request.id() || echoed["time"] != accept["time"] {
				t.Errorf("the advice was not echoed: %s", echoed.bytes())
			}
			c.confirm(t, accept).want(t, http.StatusAccepted)
			c.confirm(t, advice(request.id())).want(t, http.StatusAccepted)
			undo := reversal(request.id())
			told := c.reverse(t, undo).
				wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_CONFIRMED").names(t, undo.id(), request.id())
			if got := detailFields(told); !slices.Equal(got, []string{"confirmationId", "freeString", "voucherId"}) ||
				told.value("detailMessage.confirmationId") != accept.id() {
				t.Errorf("want detailMessage {freeString, confirmationId %s, voucherId} in %s", accept.id(), told.bytes())
			}
			if name == "stellr" {
				if written := common.ledger(t)[request.id()]; written.Confirmations != 0 || written.State != "issued" {
					t.Errorf("Stellr supports no advices, its books say %+v", written)
				}
				return
			}
			eventually(t, 3*time.Second, func() string {
				if written := common.ledger(t)[request.id()]; written.State != "confirmed" || written.Confirmations != 1 {
					return "want one confirmation at the provider: " + written.State
				}
				return ""
			})
			if written := common.ledger(t)[request.id()]; written.Reversals != 0 {
				t.Errorf("the provider was sent a reversal: %+v", written)
			}
		})
	}
}

func TestReversedIsNeverConfirmed(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(dual, 12000)
	undo, accept := reversal(request.id()), advice(request.id())
	c.sold(t, request)
	c.reverse(t, undo).want(t, http.StatusAccepted)
	told := c.confirm(t, accept).
		wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED").names(t, accept.id(), request.id())
	if told.value("detailMessage.reversalId") != undo.id() {
		t.Errorf("detailMessage.reversalId is not %s in %s", undo.id(), told.bytes())
	}
	if written := common.ledger(t)[request.id()]; written.State != "reversed" || written.Confirmations != 0 {
		t.Errorf("the provider's books say %+v", written)
	}
}

func TestSingleMessagingIsConfirmedOnBehalfAfterTheReversalWindow(t *testing.T) {
	for wire, receiver := range map[string]string{"SUV": dual, "Kiosk Digital": kiosk} {
		t.Run(wire, func(t *testing.T) {
			t.Parallel()
			own := ownWorld(t, "--set", "timing.reversal_window=1500ms")
			c, kept, undone := own.channel(), sale(receiver, 12000), sale(receiver, 12000)
			c.sold(t, kept)
			c.sold(t, undone)
			c.reverse(t, reversal(undone.id())).want(t, http.StatusAccepted)
			eventually(t, 10*time.Second, func() string {
				if own.ledger(t)[kept.id()].State != "confirmed" {
					return "the sale is not confirmed at the provider"
				}
				return ""
			})
			c.reverse(t, reversal(kept.id())).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_CONFIRMED")
			if written := own.ledger(t)[undone.id()]; written.State != "reversed" || written.Confirmations != 0 {
				t.Errorf("a reversed sale was confirmed: %+v", written)
			}
		})
	}
}

func TestAdvicesAboutAFailedProvision(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 14001)
	c.provision(t, request)
	accept, undo := advice(request.id()), reversal(request.id())
	c.confirm(t, accept).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD").names(t, accept.id(), request.id())
	c.reverse(t, undo).want(t, http.StatusAccepted)
	if written := common.ledger(t)[request.id()]; written.Reversals != 0 || written.Confirmations != 0 {
		t.Errorf("there was nothing to deliver: %+v", written)
	}
}

func TestStellrAcceptsAReversalAndConsumesIt(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(stellr, 12000)
	code := c.sold(t, request).want(t, 201).code()
	undo := reversal(request.id())
	c.reverse(t, undo).want(t, http.StatusAccepted)
	c.reverse(t, undo).want(t, http.StatusAccepted)
	accept := advice(request.id())
	c.confirm(t, accept).
		wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED").names(t, accept.id(), request.id())
	if shown := c.lookup(t, request.id()); strings.Contains(string(shown.body), code) {
		t.Errorf("a voucher was shown after its reversal was accepted: %s", shown.body)
	}
	if written := common.ledger(t)[request.id()]; written.State != "issued" || written.Reversals != 0 {
		t.Errorf("Stellr supports no advices, its books say %+v", written)
	}
	if !common.cases(t)[request.id()] {
		t.Error("a voucher that no message can undo has no case")
	}
}

func TestConfirmationOfAParkedProvisionSaysUnknown(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(stellr, 16001)
	c.provision(t, request).wantError(t, http.StatusGatewayTimeout, "UPSTREAM_UNAVAILABLE")
	accept := advice(request.id())
	c.confirm(t, accept).wantError(t, http.StatusBadRequest, "VOUCHER_STATUS_UNKNOWN").names(t, accept.id(), request.id())
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
	c.confirm(t, accept).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
}

func TestNetcareReversesButRetriesNothing(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(netcare, 12000)
	c.sold(t, request)
	c.retry(t, request).wantError(t, http.StatusNotFound, "FUNCTION_NOT_SUPPORTED").names(t, request.id(), "")
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
	if written := common.ledger(t)[request.id()]; written.State != "reversed" || written.Calls != 1 {
		t.Errorf("the provider's books say %+v, want one call, reversed", written)
	}
}

func TestReversalOfTheSwitchsOwnIsNamed(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 16001)
	c.provision(t, request).wantError(t, http.StatusGatewayTimeout, "UPSTREAM_UNAVAILABLE")
	told := c.confirm(t, advice(request.id())).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
	if told.value("detailMessage.reversalId") == nil {
		t.Errorf("no detailMessage.reversalId in %s", told.bytes())
	}
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
}
