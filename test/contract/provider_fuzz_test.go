package contract

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/adapters/providers/quokka"
	"voucherswitch/adapters/providers/suv"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/fuzzing"
)

// fuzzedWires are all wires, each with its client.
var fuzzedWires = []struct {
	dialect ProviderDialect
	open    func(exchange.Account) (ports.Provider, error)
}{
	{SUV(suv.New), func(a exchange.Account) (ports.Provider, error) { return suv.New(a) }},
	{Kiosk(kiosk.New), func(a exchange.Account) (ports.Provider, error) { return kiosk.New(a) }},
	{Quokka(quokka.New), func(a exchange.Account) (ports.Provider, error) { return quokka.New(a) }},
}

// FuzzProviderAnswer: whatever bytes a vendor of any wire sends back, it was asked once; a voucher is believed only if
// the bytes are a whole 2xx whose strict JSON names the sale, the price as it was asked and that very code; a no is an
// error's; and what was answered was sent.
func FuzzProviderAnswer(f *testing.F) {
	for i, w := range fuzzedWires {
		yes := w.dialect.Yes(ProviderYes{ID: providerID, Product: ProviderProduct, Code: providerCode, Minor: 10000})
		no, _ := w.dialect.No("INSUFFICIENT_FUNDS", "no")
		replay, _ := w.dialect.No("DUPLICATE_RECORD", "no")
		for _, status := range []int{200, 201, 202, 302, 400, 404, 408, 409, 500, 503} {
			for _, body := range []string{yes, no, replay, w.dialect.Stranger, ""} {
				f.Add(uint8(i), []byte(providerHead(status, len(body))+body))
			}
		}
		for _, lie := range [][2]string{
			{providerID, strings.ToUpper(providerID)}, {providerID, "00000000-0000-4000-8000-000000000000"}, {providerCode, ""},
			{"10000", "10001"}, {"100.00", "1E2"}, {ProviderProduct, "GAME101"}, {"ZAR", "USD"}, {"710", "840"},
			{`{`, `{"id":"` + providerID + `",`}, {`{`, `{"ref":"` + providerID + `",`},
		} {
			from, to := lie[0], lie[1]
			body := strings.Replace(yes, from, to, 1)
			f.Add(uint8(i), []byte(providerHead(201, len(body))+body))
		}
		whole := []byte(providerHead(201, len(yes)) + yes)
		if got, _ := fuzzedSale(f, i, whole); got.Kind != voucher.OutcomeApproved {
			f.Fatalf("%s takes its own yes for %s", w.dialect.Name, saleWords(got))
		}
		f.Add(uint8(i), []byte("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"+yes))
		f.Add(uint8(i), []byte("HTTP/1.1 100 Continue\r\n\r\n"+providerHead(201, len(yes))+yes))
		f.Add(uint8(i), []byte("HTTP/1.1 201 Created\r\n\r\n"+yes))
	}
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		got, sales := fuzzedSale(t, int(which)%len(fuzzedWires), raw)
		if sales != 1 {
			t.Fatalf("the vendor was asked %d times", sales)
		}
		status, body := fuzzedAnswer(raw)
		switch got.Kind {
		case voucher.OutcomeApproved:
			if status/100 != 2 || fuzzing.Flaw(body, fuzzing.Elements) != "" {
				t.Fatalf("%q is a yes", raw)
			}
			texts := fuzzedTexts(fuzzing.Value(body))
			code := got.Approval.Voucher.Code.Reveal() + got.Approval.Voucher.PIN.Value.Reveal()
			if code == "" || !slices.ContainsFunc(texts, func(s string) bool { return strings.EqualFold(s, providerID) }) ||
				!slices.ContainsFunc(texts, func(s string) bool { return s != "" && strings.Contains(code, s) }) {
				t.Errorf("a yes without id or code: %s", body)
			}
			price := providerAttempt().Price()
			for _, sum := range []voucher.LedgerAmount{got.Approval.Amounts.Request, got.Approval.Amounts.Approved} {
				if !sum.IsZero() && sum.Amount != price.Amount {
					t.Errorf("a yes for %v", sum)
				}
			}
		case voucher.OutcomeDeclined:
			if status < 400 {
				t.Errorf("%d is a no: %q", status, raw)
			}
		case voucher.OutcomeInDoubt:
		case voucher.OutcomeNotSent:
			t.Error("what was answered was sent")
		}
	})
}

// fuzzedSale asks a vendor that sends those bytes back, and counts how often it was asked.
func fuzzedSale(t testing.TB, wire int, raw []byte) (got voucher.Outcome, sales int32) {
	t.Helper()
	w := fuzzedWires[wire]
	var asked atomic.Int32
	client, err := w.open(exchange.Account{
		Options: exchange.Options{
			URL: "http://vendor.example", MaxAnswer: ProviderMaxAnswer, Dial: fuzzedVendor(w.dialect, raw, &asked),
		},
		Username: "switch-1", Password: voucher.NewSecret(ProviderPassword), Institution: ProviderInstitution,
		ProductIDs: map[voucher.ProductID]string{ProviderProduct: kioskSKUs[ProviderProduct]},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	got = client.Provision(ctx, providerAttempt())
	return got, asked.Load()
}

// fuzzedVendor dials a vendor that answers what is asked besides, and to a sale says the bytes and hangs up.
func fuzzedVendor(
	d ProviderDialect, raw []byte, sales *atomic.Int32,
) func(context.Context, string, string) (net.Conn, error) {
	serve := func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		for reader := bufio.NewReader(conn); ; {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			if d.Aside != nil {
				if answer, aside := d.Aside(request); aside {
					_, _ = io.Copy(io.Discard, request.Body)
					_, _ = io.WriteString(conn, providerHead(http.StatusOK, len(answer))+answer)
					continue
				}
			}
			_, _ = io.Copy(io.Discard, request.Body)
			sales.Add(1)
			_, _ = conn.Write(raw)
			return
		}
	}
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go serve(theirs)
		return ours, nil
	}
}

// fuzzedAnswer is the first answer in the bytes that is not an interim one.
func fuzzedAnswer(raw []byte) (status int, body []byte) {
	for reader := bufio.NewReader(bytes.NewReader(raw)); ; {
		response, err := http.ReadResponse(reader, &http.Request{Method: http.MethodPost})
		if err != nil {
			return 0, nil
		}
		if response.StatusCode/100 == 1 && response.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		body, _ = io.ReadAll(response.Body)
		return response.StatusCode, body
	}
}

// fuzzedTexts are all texts and numbers in a body.
func fuzzedTexts(value any) (texts []string) {
	switch v := value.(type) {
	case map[string]any:
		for _, child := range v {
			texts = append(texts, fuzzedTexts(child)...)
		}
	case []any:
		for _, child := range v {
			texts = append(texts, fuzzedTexts(child)...)
		}
	default:
		texts = append(texts, fmt.Sprint(v))
	}
	return texts
}
