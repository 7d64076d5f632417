package voucher

import "time"

// AdviceKind tells a reversal from a confirmation.
type AdviceKind int

// The kinds of advice.
const (
	Reversal AdviceKind = iota
	Confirmation
)

// String is the kind's name.
func (k AdviceKind) String() string {
	if k == Confirmation {
		return "confirmation"
	}
	return "reversal"
}

// Advice is a message that must be delivered: stored before it is sent, repeated until a final answer.
type Advice struct {
	ID          AdviceID
	Transaction TransactionID
	Channel     ChannelID // who asked; empty if the switch advises by itself
	Provider    ProviderID
	Kind        AdviceKind
	Time        string // RFC 3339, as the channel wrote it
	Reason      string // a reversal's: TIMEOUT, CANCELLED or RESPONSE_NOT_FINAL
	Identifiers []ThirdPartyIdentifier
	Message     Secret // the channel's message, opaque; empty if the switch advises by itself
	Due         Due
	Claim       Claim
}

// IsOwn reports that the switch advises by itself: on behalf of a channel, or after its own doubt.
func (a Advice) IsOwn() bool { return a.Channel == "" }

// Due says when an advice is to be sent first: At, a time of the database's clock, or In after its commit.
type Due struct {
	At time.Time
	In time.Duration
}

// Claim is what a queue hands out with an advice: the right to try it for a while.
type Claim struct {
	Epoch        int           // rises with every claim; a later claim voids an earlier one
	Attempt      int           // 1 for the first
	UntilHorizon time.Duration // by the database's clock at the claim; zero or less: the horizon has passed
}

// AfterHorizon reports that the provision could no longer take effect when the advice was claimed.
func (c Claim) AfterHorizon() bool { return c.UntilHorizon <= 0 }

// Waiting is an advice in the queue, as operators see it.
type Waiting struct {
	ID          AdviceID
	Transaction TransactionID
	Provider    ProviderID
	Kind        AdviceKind
	Attempts    int           // made so far
	Age         time.Duration // since it was due first, by the database's clock; negative: not due yet
	DueIn       time.Duration // until the next attempt; zero or less: due. While it is claimed: until the claim ends
}

// Which narrows a list of waiting advices; what is empty does not.
type Which struct {
	Provider    ProviderID
	Transaction TransactionID
}

// Backlog is how much a provider's lane owes: advices whose first due time has come.
type Backlog struct {
	Provider ProviderID
	Advices  int
	Oldest   time.Duration // since the longest owed was due first, by the database's clock
}

// AdviceOutcomeKind is what a provider's answer to an advice means. The zero value asks for a repeat.
type AdviceOutcomeKind int

// The kinds of advice outcome.
const (
	AdviceUnanswered   AdviceOutcomeKind = iota // no answer, or a failure: repeat
	AdviceAcknowledged                          // 2xx
	AdviceNotFound                              // 404 to a reversal: final only under the settle rule
	AdviceRefused                               // 400, 410, 422, 501, and 404 to a confirmation: a person decides
	AdviceDeferred                              // any other 4xx, such as 401, 403 or 429: repeat
)

// AdviceOutcome is what a provider said to an advice.
type AdviceOutcome struct {
	Kind        AdviceOutcomeKind
	Identifiers []ThirdPartyIdentifier // the provider's, if its answer carried any
	Decline     Decline                // refused
}

// Draft is what the switch needs to write an advice of its own: an id and the present time. They come in as arguments,
// because the domain has neither clock nor chance.
type Draft struct {
	ID   AdviceID
	Time time.Time
}
