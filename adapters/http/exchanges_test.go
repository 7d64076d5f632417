package http_test

import (
	"encoding/json"
	"flag"
	"fmt"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	provisionID    = "018f6d2e-7c1a-7b3e-9a54-3f0c8d21e601"
	reversalID     = "018f6d2f-10b4-7c55-8e02-6a9d4417b0a1"
	confirmationID = "018f6d2f-2e90-7a6b-93d1-f14b7720c5d8"

	provisioning = "/vouchers"
	retrying     = "/vouchers/{provisionId}/retry"
	reversing    = "/vouchers/reversals"
	confirming   = "/vouchers/confirmations"
	listing      = "/products"
)

// exchange is a request and what the switch does about it; its golden file shows what a channel sees.
type exchange struct {
	method  string // POST if empty
	path    string // of openapi.yaml
	query   string
	message string // an example of openapi.yaml
	change  map[string]any
	options http.Options
	prepare func(*nethttp.Request)
	reply   func(*scripted) (voucher.Transaction, error)
	stray   bool // no operation of openapi.yaml
}

func TestEveryExchangeIsAsPublished(t *testing.T) {
	document := contract(t)
	for name, e := range exchanges(t) {
		t.Run(name, func(t *testing.T) {
			message := example(t, document, "BasicAdvice")
			if e.message != "" {
				message = example(t, document, e.message)
			}
			for field, value := range e.change {
				place(message, strings.Split(field, "."), value)
			}
			body := ""
			if e.message != "" {
				body = encoded(t, message)
			}
			if e.method == "" {
				e.method = nethttp.MethodPost
			}
			path := strings.ReplaceAll(e.path, "{provisionId}", provisionID) + e.query
			r := newRequest(e.method, path, body)
			if e.prepare != nil {
				e.prepare(r)
			}
			e.options.Switch = &scripted{reply: e.reply, catalogue: onSale}
			got := serve(e.options, r)
			if !e.stray {
				published(t, document, e, got)
			}
			compareGolden(t, name, got)
		})
	}
}

// published holds an answer against what openapi.yaml says of the operation and status.
func published(t *testing.T, document *openapi3.T, e exchange, got answer) {
	t.Helper()
	operation := document.Paths.Value(e.path).GetOperation(e.method)
	response := operation.Responses.Status(got.Code)
	if response == nil {
		t.Fatalf("openapi.yaml knows no %d of %s", got.Code, operation.OperationID)
	}
	for header, described := range response.Value.Headers {
		if described.Value.Required && got.Header().Get(header) == "" {
			t.Errorf("the header %s is missing", header)
		}
	}
	media := response.Value.Content.Get("application/json")
	if media == nil {
		if got.Body.Len() > 0 {
			t.Errorf("a body that openapi.yaml does not know: %s", got.Body)
		}
		return
	}
	var message any
	if err := json.Unmarshal(got.Body.Bytes(), &message); err != nil {
		t.Fatalf("%v: %s", err, got.Body)
	}
	if err := media.Schema.Value.VisitJSON(message, openapi3.EnableFormatValidation()); err != nil {
		t.Errorf("%s: %v", got.Body, err)
	}
}

func compareGolden(t *testing.T, name string, got answer) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "%d %s\n", got.Code, nethttp.StatusText(got.Code))
	for _, header := range []string{
		"Allow", "Cache-Control", "Content-Type", "Etag", "Location", "Retry-After", "Www-Authenticate",
	} {
		if value := got.Header().Get(header); value != "" {
			fmt.Fprintf(&text, "%s: %s\n", header, value)
		}
	}
	fmt.Fprintf(&text, "\n%s\n", got.Body)
	file := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

var onSale = voucher.Catalogue{Products: []voucher.Product{{
	ID: "MOBITALK100", Providers: []voucher.ProviderID{"a secret of ours"}, Receiver: voucher.Institution{ID: "44444444", Name: "MobiTalk"},
	Name: "MobiTalk R100", Amount: rand(10000), Fixed: true,
	Listings: []voucher.Listing{{ChannelName: "Mobile app", DisplayName: "MobiTalk R100", SortOrder: 1}},
}}}

func failing(kind fault.Kind, text string) func(*scripted) (voucher.Transaction, error) {
	return says(voucher.Transaction{}, fault.New(kind, "%s", text))
}

var overLimit = voucher.Reservation{Product: "GAME250"}.Refused()

func exchanges(t *testing.T) map[string]exchange {
	all := map[string]exchange{}
	for _, group := range []map[string]exchange{
		outcomes(), refusals(t), retries(t), advices(t), lookups(t), redemptions(), doors(),
	} {
		for name, e := range group {
			if _, twice := all[name]; twice {
				t.Fatalf("two exchanges are named %s", name)
			}
			all[name] = e
		}
	}
	return all
}

func outcomes() map[string]exchange {
	provision := func(o voucher.Outcome) exchange {
		return exchange{path: provisioning, message: "ProvisionRequest", reply: ends(o)}
	}
	least := provision(approval())
	least.message = "LeastProvisionRequest"
	return map[string]exchange{
		"provision approved":       provision(approval()),
		"provision approved least": least,
		"provision declined": provision(declined(voucher.Decline{
			Type: "INSUFFICIENT_FUNDS", Message: "No funds", ProviderCode: "51", ProviderMessage: "Not\nenough",
		})),
		"provision declined without a word": provision(declined(voucher.Decline{})),
		"provision failed at the provider":  provision(voucher.Outcome{Doubt: voucher.DoubtAnswered}),
		"provision timed out":               provision(voucher.TimedOut()),
		"provision broken":                  provision(voucher.Broken()),
		"provision not sent":                provision(voucher.NothingSent()),
	}
}

func refusals(t *testing.T) map[string]exchange {
	provision := func(reply func(*scripted) (voucher.Transaction, error)) exchange {
		return exchange{path: provisioning, message: "ProvisionRequest", reply: reply}
	}
	disclosed := func(s *scripted) (voucher.Transaction, error) { return sold(t).DisclosedTo(s.order) }
	tombstone := func(s *scripted) (voucher.Transaction, error) {
		bar := voucher.Bar(voucher.Advice{
			ID: reversalID, Transaction: provisionID, Channel: channelID, Kind: voucher.Reversal,
		})
		return bar.Next.DisclosedTo(s.order)
	}
	foreign := provision(disclosed)
	foreign.change = map[string]any{"client.id": "99999999"}
	foreign.prepare = func(r *nethttp.Request) { r.SetBasicAuth("99999999", password) }
	other := provision(disclosed)
	other.change = map[string]any{"amounts.requestAmount.amount": 10001}
	malformed := provision(nil)
	malformed.change = map[string]any{
		"originator.terminalId": "TILL1", "originator.merchant.merchantName.city": nil,
		"voucher": map[string]any{"code": strings.Repeat(secret, 3)},
	}
	impostor := provision(nil)
	impostor.change = map[string]any{"client.id": "99999999"}
	return map[string]exchange{
		"provision duplicate":                    provision(disclosed),
		"provision duplicate of another channel": foreign,
		"provision duplicate of another sale":    other,
		"provision reversed first":               provision(tombstone),
		"provision without a route":              provision(failing(fault.NoRoute, "no provider serves this")),
		"provision of a wrong amount": provision(failing(fault.InvalidAmount,
			"product 0123456789012345678901234567890123456789 sells from 100 ZAR to 1000000000000 ZAR")),
		"provision with a code not allowed":  provision(failing(fault.NotAllowed, "this provider chooses the code")),
		"provision at an unavailable vendor": provision(failing(fault.Unavailable, "the provider is away")),
		"provision over the day's limit":     provision(says(voucher.Transaction{}, overLimit)),
		"provision when overloaded":          provision(failing(fault.Overloaded, "the database is away")),
		"provision undecided":                provision(failing(fault.Undecided, "ask again")),
		"provision with a fault of ours":     provision(failing(fault.Internal, "a table is on fire")),
		"provision malformed":                malformed,
		"provision for another client":       impostor,
	}
}

func retries(t *testing.T) map[string]exchange {
	retry := func(reply func(*scripted) (voucher.Transaction, error)) exchange {
		return exchange{path: retrying, message: "ProvisionRequest", reply: reply}
	}
	again := func(o voucher.Outcome) func(*scripted) (voucher.Transaction, error) {
		return func(s *scripted) (voucher.Transaction, error) {
			kept := settled(s.order, o)
			kept.Answer = kept.Answer.Again()
			return kept, nil
		}
	}
	withdrawn := func(*scripted) (voucher.Transaction, error) {
		reversed := sold(t).Reverse(voucher.Advice{ID: reversalID, Channel: channelID, Kind: voucher.Reversal}).Next
		_, err := reversed.Reply()
		return reversed, err
	}
	otherID := retry(nil)
	otherID.change = map[string]any{"id": reversalID}
	return map[string]exchange{
		"retry of an approval":      retry(again(approval())),
		"retry of a decline":        retry(again(declined(voucher.Decline{ProviderCode: "05"}))),
		"retry of a time-out":       retry(again(voucher.TimedOut())),
		"retry never seen before":   retry(ends(approval())),
		"retry not supported":       retry(failing(fault.HardDecline, "this provider does not support retries")),
		"retry of a reversed sale":  retry(withdrawn),
		"retry of another sale":     retry(failing(fault.Invalid, "product must be that of the original")),
		"retry still in flight":     retry(failing(fault.Undecided, "the provision is still in flight; ask again")),
		"retry under another id":    otherID,
		"retry of a foreign record": retry(failing(fault.Duplicate, "the id is used already")),
	}
}

func advices(t *testing.T) map[string]exchange {
	reverse := func(reply func(*scripted) (voucher.Transaction, error)) exchange {
		return exchange{path: reversing, message: "BasicReversal", reply: reply}
	}
	confirm := func(reply func(*scripted) (voucher.Transaction, error)) exchange {
		return exchange{path: confirming, message: "TenderAdvice", reply: reply}
	}
	reversed := sold(t).Reverse(voucher.Advice{ID: reversalID, Channel: channelID, Kind: voucher.Reversal}).Next
	answered, refused := reversed, reversed
	answered.AdviceAnswer = voucher.AdviceOutcome{
		Kind:        voucher.AdviceAcknowledged,
		Identifiers: []voucher.ThirdPartyIdentifier{{InstitutionID: "44444444", TransactionIdentifier: "MT-R-1"}},
	}
	refused.AdviceAnswer = voucher.AdviceOutcome{
		Kind: voucher.AdviceRefused, Decline: voucher.Decline{Type: "VOUCHER_ALREADY_REDEEMED", Message: "Spent"},
	}
	reconfirmed := func(s *scripted) (voucher.Transaction, error) {
		d := reversed.Confirm(s.advice)
		return d.Next, d.Refusal
	}
	confirmed := sold(t).Confirm(voucher.Advice{ID: confirmationID, Channel: channelID, Kind: voucher.Confirmation}).Next
	late := func(s *scripted) (voucher.Transaction, error) {
		d := confirmed.Reverse(s.advice)
		return d.Next, d.Refusal
	}
	unknown := func(s *scripted) (voucher.Transaction, error) {
		d := voucher.Transaction{}.Reverse(s.advice)
		return d.Next, d.Refusal
	}
	malformed := reverse(nil)
	malformed.change = map[string]any{"reversalReason": "WHIM"}
	return map[string]exchange{
		"reversal accepted":                     reverse(says(reversed, nil)),
		"reversal answered by the provider":     reverse(says(answered, nil)),
		"reversal refused by the provider":      reverse(says(refused, fault.New(fault.Refused, "refused"))),
		"reversal of an unknown provision":      reverse(unknown),
		"reversal of a confirmed provision":     reverse(late),
		"reversal malformed":                    malformed,
		"confirmation accepted":                 confirm(says(confirmed, nil)),
		"confirmation of a reversed provision":  confirm(reconfirmed),
		"confirmation of a failed provision":    confirm(failing(fault.NotFound, "there is no such provision")),
		"confirmation of a parked provision":    confirm(failing(fault.Unknown, "the outcome is unknown")),
		"confirmation of a provision in flight": confirm(failing(fault.Undecided, "the provision is in flight")),
		"confirmation when overloaded":          confirm(failing(fault.Overloaded, "the database is away")),
	}
}

func lookups(t *testing.T) map[string]exchange {
	look := func(query string, reply func(*scripted) (voucher.Transaction, error)) exchange {
		return exchange{method: nethttp.MethodGet, path: provisioning, query: query, reply: reply}
	}
	byID := "?provisionRequestId=" + provisionID
	reversed := sold(t).Reverse(voucher.Advice{ID: reversalID, Channel: channelID, Kind: voucher.Reversal}).Next
	products := exchange{method: nethttp.MethodGet, path: listing, reply: says(voucher.Transaction{}, nil)}
	longName := products
	longName.query = "?channelName=" + strings.Repeat("x", 51)
	return map[string]exchange{
		"lookup found":              look(byID, says(sold(t), nil)),
		"lookup in flight":          look(byID, says(sending(sold(t).Attempt.Order), nil)),
		"lookup unknown":            look(byID, failing(fault.NotFound, "there is no such voucher")),
		"lookup reversed":           look(byID, says(reversed, reversed.Lookup())),
		"lookup of nothing":         look("?colour=red", nil),
		"lookup by a malformed id":  look("?provisionRequestId=7", nil),
		"lookup when overloaded":    look(byID, failing(fault.Overloaded, "the database is away")),
		"products":                  products,
		"products of a long name":   longName,
		"products when unavailable": {method: "GET", path: listing, reply: failing(fault.Overloaded, "no database")},
	}
}

func redemptions() map[string]exchange {
	impostor := exchange{path: "/redemptions", message: "RedemptionRequest", change: map[string]any{"client.id": "9"}}
	codeless := exchange{path: "/redemptions", message: "RedemptionRequest", change: map[string]any{"voucher.code": nil}}
	return map[string]exchange{
		"redemption":                    {path: "/redemptions", message: "RedemptionRequest"},
		"redemption of another client":  impostor,
		"redemption without a code":     codeless,
		"confirmation of a redemption":  {path: "/redemptions/confirmations", message: "BasicAdvice"},
		"reversal of a redemption":      {path: "/redemptions/reversals", message: "BasicReversal"},
		"malformed redemption reversal": {path: "/redemptions/reversals", message: "BasicAdvice"},
	}
}

func doors() map[string]exchange {
	provision := exchange{path: provisioning, message: "ProvisionRequest"}
	draining, busy, limited := provision, provision, provision
	unauthorized, plain, large := provision, provision, provision
	draining.options.Draining = func() bool { return true }
	busy.options.Sheds = func(kind string) bool { return kind == http.Sale }
	limited.options.Limit = func(voucher.ChannelID) time.Duration { return 1200 * time.Millisecond }
	unauthorized.prepare = func(r *nethttp.Request) { r.Header.Del("Authorization") }
	plain.prepare = func(r *nethttp.Request) { r.Header.Set("Content-Type", "text/plain") }
	large.options.MaxBody = 100
	return map[string]exchange{
		"draining":         draining,
		"too much to do":   busy,
		"rate limited":     limited,
		"unauthorized":     unauthorized,
		"wrong media type": plain,
		"body too large":   large,
		"wrong method":     {method: nethttp.MethodDelete, path: provisioning, stray: true},
		"unknown path":     {method: nethttp.MethodGet, path: "/vouchers/colours", stray: true},
	}
}

func TestNoGoldenFileIsLeftOver(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	if want := len(exchanges(t)); len(files) != want {
		t.Errorf("%s golden files for %d exchanges", strconv.Itoa(len(files)), want)
	}
}
