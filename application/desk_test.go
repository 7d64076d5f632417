package application_test

import (
	"context"
	"testing"
	"time"

	"voucherswitch/application"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

var operator = voucher.Signature{Operator: "alice", Reason: "the provider's statement of today"}

func (w *world) desk() application.Desk { return application.Desk{Switch: w.Switch} }

// parked leads a sale to a person: its provider takes no reversals and did not answer.
func (w *world) parked() {
	w.t.Helper()
	w.vendor.answer = hang
	_, _ = w.provision()
	w.want(voucher.Parked)
}

func TestAnOperatorResolvesWhatIsParkedWhenItsProviderCannotActAnyMore(t *testing.T) {
	for issued, want := range map[bool]voucher.State{true: voucher.Confirmed, false: voucher.Reversed} {
		in(t, voucher.Capabilities{}, func(w *world) {
			w.parked()
			ctx := context.Background()
			_, err := w.desk().Resolve(ctx, id, issued, operator)
			wantKind(t, err, fault.Undecided)
			w.quiet(time.Minute)
			if _, err := w.desk().Resolve(ctx, id, issued, operator); err != nil {
				t.Fatal(err)
			}
			resolved := w.want(want)
			if len(resolved.Cases) != 0 {
				t.Errorf("still asked: %v", resolved.Cases)
			}
			moves, err := w.store.History(ctx, id)
			if last := moves[len(moves)-1]; err != nil || last.By != "alice" || last.Reason != operator.Reason {
				t.Errorf("the history says %q, %q, %v", last.By, last.Reason, err)
			}
			_, err = w.desk().Resolve(ctx, id, !issued, operator)
			wantKind(t, err, fault.Invalid)
		})
	}
}

func TestAnOperatorClosesACaseOnce(t *testing.T) {
	in(t, voucher.Capabilities{}, func(w *world) {
		w.parked()
		ctx := context.Background()
		version := w.state().Cases[0].Version
		if _, err := w.desk().CloseCase(ctx, id, version, operator); err != nil {
			t.Fatal(err)
		}
		w.want(voucher.Parked)
		if open, _ := w.store.OpenCases(ctx, 10); len(open) != 0 {
			t.Errorf("open: %v", open)
		}
		_, err := w.desk().CloseCase(ctx, id, version, operator)
		wantKind(t, err, fault.NotFound)
	})
}

func TestAnOperatorHastensAnAdviceThatBacksOff(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.advise = unanswered
		ids := w.owesSome(2) // the lane's oldest is tried every ten seconds anyway
		w.quiet(time.Hour)
		w.vendor.returns()
		before := len(w.vendor.attempts(ids[1]))
		if _, err := w.desk().Hasten(context.Background(), ids[1], operator); err != nil {
			t.Fatal(err)
		}
		w.quiet(time.Second)
		if sent := len(w.vendor.attempts(ids[1])); sent != before+1 || w.reversed(ids[1]) != 1 {
			t.Errorf("%d attempts after %d, %d settled", sent, before, w.reversed(ids[1]))
		}
		_, err := w.desk().Hasten(context.Background(), ids[1], operator)
		wantKind(t, err, fault.NotFound)
	})
}

func TestAnOperatorActsOnNothingThatDoesNotExist(t *testing.T) {
	in(t, everything, func(w *world) {
		ctx := context.Background()
		for name, act := range map[string]func() (voucher.Transaction, error){
			"resolve": func() (voucher.Transaction, error) { return w.desk().Resolve(ctx, id, true, operator) },
			"close":   func() (voucher.Transaction, error) { return w.desk().CloseCase(ctx, id, 1, operator) },
			"hasten":  func() (voucher.Transaction, error) { return w.desk().Hasten(ctx, id, operator) },
		} {
			if _, err := act(); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
