package kiosk

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/fuzzing"
)

// FuzzOutcome: a voucher is believed only if every field of the vendor's yes says what was asked for, by another
// reader's word; a no only where the vendor's document calls it one.
func FuzzOutcome(f *testing.F) {
	for _, name := range []string{"generated", "insufficient", "used", "unknown", "redeemed", "token"} {
		body := sampleIn(f, name)
		for _, status := range []uint16{200, 201, 302, 402, 404, 408, 409, 500, 503} {
			f.Add(status, body)
		}
		for from, to := range map[string]string{
			"100.00": "100.01", "GENERATED": "PENDING", `"pin"`: `"Pin"`, "KD-": "kd-", "ZAR": "USD",
			string(asks.Reference): "00000000-0000-4000-8000-000000000000", `"100.00"`: `100.00`, `{`: `{"sku": "", `,
		} {
			f.Add(uint16(201), bytes.ReplaceAll(body, []byte(from), []byte(to)))
		}
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		status = 100 + (status+400)%500 // of HTTP, and as it is where it is one
		got := outcomeOf(asked(), asks, exchange.Answer{Status: int(status), Body: body})
		strict := fuzzing.Flaw(body, fuzzing.Elements) == ""
		switch got.Kind {
		case voucher.OutcomeApproved:
			if status/100 != 2 || !strict {
				t.Fatalf("%d is a yes: %s", status, body)
			}
			yes := fuzzing.Value(body)
			reference, _ := fuzzing.Member(yes, "clientReference").(string)
			pin, _ := fuzzing.Member(yes, "pin").(string)
			if !strings.EqualFold(reference, string(asks.Reference)) || pin == "" || fuzzing.Member(yes, "sku") != asks.SKU ||
				fuzzing.Member(yes, "status") != generated || fuzzing.Member(yes, "amount", "value") != asks.Amount.Value ||
				fuzzing.Member(yes, "amount", "currency") != asks.Amount.Currency {
				t.Errorf("a yes: %s", body)
			}
		case voucher.OutcomeDeclined:
			explained := status == 503 && strict && fuzzing.Member(fuzzing.Value(body), "code") != nil
			if status == 408 || status == 409 || status/100 != 4 && !explained {
				t.Errorf("%d is a no: %s", status, body)
			}
		case voucher.OutcomeInDoubt:
		case voucher.OutcomeNotSent:
			t.Error("what was answered was sent")
		}
	})
}

func sampleIn(f *testing.F, name string) (body []byte) {
	body, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		f.Fatal(err)
	}
	return body
}

// FuzzAdviceOutcome: an advice is done only if the vendor shows the sale as it now stands, and not found or refused only
// by the vendor's own error.
func FuzzAdviceOutcome(f *testing.F) {
	for _, name := range []string{"confirmed", "reversed", "unknown", "redeemed", "generated"} {
		for _, status := range []uint16{200, 202, 400, 404, 409, 410, 422, 429, 500} {
			f.Add(status, true, sampleIn(f, name))
			f.Add(status, false, sampleIn(f, name))
		}
	}
	client := Client{account: exchange.Account{Institution: "88888888"}}
	f.Fuzz(func(t *testing.T, status uint16, reverses bool, body []byte) {
		status = 100 + (status+400)%500 // of HTTP, and as it is where it is one
		a := voucher.Advice{Kind: voucher.Confirmation, Transaction: asks.Reference}
		stands := confirmed
		if reverses {
			a.Kind, stands = voucher.Reversal, reversed
		}
		got := client.adviceOutcomeOf(a, exchange.Answer{Status: int(status), Body: body})
		var said any
		if fuzzing.Flaw(body, fuzzing.Elements) == "" {
			said = fuzzing.Value(body)
		}
		reference, _ := fuzzing.Member(said, "clientReference").(string)
		code, _ := fuzzing.Member(said, "code").(string)
		lawful := map[voucher.AdviceOutcomeKind]bool{
			voucher.AdviceUnanswered: status/100 != 4,
			voucher.AdviceAcknowledged: status/100 == 2 && fuzzing.Member(said, "status") == stands &&
				strings.EqualFold(reference, string(asks.Reference)),
			voucher.AdviceNotFound: status == 404 && reverses && code == "KD-2004",
			voucher.AdviceRefused:  status/100 == 4 && code != "",
			voucher.AdviceDeferred: status/100 == 4,
		}
		if !lawful[got.Kind] {
			t.Errorf("%d to an advice is %v: %s", status, got.Kind, body)
		}
	})
}

// FuzzToken: a token is taken only from a whole 200 that names it and how long it lives, whatever bytes the vendor
// sends.
func FuzzToken(f *testing.F) {
	body := string(sampleIn(f, "token"))
	for _, head := range []string{
		"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 201 Created\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		f.Add([]byte(head + body))
		f.Add([]byte(head + `{"access_token":"a","expires_in":0}`))
		f.Add([]byte(head + `{"access_token":"","expires_in":9223372036854775807}`))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := New(exchange.Account{Options: exchange.Options{
			URL: "http://vendor.example", BodyFor: time.Second, Dial: saying(raw),
		}})
		if err != nil {
			t.Fatal(err)
		}
		token, err := c.tokens.Get(t.Context(), time.Now().Add(10*time.Second))
		if err != nil {
			if !token.IsZero() || strings.Contains(err.Error(), "access_token") {
				t.Errorf("an error and a token: %v", err)
			}
			return
		}
		status, said := heard(raw)
		life, _ := fuzzing.Member(said, "expires_in").(json.Number)
		seconds, err := life.Int64()
		if status != http.StatusOK || fuzzing.Member(said, "access_token") != token.Reveal() || err != nil || seconds <= 0 {
			t.Errorf("a token was taken from %q", raw)
		}
	})
}

// saying dials a vendor that reads a request and then says this, whatever it is.
func saying(raw []byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = theirs.Close() }()
			if request, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
				_, _ = io.Copy(io.Discard, request.Body)
				_, _ = theirs.Write(raw)
			}
		}()
		return ours, nil
	}
}

// heard is the first answer in the bytes that is not an interim one, and what it says in strict JSON.
func heard(raw []byte) (status int, said any) {
	reader := bufio.NewReader(bytes.NewReader(raw))
	for {
		response, err := http.ReadResponse(reader, &http.Request{Method: http.MethodPost})
		if err != nil {
			return 0, nil
		}
		body, err := io.ReadAll(response.Body)
		if response.StatusCode/100 == 1 && response.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		if err != nil || fuzzing.Flaw(body, fuzzing.Elements) != "" {
			return response.StatusCode, nil
		}
		return response.StatusCode, fuzzing.Value(body)
	}
}
