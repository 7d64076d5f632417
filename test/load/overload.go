package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"voucherswitch/bootstrap/bench"
)

const (
	overloadDelay   = 100 * time.Millisecond // of the provider
	overloadPermits = 64
	// justOver is how much more than the permits allow is asked for to find the peak.
	justOver = 1.2
	// normal is how many times the p99 of before a burst a second's may be after it, for so many seconds in a row.
	normal, inRow = 2, 3
)

// overload asks a switch for more than its provider's permits allow, and looks how it comes back from a burst.
func overload(ctx context.Context, w *world) (err error) {
	r, err := w.serveNew(ctx, plan{database: "overload", inFlight: overloadPermits})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	w.vendor.delay.Store(int64(overloadDelay))
	defer w.vendor.delay.Store(0)
	peak := 0.0
	at := func(times float64) contender {
		name := fmt.Sprintf("%gx", times)
		return contender{name, func(ctx context.Context, b book) error {
			report, err := w.arriving(ctx, r, times*peak, w.measure)
			b.add("sold at "+name, report.PerSecond)
			b.add("p99 of the sold at "+name, report.OK.P99)
			b.add("refused at "+name, float64(report.Errors)/report.Seconds)
			return err
		}}
	}
	b, err := w.compare(ctx, "overload", contender{"peak", func(ctx context.Context, b book) error {
		report, err := w.arriving(ctx, r, justOver*overloadPermits/overloadDelay.Seconds(), w.measure)
		peak = report.PerSecond
		b.add("peak", peak)
		return err
	}}, at(0.8), at(5), at(10))
	if err != nil {
		return err
	}
	for _, g := range []struct {
		times string
		want  float64
	}{{"5", 0.9}, {"10", 0.8}} {
		w.report.ratio("overload", goal{"sold at " + g.times + " times the peak rate / at the peak", g.want, true}, b,
			"sold at "+g.times+"x", "peak", "a second")
	}
	w.report.ratio("overload", goal{"p99 of the sold at 5 times the peak rate / at 0.8 times", 2, false}, b,
		"p99 of the sold at 5x", "p99 of the sold at 0.8x", "ms")
	return w.recovery(ctx, r, b, b.median("peak"))
}

// arriving lets sales arrive by chance at a rate. That they are refused is no failure here; that they get lost is.
func (w *world) arriving(ctx context.Context, r *replica, rate float64, d time.Duration) (bench.Report, error) {
	report, err := w.load(ctx, r, func(o *bench.Options) { o.Rate, o.Duration = rate, d })
	return report, errors.Join(err, notLost(report))
}

// recovery tells after how many seconds of half the peak rate, after a burst of ten times of it, the p99 of a second is
// what it was before the burst, and stays so.
func (w *world) recovery(ctx context.Context, r *replica, b book, peak float64) error {
	const after = 15 * time.Second
	before, err := w.arriving(ctx, r, peak/2, 4*time.Second)
	if err != nil {
		return err
	}
	if _, err := w.arriving(ctx, r, 10*peak, w.measure); err != nil {
		return err
	}
	report, err := w.load(ctx, r, func(o *bench.Options) { o.Rate, o.WarmUp, o.Duration = peak/2, 0, after })
	if err != nil {
		return err
	}
	back, calm := int(after/time.Second), 0
	for _, s := range report.ByTime {
		b.add("p99 by seconds after the burst", s.P99)
		if calm++; s.P99 > normal*before.Latency.P99 || s.Errors > 0 {
			calm = 0
		}
		if calm == inRow {
			back = min(back, s.At+1-inRow)
		}
	}
	w.report.judge("overload", goal{"seconds after a burst until p99 is normal again", 10, false}, float64(back),
		"p99 before %.0f ms; normal: %d seconds of at most %d times that, and nothing refused", before.Latency.P99, inRow,
		normal)
	return nil
}
