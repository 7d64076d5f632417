package exchange

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/domain/voucher"
)

// desk gives out numbered tokens, after a while.
type desk struct {
	life, takes time.Duration
	broken      bool
	asked       atomic.Int32
}

// count is how often it was asked, once all that goes on now is over or waits.
func (d *desk) count() int {
	synctest.Wait()
	return int(d.asked.Load())
}

func (d *desk) ask(ctx context.Context) (voucher.Secret, time.Duration, error) {
	number := d.asked.Add(1)
	select {
	case <-time.After(d.takes):
	case <-ctx.Done():
		return voucher.Secret{}, 0, ctx.Err()
	}
	if d.broken {
		return voucher.Secret{}, 0, errors.New("closed")
	}
	return voucher.NewSecret(fmt.Sprint("token ", number)), d.life, nil
}

func good(t *testing.T, tokens *Tokens, want string) voucher.Secret {
	t.Helper()
	got, err := tokens.Get(t.Context(), time.Now().Add(time.Minute))
	if err != nil || got.Reveal() != want {
		t.Errorf("got %q, %v; want %q", got.Reveal(), err, want)
	}
	return got
}

func TestATokenIsAskedForOnceForManyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{life: time.Hour, takes: time.Second}
		tokens := NewTokens(d.ask)
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() { good(t, tokens, "token 1") })
		}
		callers.Wait()
		if d.count() != 1 {
			t.Errorf("asked %d times", d.count())
		}
	})
}

func TestATokenIsRenewedWhileItServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{life: time.Hour, takes: time.Second}
		tokens := NewTokens(d.ask)
		good(t, tokens, "token 1")
		time.Sleep(44 * time.Minute)
		good(t, tokens, "token 1")
		time.Sleep(time.Minute)
		began := time.Now()
		good(t, tokens, "token 1") // nobody waits for the renewal
		if waited := time.Since(began); waited != 0 || d.count() != 2 {
			t.Errorf("waited %s, asked %d times", waited, d.count())
		}
		time.Sleep(2 * time.Second)
		good(t, tokens, "token 2")
		time.Sleep(2 * time.Hour)
		good(t, tokens, "token 3") // nobody asked in time: now somebody waits
		if d.count() != 3 {
			t.Errorf("asked %d times", d.count())
		}
	})
}

func TestARenewalThatFailsIsRepeatedAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{life: time.Hour}
		tokens := NewTokens(d.ask)
		good(t, tokens, "token 1")
		time.Sleep(45 * time.Minute)
		d.broken = true
		for range 100 {
			good(t, tokens, "token 1")
			time.Sleep(time.Second)
		}
		if d.count() != 1+100/5 {
			t.Errorf("asked %d times in 100 seconds", d.count())
		}
		d.broken = false
		time.Sleep(tokenPause)
		good(t, tokens, "token 1")
		good(t, tokens, fmt.Sprint("token ", d.count()))
	})
}

func TestACallerWaitsForATokenNoLongerThanItMaySend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{life: time.Hour, takes: 3 * time.Second}
		tokens := NewTokens(d.ask)
		began := time.Now()
		if got, err := tokens.Get(t.Context(), began.Add(time.Second)); err == nil || !got.IsZero() {
			t.Error("a token before there is one")
		}
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("waited %s", waited)
		}
		good(t, tokens, "token 1") // who gave up took it from nobody
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := tokens.Get(ended, time.Now().Add(time.Hour)); err == nil {
			t.Error("a token for nobody")
		}
		if d.count() != 1 {
			t.Errorf("asked %d times", d.count())
		}
	})
}

func TestAVendorThatGivesNoTokenIsAskedAgainByTheNextCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := &desk{life: time.Hour, takes: time.Hour}
		for name, d := range map[string]*desk{"broken": {broken: true}, "hanging": hanging, "dead at birth": {}} {
			tokens := NewTokens(d.ask)
			for range 3 {
				if _, err := tokens.Get(t.Context(), time.Now().Add(time.Minute)); err == nil {
					t.Errorf("%s: a token", name)
				}
			}
			if d.count() != 3 {
				t.Errorf("%s: asked %d times", name, d.count())
			}
		}
		panicking := NewTokens(func(context.Context) (voucher.Secret, time.Duration, error) { panic("spoilt") })
		if _, err := panicking.Get(t.Context(), time.Now().Add(time.Minute)); err == nil {
			t.Error("panicking: a token")
		}
	})
}

func TestARefusedTokenIsForgottenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{life: time.Hour}
		tokens := NewTokens(d.ask)
		first := good(t, tokens, "token 1")
		tokens.Forget(first)
		good(t, tokens, "token 2")
		tokens.Forget(first) // a late caller who was refused with the old one
		good(t, tokens, "token 2")
	})
}
