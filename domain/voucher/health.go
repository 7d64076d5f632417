package voucher

// Purpose is what a provider is asked for. The Gate keeps the two apart, so that trouble with one spoils not the other.
type Purpose int

// The purposes.
const (
	ForProvisions Purpose = iota
	ForAdvices
)

// String is the purpose's name.
func (p Purpose) String() string {
	if p == ForAdvices {
		return "advice"
	}
	return "provision"
}

// Health is what one call says about its provider. The zero value says nothing.
type Health int

// The kinds of health.
const (
	HealthUnknown Health = iota // the provider was not asked
	HealthGood                  // it answered, be it a no
	HealthBad                   // it could not be reached, broke off, failed, or did not answer in time
)

// Health tells a provider that fails from one that says no: a decline is good health, and so is a replay, which is in
// doubt for another reason.
func (o Outcome) Health() Health {
	switch o.Kind {
	case OutcomeApproved, OutcomeDeclined:
		return HealthGood
	case OutcomeNotSent:
		return HealthBad
	case OutcomeInDoubt:
		if o.Doubt == DoubtAnswered && o.Decline.tellsOfReplay() {
			return HealthGood
		}
		return HealthBad
	default:
		return HealthBad
	}
}

// Health tells a provider that answers from one that does not.
func (o AdviceOutcome) Health() Health {
	switch o.Kind {
	case AdviceAcknowledged, AdviceNotFound, AdviceRefused, AdviceDeferred:
		return HealthGood
	case AdviceUnanswered:
		return HealthBad
	default:
		return HealthBad
	}
}
