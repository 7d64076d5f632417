package application_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/adapters/memory"
	"voucherswitch/application"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
)

const fetchEvery = 15 * time.Minute

// lister is a provider's list, and how often it was asked for.
type lister struct {
	mu    sync.Mutex
	asked int
	offer voucher.Offer
	err   error
}

func (l *lister) Products(context.Context) (voucher.Offer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	if errors.Is(l.err, errPanic) {
		panic("a client's bug")
	}
	return l.offer, l.err
}

var (
	errPanic = errors.New("panic")
	errAway  = fault.New(fault.Unavailable, "the provider is away")
)

func (l *lister) lists(products ...voucher.Product) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offer, l.err = voucher.Offer{Products: products}, nil
}

// leavesOut adds flaws to what the list says.
func (l *lister) leavesOut(flaws ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offer.LeftOut = append(l.offer.LeftOut, flaws...)
}

func (l *lister) fails(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// wasAsked holds how often the provider was asked against the least and the most that is right.
func (l *lister) wasAsked(t *testing.T, least, most int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asked < least || l.asked > most {
		t.Errorf("the provider was asked %d times, want %d to %d", l.asked, least, most)
	}
}

// replica is a process's shelf and what fills it. What replicas share, they share by the store.
type replica struct {
	*application.Shelf
	t     *testing.T
	lines *bytes.Buffer
	stop  func()
}

func startReplica(t *testing.T, store ports.Assortments, listers map[voucher.ProviderID]*lister,
	configured ...voucher.Product,
) *replica {
	t.Helper()
	r := &replica{t: t, lines: &bytes.Buffer{}}
	r.Shelf = application.NewShelf(voucher.Catalogue{Products: configured}, store, provider, another)
	if _, err := r.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var chores sync.WaitGroup
	log := slog.New(slog.NewTextHandler(r.lines, nil))
	for id, l := range listers {
		chore := &application.Restocker{
			Provider: id, Source: l, Kept: store, Every: fetchEvery, Clock: time.Now, Log: log,
			Chance: func() float64 { return 0.5 },
		}
		chores.Go(func() { repeat(ctx, chore, nil, time.Second) })
	}
	chores.Go(func() { repeat(ctx, r.Shelf, nil, 2*time.Second) })
	r.stop = func() { cancel(); chores.Wait() }
	return r
}

// sells holds what the replica has on sale, each as "id providers", against what it should have.
func (r *replica) sells(want ...string) {
	r.t.Helper()
	synctest.Wait()
	catalogue, err := r.Products(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	var got []string
	for _, p := range catalogue.Products {
		got = append(got, fmt.Sprint(string(p.ID)+" ", p.Providers))
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("on sale is %q, want %q", got, want)
	}
}

// says holds the lines written since the last call against those wanted: each has all of its words.
func (r *replica) says(want ...string) {
	r.t.Helper()
	synctest.Wait()
	said := strings.FieldsFunc(r.lines.String(), func(c rune) bool { return c == '\n' })
	r.lines.Reset()
	if len(said) != len(want) {
		r.t.Fatalf("said %q, want %q", said, want)
	}
	for i, line := range want {
		for word := range strings.FieldsSeq(line) {
			if !strings.Contains(said[i], word) {
				r.t.Errorf("said %q, which lacks %q", said[i], word)
			}
		}
	}
}

// market runs a story of one provider that lists A and B, and one replica that has fetched that.
func market(t *testing.T, story func(*replica, *lister, *memory.Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l, store := &lister{}, memory.NewStore(time.Now)
		l.lists(voucher.Product{ID: "A"}, voucher.Product{ID: "B", Name: "before"})
		r := startReplica(t, store, map[voucher.ProviderID]*lister{provider: l})
		defer func() { r.stop() }()
		time.Sleep(5 * time.Second)
		r.sells("A [vendor]", "B [vendor]")
		r.says("level=INFO provider=vendor products=2 added=2 changed=0 gone=0")
		story(r, l, store)
	})
}

func TestAProvidersListIsFetchedOnScheduleAndAChangeIsToldOnce(t *testing.T) {
	market(t, func(r *replica, l *lister, _ *memory.Store) {
		time.Sleep(fetchEvery - 10*time.Second)
		l.wasAsked(t, 1, 1)
		l.lists(voucher.Product{ID: "C"}, voucher.Product{ID: "B", Name: "after"})
		time.Sleep(fetchEvery / 10)
		l.wasAsked(t, 2, 2)
		r.sells("C [vendor]", "B [vendor]")
		r.says("level=INFO provider=vendor products=2 added=1 changed=1 gone=1")
		time.Sleep(3 * fetchEvery)
		l.wasAsked(t, 4, 4)
		r.says()
	})
}

func TestTheLastGoodListIsSoldWhileNoOtherCanBeHad(t *testing.T) {
	bad := voucher.Product{ID: "A", Fixed: true}
	for name, spoil := range map[string]func(*lister){
		"the provider is away":  func(l *lister) { l.fails(errAway) },
		"its client panics":     func(l *lister) { l.fails(errPanic) },
		"it answers garbage":    func(l *lister) { l.fails(fault.New(fault.Invalid, "no list")) },
		"its list is empty":     func(l *lister) { l.lists() },
		"nothing of it is good": func(l *lister) { l.lists(bad) },
	} {
		t.Run(name, func(t *testing.T) {
			market(t, func(r *replica, l *lister, _ *memory.Store) {
				spoil(l)
				time.Sleep(24 * time.Hour)
				r.sells("A [vendor]", "B [vendor]")
				r.says("level=WARN provider=vendor last good one stands error= products=2 age=15m")
				l.lists(voucher.Product{ID: "C"})
				time.Sleep(2 * time.Minute)
				r.sells("C [vendor]")
				r.says("level=INFO can be had again", "level=INFO added=1 gone=2")
			})
		})
	}
}

func TestAProviderThatIsAwayIsAskedAgainOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lister{err: errAway}
		r := startReplica(t, memory.NewStore(time.Now), map[voucher.ProviderID]*lister{provider: l})
		defer r.stop()
		time.Sleep(10 * time.Minute)
		r.sells()
		l.wasAsked(t, 9, 10)
	})
}

func TestARestartSellsTheKeptListBeforeItFetches(t *testing.T) {
	market(t, func(r *replica, l *lister, store *memory.Store) {
		l.fails(errAway)
		time.Sleep(time.Hour)
		r.stop()
		*r = *startReplica(t, store, map[voucher.ProviderID]*lister{provider: l})
		r.sells("A [vendor]", "B [vendor]")
	})
}

func TestARestartDoesNotFetchWhatIsFresh(t *testing.T) {
	market(t, func(r *replica, l *lister, store *memory.Store) {
		r.stop()
		*r = *startReplica(t, store, map[voucher.ProviderID]*lister{provider: l})
		time.Sleep(fetchEvery - time.Minute)
		r.sells("A [vendor]", "B [vendor]")
		l.wasAsked(t, 1, 1)
	})
}

func TestAReplicaSellsWithinSecondsWhatAnotherFetched(t *testing.T) {
	market(t, func(first *replica, l *lister, store *memory.Store) {
		second := startReplica(t, store, map[voucher.ProviderID]*lister{provider: l})
		defer second.stop()
		l.lists(voucher.Product{ID: "C"})
		time.Sleep(fetchEvery + fetchEvery/10)
		first.sells("C [vendor]")
		second.sells("C [vendor]")
		l.wasAsked(t, 2, 3)
		first.stop()
		first.stop = func() {}
		time.Sleep(10 * fetchEvery)
		second.sells("C [vendor]")
		l.wasAsked(t, 11, 14)
	})
}

func TestWhatIsConfiguredIsSoldAsConfiguredWhoeverOffersIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lister{}
		l.lists(voucher.Product{ID: "A", Fixed: true, Amount: rand(100)}, voucher.Product{ID: "B"})
		r := startReplica(t, memory.NewStore(time.Now), map[voucher.ProviderID]*lister{provider: l},
			voucher.Product{ID: "A", Providers: []voucher.ProviderID{"own"}, Fixed: true, Amount: rand(900)})
		defer r.stop()
		time.Sleep(5 * time.Second)
		r.sells("A [own]", "B [vendor]")
		catalogue, _ := r.Products(t.Context())
		if a, _ := catalogue.Find("A"); a.Amount != rand(900) {
			t.Errorf("A costs %v", a.Amount)
		}
	})
}

func TestWhatTwoProvidersOfferIsIssuedByBothInTheConfiguredOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &lister{}, &lister{}
		first.fails(errAway)
		second.lists(voucher.Product{ID: "B"}, voucher.Product{ID: "A"})
		r := startReplica(t, memory.NewStore(time.Now), map[voucher.ProviderID]*lister{provider: first, another: second})
		defer r.stop()
		time.Sleep(5 * time.Second)
		r.sells("B [another vendor]", "A [another vendor]")
		first.lists(voucher.Product{ID: "A"})
		time.Sleep(2 * time.Minute)
		r.sells("A [vendor another vendor]", "B [another vendor]")
	})
}

func TestWhatIsLeftOutIsToldWhenItIsNews(t *testing.T) {
	market(t, func(r *replica, l *lister, _ *memory.Store) {
		l.lists(voucher.Product{ID: "A"}, voucher.Product{ID: "B", Name: "before"}, voucher.Product{ID: "D", Fixed: true})
		l.leavesOut("A-1: no")
		time.Sleep(3 * fetchEvery)
		r.sells("A [vendor]", "B [vendor]")
		r.says(`level=WARN A-1: no`, "level=WARN D: fixed")
		l.leavesOut(slices.Repeat([]string{"another: no"}, 30)...)
		time.Sleep(2 * fetchEvery)
		synctest.Wait()
		said := strings.Count(r.lines.String(), "\n")
		if said != 21 || !strings.Contains(r.lines.String(), "count=12") {
			t.Errorf("said %d lines:\n%s", said, r.lines)
		}
	})
}

// awayAssortments cannot be read, or not be written, while it is told so.
type awayAssortments struct {
	ports.Assortments
	reads, writes atomic.Bool
}

var errDatabase = fault.New(fault.Overloaded, "the database is away")

func (a *awayAssortments) Editions(ctx context.Context) (map[voucher.ProviderID]int, error) {
	if a.reads.Load() {
		return nil, errDatabase
	}
	return a.Assortments.Editions(ctx)
}

func (a *awayAssortments) Assortment(ctx context.Context, id voucher.ProviderID) (voucher.Assortment, error) {
	if a.reads.Load() {
		return voucher.Assortment{}, errDatabase
	}
	return a.Assortments.Assortment(ctx, id)
}

func (a *awayAssortments) Restock(ctx context.Context, was voucher.Assortment, list []voucher.Product) error {
	if a.writes.Load() {
		return errDatabase
	}
	return a.Assortments.Restock(ctx, was, list)
}

func TestWhileTheDatabaseIsAwayTheProductsStayOnSaleAndNoListIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, database := &lister{}, &awayAssortments{Assortments: memory.NewStore(time.Now)}
		l.lists(voucher.Product{ID: "A"})
		r := startReplica(t, database, map[voucher.ProviderID]*lister{provider: l})
		defer r.stop()
		time.Sleep(5 * time.Second)
		database.reads.Store(true)
		l.lists(voucher.Product{ID: "B"})
		time.Sleep(time.Hour)
		r.sells("A [vendor]")
		l.wasAsked(t, 1, 1)
		database.reads.Store(false)
		database.writes.Store(true)
		time.Sleep(10 * time.Minute)
		r.sells("A [vendor]")
		l.wasAsked(t, 9, 12)
		database.writes.Store(false)
		time.Sleep(2 * time.Minute)
		r.sells("B [vendor]")
	})
}

func TestAFetchedProductIsSoldByItsProviderAtItsPrice(t *testing.T) {
	in(t, everything, func(w *world) {
		l := &lister{}
		l.lists(voucher.Product{ID: "A", Fixed: true, Amount: rand(5000)}, voucher.Product{ID: "B", Max: rand(5000)})
		r := startReplica(t, w.store, map[voucher.ProviderID]*lister{another: l})
		defer r.stop()
		w.shelf = r.Shelf
		w.restart()
		w.quiet(5 * time.Second)
		o := order()
		for _, o.Product = range []voucher.ProductID{"A", "B"} {
			_, err := w.Provision(context.Background(), o) // for 10000
			wantKind(t, err, fault.InvalidAmount)
		}
		o.Amounts.Request = rand(5000)
		sold, err := w.Provision(context.Background(), o)
		if err != nil || sold.Terms().Provider != another {
			t.Errorf("%s, %v: sold by %s", sold, err, sold.Terms().Provider)
		}
	})
}

func TestTheShelfIsACatalogue(t *testing.T) {
	contract.Catalogue(t, func(t *testing.T, list voucher.Catalogue) ports.Catalogue {
		shelf := application.NewShelf(list, memory.NewStore(time.Now), provider)
		if _, err := shelf.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		return shelf
	})
}
