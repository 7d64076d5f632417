package suv_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// listing asks a vendor that answers as told for its products.
func listing(t *testing.T, answer http.HandlerFunc) (voucher.Offer, error) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return open(t, server.URL+"/suv/v1").(ports.ProductSource).Products(ctx)
}

func saying(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestAProvidersListIsAskedForOnceAndReadWhole(t *testing.T) {
	rand := func(minor int64) voucher.LedgerAmount {
		return voucher.LedgerAmount{Amount: money.New(minor, "710")}
	}
	var asked []string
	offer, err := listing(t, func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		asked = append(asked, r.Method+" "+r.URL.String()+" "+user+" "+r.Header.Get("Content-Type"))
		saying(http.StatusOK, `{"products": [
			{"productId": "P1", "amount": {"amount": 100, "currency": "710"}, "isFixedValue": true, "barcode": "600",
				"channelProductListings": [{"channelName": "App", "productDisplaySortOrder": 2}],
				"receiver": {"id": "44444444", "name": "MobiTalk"}},
			{"productId": "P2", "amount": {"amount": 100, "currency": "710"}},
			{"productId": "P3", "amount": {"amount": 100, "currency": "710"}, "isFixedValue": false},
			{"productId": "P4", "amount": {"amount": 100, "currency": "710"}, "maxAmount": {"amount": 200, "currency": "710"}},
			{"productId": "P-5"}]}`)(w, r)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := voucher.Offer{
		Products: []voucher.Product{
			{
				ID: "P1", Amount: rand(100), Fixed: true, Barcode: "600",
				Listings: []voucher.Listing{{ChannelName: "App", SortOrder: 2}},
				Receiver: voucher.Institution{ID: "44444444", Name: "MobiTalk"},
			},
			{ID: "P2", Amount: rand(100), Fixed: true}, // what costs so much costs nothing else
			{ID: "P3", Amount: rand(100)},
			{ID: "P4", Amount: rand(100), Max: rand(200)},
		},
		LeftOut: []string{"P-5: products[4].productId must match [0-9A-Za-z]{1,40}"},
	}
	if diff := cmp.Diff(want, offer); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GET /suv/v1/products switch-1 "}, asked); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAListIsHadWholeOrNotAtAll(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   fault.Kind
	}{
		"another status":  {saying(http.StatusAccepted, `{"products": []}`), fault.Unavailable},
		"a redirect":      {saying(http.StatusFound, ``), fault.Unavailable},
		"an error":        {saying(http.StatusServiceUnavailable, `{"errorType": "secret"}`), fault.Unavailable},
		"garbage":         {saying(http.StatusOK, `<html>secret</html>`), fault.Invalid},
		"nothing":         {saying(http.StatusOK, ``), fault.Invalid},
		"a cut-off list":  {saying(http.StatusOK, `{"products": [{"productId": "secret"}`), fault.Invalid},
		"data after that": {saying(http.StatusOK, `{"products": []} secret`), fault.Invalid},
		"too long":        {saying(http.StatusOK, strings.Repeat(" ", 9<<20)), fault.Unavailable},
		"silence": {func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, fault.Unavailable},
		"a broken line": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"products": [`))
		}, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			offer, err := listing(t, c.answer)
			if !fault.Is(err, c.kind) || len(offer.Products) > 0 || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, %v; want a fault of kind %q", offer, err, c.kind)
			}
		})
	}
}

func TestAListLongerThanASalesAnswerIsRead(t *testing.T) {
	many := strings.Repeat(`{"productId": "P", "description": "`+strings.Repeat("x", 250)+`"}, `, 5000)
	offer, err := listing(t, saying(http.StatusOK, `{"products": [`+many+`{"productId": "Last"}]}`))
	if err != nil || len(offer.Products) != 5001 {
		t.Errorf("%d products, %v", len(offer.Products), err)
	}
}
