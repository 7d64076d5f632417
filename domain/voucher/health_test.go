package voucher

import "testing"

func TestANoIsGoodHealthAndSilenceIsNot(test *testing.T) {
	for name, c := range map[string]struct {
		said interface{ Health() Health }
		want Health
	}{
		"approved":            {approval(firstCode), HealthGood},
		"declined":            {declined(), HealthGood},
		"a replay":            {DeclinedOrInDoubt(true, Decline{Type: "DUPLICATE_RECORD"}), HealthGood},
		"failed":              {DeclinedOrInDoubt(false, Decline{}), HealthBad},
		"timed out":           {TimedOut(), HealthBad},
		"broken":              {Broken(), HealthBad},
		"unreachable":         {NothingSent(), HealthBad},
		"acknowledged":        {AdviceOutcome{Kind: AdviceAcknowledged}, HealthGood},
		"not found":           {AdviceOutcome{Kind: AdviceNotFound}, HealthGood},
		"advice refused":      {AdviceOutcome{Kind: AdviceRefused}, HealthGood},
		"too many requests":   {AdviceOutcome{Kind: AdviceDeferred}, HealthGood},
		"advice not answered": {AdviceOutcome{}, HealthBad},
	} {
		if got := c.said.Health(); got != c.want {
			test.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
