package simulator_test

import (
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/domain/voucher"
)

func TestAVoucherIsConfirmedOrReversed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		acknowledged = voucher.AdviceAcknowledged
		refused      = voucher.AdviceRefused
	)
	type step struct {
		kind voucher.AdviceKind
		want voucher.AdviceOutcomeKind
	}
	for name, c := range map[string]struct {
		cents int64
		steps []step
		books simulator.State
	}{
		"reversed, and again": {10000, []step{{voucher.Reversal, acknowledged}, {voucher.Reversal, acknowledged},
			{voucher.Confirmation, refused}}, simulator.StateReversed},
		"confirmed, and again": {10000, []step{{voucher.Confirmation, acknowledged},
			{voucher.Confirmation, acknowledged}, {voucher.Reversal, refused}}, simulator.StateConfirmed},
		"never issued": {14001, []step{{voucher.Reversal, voucher.AdviceNotFound}, {voucher.Confirmation, refused}},
			simulator.StateNothing},
		"spent (9001)": {19001, []step{{voucher.Reversal, refused}, {voucher.Reversal, refused}},
			simulator.StateIssued},
		"failing three times (9002)": {19002, []step{{voucher.Reversal, voucher.AdviceUnanswered},
			{voucher.Reversal, voucher.AdviceUnanswered}, {voucher.Reversal, voucher.AdviceUnanswered},
			{voucher.Reversal, acknowledged}}, simulator.StateReversed},
	} {
		for _, provider := range []string{"plain", "kiosk"} {
			t.Run(name+" at "+provider, func(t *testing.T) {
				a := attempt(c.cents)
				w.provision(provider, a, patience)
				for i, s := range c.steps {
					if got := w.advise(provider, s.kind, a.Order.ID); got.Kind != s.want {
						t.Errorf("step %d, %v: %v, want %v", i, s.kind, got.Kind, s.want)
					}
				}
				w.state(a.Order.ID, c.books)
			})
		}
	}
}

func TestAnAdviceIsAnsweredWithTheProvidersIdentifier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := attempt(10000)
	approved := w.provision("plain", a, patience).Approval.Identifiers
	got := w.advise("plain", voucher.Reversal, a.Order.ID).Identifiers
	want := []voucher.ThirdPartyIdentifier{
		{InstitutionID: "33333333", TransactionIdentifier: "ours"}, approved[len(approved)-1],
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("identifiers (-want +got):\n%s", diff)
	}
}

func TestAProviderWithoutAdvicesTakesNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := attempt(10000)
	w.provision("stellr", a, patience)
	for _, kind := range []voucher.AdviceKind{voucher.Reversal, voucher.Confirmation} {
		got := w.advise("stellr", kind, a.Order.ID)
		if got.Kind != voucher.AdviceRefused || got.Decline.Type != "FUNCTION_NOT_SUPPORTED" {
			t.Errorf("%v: %v %q", kind, got.Kind, got.Decline.Type)
		}
	}
	w.state(a.Order.ID, simulator.StateIssued)
}

func TestAProvisionAgainIsCountedAndIssuesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, provider := range []string{"plain", "kiosk"} {
		a := attempt(10000)
		w.provision(provider, a, patience)
		before := w.entry(a.Order.ID)
		got := w.provision(provider, a, patience)
		if got.Kind != voucher.OutcomeInDoubt || got.Decline.Type != "DUPLICATE_RECORD" {
			t.Errorf("%s: outcome %v, %q", provider, got.Kind, got.Decline.Type)
		}
		before.Calls = 2
		if diff := cmp.Diff(before, w.entry(a.Order.ID)); diff != "" {
			t.Errorf("%s: books (-want +got):\n%s", provider, diff)
		}
	}
}

func TestAProviderThatRemembersReversalsRefusesTheirProvision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for provider, want := range map[string]simulator.State{
		"elephant": simulator.StateBarred, "plain": simulator.StateIssued,
	} {
		a := attempt(10000)
		if got := w.advise(provider, voucher.Reversal, a.Order.ID).Kind; got != voucher.AdviceNotFound {
			t.Errorf("%s: reversal of an unknown id: %v", provider, got)
		}
		got := w.provision(provider, a, patience)
		if barred := got.Decline.Type == "VOUCHER_ALREADY_REVERSED"; barred != (want == simulator.StateBarred) {
			t.Errorf("%s: outcome %v, %q", provider, got.Kind, got.Decline.Type)
		}
		w.state(a.Order.ID, want)
	}
}

func TestTheBooksOutliveAKill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				a := attempt(10000)
				w.provision("plain", a, patience)
				w.advise("plain", voucher.Reversal, a.Order.ID)
			}
		})
	}
	all.Wait()
	want := w.simulator.Ledger()
	if len(want) != 40 {
		t.Fatalf("%d entries", len(want))
	}
	file, err := os.OpenFile(w.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"provider": "plain", "id": "half a li`); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the half line is gone for good, and what is written next stands by itself
		w.simulator = w.open()
		if diff := cmp.Diff(want, w.simulator.Ledger()); diff != "" {
			t.Errorf("books (-before +after):\n%s", diff)
		}
		w.serve()
		w.provision("plain", attempt(10000), patience)
		want = w.simulator.Ledger()
	}
	_, body := w.send(http.MethodGet, "/ledger", "")
	if diff := cmp.Diff(want, decoded[[]simulator.Entry](t, body)); diff != "" {
		t.Errorf("shown (-books +shown):\n%s", diff)
	}
}

func TestBooksThatCannotBeReadStopTheStart(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"a broken line": "{}\nnonsense\n{}\n", "a folder": ""} {
		path := t.TempDir()
		if content != "" {
			path += "/ledger"
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := simulator.New(simulator.Options{Ledger: path}); err == nil {
			t.Errorf("%s: taken for books", name)
		}
	}
}
