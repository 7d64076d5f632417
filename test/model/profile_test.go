package model

import (
	"slices"
	"time"

	"voucherswitch/domain/voucher"
)

// profile is a provider as the switch is told of it, with what the model's provider does besides.
type profile struct {
	name         string
	capabilities voucher.Capabilities
	messaging    voucher.Messaging
	wire         string // the dialect that answers are written and read in
	longest      time.Duration

	hasty   bool // acknowledges the reversal of a sale that it does not know, and then issues
	forgets bool // is declared to remember reversals, and does not: a planted mistake
}

const (
	patience  = 5 * time.Second // the provider's time-out
	slow      = 60 * time.Second
	quick     = 4 * time.Second // such that the horizon comes before the lease's end
	sendGuard = time.Second
	margin    = 10 * time.Second
	window    = 15 * time.Minute
)

var (
	all = voucher.Capabilities{Retries: true, Reversals: true, Confirmations: true}

	plain = profile{name: "plain", wire: "suv", longest: slow, messaging: voucher.DualMessaging,
		capabilities: voucher.Capabilities{Retries: true, Reversals: true}}
	remembering = profile{name: "remembers reversals", wire: "kiosk", longest: slow, messaging: voucher.SingleMessaging,
		capabilities: voucher.Capabilities{Retries: true, Reversals: true, RemembersReversals: true}}
	stellr = profile{name: "no advices", wire: "suv", longest: quick, messaging: voucher.SingleMessaging,
		capabilities: voucher.Capabilities{Retries: false}}
	netcare = profile{name: "no retries", wire: "suv", longest: quick, messaging: voucher.SingleMessaging,
		capabilities: voucher.Capabilities{Reversals: true, Confirmations: true}}
	dual  = profile{name: "dual message", wire: "quokka", longest: slow, messaging: voucher.DualMessaging, capabilities: all}
	hasty = profile{name: "acknowledges, then issues", wire: "suv", longest: slow, messaging: voucher.SingleMessaging,
		capabilities: voucher.Capabilities{Retries: true, Reversals: true}, hasty: true}
)

var profiles = []profile{plain, remembering, stellr, netcare, dual, hasty}

func (p profile) provider() voucher.Provider {
	return voucher.Provider{
		ID: "vendor", Capabilities: p.capabilities, Timeout: patience, LongestProcessing: p.longest,
		Receivers: []voucher.Institution{{ID: "44444444", Name: "MobiTalk"}},
	}
}

var timing = voucher.Timing{SendGuard: sendGuard, LeaseMargin: margin, ReversalWindow: window}

// clock are the moments that decide, as ordinals: a phase at least as late has the moment behind it.
type clock struct {
	guard, lease, horizon, window, last phase
	names                               []string
}

func (p profile) clock() clock {
	terms := voucher.NewTerms(p.provider(), voucher.Channel{Messaging: p.messaging}, timing)
	moments := []time.Duration{sendGuard, terms.Lease, terms.Horizon}
	if p.messaging == voucher.SingleMessaging && p.capabilities.Confirmations {
		moments = append(moments, terms.ReversalWindow) // whenever it begins, it ends after all else
	}
	slices.Sort(moments)
	at := func(d time.Duration) phase { return phase(slices.Index(moments, d) + 1) }
	c := clock{at(sendGuard), at(terms.Lease), at(terms.Horizon), at(terms.ReversalWindow), phase(len(moments)),
		make([]string, len(moments)+1)}
	c.names[c.guard], c.names[c.lease], c.names[c.horizon] = "the send guard ends", "the lease ends", "the horizon passes"
	if c.window > 0 {
		c.names[c.window] = "the reversal window ends"
	}
	return c
}

// wish is one request of the channel.
type wish struct {
	kind wishKind
	id   voucher.AdviceID // of an advice
}

type wishKind int

const (
	provision wishKind = iota
	retry
	reverse
	confirm
)

func (k wishKind) String() string {
	return [...]string{"provision", "retry", "reversal", "confirmation"}[k]
}

// bounds are how much happens in a world.
type bounds struct {
	name       string
	wishes     []wish
	faults     uint8 // commits whose answer is lost, waits for the database given up, leases that lapse under a lane
	crashes    uint8
	everyDoubt bool // a provider's doubtful answers are told apart, though they differ in the kept error alone
}

// doubts are a provider's answers, the last of them one doubt of several.
func (b bounds) doubts(says ...answer) []answer {
	if b.everyDoubt {
		return says
	}
	return says[:2]
}

var (
	sale      = wish{kind: provision}
	again     = wish{kind: retry}
	undo      = wish{reverse, firstReversal}
	undoTwice = wish{reverse, secondReversal}
	keep      = wish{confirm, confirmation}

	// Each of the short bounds is searched whole in seconds.
	shortBounds = []bounds{
		{name: "duplicates", wishes: []wish{sale, sale, again}},
		{name: "confirmation", wishes: []wish{sale, keep}, crashes: 1},
		{name: "faults", wishes: []wish{sale}, faults: 1, crashes: 1},
		{name: "reversal", wishes: []wish{sale, undo}, crashes: 1},
	}
	longBounds = []bounds{
		{name: "advices and a crash", wishes: []wish{sale, undo, keep}, crashes: 1},
		{name: "reversal and faults", wishes: []wish{sale, undo}, faults: 1, crashes: 1},
		{name: "two faults", wishes: []wish{sale}, faults: 2, crashes: 1, everyDoubt: true},
		{name: "retry and advices", wishes: []wish{sale, again, undo, keep}},
		{name: "everything", wishes: []wish{sale, sale, again, undo, undo, undoTwice, keep}, faults: 2, crashes: 2,
			everyDoubt: true},
	}

	// A provider without advices leaves so little to do that it is tried with all that a channel can wish.
	shortBusy = []bounds{
		{name: "all wishes", wishes: []wish{sale, sale, again, undo, keep}, faults: 1},
	}
	longBusy = []bounds{
		{name: "all wishes and faults", wishes: []wish{sale, sale, again, undo, undoTwice, keep}, faults: 1, crashes: 1},
		{name: "all wishes twice", wishes: []wish{sale, sale, again, again, undo, undo, undoTwice, keep}, faults: 2,
			crashes: 2, everyDoubt: true},
	}
)

func (p profile) short() []bounds {
	if p.capabilities.Reversals {
		return shortBounds
	}
	return shortBusy
}

func (p profile) long() []bounds {
	if p.capabilities.Reversals {
		return longBounds
	}
	return longBusy
}

const (
	firstReversal  voucher.AdviceID = "aaaaaaaa-0000-4000-8000-000000000001"
	secondReversal voucher.AdviceID = "aaaaaaaa-0000-4000-8000-000000000002"
	confirmation   voucher.AdviceID = "cccccccc-0000-4000-8000-000000000001"
)
