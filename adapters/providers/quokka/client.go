// Package quokka asks Quokka, a voucher vendor with a wire of its own.
//
// What is said stands in wire.go, what an answer means in classify.go. A comment that begins with "fact:" tells what
// of the vendor's document a line states.
package quokka

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const connectWithin = 10 * time.Second

// Client asks the vendor. It is safe for many at once.
type Client struct {
	account exchange.Account
	server  *exchange.Client
}

var _ ports.Provider = (*Client)(nil)

// New makes a client. It fails on a URL that is not an absolute http or https one.
func New(a exchange.Account) (*Client, error) {
	server, err := exchange.New(a.Options)
	if err != nil {
		return nil, err
	}
	return &Client{a, server}, nil
}

// Provision sends the attempt's one request, before its SendBy or never, and reads the answer until ctx ends.
func (c *Client) Provision(ctx context.Context, asked voucher.Attempt) voucher.Outcome {
	answer, err := c.post(ctx, salePath, saleOf(asked), asked.SendBy)
	if err != nil && !answer.IsError() {
		return exchange.Failed(ctx, err)
	}
	return outcomeOf(c.account, asked, answer)
}

// Advise sends one reversal or confirmation, the same bytes at every attempt.
func (c *Client) Advise(ctx context.Context, a voucher.Advice) voucher.AdviceOutcome {
	path := salePath + "/" + url.PathEscape(string(a.Transaction)) + advicePaths[a.Kind]
	answer, err := c.post(ctx, path, adviceOf(a), time.Now().Add(connectWithin))
	if err != nil && answer.Status == 0 {
		return voucher.AdviceOutcome{}
	}
	return adviceOutcomeOf(c.account, a, answer)
}

func (c *Client) post(ctx context.Context, path string, message any, sendBy time.Time) (exchange.Answer, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return exchange.Answer{}, exchange.ErrNothingSent
	}
	return c.server.Do(ctx, exchange.Request{
		Method: http.MethodPost, Path: path, Body: body, SendBy: sendBy,
		Header: http.Header{
			"Content-Type": {"application/json"},
			"X-Partner":    {c.account.Username},          // fact: the header that tells who asks
			"X-Key":        {c.account.Password.Reveal()}, // fact: the header that proves it
		},
	})
}
