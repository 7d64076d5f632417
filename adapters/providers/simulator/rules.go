package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// Rule gives a provider a mood for a while, whatever the amounts say, and lists of products that mood too where it
// means anything for them. The newest rule that applies decides.
type Rule struct {
	Provider    voucher.ProviderID `json:"provider,omitempty"` // every provider if empty
	Mood        Mood               `json:"mood"`
	Probability float64            `json:"probability"` // that a request is met by it, above 0 to 1; 1 if not given
	Until       time.Time          `json:"until"`
}

// mood is what a request of that amount meets.
func (s *Simulator) mood(provider voucher.ProviderID, amount int64) Mood {
	for _, r := range slices.Backward(s.liveRules()) {
		if (r.Provider == "" || r.Provider == provider) && s.Chance() < r.Probability {
			return r.Mood
		}
	}
	return moodOf(amount)
}

// liveRules drops what has expired.
func (s *Simulator) liveRules() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock()
	s.rules = slices.DeleteFunc(s.rules, func(r Rule) bool { return !now.Before(r.Until) })
	return slices.Clone(s.rules)
}

// addRule takes {"provider", "mood", "probability", "for": "30s"}. The mood refuse closes the one listener that all
// providers share, at once and for certain.
func (s *Simulator) addRule(w http.ResponseWriter, r *http.Request) {
	asked := struct {
		Rule
		For string `json:"for"`
	}{Rule: Rule{Probability: 1}}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&asked)
	period, malformed := time.ParseDuration(asked.For)
	_, known := s.profiles[string(asked.Provider)]
	problem := ""
	switch {
	case err != nil:
		problem = "a rule is {provider, mood, probability, for}"
	case !isKnown(asked.Mood):
		problem = "no such mood"
	case asked.Provider != "" && !known:
		problem = "no such provider"
	case malformed != nil || period <= 0:
		problem = `"for" is how long, such as 30s`
	case asked.Probability <= 0 || asked.Probability > 1:
		problem = "probability is above 0 and at most 1"
	case asked.Mood == moodRefuse && !s.refuse(period):
		problem = "there is no listener to close"
	}
	if problem != "" {
		writeError(w, http.StatusBadRequest, suvwire.ErrorDetail{
			ErrorType: suvwire.FormatErrorType, ErrorMessage: problem,
		})
		return
	}
	asked.Until = s.Clock().Add(period).UTC()
	if asked.Mood != moodRefuse {
		s.mu.Lock()
		s.rules = append(s.rules, asked.Rule)
		s.mu.Unlock()
	}
	write(w, http.StatusCreated, asked.Rule)
}

func (s *Simulator) showRules(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, s.liveRules())
}

func (s *Simulator) dropRules(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.rules = nil
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}
