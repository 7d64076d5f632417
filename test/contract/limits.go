package contract

import (
	"sync"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// limits are what a journal promises of what a channel may sell in a day.
var limits = []promise{
	{"a sale takes of its limit, and one that finds no room writes nothing", takesWhatFits},
	{"a limit is one of a channel, a product, a currency and a day", keepsLimitsApart},
	{"a sale under two limits takes of both or of none", takesOfAllOrNone},
	{"of fifty sales at once those are written that the limit has room for", takesNoMoreAtOnce},
	{"sales that find no room spoil none that are written beside them", refusesNobodyElse},
	{"an id that is taken is a duplicate, also where the limit is reached", knowsTakenIDsFirst},
	{"a move that finds itself takes once, also where the limit is reached", takesOnce},
	{"of fifty first moves of an id one takes", letsOneTake},
	{"what was not sold is given back once, whichever way it ended", givesBack},
	{"what is given back goes to the day on which it was taken", givesBackToItsDay},
	{"a stale move gives nothing back", givesNothingBackStale},
	{"of fifty moves from one version one gives back", letsOneGiveBack},
	{"what stands, or may, keeps what it took", keepsWhatStands},
}

// most of a day is what the samples' channel may sell, and a price how much of it one sale takes.
const (
	most  = 1000
	price = 100
)

// takes makes an attempt take a price of the channel's limit on everything.
func takes(minor int64) func(*voucher.Attempt) { return takesOf("", minor) }

func takesOf(product voucher.ProductID, minor int64) func(*voucher.Attempt) {
	return func(a *voucher.Attempt) {
		a.Reservations = []voucher.Reservation{{Product: product, Price: money.New(minor, "710"), Most: most}}
	}
}

// refuses holds that a sale finds no room, writes nothing and leaves its id free.
func (b *bench) refuses(changes ...func(*voucher.Attempt)) {
	b.t.Helper()
	intent := voucher.Open(b.attempt(changes...))
	b.refused(b.append(intent), fault.LimitExceeded)
	b.lacks(voucher.ByID(intent.Move.Transaction))
}

// hasRoom holds that so much of a limit is left on this day, and no more. It leaves nothing of it.
func (b *bench) hasRoom(left int64, changes ...func(*voucher.Attempt)) {
	b.t.Helper()
	b.refuses(append([]func(*voucher.Attempt){takes(left + 1)}, changes...)...)
	if left > 0 {
		b.open(append([]func(*voucher.Attempt){takes(left)}, changes...)...)
	}
}

func takesWhatFits(b *bench) {
	b.open(takes(most - price))
	b.refuses(takes(price + 1))
	t := b.open(takes(price))
	b.equal([]voucher.Reservation{{Price: money.New(price, "710"), Most: most}}, t.Attempt.Reservations)
	b.refuses(takes(1))

	refused := b.attempt(takes(1))
	b.refused(b.append(voucher.Open(refused)), fault.LimitExceeded)
	refused.Reservations = nil
	b.write(voucher.Open(refused)) // its id is free
}

func keepsLimitsApart(b *bench) {
	ofOther := func(change func(*voucher.Reservation)) func(*voucher.Attempt) {
		return func(a *voucher.Attempt) { change(&a.Reservations[0]) }
	}
	b.hasRoom(most)
	b.hasRoom(most, byOtherShop)
	b.hasRoom(most, ofOther(func(r *voucher.Reservation) { r.Product = "airtime" }))
	b.hasRoom(most, ofOther(func(r *voucher.Reservation) { r.Product = "Airtime" }))
	b.hasRoom(most, ofOther(func(r *voucher.Reservation) { r.Price.Currency = "840" }))
	b.hasRoom(1, ofOther(func(r *voucher.Reservation) { r.Most = most + 1 })) // raised meanwhile
	b.hasRoom(0, ofOther(func(r *voucher.Reservation) { r.Most = most - 1 })) // lowered

	midnight := b.clock.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
	b.clock.advance(midnight.Add(-time.Microsecond).Sub(b.clock.Now()))
	b.refuses(takes(1))
	b.clock.advance(time.Microsecond)
	b.hasRoom(most)
}

func takesOfAllOrNone(b *bench) {
	both := func(ofAll, ofProduct int64) func(*voucher.Attempt) {
		return func(a *voucher.Attempt) {
			a.Reservations = []voucher.Reservation{
				{Price: money.New(ofAll, "710"), Most: most},
				{Product: "airtime", Price: money.New(ofProduct, "710"), Most: most},
			}
		}
	}
	b.open(both(price, price))
	b.refuses(both(1, most))
	b.refuses(both(most, 1))
	b.hasRoom(most - price)
	b.hasRoom(0)
	b.open(takesOf("airtime", most-price))
	b.refuses(takesOf("airtime", 1))
}

// together appends all decisions at once and tells how each ended.
func (b *bench) together(decisions []voucher.Decision) []error {
	failures := make([]error, len(decisions))
	var all sync.WaitGroup
	for i, d := range decisions {
		all.Go(func() { failures[i] = b.append(d) })
	}
	all.Wait()
	return failures
}

// intents are the first moves of as many new sales.
func (b *bench) intents(count int, changes ...func(*voucher.Attempt)) []voucher.Decision {
	decisions := make([]voucher.Decision, count)
	for i := range decisions {
		decisions[i] = voucher.Open(b.attempt(changes...))
	}
	return decisions
}

func takesNoMoreAtOnce(b *bench) {
	decisions := b.intents(contenders, takes(price))
	written := 0
	for i, err := range b.together(decisions) {
		id := voucher.ByID(decisions[i].Move.Transaction)
		if err == nil {
			written++
			b.find(id)
			continue
		}
		b.refused(err, fault.LimitExceeded)
		b.lacks(id)
	}
	if written != most/price {
		b.t.Errorf("%d sales of %d were written under a limit of %d", written, price, most)
	}
	b.hasRoom(0)
}

func refusesNobodyElse(b *bench) {
	b.open(takes(most))
	sold := b.sell("1")
	var decisions []voucher.Decision
	for range contenders / 2 {
		decisions = append(decisions, b.intents(1, takes(price))...)
		decisions = append(decisions, b.intents(1)...)
		decisions = append(decisions, b.intents(1, takes(1), byOtherShop)...)
	}
	decisions = append(decisions, sold.Reverse(b.reversal(sold)))
	for i, err := range b.together(decisions) {
		id := voucher.ByID(decisions[i].Move.Transaction)
		if i%3 == 0 && i < len(decisions)-1 {
			b.refused(err, fault.LimitExceeded)
			b.lacks(id)
			continue
		}
		b.succeed(err)
		b.equal(decisions[i].Move.State, b.find(id).State)
	}
	b.hasRoom(most-contenders/2, byOtherShop)
}

func knowsTakenIDsFirst(b *bench) {
	t := b.open(takes(most))
	again := b.attempt(takes(price), func(a *voucher.Attempt) { a.Order.ID, a.Reference = t.ID, "another" })
	b.refused(b.append(voucher.Open(again)), fault.Duplicate)
	b.check(t.ID)

	b.clock.advance(24 * time.Hour)
	b.refused(b.append(voucher.Open(again)), fault.Duplicate)
	b.hasRoom(most)
}

func takesOnce(b *bench) {
	intent := voucher.Open(b.attempt(takes(price)))
	t := b.write(intent)
	b.succeed(b.append(intent))
	b.hasRoom(most - price)
	b.succeed(b.append(intent))

	no := rendered(t.Record(declined(), b.draft()))
	b.write(no)
	b.succeed(b.append(no))
	b.succeed(b.append(intent))
	b.hasRoom(price)
}

func letsOneTake(b *bench) {
	first := b.attempt(takes(price))
	decisions := make([]voucher.Decision, contenders)
	for i := range decisions {
		attempt := first
		attempt.Reference = b.uuid()
		decisions[i] = voucher.Open(attempt)
	}
	b.race(decisions, fault.Duplicate)
	b.hasRoom(most - price)
}
