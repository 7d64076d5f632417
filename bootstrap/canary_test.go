package bootstrap

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// canaries are secrets that a test looks for wherever they must not be. Their characters differ in every way of
// writing that is not the plain one.
var canaries = []string{`K4n"ry<7>/é&x-c0de-Q2v9`, `p1N"é<9>&4471-zz`}

// aviary is a client that has the canaries in hand, and behaves as the amount says.
type aviary struct{}

var _ ports.Provider = aviary{}

func (aviary) Provision(ctx context.Context, asked voucher.Attempt) voucher.Outcome {
	approval := voucher.Approval{
		Voucher: voucher.Voucher{
			Code: voucher.NewSecret(canaries[0]), SerialNumber: "S-" + string(asked.Order.ID),
			PIN: voucher.PIN{Type: voucher.ClearPIN, Value: voucher.NewSecret(canaries[1])},
		},
		Slip: voucher.Slip{Lines: []voucher.SlipLine{{Text: voucher.NewSecret("your code: " + canaries[0])}}},
	}
	switch asked.Order.Amounts.Request.Amount {
	case money.New(2, "710"):
		panic(canaries[0])
	case money.New(3, "710"):
		panic(fmt.Errorf("half way through %s: %w", canaries[0], errors.New(canaries[1])))
	case money.New(4, "710"):
		panic(approval)
	case money.New(5, "710"): // too late
		<-ctx.Done()
	case money.New(6, "710"): // not what was asked
		return voucher.Approve(asked, "other", approval)
	}
	return voucher.Approve(asked, asked.Order.ID, approval)
}

func (aviary) Advise(_ context.Context, advice voucher.Advice) voucher.AdviceOutcome {
	if strings.HasSuffix(string(advice.Transaction), "0") {
		panic(canaries[0])
	}
	return voucher.AdviceOutcome{Kind: voucher.AdviceRefused}
}

// spellings are the ways in which a secret leaks: as it is, escaped, encoded at any offset, and backwards.
func spellings(secret string) []string {
	escaped, _ := json.Marshal(secret)
	var unescaped strings.Builder
	encoder := json.NewEncoder(&unescaped)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	backwards := []rune(secret)
	slices.Reverse(backwards)
	ways := []string{
		secret, string(escaped[1 : len(escaped)-1]), strings.Trim(unescaped.String(), "\"\n"), fmt.Sprintf("%+q", secret),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), fmt.Sprintf("%d", []byte(secret)),
		url.QueryEscape(secret), url.PathEscape(secret), string(backwards), secret[len(secret)-8:],
	}
	for offset := range 3 {
		for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := alphabet.EncodeToString([]byte(strings.Repeat("x", offset) + secret))
			ways = append(ways, text[(offset*8+5)/6:len(text)-2])
		}
	}
	for i, way := range ways {
		ways[i] = strings.Trim(way, `"`)
	}
	return ways
}

// leaks tells which spelling of a canary stands in a text.
func leaks(text string) string {
	for _, canary := range canaries {
		for _, way := range spellings(canary) {
			if strings.Contains(text, way) {
				return way
			}
		}
	}
	return ""
}

func TestACanaryIsFoundInEverySpelling(t *testing.T) {
	for _, canary := range canaries {
		for _, leak := range []string{
			canary, "a" + canary + "b", hex.EncodeToString([]byte("ab" + canary)), fmt.Sprintf("%q", canary),
			base64.StdEncoding.EncodeToString([]byte(canary + "b")), base64.URLEncoding.EncodeToString([]byte("b" + canary)),
			base64.StdEncoding.EncodeToString([]byte("bb" + canary + "bb")), url.QueryEscape(canary),
		} {
			if leaks(leak) == "" {
				t.Errorf("%s is not found in %s", canary, leak)
			}
		}
	}
	if way := leaks("K4n ry 7 nothing"); way != "" {
		t.Errorf("%q is found where nothing is", way)
	}
}

// aviaryWorld is a production world with a client that has canaries in hand, and two channels.
const aviaryWorld = `
http: {listen: "127.0.0.1:0"}
admin: {listen: "127.0.0.1:0"}
database: {dsn: "sqlite:KEY/switch.db", migrate: true}
keys: {index_key_file: "KEY/index.key", keyset_file: "KEY/keyset.json", anchor_key_file: "KEY/anchor.key"}
timing: {lease_margin: 100ms, sweep: 100ms, reversal_wait: 200ms}
channels:
  - {id: "22222222", name: "A", secret_hash: "` + goodHash + `", settlement_entity: {id: "3", name: "T"}}
  - {id: "99999999", name: "B", secret_hash: "` + goodHash + `", settlement_entity: {id: "3", name: "T"}}
providers:
  - {id: aviary, adapter: aviary, url: "https://vendor.example", username: us, password_file: "KEY/password",
     receivers: ["44444444"], capabilities: {retries: true, reversals: true, confirmations: true, client_codes: true},
     timeout: 300ms, longest_processing: 300ms}
`

func TestNoCodeAndNoPINIsInAnyOutputButTheAnswerToItsChannel(t *testing.T) {
	adapters["aviary"] = adapter{open: func(exchange.Account) (ports.Provider, error) { return aviary{}, nil }}
	defer delete(adapters, "aviary")
	path := file(t, aviaryWorld)
	config, _, wrong := Load(Sources{File: path})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	var lines output
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan Addresses, 1), make(chan error, 1)
	go func() {
		ended <- Run(ctx, config, Options{
			Log:   slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Ready: func(at Addresses) { ready <- at },
		})
	}()
	at := <-ready
	api := "http://" + at.HTTP

	quiet := func(where, text string) {
		t.Helper()
		if way := leaks(text); way != "" {
			t.Errorf("%s tells %q:\n%.500s", where, way, text)
		}
	}
	for amount := 1; amount <= 6; amount++ {
		for _, last := range []string{"0", "1"} { // of the id: whether the client panics over its advice
			id := uuid.NewString()[:35] + last
			mine := func(method, path, body string) string {
				_, text := ask(t, method, api+path, "22222222", devPassword, body)
				return text
			}
			theirs := func(method, path, body string) {
				t.Helper()
				status, text := ask(t, method, api+path, "99999999", devPassword, strings.ReplaceAll(body, "22222222", "99999999"))
				if status < 400 {
					t.Errorf("another channel is answered %d at %s: %s", status, path, text)
				}
				quiet("the answer to another channel at "+path, text)
			}
			sale := saleOf(id, "44444444", amount)
			if got := leaks(mine("POST", "/vouchers", sale)); (got != "") != (amount == 1) {
				t.Fatalf("amount %d: its own channel was told %q", amount, got)
			}
			query := "?" + url.Values{"voucherCode": {canaries[0]}}.Encode()
			for _, ask := range []func(string, string, string){theirs, func(m, p, b string) { mine(m, p, b) }} {
				ask("POST", "/vouchers", sale)
				ask("POST", "/vouchers/"+id+"/retry", sale)
				ask("GET", "/vouchers?provisionRequestId="+id, "")
				ask("GET", "/vouchers"+query+"&provisionRequestId="+id, "")
				ask("GET", "/vouchers"+query+"%00", "")
			}
			asked := strings.Replace(sale, `"amounts"`, `"voucher":{"code":`+quoted(canaries[0])+`,"pin":{"type":"CLEAR_PIN"}},"amounts"`, 1)
			quiet("a complaint to its own channel", mine("POST", "/vouchers", asked))
			theirs("POST", "/vouchers/reversals", reversalOf(id))
			theirs("POST", "/vouchers/confirmations", reversalOf(id))
			mine("POST", "/vouchers/reversals", reversalOf(id))
			quiet("a reversed sale", mine("GET", "/vouchers?provisionRequestId="+id, ""))
			for _, command := range [][]string{
				{"transactions", "show", id}, {"transactions", "list"}, {"advices", "list"}, {"cases", "list"},
				{"advices", "show", id}, {"config", "print"},
			} {
				for _, more := range [][]string{nil, {"--json"}} {
					_, out, notes := do(slices.Concat(command, []string{"--config", path}, more)...)
					quiet(strings.Join(command, " "), out+notes)
				}
			}
		}
	}
	time.Sleep(time.Second) // late answers and sweeps
	for _, path := range []string{"/metrics", "/readyz", "/healthz"} {
		_, text := ask(t, "GET", "http://"+at.Admin+path, "", "", "")
		quiet(path, text)
	}
	kept := func(when string) {
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "switch.db*"))
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Error(err)
			}
			quiet(filepath.Base(name)+" "+when, string(text))
		}
		if (len(files) < 3) != (when == "afterwards") {
			t.Errorf("%s the files are %q", when, files)
		}
	}
	kept("while it runs")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("%v", err)
	}
	kept("afterwards")
	text := lines.String()
	quiet("the log", text)
	for _, seen := range []string{"a provider's client panicked", "route=/vouchers", "stopped"} {
		if !strings.Contains(text, seen) {
			t.Errorf("the log lacks %q:\n%s", seen, text)
		}
	}
}

func quoted(text string) string {
	raw, _ := json.Marshal(text)
	return string(raw)
}
