package bootstrap

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
)

// banner tells a newcomer where everything is and what to paste first. Every curl command works as printed, from top
// to bottom.
func banner(out io.Writer, c Config, at Addresses, now time.Time) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	api := "http://" + at.HTTP + "/suv/v1"
	line("")
	line("Voucher Switch, development mode: test keys, simulated providers, on this machine only")
	line("")
	line("  channel API       %s   (user: any channel id, password: %s)", api, devPassword)
	line("  documentation     http://%s/docs", at.HTTP)
	line("  admin             http://%s/readyz, /healthz and /metrics", at.Admin)
	line("  simulator ledger  http://%s/ledger", at.Simulator)
	line("  kept in           %s and %s", c.databasePath(), c.Simulator.Ledger)
	line("")
	for _, p := range c.Providers {
		line("  provider %-8s receiver %s", p.ID, strings.Join(receiverNames(p), ", "))
	}
	line("")
	for _, step := range steps(api, at, now) {
		line("# %s\n%s\n", step.says, step.command)
	}
	line("Paste a block above into another terminal. Last four digits of the amount choose the provider's mood: 4001")
	line("declines, 6001 times out after the sale, 5000 fails. Ctrl-C stops; the same --data goes on where it stood.")
}

func receiverNames(p Provider) []string {
	var names []string
	for _, r := range p.Receivers {
		names = append(names, r.ID+" "+r.Name)
	}
	return names
}

// step is one command to paste, and what it shows.
type step struct{ says, command string }

const (
	trialRequest = `{"id":"%s","time":"%s","originator":{"institution":{"id":"22222222","name":"TransAcquire Co"},` +
		`"terminalId":"TERM0001","merchant":{"merchantType":"5411","merchantId":"MERCHANT0000001","merchantName":` +
		`{"name":"Corner Shop","city":"Cape Town","region":"WC","country":"ZA"}}},` +
		`"client":{"id":"22222222","name":"TransAcquire Co"},"receiver":{"id":"44444444","name":"MobiTalk"},` +
		`"thirdPartyIdentifiers":[{"institutionId":"22222222","transactionIdentifier":"till-7-0001"}],` +
		`"amounts":{"requestAmount":{"amount":10000,"currency":"710"}},"product":{"productId":"MobiTalk100"}}`
	trialReversal = `{"id":"%s","requestId":"%s","time":"%s","thirdPartyIdentifiers":` +
		`[{"institutionId":"22222222","transactionIdentifier":"till-7-0001"}],"reversalReason":"CANCELLED"}`
)

func steps(api string, at Addresses, now time.Time) []step {
	sale, advice, moment := uuid.NewString(), uuid.NewString(), now.UTC().Format(time.RFC3339)
	request := fmt.Sprintf(trialRequest, sale, moment)
	reversal := fmt.Sprintf(trialReversal, advice, sale, moment)
	get := func(path string) string { return fmt.Sprintf("curl -i -u 22222222:%s '%s%s'", devPassword, api, path) }
	post := func(path, body string) string {
		return fmt.Sprintf("curl -i -u 22222222:%s -H 'Content-Type: application/json' -d '%s' '%s%s'",
			devPassword, body, api, path)
	}
	return []step{
		{"What is on sale: 200", get("/products?channelName=WebShop")},
		{"Sell a voucher: 201", post("/vouchers", request)},
		{"Ask again, as after a lost answer: 200, the identical body", post("/vouchers/"+sale+"/retry", request)},
		{"Look it up: 200", get("/vouchers?provisionRequestId=" + sale)},
		{"Reverse it: 202", post("/vouchers/reversals", reversal)},
		{"See the provider's books: 200", fmt.Sprintf("curl -i 'http://%s/ledger'", at.Simulator)},
	}
}
