package scenarios

import (
	"net/http"
	"testing"
	"time"
)

// The six flows, each named after its heading on the seed page.

func TestSuccessfulVoucherProvision(t *testing.T) {
	t.Parallel()
	for name, receiver := range map[string]string{
		"plain": plain, "stellr": stellr, "netcare": netcare, "dual": dual, "kiosk": kiosk,
	} {
		t.Run(name, func(t *testing.T) {
			request := sale(receiver, 12000)
			response := common.channel().sold(t, request)
			written := common.ledger(t)[request.id()]
			if got := response.want(t, 201); got.code() != written.Code || got.value("voucher.serialNumber") != written.Serial {
				t.Errorf("delivered %s, the provider issued %+v", response.body, written)
			}
			if written.Provider != name || written.State != "issued" || written.Calls != 1 {
				t.Errorf("the provider's books say %+v, want one call and a voucher issued", written)
			}
		})
	}
}

func TestErrorOrTimeoutAtServiceProvider(t *testing.T) {
	t.Parallel()
	for name, amount := range map[string]int64{
		"hard decline": 14001, "an error at the provider": 15000, "unavailable": 15003, "time-out at the provider": 15004,
	} {
		t.Run(name, func(t *testing.T) {
			request := sale(plain, amount)
			refused := common.channel().provision(t, request).want(t, http.StatusNotFound)
			refused.names(t, request.id(), "")
			if refused["errorType"] == nil || refused["voucher"] != nil {
				t.Errorf("want an ErrorDetail, got %s", refused.bytes())
			}
			if written := common.ledger(t)[request.id()]; written.standing() || written.Calls != 1 {
				t.Errorf("the provider's books say %+v, want one call and nothing issued", written)
			}
		})
	}
}

func TestTimeoutOrOtherErrorAtElectrum(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		amount    int64
		status    int
		errorType string
	}{
		"time-out":       {16001, http.StatusGatewayTimeout, "UPSTREAM_UNAVAILABLE"},
		"unreadable":     {17001, http.StatusInternalServerError, "GENERAL_ERROR"},
		"another's id":   {17003, http.StatusInternalServerError, "GENERAL_ERROR"},
		"broken answer":  {17002, http.StatusInternalServerError, "GENERAL_ERROR"},
		"broken connect": {18001, http.StatusInternalServerError, "GENERAL_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := sale(plain, test.amount)
			common.channel().provision(t, request).wantError(t, test.status, test.errorType).names(t, request.id(), "")
			eventually(t, 2*time.Second, func() string {
				if common.ledger(t)[request.id()].Reversals == 0 {
					return "no reversal message at the service provider"
				}
				return ""
			})
		})
	}
}

func TestTimeoutDownstreamSuccessfulRetry(t *testing.T) {
	t.Parallel()
	own := ownWorld(t, slow...)
	request := sale(plain, 16003)
	own.hangUp(t, request)
	answered := own.channel().retry(t, request).want(t, http.StatusOK)
	written := own.ledger(t)[request.id()]
	if answered.code() == "" || answered.code() != written.Code || written.Calls != 1 || !written.standing() {
		t.Errorf("the retry got %s, the provider's books say %+v", answered.bytes(), written)
	}
}

func TestTimeoutDownstreamUnsuccessfulRetry(t *testing.T) {
	t.Parallel()
	t.Run("the original failed", func(t *testing.T) {
		request := sale(plain, 14002)
		first := common.channel().provision(t, request)
		again := common.channel().retry(t, request)
		again.wantError(t, http.StatusNotFound, "INSUFFICIENT_FUNDS").names(t, request.id(), "")
		same(t, first, again)
	})
	for name, receiver := range map[string]string{"Stellr": stellr, "Netcare": netcare} {
		t.Run(name+" does not support retries", func(t *testing.T) {
			request := sale(receiver, 12000)
			common.channel().sold(t, request)
			common.channel().retry(t, request).
				wantError(t, http.StatusNotFound, "FUNCTION_NOT_SUPPORTED").names(t, request.id(), "")
			if written := common.ledger(t)[request.id()]; written.State != "issued" || written.Calls != 1 {
				t.Errorf("a hard decline of a retry changed the books: %+v", written)
			}
		})
	}
}

func TestErrorDownstreamTimeoutPersists(t *testing.T) {
	t.Parallel()
	request := sale(plain, 12000)
	undo := reversal(request.id())
	common.channel().sold(t, request)
	common.channel().retry(t, request).want(t, http.StatusOK)
	forwarded := common.channel().reverse(t, undo).want(t, http.StatusAccepted)
	if written := common.ledger(t)[request.id()]; written.State != "reversed" || written.Reversals != 1 {
		t.Fatalf("the provider's books say %+v, want reversed by one advice", written)
	}
	for _, field := range []string{"id", "requestId", "time", "reversalReason"} {
		if forwarded[field] != undo[field] {
			t.Errorf("%s = %v, want the advice echoed: %v", field, forwarded[field], undo[field])
		}
	}
	if parties(forwarded)[plain] == "" {
		t.Errorf("the provider's response was not forwarded: %s", forwarded.bytes())
	}
	// Store and forward repeats what was answered already.
	common.channel().reverse(t, undo).want(t, http.StatusAccepted)
	common.channel().reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
	if written := common.ledger(t)[request.id()]; written.Reversals != 1 {
		t.Errorf("a repeated reversal was delivered again: %+v", written)
	}
	common.channel().retry(t, request).wantError(t, http.StatusBadRequest, "VOUCHER_ALREADY_REVERSED")
}

// parties are the transaction identifiers of a message, by institution.
func parties(m message) map[string]string {
	found := map[string]string{}
	list, _ := m["thirdPartyIdentifiers"].([]any)
	for _, each := range list {
		party := each.(map[string]any)
		found[party["institutionId"].(string)] = party["transactionIdentifier"].(string)
	}
	return found
}
