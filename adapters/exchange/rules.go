package exchange

import "fmt"

// Rule gives some statuses a meaning.
type Rule[M any] struct {
	From, To int // both included
	Means    M
}

// On is the rule for the statuses from and to, both included.
func On[M any](from, to int, means M) Rule[M] { return Rule[M]{from, to, means} }

// Rules are a vendor's statuses as data. The first rule that fits decides.
type Rules[M any] []Rule[M]

// Meaning is what a status means. One that fits no rule has the zero meaning, which ought to be the cautious one.
func (rules Rules[M]) Meaning(status int) (means M) {
	for _, r := range rules {
		if r.From <= status && status <= r.To {
			return r.Means
		}
	}
	return means
}

// Unreachable names the rules that can never decide, because those before them fit all of their statuses.
func (rules Rules[M]) Unreachable() (names []string) {
	fits := map[int]bool{}
	for _, r := range rules {
		reached := false
		for status := r.From; status <= r.To; status++ {
			reached = reached || !fits[status]
			fits[status] = true
		}
		if !reached {
			names = append(names, fmt.Sprintf("On(%d, %d, %v)", r.From, r.To, r.Means))
		}
	}
	return names
}
