package exchange

import (
	"context"
	"errors"
	"sync"
	"time"

	"voucherswitch/domain/voucher"
)

const (
	tokenWithin  = 5 * time.Second
	tokenPause   = 5 * time.Second // after a renewal that failed while the old token is good
	longestToken = 24 * time.Hour
)

// ErrNoToken tells that the vendor let nobody in.
var ErrNoToken = errors.New("the vendor gave no token")

// token lets us in for a while.
type token struct {
	voucher.Secret
	renew, dead time.Time
}

// Tokens keeps a vendor's token for many callers. It is asked for by one request at a time, which belongs to no
// caller: one that gives up takes it from nobody else. Three quarters of a token's life after it was asked for it is
// renewed, while it serves on.
type Tokens struct {
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

// NewTokens keeps what ask is given: a token, and how long it is good, a day at most. ask has five seconds.
func NewTokens(ask func(context.Context) (secret voucher.Secret, life time.Duration, err error)) *Tokens {
	return &Tokens{ask: ask}
}

// Get gives a token that is good now. It waits for one until by or the end of ctx, and fails then, or if the vendor
// gives none.
func (t *Tokens) Get(ctx context.Context, by time.Time) (voucher.Secret, error) {
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
			return asked.token, ErrNoToken
		}
		return asked.token, nil
	case <-ctx.Done():
		return voucher.Secret{}, ctx.Err()
	}
}

// current gives the kept token, or what to wait for.
func (t *Tokens) current() (voucher.Secret, *asking) {
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
func (t *Tokens) renew(a *asking, began time.Time) {
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
func (t *Tokens) granted() (secret voucher.Secret, life time.Duration) {
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

// Forget drops a token that the vendor refused, unless another one has come meanwhile.
func (t *Tokens) Forget(refused voucher.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept.Equal(refused) {
		t.kept = token{}
	}
}
