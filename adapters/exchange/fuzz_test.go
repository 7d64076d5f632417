package exchange_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/voucher"
)

const again = "HTTP/1.1 299 Again\r\nContent-Length: 5\r\n\r\nagain"

// FuzzAnswer: of whatever bytes a vendor sends, an answer is what net/http reads in them; nothing else is a whole one,
// none is longer than allowed, and what is left over is never the answer to the next request. Nothing was sent only if
// the vendor heard nothing.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\n\r\n{}", "HTTP/1.0 200\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n" + again,
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + again, "HTTP/1.1 101 Other\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}", "HTTP/1.1 999 ?\r\n\r\n", "\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 304 Not Modified\r\n\r\n",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, hangsUp bool) {
		const most = 1 << 10
		var asked atomic.Int32
		client := open(t, exchange.Options{
			URL: "http://vendor.example", MaxAnswer: most, BodyFor: 5 * time.Millisecond, KeepFor: time.Second,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go answer(theirs, &asked, raw, hangsUp)
				return ours, nil
			},
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		request := exchange.Request{
			Method: http.MethodPost, Path: "/sales", Body: []byte("{}"), SendBy: time.Now().Add(10 * time.Second),
		}
		got, err := client.Do(ctx, request)
		if errors.Is(err, exchange.ErrNothingSent) {
			if asked.Load() > 0 {
				t.Error("the vendor was asked")
			}
			return
		}
		if err != nil && got.Body != nil || len(got.Body) > most {
			t.Errorf("%v, and a body of %d", err, len(got.Body))
		}
		if err == nil {
			status, body := read(raw)
			if status != got.Status || !slices.Equal(body, got.Body) {
				t.Errorf("answered %d %q, want %d %q", got.Status, got.Body, status, body)
			}
		}
		next, err := client.Do(t.Context(), request)
		if err == nil && (next.Status != 299 || string(next.Body) != "again") {
			t.Errorf("the next request is answered %d %q", next.Status, next.Body)
		}
	})
}

// answer says the bytes to the first request of all, and again to every other.
func answer(conn net.Conn, asked *atomic.Int32, raw []byte, hangsUp bool) {
	defer func() { _ = conn.Close() }()
	for reader := bufio.NewReader(conn); ; {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		said := []byte(again)
		first := asked.Add(1) == 1
		if first {
			said = raw
		}
		if _, err := conn.Write(said); err != nil || first && hangsUp {
			return
		}
	}
}

// read is the first answer in the bytes that is not an interim one.
func read(raw []byte) (status int, body []byte) {
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

// FuzzAdviceVerdict: what a verdict asks of a body it never does without, and no party's reference is touched but the
// vendor's own.
func FuzzAdviceVerdict(f *testing.F) {
	f.Add(uint8(0), true, "KD-1", "UNABLE_TO_LOCATE_RECORD", "ref", "2", "1,2")
	f.Add(uint8(1), false, "", "", "", "", "")
	verdicts := []exchange.Verdict{
		exchange.Acknowledged, exchange.NotFound, exchange.NoSuchSale, exchange.Refused, exchange.Later,
	}
	f.Fuzz(func(t *testing.T, which uint8, sale bool, code, kind, reference, vendor, parties string) {
		says := verdicts[int(which)%len(verdicts)]
		a := voucher.Advice{}
		for i, party := range parties {
			a.Identifiers = append(a.Identifiers, voucher.ThirdPartyIdentifier{
				InstitutionID: string(party), TransactionIdentifier: string(rune('a' + i%26)),
			})
		}
		before := slices.Clone(a.Identifiers)
		got := exchange.AdviceOutcome(says, a, exchange.Said{
			Sale: sale, Reason: voucher.Decline{ProviderCode: code, Type: voucher.DeclineType(kind)},
			Reference: voucher.ThirdPartyIdentifier{InstitutionID: vendor, TransactionIdentifier: reference},
		})
		holds := says == exchange.Acknowledged && sale || says == exchange.Refused && code != "" || says == exchange.Later ||
			(says == exchange.NotFound || says == exchange.NoSuchSale) && kind == "UNABLE_TO_LOCATE_RECORD"
		if want := says.Otherwise; !holds && got.Kind != want || holds && got.Kind != says.Means {
			t.Errorf("%+v is %v", says, got.Kind)
		}
		if !slices.Equal(before, a.Identifiers) {
			t.Error("the advice was changed")
		}
		for _, i := range got.Identifiers {
			own := i.InstitutionID == vendor && i.TransactionIdentifier == reference
			if !own && !slices.Contains(before, i) {
				t.Errorf("%+v is nobody's", i)
			}
		}
		for _, i := range before {
			if got.Kind == voucher.AdviceAcknowledged && i.InstitutionID != vendor && !slices.Contains(got.Identifiers, i) {
				t.Errorf("%+v is lost", i)
			}
		}
	})
}
