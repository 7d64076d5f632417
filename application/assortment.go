package application

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	fetchWithin = 10 * time.Second // a list is had; a stop may have to wait for it
	fetchAgain  = time.Minute      // after a failure, if the list is not due sooner
)

// Restocker fetches one provider's list of products when it is due, and keeps it. While the provider is away, or
// answers what is no list, the last good one stands. Every replica has one: whoever comes first fetches, and a little
// chance in the waiting keeps them from coming together; if they do, one list is kept.
type Restocker struct {
	Provider voucher.ProviderID
	Source   ports.ProductSource
	Kept     ports.Assortments
	Every    time.Duration // by the database's clock
	Clock    ports.Clock
	Chance   ports.Chance
	Log      *slog.Logger

	next    time.Time // nothing is due before, by this process's clock; this and what follows by Pass only
	failing bool
	leftOut []string
}

var _ ports.Chore = (*Restocker)(nil)

// Pass fetches the list if nobody has within the time. Only the database's failures are errors: the provider's are told
// in the log, once.
func (r *Restocker) Pass(ctx context.Context) (int, error) {
	if r.Clock().Before(r.next) {
		return 0, nil
	}
	kept, err := r.Kept.Assortment(ctx, r.Provider)
	if err != nil {
		return 0, err
	}
	if kept.Edition > 0 && kept.Age < r.Every {
		r.rest(min(r.Every, r.Every-kept.Age)) // an age may be negative after the clock was set back
		return 0, nil
	}
	r.rest(min(r.Every, fetchAgain)) // whatever comes of it
	offer, ok := r.fetch(ctx, kept)
	if !ok {
		return 0, nil
	}
	switch err := r.Kept.Restock(ctx, kept, offer.Products); {
	case fault.Is(err, fault.Stale): // another replica came first
		return 0, nil
	case err != nil:
		return 0, err
	}
	r.rest(r.Every)
	r.tellChange(kept.Products, offer)
	return 1, nil
}

// rest waits up to a tenth longer.
func (r *Restocker) rest(wait time.Duration) {
	r.next = r.Clock().Add(wait + time.Duration(r.Chance()*float64(wait)/10))
}

// fetch has the list, or tells that it cannot be had.
func (r *Restocker) fetch(ctx context.Context, kept voucher.Assortment) (voucher.Offer, bool) {
	offer, err := r.ask(ctx)
	r.tellHealth(err, kept)
	return offer, err == nil
}

// ask has the list or an error. A client that panics ends nothing.
func (r *Restocker) ask(ctx context.Context) (offer voucher.Offer, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = fault.New(fault.Internal, "the provider's client panicked: %T", failure)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	offer, err = r.Source.Products(ctx)
	if err != nil {
		return voucher.Offer{}, err
	}
	return offer.Sellable()
}

// tellHealth says once that a list cannot be had, and once that it can again.
func (r *Restocker) tellHealth(err error, kept voucher.Assortment) {
	switch failed := err != nil; {
	case failed && !r.failing:
		r.Log.Warn("a provider's list of products cannot be had; the last good one stands", "provider", r.Provider,
			"error", err, "products", len(kept.Products), "age", kept.Age)
	case !failed && r.failing:
		r.Log.Info("a provider's list of products can be had again", "provider", r.Provider)
	}
	r.failing = err != nil
}

// tellChange says what became of a list, and what was left out of it, if that is news.
func (r *Restocker) tellChange(before []voucher.Product, offer voucher.Offer) {
	was := make(map[voucher.ProductID]voucher.Product, len(before))
	for _, p := range before {
		was[p.ID] = p
	}
	added, changed := 0, 0
	for _, p := range offer.Products {
		old, known := was[p.ID]
		delete(was, p.ID)
		switch {
		case !known:
			added++
		case !reflect.DeepEqual(old, p):
			changed++
		}
	}
	if added+changed+len(was) > 0 {
		r.Log.Info("a provider's list of products changed", "provider", r.Provider, "products", len(offer.Products),
			"added", added, "changed", changed, "gone", len(was))
	}
	if slices.Equal(offer.LeftOut, r.leftOut) {
		return
	}
	r.leftOut = offer.LeftOut
	for _, flaw := range offer.LeftOut[:min(mostNamed, len(offer.LeftOut))] {
		r.Log.Warn("a product is left out of a provider's list", "provider", r.Provider, "flaw", flaw)
	}
	if more := len(offer.LeftOut) - mostNamed; more > 0 {
		r.Log.Warn("more products are left out of a provider's list", "provider", r.Provider, "count", more)
	}
}
