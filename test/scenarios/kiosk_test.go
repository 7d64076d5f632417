package scenarios

import (
	"net/http"
	"testing"
	"time"
)

// Kiosk Digital's wire is not SUV; a channel must not notice. How it takes every mood stands in moods_test.go.

func TestAChannelDoesNotNoticeAnotherWire(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(kiosk, 10000).with("product", map[string]any{"productId": "Kiosk100"}).
		with("recipient", map[string]any{"msisdn": "+27821234567"})
	sold := c.sold(t, request)
	same(t, sold, c.retry(t, request))
	told, written := sold.want(t, http.StatusCreated), common.ledger(t)[request.id()]
	if told.code() != written.Code || told.value("voucher.serialNumber") != written.Serial || written.Amount != 10000 ||
		written.Provider != "kiosk" || written.State != "issued" || written.Calls != 1 {
		t.Errorf("delivered %s, the provider's books say %+v", sold.body, written)
	}
	if told.value("product.productId") != "Kiosk100" {
		t.Errorf("the channel is shown another product id: %s", sold.body)
	}
	undo := reversal(request.id())
	echoed := c.reverse(t, undo).want(t, http.StatusAccepted)
	if echoed["id"] != undo["id"] || echoed["requestId"] != request.id() {
		t.Errorf("the reversal was not echoed: %s", echoed.bytes())
	}
	eventually(t, 5*time.Second, func() string {
		if written := common.ledger(t)[request.id()]; written.State != "reversed" || written.Confirmations != 0 {
			return "the provider's books say " + written.State
		}
		return ""
	})
	c.retry(t, request).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
}

func TestAnotherWiresRefusedReversalIsRelayedAndBecomesACase(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(kiosk, 19001)
	c.sold(t, request)
	undo := reversal(request.id())
	c.reverse(t, undo).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REDEEMED").names(t, undo.id(), request.id())
	if !common.cases(t)[request.id()] || common.ledger(t)[request.id()].State != "issued" {
		t.Errorf("no case for %+v", common.ledger(t)[request.id()])
	}
}

func TestAProductThatTheOtherWireHasNoIDForIsDeclinedUnasked(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(kiosk, 12000).with("product", map[string]any{"productId": "NobodySellsThis"})
	c.provision(t, request).wantError(t, http.StatusNotFound, "ROUTING_ERROR").names(t, request.id(), "")
	if written, asked := common.ledger(t)[request.id()]; asked {
		t.Errorf("the provider was asked: %+v", written)
	}
}

func TestAnotherWireIsServedInProduction(t *testing.T) {
	t.Parallel()
	w := production(t, "2s")
	c, kept, lost := w.channel(), sale(kiosk, 12000), sale(kiosk, 16001)
	c.sold(t, kept)
	c.provision(t, lost).wantError(t, http.StatusGatewayTimeout, "UPSTREAM_UNAVAILABLE")
	eventually(t, 15*time.Second, func() string {
		books := w.ledger(t)
		if books[kept.id()].State != "confirmed" || books[lost.id()].State != "reversed" {
			return books[kept.id()].State + ", " + books[lost.id()].State
		}
		return ""
	})
}
