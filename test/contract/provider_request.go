package contract

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Request is one that a vendor's document shows: a path below the vendor's URL, the headers' names and a body of JSON.
type Request struct {
	Method, Path string
	Headers      []string
	Body         string
}

// transport are the headers that every request of the house has, whatever the document tells.
var transport = []string{"Accept", "Accept-Encoding", "Content-Length", "User-Agent"}

// Asks holds the last request of a call against the one that the vendor's document shows. Whoever asks for a token
// first gets one.
func Asks[C ports.Provider](t *testing.T, open New[C], account exchange.Account, want Request, call func(C)) {
	t.Helper()
	var got Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(r.Header)), func(name string) bool {
			return slices.Contains(transport, name) || strings.Join(r.Header[name], "") == ""
		})
		got = Request{r.Method, r.URL.RequestURI(), names, string(body)}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": ProviderToken, "expires_in": 3600})
	}))
	defer server.Close()
	account.URL, account.Username, account.Password = server.URL, "switch-1", voucher.NewSecret(ProviderPassword)
	account.Dial = exchange.Guard{Anywhere: true}.Dial
	client, err := open(account)
	if err != nil {
		t.Fatal(err)
	}
	call(client)
	want.Headers = slices.Sorted(slices.Values(want.Headers))
	got.Body, want.Body = levelled(t, got.Body), levelled(t, want.Body)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the request (-the vendor's document +the adapter):\n%s", diff)
	}
}

// levelled is JSON in one order and spacing; an empty body stays empty.
func levelled(t *testing.T, body string) string {
	t.Helper()
	if strings.TrimSpace(body) == "" {
		return ""
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("no JSON: %v: %s", err, body)
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
