package model

import (
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/adapters/providers/quokka"
	"voucherswitch/adapters/providers/suv"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
)

// wire is what the production clients make of a provider's answers. Each is asked once, of the real client over a real
// connection, since what an answer means depends on nothing else; the search then looks it up.
type wire struct {
	outcomes [answers + 2]voucher.Outcome
	advices  [2][answers]voucher.AdviceOutcome // by kind
}

const (
	saleID  voucher.TransactionID = "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11"
	channel voucher.ChannelID     = "22222222"
	code                          = "6011-2233-4455-6677"
)

var dialects = map[string]contract.ProviderDialect{
	"suv": contract.SUV(suv.New), "kiosk": contract.Kiosk(kiosk.New), "quokka": contract.Quokka(quokka.New),
}

// said is an answer as the vendor writes it.
type said struct {
	status int
	body   string
}

func read(t testing.TB, name string) wire {
	t.Helper()
	dialect := dialects[name]
	var now atomic.Pointer[said]
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if dialect.Aside != nil {
			if body, aside := dialect.Aside(r); aside {
				_, _ = io.WriteString(w, body)
				return
			}
		}
		answer := now.Load()
		w.WriteHeader(answer.status)
		_, _ = io.WriteString(w, answer.body)
	}))
	defer server.Close()
	client := dialect.Open(t.(*testing.T), server.URL)

	var read wire
	for at, answer := range writeAnswers(dialect, dialect.Yes(contract.ProviderYes{
		ID: string(saleID), Product: contract.ProviderProduct, Code: code, Minor: 10000})) {
		now.Store(&answer)
		asked := attempt(profile{}, 0)
		asked.SendBy = time.Now().Add(time.Minute)
		read.outcomes[at] = client.Provision(t.Context(), asked)
	}
	read.outcomes[tooLate], read.outcomes[notSent] = voucher.TimedOut(), voucher.NothingSent()
	for _, kind := range []voucher.AdviceKind{voucher.Reversal, voucher.Confirmation} {
		a := voucher.Advice{ID: firstReversal, Transaction: saleID, Kind: kind, Time: "2026-11-22T10:20:30.123+02:00"}
		for at, answer := range writeAnswers(dialect, dialect.Echo(a, "vendor-1")) {
			now.Store(&answer)
			read.advices[kind][at] = client.Advise(t.Context(), a)
		}
	}
	return read
}

// writeAnswers writes each answer of the model in a vendor's words, whole being its yes.
func writeAnswers(dialect contract.ProviderDialect, whole string) map[answer]said {
	says := func(reason string) string {
		body, _ := dialect.No(reason, "no")
		return body
	}
	return map[answer]said{
		yes: {200, whole}, no: {422, says("INSUFFICIENT_FUNDS")}, failing: {500, ""}, garbage: {200, "<html>"},
		replayed: {409, says("DUPLICATE_RECORD")}, unknown: {404, says("UNABLE_TO_LOCATE_RECORD")},
	}
}

func TestEveryWireReadsTheModelsAnswersAlike(t *testing.T) {
	for name := range dialects {
		wire := read(t, name)
		for at, want := range map[answer]voucher.OutcomeKind{
			yes: voucher.OutcomeApproved, no: voucher.OutcomeDeclined, failing: voucher.OutcomeInDoubt,
			garbage: voucher.OutcomeInDoubt, replayed: voucher.OutcomeInDoubt, tooLate: voucher.OutcomeInDoubt,
			notSent: voucher.OutcomeNotSent,
		} {
			if got := wire.outcomes[at].Kind; got != want {
				t.Errorf("%s: the answer %d to a provision is %d, want %d", name, at, got, want)
			}
		}
		for at, want := range map[answer]voucher.AdviceOutcomeKind{
			silence: voucher.AdviceUnanswered, yes: voucher.AdviceAcknowledged, no: voucher.AdviceRefused,
			failing: voucher.AdviceUnanswered, unknown: voucher.AdviceNotFound,
		} {
			if got := wire.advices[voucher.Reversal][at].Kind; got != want {
				t.Errorf("%s: the answer %d to a reversal is %d, want %d", name, at, got, want)
			}
		}
		if got := wire.advices[voucher.Confirmation][unknown].Kind; got != voucher.AdviceRefused {
			t.Errorf("%s: not found, to a confirmation, is %d", name, got)
		}
	}
}

// attempt is the order of every provision of the model; the reference is what tells two intents apart.
func attempt(p profile, n slot) voucher.Attempt {
	o := voucher.Order{
		ID: saleID, Channel: voucher.Channel{ID: channel, Messaging: p.messaging},
		Time: "2026-11-22T10:15:30.123+02:00", Product: contract.ProviderProduct,
		Client:           voucher.Institution{ID: string(channel), Name: "TransAcquire Co"},
		SettlementEntity: voucher.Institution{ID: "33333333", Name: "TransactionsRUs"},
		Amounts:          voucher.Amounts{Request: voucher.LedgerAmount{Amount: money.New(10000, "710")}},
		Message:          voucher.NewSecret(message),
	}
	return voucher.NewAttempt(o, p.provider(), voucher.Product{}, timing, fmt.Sprintf("reference-%d", n))
}

const message = `{"id": "7C1F5A0E-3F6B-4D3A-9F52-0D5F6B0F6A11", "time": "2026-11-22T10:15:30.123+02:00",
	"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "TERM0001",
		"merchant": {"merchantType": "5411", "merchantId": "MERCHANT0000001", "merchantName":
			{"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": "22222222", "name": "TransAcquire Co"}, "thirdPartyIdentifiers": [],
	"amounts": {"requestAmount": {"amount": 10000, "currency": "710"}}, "product": {"productId": "GAME100"}}`
