package scenarios

import (
	"net/http"
	"testing"
	"time"

	"voucherswitch/test/mariadb"
)

func TestALimitOfTheDayHoldsOverReplicasAndARefusalLeavesNoTrace(t *testing.T) {
	t.Parallel()
	const price, fit = 12000, 4
	a, b, dsn := pair(t, "2s", "--set", "channels.22222222.daily_limits.0.amount=50000",
		"--set", "channels.22222222.daily_limits.0.currency=710")
	db := mariadb.Open(t, dsn)
	t.Cleanup(func() { _ = db.Close() })
	var requests []message
	var answers []<-chan answer
	for i := range 12 {
		request := sale(plain, price)
		requests = append(requests, request)
		answers = append(answers, []*world{a, b}[i%2].channel().posting("/vouchers", request))
	}
	var sold, refused []message
	for i, pending := range answers {
		got := <-pending
		if got.status == http.StatusCreated {
			sold = append(sold, requests[i])
			continue
		}
		got.wantError(t, http.StatusTooManyRequests, "LIMIT_EXCEEDED").names(t, requests[i].id(), "")
		if wait := got.header.Get("Retry-After"); wait != "" {
			t.Errorf("Retry-After is %q", wait)
		}
		refused = append(refused, requests[i])
	}
	if len(sold) != fit {
		t.Fatalf("%d of 12 were sold, want %d", len(sold), fit)
	}
	books := a.ledger(t)
	for _, request := range refused {
		if written, sent := books[request.id()]; sent {
			t.Errorf("the provider was asked: %+v", written)
		}
		for _, table := range []string{"moves", "advices", "cases"} {
			query := "SELECT COUNT(*) FROM " + table + " WHERE transaction_id = '" + request.id() + "'"
			if rows := column(t, db, query); rows[0] != "0" {
				t.Errorf("%s rows of a refused sale are in %s", rows[0], table)
			}
		}
		b.channel().lookup(t, request.id()).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
	}
	b.channel().provision(t, sold[0]).wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD")
	a.stranger().sold(t, asStranger(sale(plain, price)))

	a.channel().reverse(t, reversal(sold[0].id())).want(t, http.StatusAccepted)
	eventually(t, 20*time.Second, func() string {
		if got := b.channel().provision(t, refused[0]); got.status != http.StatusCreated {
			return "what was reversed makes no room: " + got.whole()
		}
		return ""
	})
	b.channel().provision(t, sale(plain, price)).wantError(t, http.StatusTooManyRequests, "LIMIT_EXCEEDED")
	if rows := column(t, db, "SELECT taken FROM takings"); len(rows) != 1 || rows[0] != "48000" {
		t.Errorf("the takings are %v, want 48000 in one row", rows)
	}
}
