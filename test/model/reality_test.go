package model

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"voucherswitch/adapters/http"
	"voucherswitch/adapters/memory"
	"voucherswitch/application"
	"voucherswitch/domain/voucher"
)

// reality is two replicas of the real use cases on one journal in memory, and a provider with the model's books.
type reality struct {
	model   *machine
	store   *memory.Store
	a, b    *application.Switch
	lane    *application.Forwarder
	books   books
	pending chan voucher.Outcome // of the one provision; nil if none is flying
	ids     int
	told    bool // a provision or its retry was answered with what is kept
	asked   map[rune]int
}

func newReality(m *machine) *reality {
	r := &reality{model: m, store: memory.NewStore(time.Now), asked: map[rune]int{}}
	r.a, r.b = r.open(), r.open()
	r.lane = r.a.Forwarder("vendor", 4)
	return r
}

func (r *reality) open() *application.Switch {
	return application.New(application.Parts{
		Journal: r.store, Queue: r.store, Records: r.store, Gate: r, Render: http.Render,
		Catalogue: memory.NewCatalogue(voucher.Catalogue{}),
		Vendors:   []application.Vendor{{Provider: r.model.profile.provider(), Client: r}},
		Clock:     time.Now, Chance: func() float64 { return 0.5 }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		NewID:  func() string { r.ids++; return fmt.Sprintf("11111111-0000-4000-8000-%012d", r.ids) },
		Timing: timing, ChannelDeadline: 30 * time.Second, ReversalWait: time.Second, AdviceLease: 30 * time.Second,
	})
}

// stop waits for whoever still waits, and ends what listens.
func (r *reality) stop() {
	time.Sleep(2 * slow)
	_ = r.a.Close(context.Background())
	_ = r.b.Close(context.Background())
}

func (r *reality) history() string {
	moves, err := r.store.History(context.Background(), saleID)
	if err != nil {
		return ""
	}
	return written(moves)
}

// play does to the real use cases what an event says.
func (r *reality) play(e rune, c clock, now phase) {
	ctx := context.Background()
	o := attempt(r.model.profile, 0).Order
	o.Channel.DefaultProvider = "vendor"
	if of, is := wishes[e]; is {
		if r.asked[e]++; r.asked[e] > mirrored.count(of) {
			return
		}
	}
	switch e {
	case provisioning:
		go func() { r.answered(r.a.Provision(ctx, o)) }()
	case retrying:
		go func() { r.answered(r.b.Retry(ctx, o)) }()
	case reversing:
		go func() { _, _ = r.a.Reverse(ctx, channelAdvice(voucher.Reversal, 0)) }()
	case another:
		go func() { _, _ = r.b.Reverse(ctx, channelAdvice(voucher.Reversal, 1)) }()
	case confirmingSale:
		go func() { _, _ = r.b.Confirm(ctx, channelAdvice(voucher.Confirmation, 2)) }()
	case saysYes, saysNo, saysNothing:
		r.says(map[rune]answer{saysYes: yes, saysNo: no, saysNothing: failing}[e])
	case timePasses:
		r.sleep(c, now)
	case sweeps:
		_, _ = application.Settler{Switch: r.b}.Pass(ctx)
	case forwards:
		_, _ = r.lane.Pass(ctx)
	}
}

func (r *reality) answered(t voucher.Transaction, err error) {
	r.told = r.told || err == nil && !t.Answer.IsZero()
}

func (r *reality) says(says answer) {
	if r.pending == nil || r.books == barred && says != no {
		return
	}
	if says == yes {
		r.books = issued
	}
	r.pending <- r.model.wire.outcomes[says]
	r.pending = nil
}

// sleep is until a moment of the transaction has come.
func (r *reality) sleep(c clock, now phase) {
	t, err := r.store.Find(context.Background(), voucher.ByID(saleID))
	if err != nil || t.OpenedAt.IsZero() {
		return
	}
	moment := t.OpenedAt
	switch now {
	case c.guard:
		moment = moment.Add(sendGuard)
	case c.lease:
		moment = t.LeaseEnds
	case c.horizon:
		moment = t.Horizon
	case c.window:
		moment = t.Horizon.Add(window).Add(time.Hour)
	}
	time.Sleep(time.Until(moment.Add(time.Millisecond)))
}

// Provision implements ports.Provider.
func (r *reality) Provision(ctx context.Context, _ voucher.Attempt) voucher.Outcome {
	pending := make(chan voucher.Outcome)
	r.pending = pending
	select {
	case o := <-pending:
		return o
	case <-ctx.Done():
		r.pending = nil
		return voucher.TimedOut()
	}
}

// Advise implements ports.Provider.
func (r *reality) Advise(_ context.Context, a voucher.Advice) voucher.AdviceOutcome {
	way := r.model.ways(world{books: r.books}, a.Kind)[0]
	r.books = way.books
	return r.model.wire.advices[a.Kind][way.says]
}

// Admit implements ports.Gate.
func (r *reality) Admit(voucher.ProviderID, voucher.Purpose) (func(voucher.Health), error) {
	return func(voucher.Health) {}, nil
}
