package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	nethttp "net/http"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"voucherswitch/adapters/breaker"
	"voucherswitch/adapters/certificate"
	"voucherswitch/adapters/gormstore"
	"voucherswitch/adapters/http"
	"voucherswitch/adapters/telemetry"
	"voucherswitch/adapters/turnstile"
	"voucherswitch/application"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// longestShut is how long a breaker shuts out advices at most: a lane's oldest is tried every ten seconds.
const longestShut = 5 * time.Second

// program is all that lives from the start of a process to its end.
type program struct {
	config   Config
	dev      bool
	log      *slog.Logger
	store    *gormstore.Store
	figures  *telemetry.Figures
	shelf    *application.Shelf
	lists    []*application.Restocker
	sale     *application.Switch
	channels nethttp.Handler
	listener *certificate.Kept // nil: channels are spoken to in clear
	ready    atomic.Bool
	draining atomic.Bool

	certificates *certificate.Watch
	hungUp       chan struct{} // wakes what reads files anew
}

// build joins the parts. simulator is the address of the simulator in this process, empty if there is none.
func build(ctx context.Context, config Config, o Options, simulator string) (*program, error) {
	log := o.Log
	p := &program{config: config, dev: o.Dev, log: log, figures: telemetry.New(config.providerIDs()...)}
	p.hungUp = make(chan struct{}, 1)
	if err := p.openStore(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.figures.Records(p.store)
	p.figures.Pools(p.store.Pools())
	p.figures.Ready(func() bool { return len(p.unready(context.Background())) == 0 })
	vendors, clients, err := config.vendors(simulator, log)
	if err == nil {
		err = p.watch(clients)
	}
	if err == nil {
		err = errors.Join(p.owesNobodyElse(ctx), p.stock(ctx, vendors))
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	journal := ports.Journal(p.store)
	if o.Journal != nil {
		journal = o.Journal
	}
	load := turnstile.NewAdmission(time.Now)
	p.figures.Load(load.Waiting, load.Limit)
	p.sale = application.New(application.Parts{
		Journal: load.Journal(p.figures.Journal(journal)),
		Queue:   p.store, Records: p.store, Gate: p.gate(), Render: http.Render,
		Catalogue: p.shelf, Vendors: p.observed(vendors),
		Clock: time.Now, NewID: newID, Chance: rand.Float64, Log: log,
		Timing: config.Timing.domain(), ChannelDeadline: config.Timing.ChannelDeadline,
		ReversalWait: config.Timing.ReversalWait, AdviceLease: config.adviceLease(),
	})
	known, err := p.registry()
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.channels = http.New(http.Options{
		Switch: p.figures.Switch(p.sale), Authenticate: known.authenticate, Log: log, Draining: p.draining.Load,
		Limit: p.figures.Limit(turnstile.NewRates(config.rates(), time.Now).Take), Sheds: p.sheds(load),
	})
	return p, nil
}

// registry lets channels in. dev lets everybody in who knows its one password, and counts no guesses at it.
func (p *program) registry() (registry, error) {
	pepper, err := p.config.Keys.pepper()
	known := newRegistry(p.config.Channels, pepper)
	known.refused = p.figures.Refused
	if p.dev {
		known.stranger = devMember
	} else {
		known.judge = turnstile.NewGuesses(time.Now).Judge
	}
	return known, err
}

// sheds tells whether there is no room for a kind of request.
func (p *program) sheds(load *turnstile.Admission) func(kind string) bool {
	priorities := map[string]turnstile.Priority{
		http.Sale: turnstile.ForSales, http.Repeat: turnstile.ForRepeats, http.Advice: turnstile.ForAdvices,
	}
	return func(kind string) bool {
		if load.Admits(priorities[kind]) {
			return false
		}
		p.figures.Shed(kind)
		return true
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// openStore opens the database, which must be locked already: SQLite's clock and leases live in the process.
func (p *program) openStore(ctx context.Context) error {
	if p.dev {
		if err := p.makeTestKeys(); err != nil {
			return err
		}
	}
	keys, err := p.config.Keys.forStore()
	if err != nil {
		return err
	}
	p.store, err = p.config.openDatabase(ctx, keys)
	if err != nil {
		return err
	}
	if err := p.schema(ctx); err != nil {
		return err
	}
	if err := p.store.CheckKeys(ctx); err != nil {
		return err
	}
	if p.store.InClear() {
		p.log.Warn("contents from before stand in clear", "next", "voucherswitch keys rotate")
	}
	if err := p.store.Prepare(ctx); err != nil {
		return err
	}
	return p.inspect(ctx)
}

// makeTestKeys refuses to give old data new keys: what they marked would not be found again.
func (p *program) makeTestKeys() error {
	database := p.config.databasePath()
	_, noKey := os.Stat(p.config.Keys.IndexKeyFile)
	if _, err := os.Stat(database); err == nil && noKey != nil {
		return fmt.Errorf("%s exists without its key %s: bring the key back, or start with another --data",
			database, p.config.Keys.IndexKeyFile)
	}
	return p.config.Keys.makeTestKeys()
}

// schema brings the tables up to date where that is wanted, and refuses any other difference.
func (p *program) schema(ctx context.Context) error {
	if p.dev || p.config.Database.Migrate {
		return p.store.Migrate(ctx)
	}
	return checkSchema(ctx, p.store)
}

// owesNobodyElse refuses to start while advices wait for a provider that is not configured: nobody would deliver them.
func (p *program) owesNobodyElse(ctx context.Context) error {
	waiting, err := p.store.QueuedFor(ctx)
	for _, id := range waiting {
		named := func(c Provider) bool { return c.ID == string(id) }
		if !slices.ContainsFunc(p.config.Providers, named) {
			err = errors.Join(err, fmt.Errorf(
				"advices wait for provider %s, which is not configured: bring it back under that id", id))
		}
	}
	return err
}

// adviceLease outlasts the longest exchange with a provider and the recording of its answer.
func (c Config) adviceLease() time.Duration {
	var longest time.Duration
	for _, p := range c.Providers {
		longest = max(longest, p.Timeout)
	}
	return c.Timing.SendGuard + longest + c.Timing.LeaseMargin
}

func (c Config) providerIDs() (ids []voucher.ProviderID) {
	for _, p := range c.Providers {
		ids = append(ids, voucher.ProviderID(p.ID))
	}
	return ids
}

// dualChannels are those that confirm by themselves.
func (c Config) dualChannels() (ids []voucher.ChannelID) {
	for _, channel := range c.Channels {
		if channel.Messaging == messagingDual {
			ids = append(ids, voucher.ChannelID(channel.ID))
		}
	}
	return ids
}

func (p *program) gate() ports.Gate {
	doors := map[breaker.Door]breaker.Options{}
	for _, c := range p.config.Providers {
		id, limits := voucher.ProviderID(c.ID), breaker.Options{
			Window: c.Breaker.Window, FailureRatio: c.Breaker.FailureRatio, Minimum: c.Breaker.Minimum,
			OpenFor: c.Breaker.OpenFor, MaxInFlight: c.MaxInFlight,
		}
		doors[breaker.Door{Provider: id}] = limits
		limits.OpenFor, limits.MaxInFlight = min(limits.OpenFor, longestShut), c.MaxAdvices
		doors[breaker.Door{Provider: id, Purpose: voucher.ForAdvices}] = limits
	}
	return p.figures.Gate(breaker.New(doors, func(door breaker.Door, from, to string) {
		p.log.Warn("a provider's breaker changed", "provider", door.Provider, "purpose", door.Purpose,
			"from", from, "to", to)
		p.figures.BreakerChanged(door.Provider, door.Purpose, to)
	}))
}

// observed puts the figures around each vendor's client.
func (p *program) observed(vendors []application.Vendor) []application.Vendor {
	for i, v := range vendors {
		vendors[i].Client = p.figures.Provider(v.ID, v.Client)
	}
	return vendors
}

// close gives back what openStore took.
func (p *program) close() error {
	if p.store == nil {
		return nil
	}
	return p.store.Close()
}
