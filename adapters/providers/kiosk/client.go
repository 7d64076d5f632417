// Package kiosk asks Kiosk Digital, a vendor with a wire of its own: bearer tokens, its own product ids, decimal
// amounts, and a sale in two steps (generate, then confirm or reverse the same resource). Kiosk Digital is invented;
// the package is what one for a real vendor looks like.
//
// What is said stands in wire.go, what an answer means in classify.go, how a token is had in token.go.
package kiosk

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const connectWithin = 10 * time.Second

// Unnamed is the key in Options.ProductIDs for a sale that names no product.
const Unnamed voucher.ProductID = "*"

// Options describe the vendor's server, and how the switch presents itself there.
type Options struct {
	exchange.Options
	Username    string         // the client id
	Password    voucher.Secret // the client secret
	Institution string         // the vendor's institution id, under which its references stand
	ProductIDs  map[voucher.ProductID]string
}

// Client asks the vendor. It is safe for many at once.
type Client struct {
	options Options
	server  *exchange.Client
	tokens  *tokens
}

var _ ports.Provider = (*Client)(nil)

// New makes a client. It fails on a URL that is not an absolute http or https one.
func New(o Options) (*Client, error) {
	server, err := exchange.New(o.Options)
	if err != nil {
		return nil, err
	}
	c := &Client{options: o, server: server}
	c.tokens = newTokens(c.askForToken)
	return c, nil
}

// Provision sends the attempt's one request, before its SendBy or never, and reads the answer until ctx ends. What the
// vendor does not sell is declined here.
func (c *Client) Provision(ctx context.Context, asked voucher.Attempt) voucher.Outcome {
	sale, refused := c.saleOf(asked)
	if refused != nil {
		return voucher.DeclinedOrInDoubt(true, *refused)
	}
	answer, err := c.send(ctx, http.MethodPost, "/v2/vouchers", sale, asked.SendBy)
	if err != nil && !answer.IsError() {
		return exchange.Failed(ctx, err)
	}
	return outcomeOf(asked, sale, answer)
}

// Advise sends one reversal or confirmation, the same bytes at every attempt.
func (c *Client) Advise(ctx context.Context, a voucher.Advice) voucher.AdviceOutcome {
	sendBy := time.Now().Add(connectWithin)
	answer, err := c.send(ctx, http.MethodPatch, "/v2/vouchers/"+string(a.Transaction), changeOf(a), sendBy)
	if err != nil && answer.Status == 0 {
		return voucher.AdviceOutcome{}
	}
	return c.adviceOutcomeOf(a, answer)
}

// send sends one message under a token. Without a token in time nothing is sent. A token that the vendor refuses is
// forgotten and the message is not sent again: that is for the next call to do, with a new one.
func (c *Client) send(
	ctx context.Context, method, path string, message any, sendBy time.Time,
) (exchange.Answer, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return exchange.Answer{}, exchange.ErrNothingSent
	}
	token, err := c.tokens.get(ctx, sendBy)
	if err != nil {
		return exchange.Answer{}, exchange.ErrNothingSent
	}
	answer, err := c.server.Do(ctx, exchange.Request{
		Method: method, Path: path, Body: body, SendBy: sendBy,
		Header: http.Header{
			"Authorization": {"Bearer " + token.Reveal()}, "Content-Type": {"application/json"},
		},
	})
	if answer.Status == http.StatusUnauthorized {
		c.tokens.forget(token)
	}
	return answer, err
}
