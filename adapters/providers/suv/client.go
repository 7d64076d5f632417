// Package suv asks a provider that speaks the Single Use Vouchers interface (wire contract, section 4): an SUV server
// of a vendor, the simulator, or another instance of the switch. Stellr and Netcare are reached through it with their
// capabilities.
package suv

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const connectWithin = 10 * time.Second

// Client asks one provider. It is safe for many at once.
type Client struct {
	server *exchange.Client
	lists  *exchange.Client // the same server, for what is long and nobody waits for
	client suvwire.Institution
	header http.Header
}

var _ ports.Provider = (*Client)(nil)

// New makes a client. The account's user name and password are for HTTP Basic, and the user name is the client.id and
// client.name of our messages (wire contract, section 1). It fails on a URL that is not an absolute http or https one.
func New(a exchange.Account) (*Client, error) {
	server, err := exchange.New(a.Options)
	if err != nil {
		return nil, err
	}
	a.MaxAnswer = maxList
	lists, err := exchange.New(a.Options)
	if err != nil {
		return nil, err
	}
	credentials := base64.StdEncoding.EncodeToString([]byte(a.Username + ":" + a.Password.Reveal()))
	return &Client{
		server: server, lists: lists,
		client: suvwire.Institution{ID: a.Username, Name: a.Username},
		header: http.Header{"Authorization": {"Basic " + credentials}, "Content-Type": {"application/json"}},
	}, nil
}

// Provision sends the attempt's one request, before its SendBy or never, and reads the answer until ctx ends.
func (c *Client) Provision(ctx context.Context, asked voucher.Attempt) voucher.Outcome {
	body, err := c.provisionRequest(asked)
	if err != nil {
		return voucher.NothingSent()
	}
	answer, err := c.post(ctx, "/vouchers", body, asked.SendBy)
	if err != nil && !answer.IsError() {
		return exchange.Failed(ctx, err)
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
	answer, err := c.post(ctx, path, body, time.Now().Add(connectWithin))
	if err != nil && answer.Status == 0 {
		return voucher.AdviceOutcome{}
	}
	return adviceOutcomeOf(a, answer)
}

func (c *Client) post(ctx context.Context, path string, body []byte, sendBy time.Time) (exchange.Answer, error) {
	return c.server.Do(ctx, exchange.Request{
		Method: http.MethodPost, Path: path, Header: c.header, Body: body, SendBy: sendBy,
	})
}
