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
			"resolve": parked.Resolve(true, quiet, s), "close": parked.CloseCase(2, s), "hasten": reversing.Hasten(s),
		} {
			if d.Writes() || !fault.Is(d.Refusal, fault.Invalid) {
				test.Errorf("%s, signed %+v: %v", name, s, d.Refusal)
			}
		}
	}
}

func TestAnOperatorWaitsForTheHorizonAndForEveryAttemptInFlight(test *testing.T) {
	t := reach(test, attempt(allAdvices, DualMessaging), ordered, doubted, refused)
	for lease, from := range map[time.Duration]time.Time{
		time.Second: t.Horizon, time.Hour: t.MovedAt.Add(time.Hour),
	} {
		if d := t.Resolve(true, Quiet{from.Add(-time.Microsecond), lease}, signature); !fault.Is(d.Refusal, fault.Undecided) {
			test.Errorf("claims last %s: resolved before %v, %v", lease, from, d.Refusal)
		}
		if d := t.Resolve(true, Quiet{from, lease}, signature); !d.Writes() {
			test.Errorf("claims last %s: not resolved at %v, %v", lease, from, d.Refusal)
		}
	}
}
