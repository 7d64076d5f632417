package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"voucherswitch/bootstrap/bench"
)

// addedLatency compares what the switch adds to a provider of 20 ms with the floor's own latency, 8 at a time. What it
// adds is the difference to a channel that asks the provider itself, since no timer is as exact as a commit is short.
func addedLatency(ctx context.Context, w *world) (err error) {
	const (
		at    = 8
		delay = 20 * time.Millisecond
	)
	f, err := w.floorOn(ctx, "", at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	r, err := w.serveNew(ctx, plan{database: "latency"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	w.vendor.delay.Store(int64(delay))
	defer w.vendor.delay.Store(0)
	direct := &replica{url: w.vendor.url}
	asking := func(name string, r *replica) contender {
		return contender{name, func(ctx context.Context, b book) error {
			report, err := w.sell(ctx, r, at)
			b.add(name+" p50", report.Latency.P50)
			b.add(name+" p99", report.Latency.P99)
			return err
		}}
	}
	b, err := w.compare(ctx, "latency", contender{"floor", func(ctx context.Context, b book) error {
		c, err := w.circle(ctx, at, f.transact)
		if err == nil {
			b.add("floor p50", float64(c.latency.ValueAtQuantile(50))/1000)
			b.add("floor p99", float64(c.latency.ValueAtQuantile(99))/1000)
		}
		return err
	}}, asking("provider", direct), asking("switch", r))
	if err != nil {
		return err
	}
	for _, quantile := range []string{" p50", " p99"} {
		for turn, through := range b["switch"+quantile] {
			b.add("added"+quantile, through-b["provider"+quantile][turn])
		}
	}
	const name = "latency added to a provider of 20 ms / floor's, 8 at a time, "
	w.report.ratio("latency", goal{name + "p50", 1.8, false}, b, "added p50", "floor p50", "ms")
	w.report.ratio("latency", goal{name + "p99", 1.3, false}, b, "added p99", "floor p99", "ms")
	return nil
}

// processorTime compares what a sale costs the switch's process with what an echo costs a bare server's.
func processorTime(ctx context.Context, w *world) (err error) {
	const at = 64
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	r, err := w.serveNew(ctx, plan{database: "cpu"})
	if err != nil {
		return err
	}
	bare := &replica{url: "http://" + address + "/suv/v1"}
	if err := bare.start(ctx, []string{self(), "echo", address}, "http://"+address+"/readyz"); err != nil {
		return errors.Join(err, r.stop())
	}
	defer func() { err = errors.Join(err, stopAll(r, bare)) }()
	spent := func(name string, r *replica) contender {
		return rated(name, func(ctx context.Context) (float64, error) { return w.spent(ctx, r, at) })
	}
	b, err := w.compare(ctx, "cpu", spent("echo", bare), spent("switch", r))
	if err != nil {
		return err
	}
	w.report.ratio("cpu", goal{"processor time of a provision / of a bare echo", 4, false}, b, "switch", "echo", "µs")
	return nil
}

// spent is the processor time that a request costs, in microseconds.
func (w *world) spent(ctx context.Context, r *replica, at int) (float64, error) {
	warm := func(o *bench.Options) { o.Concurrency, o.WarmUp, o.Duration = at, 0, w.warm }
	if _, err := w.load(ctx, r, warm); err != nil {
		return 0, err
	}
	before, err := r.processorTime()
	if err != nil {
		return 0, err
	}
	report, err := w.load(ctx, r, func(o *bench.Options) { o.Concurrency, o.WarmUp = at, 0 })
	if err := flawless(report, err, r); err != nil {
		return 0, err
	}
	after, err := r.processorTime()
	return float64((after - before).Microseconds()) / float64(report.Requests), err
}

// memoryInFlight is what a sale that waits for its provider costs in memory.
func memoryInFlight(ctx context.Context, w *world) (err error) {
	inFlight := 9000 // each takes two of the 20,000 files that a process may open on a small machine
	if w.quick {
		inFlight = 1000
	}
	r, err := w.serveNew(ctx, plan{database: "memory"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	scores := book{}
	w.report.Books["memory"] = scores
	if _, err := w.sell(ctx, r, 64); err != nil {
		return err
	}
	if err := pause(ctx, 2*time.Second); err != nil {
		return err
	}
	before, err := r.resident()
	if err != nil {
		return err
	}
	release := w.vendor.hold()
	waiting, enough := context.WithCancel(ctx)
	answered := make(chan error, 1)
	go func() {
		// They come slowly enough that none waits for its intent longer than the send guard: that one would not be sent.
		_, err := w.load(waiting, r, func(o *bench.Options) {
			o.Rate, o.Even, o.Connections, o.Duration = 600, true, inFlight+1000, time.Minute
		})
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		answered <- err
	}()
	err = w.awaitHeld(waiting, inFlight)
	during, failed := r.resident()
	enough()
	release()
	if err := errors.Join(err, failed, <-answered); err != nil {
		return err
	}
	each := (during - before) / float64(inFlight)
	scores.add("before, MB", before/1e6)
	scores.add("with all in flight, MB", during/1e6)
	w.report.judge("memory", goal{"memory of a provision in flight, kB", 65, false}, each/1000,
		"%.0f MB with %d in flight, %.0f MB without", during/1e6, inFlight, before/1e6)
	return nil
}

// awaitHeld waits until so many sales wait at the vendor.
func (w *world) awaitHeld(ctx context.Context, count int) error {
	for deadline := time.Now().Add(40 * time.Second); ; {
		held := int(w.vendor.held.Load())
		if held >= count {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("only %d of %d sales reached the provider", held, count)
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
