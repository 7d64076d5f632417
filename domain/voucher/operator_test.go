package voucher

import (
	"testing"
	"time"

	"voucherswitch/domain/fault"
)

func TestAnOperatorsActNeedsANameAndAReason(test *testing.T) {
	parked := reach(test, attempt(noAdvices, DualMessaging), ordered, doubted)
	reversing := reach(test, attempt(allAdvices, DualMessaging), ordered, doubted)
	for _, s := range []Signature{{}, {Operator: "operator"}, {Reason: "statement checked"}} {
		for name, d := range map[string]Decision{
			"resolve": parked.Resolve(true, s), "close": parked.CloseCase(2, s), "hasten": reversing.Hasten(s),
		} {
			if d.Writes() || !fault.Is(d.Refusal, fault.Invalid) {
				test.Errorf("%s, signed %+v: %v", name, s, d.Refusal)
			}
		}
	}
}

func TestAnOperatorWaitsForTheHorizonAndForEveryAttemptInFlight(test *testing.T) {
	t := reach(test, attempt(allAdvices, DualMessaging), ordered, doubted, refused)
	const short, long = time.Second, time.Hour
	if from := t.ResolvableFrom(short); !from.Equal(t.Horizon) {
		test.Errorf("before the horizon: from %v, want %v", from, t.Horizon)
	}
	if from, want := t.ResolvableFrom(long), t.MovedAt.Add(long); !from.Equal(want) {
		test.Errorf("with an attempt in flight: from %v, want %v", from, want)
	}
}
