package application_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/adapters/memory"
	"voucherswitch/application"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	id       voucher.TransactionID = "00000000-0000-4000-8000-000000000001"
	channel  voucher.ChannelID     = "22222222"
	stranger voucher.ChannelID     = "99999999"
	provider voucher.ProviderID    = "vendor"
	another  voucher.ProviderID    = "another vendor"

	timeout = 2 * time.Second
	longest = 4 * time.Second
	lease   = time.Second + timeout + 10*time.Second
)

var everything = voucher.Capabilities{Retries: true, Reversals: true, ClientCodes: true}

// world is a switch on a memory journal, with a vendor that does as it is told, inside a synctest bubble.
type world struct {
	*application.Switch
	t       *testing.T
	store   *memory.Store
	journal ports.Journal
	queue   ports.AdviceQueue // the store's if nil
	vendor  *vendor
	other   *vendor // sells to receiver 55555555
	caps    voucher.Capabilities
	shelf   ports.Catalogue
	gate    gate
	ids     atomic.Int64
	stop    func()
}

// in runs a story in a bubble: time passes only when everybody waits.
func in(t *testing.T, caps voucher.Capabilities, story func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: memory.NewStore(time.Now), vendor: newVendor(), other: newVendor(), caps: caps}
		w.vendor.remembers = caps.RemembersReversals
		w.shelf = memory.NewCatalogue(voucher.Catalogue{Products: []voucher.Product{
			{ID: "FIXED", Providers: []voucher.ProviderID{provider}, Fixed: true, Amount: rand(5000)},
			{ID: "EITHER", Providers: []voucher.ProviderID{provider, another}},
			{ID: "RANGE", Providers: []voucher.ProviderID{provider}, Min: rand(100), Max: rand(20000)},
		}})
		w.start(w.store)
		defer func() { w.stop() }()
		story(w)
	})
}

// start starts a process on a journal: the use cases and their chores.
func (w *world) start(journal ports.Journal) {
	w.journal = journal
	queue := w.queue
	if queue == nil {
		queue = w.store
	}
	w.Switch = application.New(application.Parts{
		Journal: journal, Queue: queue, Records: w.store, Gate: &w.gate, Render: render,
		Catalogue: w.shelf,
		Vendors: []application.Vendor{
			{Client: w.vendor, Provider: w.profile(provider, voucher.Institution{ID: "44444444", Name: "MobiTalk"})},
			{Client: w.other, Provider: w.profile(another, voucher.Institution{ID: "55555555", Name: "Another"})},
		},
		Clock: time.Now, Chance: func() float64 { return 0.5 }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		NewID: func() string { return fmt.Sprintf("11111111-0000-4000-8000-%012d", w.ids.Add(1)) },
		Timing: voucher.Timing{
			SendGuard: time.Second, LeaseMargin: 10 * time.Second, ReversalWindow: 15 * time.Minute,
		},
		ChannelDeadline: 30 * time.Second, ReversalWait: 2 * time.Second, AdviceLease: 30 * time.Second,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var chores sync.WaitGroup
	for _, id := range []voucher.ProviderID{provider, another} {
		lane := w.Forwarder(id, 4)
		chores.Go(func() { repeat(ctx, lane, lane.Woken(), time.Second) })
	}
	chores.Go(func() { repeat(ctx, application.Settler{Switch: w.Switch}, nil, 5*time.Second) })
	running := w.Switch
	w.stop = func() {
		cancel()
		chores.Wait()
		_ = running.Close(context.Background())
	}
}

func (w *world) profile(id voucher.ProviderID, receiver voucher.Institution) voucher.Provider {
	return voucher.Provider{
		ID: id, Capabilities: w.caps, Timeout: timeout, LongestProcessing: longest,
		Receivers: []voucher.Institution{receiver},
	}
}

func repeat(ctx context.Context, chore ports.Chore, woken <-chan struct{}, rest time.Duration) {
	for ctx.Err() == nil {
		if done, _ := chore.Pass(ctx); done > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-woken:
		case <-time.After(rest):
		}
	}
}

// restart kills the process as far as a bubble can (its journal is dead already) and starts another on the same store.
func (w *world) restart() {
	w.stop()
	w.start(w.store)
}

func (w *world) state() voucher.Transaction {
	t, err := w.store.Find(context.Background(), voucher.ByID(id))
	if err != nil && !fault.Is(err, fault.NotFound) {
		w.t.Fatalf("the journal does not replay: %v", err)
	}
	return t
}

func (w *world) want(state voucher.State) voucher.Transaction {
	w.t.Helper()
	t := w.state()
	if t.State != state {
		w.t.Fatalf("the transaction is %s, want %s", t.State, state)
	}
	return t
}

func (w *world) quiet(after time.Duration) {
	time.Sleep(after)
	synctest.Wait()
}

func (w *world) provision() (voucher.Transaction, error) {
	return w.Provision(context.Background(), order())
}

func (w *world) retry() (voucher.Transaction, error) { return w.Retry(context.Background(), order()) }

func (w *world) reverse(advice string) (voucher.Transaction, error) {
	return w.Reverse(context.Background(), reversal(advice))
}

func (w *world) confirm(advice string) (voucher.Transaction, error) {
	a := reversal(advice)
	a.Kind, a.Reason = voucher.Confirmation, ""
	return w.Confirm(context.Background(), a)
}

func order() voucher.Order {
	return voucher.Order{
		ID: id, Time: "2026-11-22T10:00:00.000Z", Channel: voucher.Channel{ID: channel},
		Client:           voucher.Institution{ID: string(channel), Name: "TransAcquire Co"},
		SettlementEntity: voucher.Institution{ID: "33333333", Name: "TransactionsRUs"},
		Receiver:         voucher.Institution{ID: "44444444", Name: "MobiTalk"},
		Amounts:          voucher.Amounts{Request: rand(10000)},
		Identifiers:      []voucher.ThirdPartyIdentifier{{InstitutionID: "22222222", TransactionIdentifier: "till-1"}},
	}
}

func reversal(advice string) voucher.Advice {
	return voucher.Advice{
		ID: voucher.AdviceID(advice), Transaction: id, Channel: channel, Kind: voucher.Reversal, Reason: "TIMEOUT",
		Time: "2026-11-22T10:00:05.000Z",
	}
}

func rand(minor int64) voucher.LedgerAmount {
	return voucher.LedgerAmount{Amount: money.New(minor, "710")}
}

// render stands for the wire: the status of the contract, and a body that names the voucher.
func render(t voucher.Transaction) voucher.Answer {
	status := map[voucher.OutcomeKind]int{
		voucher.OutcomeApproved: 201, voucher.OutcomeDeclined: 404, voucher.OutcomeNotSent: 503,
		voucher.OutcomeInDoubt: 504,
	}[t.Outcome.Kind]
	body := "failed"
	if t.Approval != nil {
		body = t.Approval.Voucher.Code.Reveal()
	}
	return voucher.Answer{Status: status, Body: voucher.NewSecret(body)}
}

// gate lets all in but to the doors that are shut, and counts the permits that are out.
type gate struct {
	doors sync.Map
	out   atomic.Int64
}

type door struct {
	provider voucher.ProviderID
	purpose  voucher.Purpose
}

// shut lets nobody sell at these providers.
func (g *gate) shut(ids ...voucher.ProviderID) {
	for _, id := range ids {
		g.doors.Store(door{id, voucher.ForProvisions}, true)
	}
}

func (g *gate) Admit(id voucher.ProviderID, purpose voucher.Purpose) (func(voucher.Health), error) {
	if _, isShut := g.doors.Load(door{id, purpose}); isShut {
		return nil, fault.New(fault.Unavailable, "the gate is shut")
	}
	g.out.Add(1)
	back := sync.OnceFunc(func() { g.out.Add(-1) })
	return func(voucher.Health) { back() }, nil
}

// vendor is a provider with a ledger, told by each test how to behave.
type vendor struct {
	mu        sync.Mutex
	calls     int
	issued    int  // vouchers that stand or stood
	reversed  int  // of them, reversed
	barred    bool // a reversal came first, and this vendor remembers it
	remembers bool
	advices   []voucher.Advice
	sentAt    []time.Time

	answer func(ctx context.Context, v *vendor, a voucher.Attempt) voucher.Outcome
	advise func(ctx context.Context, v *vendor, a voucher.Advice) voucher.AdviceOutcome
}

func newVendor() *vendor {
	return &vendor{
		answer: func(_ context.Context, v *vendor, _ voucher.Attempt) voucher.Outcome {
			time.Sleep(20 * time.Millisecond)
			return v.issue()
		},
		advise: func(_ context.Context, v *vendor, a voucher.Advice) voucher.AdviceOutcome {
			time.Sleep(10 * time.Millisecond)
			return v.accept(a)
		},
	}
}

func (v *vendor) Provision(ctx context.Context, a voucher.Attempt) voucher.Outcome {
	v.mu.Lock()
	v.calls++
	answer := v.answer
	v.mu.Unlock()
	return answer(ctx, v, a)
}

func (v *vendor) Advise(ctx context.Context, a voucher.Advice) voucher.AdviceOutcome {
	v.mu.Lock()
	v.advices = append(v.advices, a)
	v.sentAt = append(v.sentAt, time.Now())
	advise := v.advise
	v.mu.Unlock()
	return advise(ctx, v, a)
}

// returns makes a vendor that was away take every advice, also while some are on their way.
func (v *vendor) returns() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.advise = acceptAll
}

func (v *vendor) issue() voucher.Outcome {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.barred {
		return voucher.Outcome{Kind: voucher.OutcomeDeclined}
	}
	v.issued++
	return voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: voucher.Approval{Voucher: voucher.Voucher{
		Code: voucher.NewSecret(fmt.Sprintf("code-%d", v.issued)), SerialNumber: fmt.Sprint(v.issued),
	}}}
}

func (v *vendor) accept(a voucher.Advice) voucher.AdviceOutcome {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case a.Kind == voucher.Confirmation:
	case v.issued == 0:
		v.barred = v.remembers
		return voucher.AdviceOutcome{Kind: voucher.AdviceNotFound}
	case v.reversed < v.issued:
		v.reversed++
	}
	return voucher.AdviceOutcome{Kind: voucher.AdviceAcknowledged, Identifiers: []voucher.ThirdPartyIdentifier{
		{InstitutionID: "44444444", TransactionIdentifier: "theirs"},
	}}
}

func (v *vendor) count() (calls, issued, reversed, advices int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.calls, v.issued, v.reversed, len(v.advices)
}

// hang never answers before the switch hangs up, and issues nothing.
func hang(ctx context.Context, _ *vendor, _ voucher.Attempt) voucher.Outcome {
	<-ctx.Done()
	return voucher.TimedOut()
}

// after answers with a voucher when the delay is over, whoever still listens.
func after(delay time.Duration) func(context.Context, *vendor, voucher.Attempt) voucher.Outcome {
	return func(_ context.Context, v *vendor, _ voucher.Attempt) voucher.Outcome {
		time.Sleep(delay)
		return v.issue()
	}
}

func (w *world) calledOnce() {
	w.t.Helper()
	if calls, _, _, _ := w.vendor.count(); calls != 1 {
		w.t.Fatalf("the provider was called %d times, want once", calls)
	}
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("error is %v, want %s", err, kind)
	}
}

func wantAnswer(t *testing.T, got voucher.Transaction, err error, status int, body string) {
	t.Helper()
	if err != nil || got.Answer.Status != status || got.Answer.Body.Reveal() != body {
		t.Fatalf("answered %d %q, error %v; want %d %q",
			got.Answer.Status, got.Answer.Body.Reveal(), err, status, body)
	}
}
