package bootstrap

import (
	"context"
	"sync"
	"time"

	"voucherswitch/application"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	laneRest   = 500 * time.Millisecond // liveness L2: a first attempt within a second of becoming due
	passAtMost = 30 * time.Second
	alarmRest  = 10 * time.Second
	listRest   = time.Second     // a list that is due is fetched
	shelfRest  = 2 * time.Second // a list that any replica fetched is on sale
	anchorRest = time.Minute
)

// startChores sets the background work going: a lane of store and forward for each provider, the settler, the alarm,
// what signs the history, what fetches and shows lists of products, and what looks after certificates. The channel
// closes when ctx has ended and every chore stands still; none is broken off within a pass.
func (p *program) startChores(ctx context.Context) <-chan struct{} {
	var working sync.WaitGroup
	for _, provider := range p.config.Providers {
		lane := p.sale.Forwarder(voucher.ProviderID(provider.ID), provider.MaxAdvices)
		working.Go(func() { p.repeat(ctx, "forward to "+provider.ID, lane, laneRest, lane.Woken()) })
	}
	settler := application.Settler{Switch: p.sale}
	working.Go(func() { p.repeat(ctx, "settle", settler, p.config.Timing.Sweep, nil) })
	alarm := &application.Alarm{
		Records: p.store, Cases: p.store, Dual: p.config.dualChannels(), Age: p.config.Timing.AdviceAlarmAge, Log: p.log,
	}
	working.Go(func() { p.repeat(ctx, "alarm", alarm, alarmRest, nil) })
	working.Go(func() { p.repeat(ctx, "anchor", p.store.Anchoring(p.log), anchorRest, nil) })
	for _, list := range p.lists {
		working.Go(func() { p.repeat(ctx, "fetch the products of "+string(list.Provider), list, listRest, nil) })
	}
	working.Go(func() { p.repeat(ctx, "shelf", p.shelf, shelfRest, nil) })
	working.Go(func() { p.repeat(ctx, "certificates", p.certificates, certificateRest, p.hungUp) })
	done := make(chan struct{})
	go func() { working.Wait(); close(done) }()
	return done
}

// repeat passes until there is nothing to do, then rests until it is woken or the time is up.
func (p *program) repeat(
	ctx context.Context, name string, chore ports.Chore, rest time.Duration, woken <-chan struct{},
) {
	stumbling := false
	for ctx.Err() == nil {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), passAtMost)
		done, err := chore.Pass(within)
		cancel()
		if stumbles := err != nil; stumbles != stumbling {
			stumbling = stumbles
			p.log.Warn("a chore stumbles or is well again", "chore", name, "well", !stumbles, "error", err)
		}
		if done > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-woken:
		case <-time.After(rest):
		}
	}
}
