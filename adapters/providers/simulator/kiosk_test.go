package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/domain/voucher"
)

// kiosk sends to the simulated Kiosk Digital under a token.
func (w *world) kiosk(method, path, token, body string) (int, string) {
	w.Helper()
	request, err := http.NewRequestWithContext(w.Context(), method, w.url+"/kiosk"+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return w.do(request)
}

// token is one that lasts, or not, from now on.
func (w *world) token() string {
	w.Helper()
	_, body := w.kiosk("POST", "/oauth/token", "",
		`{"grant_type": "client_credentials", "client_id": "switch", "client_secret": "let me in"}`)
	return decoded[struct {
		Token string `json:"access_token"`
	}](w.T, body).Token
}

const kioskSale = `{"clientReference": "7c1f5a0e-3f6b-4d3a-9f52-000000009999", "sku": %q,
	"amount": {"value": %q, "currency": %q}}`

func TestAKioskTokenOpensForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.token()
	for name, token := range map[string]string{
		"none": "", "noise": "noise", "a later end": "9" + good, "another signature": good[:len(good)-1] + "x",
	} {
		status, body := w.kiosk("PATCH", "/v2/vouchers/x", token, "{}")
		if status != http.StatusUnauthorized || !strings.Contains(body, "KD-1002") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, body := w.kiosk("POST", "/oauth/token", "", `{"grant_type": "client_credentials", "client_id": "switch",
		"client_secret": "guess"}`); status != http.StatusUnauthorized {
		t.Errorf("a guess: %d %s", status, body)
	}
	w.simulator = w.open() // a restart takes no tokens back
	w.serve()
	if status, _ := w.kiosk("PATCH", "/v2/vouchers/x", good, "{}"); status != http.StatusBadRequest {
		t.Errorf("a good one: %d", status)
	}
	w.now.Add(int64(10 * time.Minute / time.Second))
	if status, _ := w.kiosk("PATCH", "/v2/vouchers/x", good, "{}"); status != http.StatusUnauthorized {
		t.Errorf("an old one: %d", status)
	}
}

func TestAKioskRefusesWhatItCannotSell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token()
	for name, c := range map[string]struct {
		body string
		want string
	}{
		"the switch's product id": {fmt.Sprintf(kioskSale, "ANY", "100.00", "ZAR"), "KD-1004"},
		"no scale":                {fmt.Sprintf(kioskSale, "KD-ANY", "100", "ZAR"), "KD-1020"},
		"a currency's number":     {fmt.Sprintf(kioskSale, "KD-ANY", "100.00", "710"), "KD-1020"},
		"nothing":                 {fmt.Sprintf(kioskSale, "KD-ANY", "0.00", "ZAR"), "KD-1020"},
		"an unknown field":        {`{"surprise": 1}`, "KD-1001"},
		"no reference":            {`{"sku": "KD-ANY", "amount": {"value": "1.00", "currency": "ZAR"}}`, "KD-1001"},
		"noise":                   {`<html>`, "KD-1001"},
	} {
		status, body := w.kiosk("POST", "/v2/vouchers", token, c.body)
		if status/100 != 4 || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s, want %s", name, status, body, c.want)
		}
	}
	if books := w.simulator.Ledger(); len(books) != 0 {
		t.Errorf("the books say %+v", books)
	}
}

func TestAKioskKeepsItsBooksInMinorUnits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := fmt.Sprintf(kioskSale, "KD-ANY", "500", "JPY")
	if status, answer := w.kiosk("POST", "/v2/vouchers", w.token(), body); status != http.StatusCreated {
		t.Fatalf("%d %s", status, answer)
	}
	e := w.entry(voucher.TransactionID("7c1f5a0e-3f6b-4d3a-9f52-000000009999"))
	if e.Amount != 500 || e.Currency != "392" || e.Provider != "kiosk" || e.State != simulator.StateIssued {
		t.Errorf("the books say %+v", e)
	}
}
