package voucher

import (
	"slices"
	"time"
)

// Institution is a party to a transaction.
type Institution struct{ ID, Name string }

// Messaging is how a channel completes a sale.
type Messaging int

// A single-messaging channel leaves confirmations to the switch (seed); a dual-messaging one confirms by itself.
const (
	SingleMessaging Messaging = iota
	DualMessaging
)

// Channel is an originating system: a bank app, a till, a web shop.
type Channel struct {
	ID               ChannelID
	Name             string
	Messaging        Messaging
	SettlementEntity Institution // fills the message's settlementEntity if it has none
	DefaultProvider  ProviderID  // serves what neither product nor receiver routes
	Limits           []Limit     // of a day's sales, one for a product and currency; not kept with a transaction
}

// Capabilities are what a provider can do. What it cannot do is never sent to it. Stellr: no advices, no retries;
// Netcare: no retries (seed).
type Capabilities struct {
	Retries            bool // a retry may be answered; without it a retry is a hard decline
	Reversals          bool // takes reversal advices
	Confirmations      bool // wants confirmation advices
	RemembersReversals bool // refuses a provision whose reversal came first, so that a reversal is always final
	ClientCodes        bool // lets the channel choose the voucher code
}

// Provider is a voucher vendor as the switch knows it.
type Provider struct {
	ID                ProviderID
	Capabilities      Capabilities
	Receivers         []Institution // the receivers routed here; the first is its own institution
	Timeout           time.Duration // how long the switch waits for a provision's answer
	LongestProcessing time.Duration // how long after its arrival a provision may still take effect
}

// Institution is the provider as a party to a transaction.
func (p Provider) Institution() Institution {
	if len(p.Receivers) > 0 {
		return p.Receivers[0]
	}
	return Institution{ID: string(p.ID), Name: string(p.ID)}
}

// Receives reports whether messages for that receiver are routed here.
func (p Provider) Receives(receiver string) bool {
	return slices.ContainsFunc(p.Receivers, func(i Institution) bool { return i.ID == receiver })
}

// Timing holds the switch's own durations.
type Timing struct {
	SendGuard      time.Duration // a provision is sent within this time of its intent, or never
	LeaseMargin    time.Duration // what a lease leaves the owner to record the outcome
	ReversalWindow time.Duration // how long a single-messaging channel may still reverse what the switch will confirm
}

// Terms are the conditions under which a transaction was opened. They stand in its first move, so that a later
// change of the configuration changes no transaction that is under way.
type Terms struct {
	Provider       ProviderID
	Capabilities   Capabilities
	Messaging      Messaging
	ReversalWindow time.Duration
	Lease          time.Duration // from the intent until another replica may reverse
	Horizon        time.Duration // from the intent until the provision can no longer take effect
}

// NewTerms joins what provider, channel and switch bring. The horizon is send guard + time-out + longest processing,
// the lease send guard + time-out + margin.
func NewTerms(p Provider, channel Channel, timing Timing) Terms {
	return Terms{
		Provider: p.ID, Capabilities: p.Capabilities, Messaging: channel.Messaging,
		ReversalWindow: timing.ReversalWindow,
		Lease:          timing.SendGuard + p.Timeout + timing.LeaseMargin,
		Horizon:        timing.SendGuard + p.Timeout + p.LongestProcessing,
	}
}

// confirmsOnBehalf: for a single-messaging channel at a provider that wants confirmations, the switch confirms.
func (t Terms) confirmsOnBehalf() bool {
	return t.Messaging == SingleMessaging && t.Capabilities.Confirmations
}
