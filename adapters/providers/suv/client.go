// Package suv asks a provider that speaks the Single Use Vouchers interface (wire contract, section 4): an SUV server
// of a vendor, the simulator, or another instance of the switch. Stellr and Netcare are reached through it with their
// capabilities.
//
// It does not use http.Transport. The lifecycle demands a proof that nothing was sent (rule 5), one request and never a
// second (rule 9), and no voucher in any log; a transport repeats requests, and prints what a provider sends after its
// answer. One exchange over one connection (exchange.go) can be read and believed.
package suv

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	defaultMaxAnswer = 1 << 20
	defaultKeepFor   = 4 * time.Second // under the five seconds after which many servers hang up
	connectWithin    = 10 * time.Second
	maxKept          = 64
)

// Options describe a provider's server and how the switch presents itself there.
type Options struct {
	URL       string         // the base path, such as https://vendor.example/suv/v1
	Username  string         // for HTTP Basic, and the client.id of our messages (wire contract, section 1)
	Password  voucher.Secret // for HTTP Basic
	Name      string         // the client.name of our messages; the user name if empty
	MaxAnswer int64          // bytes of an answer, its head included; 1 MiB if zero
	KeepFor   time.Duration  // how long an unused connection is kept; 4 s if zero
	TLS       *tls.Config    // for https; the system's roots if nil

	// Dial opens a connection; net.Dialer if nil. Whoever limits the addresses that a provider may have does it here.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client asks one provider. It is safe for many at once.
type Client struct {
	Options
	base   *url.URL
	client suvwire.Institution
	kept   chan *line
}

var _ ports.Provider = (*Client)(nil)

// New makes a client. It fails on a URL that is not an absolute http or https one.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("a provider's url must be an absolute http or https one")
	}
	base.Path = strings.TrimRight(base.Path, "/")
	base.User, base.RawQuery, base.Fragment = nil, "", ""
	if o.Name == "" {
		o.Name = o.Username
	}
	if o.MaxAnswer == 0 {
		o.MaxAnswer = defaultMaxAnswer
	}
	if o.KeepFor == 0 {
		o.KeepFor = defaultKeepFor
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	return &Client{
		Options: o, base: base, client: suvwire.Institution{ID: o.Username, Name: o.Name},
		kept: make(chan *line, maxKept),
	}, nil
}

// Provision sends the attempt's one request, before its SendBy or never, and reads the answer until ctx ends.
func (c *Client) Provision(ctx context.Context, asked voucher.Attempt) voucher.Outcome {
	body, err := c.provisionRequest(asked)
	if err != nil {
		return voucher.NothingSent()
	}
	answer, err := c.exchange(ctx, "/vouchers", body, asked.SendBy)
	if errors.Is(err, errNothingSent) {
		return voucher.NothingSent()
	}
	if err != nil && !answer.decides() {
		return brokenOrTimedOut(ctx)
	}
	return outcomeOf(asked, answer)
}

// Advise sends one reversal or confirmation, the same bytes at every attempt.
func (c *Client) Advise(ctx context.Context, a voucher.Advice) voucher.AdviceOutcome {
	path, message := "/vouchers/reversals", reversalOf
	if a.Kind == voucher.Confirmation {
		path, message = "/vouchers/confirmations", confirmationOf
	}
	body, err := suvwire.Encode(message(a))
	if err != nil {
		return voucher.AdviceOutcome{}
	}
	answer, err := c.exchange(ctx, path, body, time.Now().Add(connectWithin))
	if err != nil && answer.status == 0 {
		return voucher.AdviceOutcome{}
	}
	return adviceOutcomeOf(a, answer)
}

// decides tells that the status is enough: an error's body may be missing (wire contract, Delivery to providers).
func (a answer) decides() bool { return a.status >= http.StatusMultipleChoices }

func brokenOrTimedOut(ctx context.Context) voucher.Outcome {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return voucher.TimedOut()
	}
	return voucher.Broken()
}
