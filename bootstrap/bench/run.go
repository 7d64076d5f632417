package bench

import (
	"context"
	"sync"
	"time"
)

// idleFor is shorter than any server keeps an idle line, so that none is found broken by its being idle.
const idleFor = 15 * time.Second

// run is a load at work.
type run struct {
	o        Options
	messages *templates
	line     func() *line
	sold     sold
	kept     *recorder
	jobs     chan job
	working  sync.WaitGroup
}

// job is a message and when it should be sent.
type job struct {
	message
	intended time.Time
}

// Run loads the switch for warm-up and duration, and waits for what is under way then. When ctx ends it stops early,
// and the report is of what was measured until then. Its errors are of the options: what goes wrong at the switch is in
// the report.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.Check(); err != nil {
		return Report{}, err
	}
	u, err := o.target()
	if err != nil {
		return Report{}, err
	}
	began := time.Now()
	r := &run{
		o: o, messages: o.templates(u), jobs: make(chan job),
		line: func() *line { return &line{target: u} },
		kept: newRecorder(began.Add(o.WarmUp), began.Add(o.WarmUp+o.Duration)),
	}
	watched := make(chan struct{})
	over, stop := context.WithCancel(ctx)
	go func() { defer close(watched); r.watch(over, began) }()
	if o.Rate > 0 {
		r.arrive(ctx, began)
	} else {
		r.circle(ctx)
	}
	r.working.Wait()
	stop()
	<-watched
	if ctx.Err() != nil && time.Now().Before(r.kept.to) {
		r.kept.to = time.Now()
	}
	return r.report(), nil
}

// circle lets each caller ask again as soon as it was answered, or later if the answer was to come later.
func (r *run) circle(ctx context.Context) {
	end := r.kept.to
	for caller := range r.o.Concurrency {
		r.working.Go(func() {
			choose, l := r.chooser(uint64(caller)), r.line()
			defer l.hangUp()
			for now := time.Now(); now.Before(end) && ctx.Err() == nil; now = time.Now() {
				r.make(ctx, l, job{choose.choose(), now})
				if l.later > 0 {
					until(ctx, now.Add(min(l.later, time.Until(end))))
				}
			}
		})
	}
}

// arrive sends each message at its time. When no connection is free the arrivals wait, and their latency runs.
func (r *run) arrive(ctx context.Context, began time.Time) {
	defer close(r.jobs)
	choose := r.chooser(0)
	mean := float64(time.Second) / r.o.Rate
	opened := 0
	for at := began; ; {
		gap := mean
		if !r.o.Even {
			gap *= choose.ExpFloat64()
		}
		at = at.Add(time.Duration(gap))
		if !at.Before(r.kept.to) || !until(ctx, at) {
			return
		}
		j := job{choose.choose(), at}
		select {
		case r.jobs <- j:
			continue
		default:
		}
		if opened < r.o.Connections {
			opened++
			r.working.Go(func() { r.serve(ctx, j) })
			continue
		}
		if !r.hand(ctx, j) {
			return
		}
	}
}

// hand waits for a free connection. After the load and a time-out more nothing is sent: it is told as never sent.
func (r *run) hand(ctx context.Context, j job) bool {
	patience := time.NewTimer(time.Until(r.kept.to.Add(r.o.Timeout)))
	defer patience.Stop()
	select {
	case r.jobs <- j:
	case <-patience.C:
		r.kept.add(j.operation, j.intended, time.Now(), result{trouble: neverSent})
	case <-ctx.Done():
		return false
	}
	return true
}

// serve is one connection's work: its first message, and those that it is handed.
func (r *run) serve(ctx context.Context, j job) {
	l := r.line()
	defer l.hangUp()
	idle := time.NewTimer(idleFor)
	defer idle.Stop()
	for open := true; open; {
		r.make(ctx, l, j)
		idle.Reset(idleFor)
		for waiting := true; waiting; {
			select {
			case j, open = <-r.jobs:
				waiting = false
			case <-idle.C:
				l.hangUp()
			}
		}
	}
}

// make makes one request and keeps what came of it. A request under way is finished even when ctx ends.
func (r *run) make(ctx context.Context, l *line, j job) {
	l.buffer = r.messages.write(l.buffer, j.message)
	var got result
	got.status, got.kind, got.trouble = l.exchange(context.WithoutCancel(ctx), l.buffer, r.o.Timeout)
	r.kept.add(j.operation, j.intended, time.Now(), got)
	if r.retryOrReverse() && got.is2xx() && j.operation != Reversal {
		r.sold.put(j.message)
	}
}

func (r *run) retryOrReverse() bool { return len(r.o.Mix) > 1 || r.o.Mix[0].Value != Provision }

func until(ctx context.Context, at time.Time) bool {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	pause := time.NewTimer(wait)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// watch tells once a second how far the load has come.
func (r *run) watch(ctx context.Context, began time.Time) {
	if r.o.Progress == nil {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			p := r.kept.progress()
			p.Elapsed, p.Of = now.Sub(began), r.o.WarmUp+r.o.Duration
			r.o.Progress(p)
		case <-ctx.Done():
			return
		}
	}
}
