package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"voucherswitch/bootstrap/bench"
)

// contender takes part in a comparison. A turn puts its scores into the book.
type contender struct {
	name string
	turn func(context.Context, book) error
}

// rated is a contender whose score is a rate.
func rated(name string, turn func(context.Context) (float64, error)) contender {
	return contender{name, func(ctx context.Context, b book) error {
		rate, err := turn(ctx)
		b.add(name, rate)
		return err
	}}
}

// compare lets contenders take turns, A B A B, and keeps their scores in the report.
func (w *world) compare(ctx context.Context, part string, contenders ...contender) (book, error) {
	scores := w.report.Books[part]
	if scores == nil {
		scores = book{}
		w.report.Books[part] = scores
	}
	for round := range w.rounds {
		for at, c := range contenders {
			w.say("%s: turn %d of %d, %d of %d: %s", part, round+1, w.rounds, at+1, len(contenders), c.name)
			if err := c.turn(ctx, scores); err != nil {
				return scores, fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	w.say("")
	return scores, nil
}

// say shows where the run is: in one line that is written over, to somebody who watches.
func (w *world) say(format string, args ...any) {
	if info, err := os.Stdout.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Printf("\r\033[K"+format, args...)
	} else if format != "" {
		fmt.Printf(format+"\n", args...)
	}
}

// load puts a load on a switch, of sales that nothing but the change tells apart.
func (w *world) load(ctx context.Context, r *replica, change func(*bench.Options)) (bench.Report, error) {
	o := bench.Options{
		URL: r.url, Channel: channelID, Password: w.secret, Receiver: receiverID, Currency: "710",
		Amounts:     []bench.Share[int64]{{Value: 12000, Weight: 1}},
		Mix:         []bench.Share[string]{{Value: bench.Provision, Weight: 1}},
		Connections: 4096, WarmUp: w.warm, Duration: w.measure, Timeout: time.Minute, Seed: 1,
	}
	change(&o)
	report, err := bench.Run(ctx, o)
	if err == nil {
		err = ctx.Err()
	}
	return report, err
}

// sell lets callers sell one after the other, so many at a time. The switch may shed some of them, for which nobody
// gets a score; none may be lost.
func (w *world) sell(ctx context.Context, r *replica, at int) (bench.Report, error) {
	report, err := w.load(ctx, r, func(o *bench.Options) { o.Concurrency = at })
	return report, errors.Join(err, notLost(report))
}

// selling is a contender that sells.
func (w *world) selling(name string, r *replica, at int) contender {
	return contender{name, func(ctx context.Context, b book) error {
		report, err := w.sell(ctx, r, at)
		b.add(name, report.PerSecond)
		if report.Errors > 0 {
			b.add(name+", shed a second", float64(report.Errors)/report.Seconds)
		}
		return err
	}}
}

// notLost tells of requests that ended in any other way than well, or refused before anything was done.
func notLost(report bench.Report) error {
	for _, o := range report.Outcomes {
		if o.Error && o.Status != http.StatusServiceUnavailable && o.Status != http.StatusTooManyRequests {
			return fmt.Errorf("%d requests were answered %d %s %s", o.Count, o.Status, o.ErrorType, o.Transport)
		}
	}
	return nil
}

func flawless(report bench.Report, err error, r *replica) error {
	if err == nil && (report.Errors > 0 || report.Requests == 0) {
		err = fmt.Errorf("%d of %d requests failed: %+v\n%s", report.Errors, report.Requests, report.Outcomes, &r.log)
	}
	return err
}

// circled is what a closed loop over work without HTTP found.
type circled struct {
	rate    float64 // a second
	latency *hdrhistogram.Histogram
}

// circle does work so many at a time, and measures it after the warm-up.
func (w *world) circle(ctx context.Context, at int, work func(context.Context) error) (circled, error) {
	var (
		mu      sync.Mutex
		latency = hdrhistogram.New(1, int64(time.Minute/time.Microsecond), 3)
		done    atomic.Int64
		failed  atomic.Pointer[error]
		working sync.WaitGroup
	)
	ctx, cease := context.WithCancel(ctx)
	defer cease()
	from := time.Now().Add(w.warm)
	to := from.Add(w.measure)
	for range at {
		working.Go(func() {
			for began := time.Now(); began.Before(to) && ctx.Err() == nil; {
				if err := work(ctx); err != nil {
					failed.CompareAndSwap(nil, &err)
					cease()
					return
				}
				now := time.Now()
				if !began.Before(from) && now.Before(to) {
					mu.Lock()
					_ = latency.RecordValue(now.Sub(began).Microseconds())
					mu.Unlock()
				}
				if !now.Before(from) && now.Before(to) {
					done.Add(1)
				}
				began = now
			}
		})
	}
	working.Wait()
	if err := failed.Load(); err != nil {
		return circled{}, *err
	}
	return circled{float64(done.Load()) / w.measure.Seconds(), latency}, ctx.Err()
}
