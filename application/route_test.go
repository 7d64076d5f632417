package application_test

import (
	"context"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// either asks for a product that two providers issue.
func (w *world) either() (voucher.Transaction, error) {
	o := order()
	o.Product, o.Receiver = "EITHER", voucher.Institution{}
	return w.Provision(context.Background(), o)
}

func TestAProductsFirstProviderIsAskedWhileTheGateLetsIt(t *testing.T) {
	in(t, everything, func(w *world) {
		if _, err := w.either(); err != nil {
			t.Fatal(err)
		}
		if sold := w.want(voucher.Provisioned); sold.Terms().Provider != provider {
			t.Errorf("sold by %s", sold.Terms().Provider)
		}
	})
}

func TestTheNextProviderIsAskedWhenTheGateRefusesTheFirst(t *testing.T) {
	in(t, everything, func(w *world) {
		w.gate.shut(provider)
		if _, err := w.either(); err != nil {
			t.Fatal(err)
		}
		if sold := w.want(voucher.Provisioned); sold.Terms().Provider != another || sold.Version != 2 {
			t.Errorf("%s sold by %s", sold, sold.Terms().Provider)
		}
		if calls, _, _, _ := w.vendor.count(); calls != 0 {
			t.Errorf("the first provider was called %d times", calls)
		}
	})
}

func TestNothingIsWrittenWhenTheGateRefusesThemAll(t *testing.T) {
	in(t, everything, func(w *world) {
		w.gate.shut(provider, another)
		_, err := w.either()
		wantKind(t, err, fault.Unavailable)
		w.want(voucher.Absent)
		w.gate.doors.Clear()
		if _, err := w.either(); err != nil {
			t.Errorf("the id is not free: %v", err)
		}
	})
}

func TestNobodyElseIsAskedAfterTheIntent(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = func(context.Context, *vendor, voucher.Attempt) voucher.Outcome { return voucher.NothingSent() }
		_, _ = w.either()
		w.want(voucher.NotSent)
		if calls, _, _, _ := w.other.count(); calls != 0 {
			t.Errorf("another provider was called %d times", calls)
		}
	})
}

func TestNoAdviceIsClaimedWhileTheGateRefusesIt(t *testing.T) {
	in(t, everything, func(w *world) {
		w.gate.doors.Store(door{provider, voucher.ForAdvices}, true)
		_, _ = w.provision()
		_, _ = w.reverse("r1")
		w.quiet(time.Minute)
		if waiting, err := w.store.Waiting(context.Background(), voucher.Which{}, 10); err != nil || len(waiting) != 1 ||
			waiting[0].Attempts != 0 {
			t.Errorf("waiting: %v, %v", waiting, err)
		}
		w.gate.doors.Clear()
		w.quiet(2 * time.Second)
		w.want(voucher.Reversed)
		if out := w.gate.out.Load(); out != 0 {
			t.Errorf("%d permits did not come back", out)
		}
	})
}
