// Package kiosk asks Kiosk Digital, a vendor with a wire of its own: bearer tokens, its own product ids, decimal
// amounts, and a sale in two steps (generate, then confirm or reverse the same resource). Kiosk Digital is invented;
// the package is what one for a real vendor looks like.
//
// What is said stands in wire.go, what an answer means in classify.go.
package kiosk

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/strictjson"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	connectWithin = 10 * time.Second
	longestLife   = 1 << 31 // seconds of a token that are read
)

// Unnamed is the key in Account.ProductIDs for a sale that names no product.
const Unnamed voucher.ProductID = "*"

// Client asks the vendor. It is safe for many at once.
type Client struct {
	account exchange.Account // the client id and the client secret
	server  *exchange.Client
	tokens  *exchange.Tokens
}

var _ ports.Provider = (*Client)(nil)

// New makes a client. It fails on a URL that is not an absolute http or https one.
func New(a exchange.Account) (*Client, error) {
	server, err := exchange.New(a.Options)
	if err != nil {
		return nil, err
	}
	c := &Client{account: a, server: server}
	c.tokens = exchange.NewTokens(c.askForToken)
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
	token, err := c.tokens.Get(ctx, sendBy)
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
		c.tokens.Forget(token)
	}
	return answer, err
}

// askForToken is the client credentials grant.
func (c *Client) askForToken(ctx context.Context) (voucher.Secret, time.Duration, error) {
	asks := grant{"client_credentials", c.account.Username, c.account.Password.Reveal()}
	body, err := json.Marshal(asks) //nolint:gosec // the one message that the secret is for
	if err != nil {
		return voucher.Secret{}, 0, err
	}
	deadline, _ := ctx.Deadline()
	answer, err := c.server.Do(ctx, exchange.Request{
		Method: http.MethodPost, Path: "/oauth/token", Body: body, SendBy: deadline,
		Header: http.Header{"Content-Type": {"application/json"}},
	})
	if err != nil || answer.Status != http.StatusOK {
		return voucher.Secret{}, 0, exchange.ErrNoToken
	}
	o := strictjson.Open(answer.Body)
	seconds := min(o.Whole("expires_in"), longestLife)
	return voucher.NewSecret(o.Text("access_token")), time.Duration(seconds) * time.Second, o.Err()
}
