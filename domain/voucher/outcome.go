package voucher

// OutcomeKind is what a provider's answer to a provision means. The zero value is in doubt.
type OutcomeKind int

// The kinds of outcome.
const (
	OutcomeInDoubt  OutcomeKind = iota // a voucher may have been issued
	OutcomeApproved                    // issued, and the answer passed Approve
	OutcomeDeclined                    // definitely nothing was issued
	OutcomeNotSent                     // it is proved that not one byte left
)

// Doubt is why an outcome is in doubt; the answer to the channel depends on it (wire contract section 2).
type Doubt int

// The kinds of doubt.
const (
	DoubtBroken   Doubt = iota // the connection broke, or the answer is unreadable or does not match: 500
	DoubtTimedOut              // no answer in time: 504
	DoubtAnswered              // the provider answered, with an error that does not tell: 404
)

// Outcome is what a provider said to a provision.
type Outcome struct {
	Kind     OutcomeKind
	Doubt    Doubt    // in doubt
	Approval Approval // approved
	Decline  Decline  // declined, and in doubt if the provider gave an error
}

// Approval is a provider's yes.
type Approval struct {
	Voucher     Voucher
	Amounts     Amounts // zero if the provider named none
	Product     Product // the provider's description, zero if none
	Identifiers []ThirdPartyIdentifier
	Slip        Slip
}

// TimedOut is the outcome when the provider did not answer in time.
func TimedOut() Outcome { return Outcome{Doubt: DoubtTimedOut} }

// Broken is the outcome when the connection broke after a byte may have left, or the answer cannot be used.
func Broken() Outcome { return Outcome{Doubt: DoubtBroken} }

// NothingSent is the outcome when it is proved that not one byte left.
func NothingSent() Outcome { return Outcome{Kind: OutcomeNotSent} }

// Approve holds a provider's yes against what was asked (lifecycle rule 6: approved is strict). The answer must carry
// the same id, the asked product and amount, the code the channel chose, and something that can be spent. Anything
// else is in doubt, not declined: a voucher may have been issued.
func Approve(asked Attempt, id TransactionID, approval Approval) Outcome {
	o, price := asked.Order, asked.Price()
	fits := id == o.ID &&
		!approval.Voucher.IsEmpty() &&
		(approval.Product.ID == "" || o.Product == "" || approval.Product.ID == o.Product) &&
		sumFits(approval.Amounts.Request, price) &&
		sumFits(approval.Amounts.Approved, price) &&
		(o.Code.IsZero() || approval.Voucher.Code.Equal(o.Code))
	if !fits {
		return Broken()
	}
	return Outcome{Kind: OutcomeApproved, Approval: approval}
}

func sumFits(got, asked LedgerAmount) bool {
	return got.IsZero() || asked.IsZero() || got.Amount == asked.Amount
}

// DeclinedOrInDoubt sorts a provider's error answer by its HTTP-like meaning: definite says that nothing was issued.
// DUPLICATE_RECORD and VOUCHER_ALREADY_PROVISIONED, as type or code, are in doubt all the same: somebody replayed our
// only call.
func DeclinedOrInDoubt(definite bool, decline Decline) Outcome {
	if definite && !decline.tellsOfReplay() {
		return Outcome{Kind: OutcomeDeclined, Decline: decline}
	}
	return Outcome{Doubt: DoubtAnswered, Decline: decline}
}

// Answer is what the channel was told, made once and sent again by every retry: a status and the body's bytes.
type Answer struct {
	Status int
	Body   Secret
}

// IsZero reports that no answer is kept.
func (a Answer) IsZero() bool { return a.Status == 0 }

// Again is the answer as a retry gives it: the same bytes, 200 for a kept approval and 404 for any kept failure.
func (a Answer) Again() Answer {
	if a.Status < 300 {
		return Answer{Status: 200, Body: a.Body}
	}
	return Answer{Status: 404, Body: a.Body}
}
