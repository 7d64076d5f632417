package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/strictjson"
	"voucherswitch/domain/voucher"
)

const (
	tokenWithin  = 5 * time.Second
	tokenPause   = 5 * time.Second // after a renewal that failed while the old token is good
	longestToken = 24 * time.Hour
)

var errNoToken = errors.New("the vendor gave no token")

// token lets us in for a while.
type token struct {
	voucher.Secret
	renew, dead time.Time
}

// tokens keeps the vendor's token for many callers. It is asked for by one request at a time, which belongs to no
// caller: one that gives up takes it from nobody else. Three quarters of a token's life after it was asked for it is
// renewed, while it serves on.
type tokens struct {
	ask func(context.Context) (secret voucher.Secret, life time.Duration, err error)

	mu    sync.Mutex
	kept  token
	asked *asking // nil: nobody is asking
}

// asking is a request for a token under way; done is closed when it is over.
type asking struct {
	done  chan struct{}
	token voucher.Secret // zero: there is none
}

func newTokens(ask func(context.Context) (voucher.Secret, time.Duration, error)) *tokens {
	return &tokens{ask: ask}
}

// get gives a token that is good now. It waits for one until by or the end of ctx, and fails then, or if the vendor
// gives none.
func (t *tokens) get(ctx context.Context, by time.Time) (voucher.Secret, error) {
	ctx, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return voucher.Secret{}, err
	}
	kept, asked := t.current()
	if asked == nil {
		return kept, nil
	}
	select {
	case <-asked.done:
		if asked.token.IsZero() {
			return asked.token, errNoToken
		}
		return asked.token, nil
	case <-ctx.Done():
		return voucher.Secret{}, ctx.Err()
	}
}

// current gives the kept token, or what to wait for.
func (t *tokens) current() (voucher.Secret, *asking) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if now.Before(t.kept.renew) {
		return t.kept.Secret, nil
	}
	if t.asked == nil {
		t.asked = &asking{done: make(chan struct{})}
		go t.renew(t.asked, now)
	}
	if now.Before(t.kept.dead) {
		return t.kept.Secret, nil
	}
	return voucher.Secret{}, t.asked
}

// renew asks once. A token's life is counted from before it was asked for.
func (t *tokens) renew(a *asking, began time.Time) {
	defer close(a.done)
	secret, life := t.granted()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked = nil
	if a.token = secret; !secret.IsZero() {
		t.kept = token{secret, began.Add(life * 3 / 4), began.Add(life)}
	} else if next := time.Now().Add(tokenPause); next.Before(t.kept.dead) {
		t.kept.renew = next
	}
}

// granted is a token and its life; zero if the vendor gave none, whatever the reason. It runs for nobody's sale, so a
// panic here must not end the process.
func (t *tokens) granted() (secret voucher.Secret, life time.Duration) {
	defer func() {
		if recover() != nil {
			secret = voucher.Secret{}
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), tokenWithin)
	defer cancel()
	secret, life, err := t.ask(ctx)
	if err != nil || life <= 0 {
		return voucher.Secret{}, 0
	}
	return secret, min(life, longestToken)
}

// forget drops a token that the vendor refused, unless another one has come meanwhile.
func (t *tokens) forget(refused voucher.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept.Equal(refused) {
		t.kept = token{}
	}
}

// askForToken is the client credentials grant.
func (c *Client) askForToken(ctx context.Context) (voucher.Secret, time.Duration, error) {
	asks := grant{"client_credentials", c.options.Username, c.options.Password.Reveal()}
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
		return voucher.Secret{}, 0, errNoToken
	}
	o := strictjson.Open(answer.Body)
	seconds := min(o.Whole("expires_in"), int64(longestToken/time.Second))
	return voucher.NewSecret(o.Text("access_token")), time.Duration(seconds) * time.Second, o.Err()
}
