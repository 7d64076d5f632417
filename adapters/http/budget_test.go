package http_test

import (
	nethttp "net/http"
	"net/http/httptest"
	"testing"

	"voucherswitch/adapters/http"
)

// provisioner serves one provision by all of the channels' side, over a switch that answers at once.
func provisioner(t testing.TB, body string) func() int {
	handler := http.New(http.Options{
		Switch: &scripted{reply: ends(approval())}, Authenticate: authenticate, Log: silent(),
		Sheds: func(string) bool { return false },
	})
	return func() int {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, newRequest(nethttp.MethodPost, "/vouchers", body))
		return w.Code
	}
}

func BenchmarkProvision(b *testing.B) {
	provision := provisioner(b, encoded(b, example(b, contract(b), "ProvisionRequest")))
	b.ReportAllocs()
	for b.Loop() {
		provision()
	}
}

// Time is as the machine is; what is allocated is as the code is. The request and its recorder, which a real server has
// Time is as the machine is; what is allocated is as the code is. The request and its recorder, which a real server has
// cheaper, are counted too; and the race detector lets pools forget, which the budget has room for.
func TestAProvisionIsServedWithFewAllocations(t *testing.T) {
	provision := provisioner(t, encoded(t, example(t, contract(t), "ProvisionRequest")))
	if status := provision(); status != nethttp.StatusCreated {
		t.Fatal(status)
	}
	if got, most := testing.AllocsPerRun(100, func() { provision() }), 175.0; got > most {
		t.Errorf("%v allocations, at most %v", got, most)
	}
}
