package turnstile_test

import (
	"testing"
	"time"

	"voucherswitch/adapters/turnstile"
	"voucherswitch/domain/voucher"
)

// watch is a clock that a test sets.
type watch struct{ at time.Time }

func newWatch() *watch { return &watch{time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)} }

func (w *watch) now() time.Time { return w.at }

func (w *watch) pass(d time.Duration) { w.at = w.at.Add(d) }

func TestAChannelSendsItsBurstAndThenItsRate(t *testing.T) {
	clock := newWatch()
	rates := turnstile.NewRates(map[voucher.ChannelID]turnstile.Rate{"a": {PerSecond: 2, Burst: 3}}, clock.now)
	for i := range 3 {
		if wait := rates.Take("a"); wait != 0 {
			t.Fatalf("request %d of the burst waits %s", i, wait)
		}
	}
	for range 100 {
		if wait := rates.Take("a"); wait != 500*time.Millisecond {
			t.Fatalf("one more waits %s, want half a second however often it asks", wait)
		}
	}
	passed := 0
	for range 100 {
		clock.pass(100 * time.Millisecond)
		if rates.Take("a") == 0 {
			passed++
		}
	}
	if passed != 20 {
		t.Errorf("%d requests passed in ten seconds, want 20", passed)
	}
}

func TestAChannelsRateIsNobodyElses(t *testing.T) {
	rates := turnstile.NewRates(map[voucher.ChannelID]turnstile.Rate{
		"a": {PerSecond: 1, Burst: 1}, "b": {PerSecond: 1, Burst: 1},
	}, newWatch().now)
	if first, second := rates.Take("a"), rates.Take("a"); first != 0 || second == 0 {
		t.Fatalf("waits of %s and %s", first, second)
	}
	if wait := rates.Take("b"); wait != 0 {
		t.Errorf("another channel waits %s", wait)
	}
	for range 1000 {
		if rates.Take("without a rate") != 0 {
			t.Fatal("a channel without a rate waits")
		}
	}
}
