package simulator_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

func (w *world) list(provider string) (voucher.Offer, error) {
	ctx, cancel := context.WithTimeout(w.Context(), shortly)
	defer cancel()
	return w.suvClient(provider, "let me in").Products(ctx)
}

func TestEachProviderListsProductsOfItsOwnAndOneThatAllSell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[voucher.ProductID]int{}
	for provider, receiver := range map[string]string{"plain": "44444444", "stellr": "55555555", "elephant": "66666666"} {
		offer, err := w.list(provider)
		if err != nil {
			t.Fatal(err)
		}
		sellable, err := offer.Sellable()
		if err != nil || len(sellable.LeftOut) > 0 || len(sellable.Products) != 4 {
			t.Errorf("%s: %d products, without %q, %v", provider, len(sellable.Products), sellable.LeftOut, err)
		}
		for _, p := range offer.Products {
			seen[p.ID]++
			if p.Receiver.ID != receiver {
				t.Errorf("%s is received by %v", p.ID, p.Receiver)
			}
		}
	}
	if len(seen) != 10 || seen["AnyListed100"] != 3 {
		t.Errorf("listed %v", seen)
	}
}

func TestARuleSpoilsAListOfProducts(t *testing.T) {
	t.Parallel()
	for mood, want := range map[string]fault.Kind{
		"5000": fault.Unavailable, "5003": fault.Unavailable, "5004": fault.Unavailable, "6001": fault.Unavailable,
		"6002": fault.Unavailable, "7001": fault.Invalid, "8001": fault.Unavailable,
	} {
		t.Run(mood, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			rule := fmt.Sprintf(`{"provider": "plain", "mood": %q, "for": "1m"}`, mood)
			if status, answer := w.send(http.MethodPost, "/moods", rule); status != http.StatusCreated {
				t.Fatal(answer)
			}
			if offer, err := w.list("plain"); !fault.Is(err, want) {
				t.Errorf("listed %v, %v", offer, err)
			}
			if _, err := w.list("stellr"); err != nil {
				t.Errorf("another provider's list: %v", err)
			}
		})
	}
}

func TestARuleAboutSalesLeavesTheListAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, mood := range []string{"4001", "6003", "6004", "7002", "7003", "7004", "9001", "9002"} {
		if status, answer := w.send(http.MethodPost, "/moods", fmt.Sprintf(`{"mood": %q, "for": "1m"}`, mood)); status != 201 {
			t.Fatal(answer)
		}
		if _, err := w.list("plain"); err != nil {
			t.Errorf("%s: %v", mood, err)
		}
	}
}
