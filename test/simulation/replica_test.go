package simulation

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"voucherswitch/adapters/breaker"
	"voucherswitch/adapters/exchange"
	channels "voucherswitch/adapters/http"
	"voucherswitch/adapters/memory"
	"voucherswitch/adapters/providers/suv"
	"voucherswitch/application"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	sendGuard   = time.Second
	timeout     = 2 * time.Second
	longest     = 4 * time.Second
	margin      = 10 * time.Second
	adviceLease = sendGuard + timeout + margin
	deadline    = 30 * time.Second
	laneRest    = time.Second
	sweepRest   = 5 * time.Second
	password    = "canary-of-a-password"
)

// replica is a process of the switch: what it is made of is the real thing, and where it touches the world is not.
type replica struct {
	w     *world
	name  string
	clock *clock
	door  *door // nil while it is dead

	handle *handle
	sale   *application.Switch
	server *http.Server
	stop   context.CancelFunc
	chores *sync.WaitGroup

	mu    sync.Mutex
	lines []*wire // to the provider
	at    int64   // the instant of the ids below
	drawn int     // ids and chances drawn in it
}

// unique are the words for one more draw of this replica.
func (r *replica) unique(what string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now().UnixNano(); now != r.at {
		r.at, r.drawn = now, 0
	}
	r.drawn++
	return []string{what, r.name, fmt.Sprint(r.at, r.drawn)}
}

// start joins the parts as bootstrap does.
func (r *replica) start() {
	w := r.w
	r.handle = &handle{store: w.store, w: w, who: r.name}
	r.sale = application.New(application.Parts{
		Journal: r.handle, Queue: r.handle, Records: r.handle, Gate: w.gate(), Render: channels.Render,
		Catalogue: memory.NewCatalogue(catalogue), Vendors: r.vendors(),
		Clock: r.clock.now, Log: w.log,
		NewID:  func() string { return w.uuid(r.unique("id")...) },
		Chance: func() float64 { return w.part(r.unique("chance")...) },
		Timing: voucher.Timing{
			SendGuard: sendGuard, LeaseMargin: margin, ReversalWindow: w.window,
		},
		ChannelDeadline: deadline, ReversalWait: 2 * time.Second, AdviceLease: adviceLease,
	})
	r.server = &http.Server{
		Handler: channels.New(channels.Options{Switch: r.sale, Authenticate: authenticate, Log: w.log}),
		// As in bootstrap.
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		WriteTimeout: 10*time.Second + deadline + 5*time.Second, MaxHeaderBytes: 16 << 10,
	}
	door := newDoor(address(r.name, "door"))
	r.mu.Lock()
	r.door, r.lines = door, nil
	r.mu.Unlock()
	go func(s *http.Server) { _ = s.Serve(door) }(r.server)
	ctx, cancel := context.WithCancel(context.Background())
	r.stop, r.chores = cancel, &sync.WaitGroup{}
	for _, p := range providers {
		lane := r.sale.Forwarder(p.ID, 8)
		r.chores.Go(func() { repeat(ctx, lane, lane.Woken(), laneRest) })
	}
	settler := application.Settler{Switch: r.sale}
	r.chores.Go(func() { repeat(ctx, settler, nil, sweepRest) })
}

// repeat is the round of bootstrap.
func repeat(ctx context.Context, chore ports.Chore, woken <-chan struct{}, rest time.Duration) {
	for ctx.Err() == nil {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		done, err := chore.Pass(within)
		cancel()
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

// kill is kill -9: what the process would still do reaches nobody.
func (r *replica) kill() {
	r.handle.dead.Store(true)
	r.mu.Lock()
	lines, door := r.lines, r.door
	r.lines, r.door = nil, nil
	r.mu.Unlock()
	for _, l := range lines {
		_ = l.Close()
	}
	_ = door.Close()
	_ = r.server.Close()
	r.stop()
}

// end stops a living replica and waits for it.
func (r *replica) end() {
	r.stop()
	r.chores.Wait()
	_ = r.sale.Close(context.Background())
	r.kill()
}

func (r *replica) entrance() *door {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.door
}

// vendors are the real clients of the providers, over lines of this world.
func (r *replica) vendors() (vendors []application.Vendor) {
	handle := r.handle
	for _, p := range providers {
		client, err := suv.New(exchange.Account{
			Username: "switch", Password: voucher.NewSecret(password), Institution: p.Institution().ID,
			Options: exchange.Options{
				URL: "http://provider/" + string(p.ID) + "/suv/v1",
				Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return r.dial(ctx, handle, string(p.ID))
				},
			},
		})
		if err != nil {
			panic(err)
		}
		vendors = append(vendors, application.Vendor{
			Provider: p, Client: r.w.defect.client(r.w, measured{client, r.clock}),
		})
	}
	return vendors
}

// measured asks within the time that the replica's clock measures: the real client reads the process's own.
type measured struct {
	ports.Provider
	clock *clock
}

// Provision implements ports.Provider.
func (m measured) Provision(ctx context.Context, a voucher.Attempt) voucher.Outcome {
	a.SendBy = time.Now().Add(a.SendBy.Sub(m.clock.now()))
	return m.Provider.Provision(ctx, a)
}

// dial opens a line to the providers' server.
func (r *replica) dial(ctx context.Context, h *handle, provider string) (net.Conn, error) {
	w := r.w
	words := []string{"dial", r.name, provider, instant()}
	if h.dead.Load() || w.during(providerAway) || w.strikes(dialFails, words...) {
		return nil, net.ErrClosed
	}
	takes := w.between(time.Millisecond, 10*time.Millisecond, words...)
	line, err := w.vendor.door.dial(ctx, address(words...), takes,
		func(b []byte) fate { return w.asking(r.name, provider, b) },
		func(b []byte) fate { return w.answering(r.name, provider, b) })
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if h.dead.Load() {
		_ = line.Close()
		return nil, net.ErrClosed
	}
	r.lines = append(r.lines, line)
	return line, nil
}

func (w *world) gate() *breaker.Gate {
	doors := map[breaker.Door]breaker.Options{}
	minimum := 1 << 30
	if w.tripping {
		minimum = 20
	}
	for _, p := range providers {
		o := breaker.Options{
			Window: 10 * time.Second, FailureRatio: 0.5, Minimum: minimum, OpenFor: 5 * time.Second, MaxInFlight: 256,
		}
		doors[breaker.Door{Provider: p.ID}] = o
		doors[breaker.Door{Provider: p.ID, Purpose: voucher.ForAdvices}] = o
	}
	return breaker.New(doors, nil)
}

func address(words ...string) net.Addr {
	n := seed(1).draw(words...)
	return &net.TCPAddr{IP: net.IPv4(10, byte(n>>32), byte(n>>24), byte(n>>16)), Port: 1 + int(n&0x7fff)}
}
