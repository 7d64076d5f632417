package contract

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Assortments holds what keeps providers' lists against what ports.Assortments promises. open makes an empty one whose
// database tells the time by the clock.
func Assortments(t *testing.T, open func(*testing.T, ports.Clock) ports.Assortments) {
	for _, p := range []struct {
		rule string
		show func(*shelf)
	}{
		{"what was never kept has no edition, and is no error", func(s *shelf) {
			s.holds(voucher.Assortment{Provider: vendor})
			s.editions(map[voucher.ProviderID]int{})
		}},
		{"a list is read back whole and in order", func(s *shelf) {
			s.restock(vendor, s.full("2"), voucher.Product{ID: "1"})
			s.holds(voucher.Assortment{
				Provider: vendor, Edition: 1, Products: []voucher.Product{s.full("2"), {ID: "1"}},
			})
		}},
		{"a list takes the whole place of the one before", func(s *shelf) {
			s.restock(vendor, s.full("1"), s.full("2"))
			s.restock(vendor, s.full("3"))
			s.holds(voucher.Assortment{Provider: vendor, Edition: 2, Products: []voucher.Product{s.full("3")}})
		}},
		{"an age is counted by the database's clock, from when the list was fetched last", func(s *shelf) {
			s.restock(vendor)
			s.clock.advance(time.Hour)
			s.restock(vendor)
			s.clock.advance(time.Minute)
			s.holds(voucher.Assortment{Provider: vendor, Edition: 2, Age: time.Minute})
		}},
		{"each provider has a list of its own", func(s *shelf) {
			s.restock(vendor, voucher.Product{ID: "1"})
			s.restock("another", voucher.Product{ID: "2"})
			s.restock("another", voucher.Product{ID: "3"})
			s.holds(voucher.Assortment{Provider: vendor, Edition: 1, Products: []voucher.Product{{ID: "1"}}})
			s.holds(voucher.Assortment{Provider: "another", Edition: 2, Products: []voucher.Product{{ID: "3"}}})
			s.editions(map[voucher.ProviderID]int{vendor: 1, "another": 2})
		}},
		{"of several who read the same list one puts another there, and none else", (*shelf).race},
		{"a list may have thousands of products", func(s *shelf) {
			many := make([]voucher.Product, 5000)
			for i := range many {
				many[i] = s.full(voucher.ProductID(fmt.Sprint(i)))
			}
			s.restock(vendor, many...)
			s.holds(voucher.Assortment{Provider: vendor, Edition: 1, Products: many})
		}},
	} {
		t.Run(p.rule, func(t *testing.T) {
			clock := &handClock{now: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)}
			p.show(&shelf{T: t, Assortments: open(t, clock.Now), clock: clock})
		})
	}
}

// shelf is what keeps assortments, under test.
type shelf struct {
	*testing.T
	ports.Assortments
	clock *handClock
}

// full is a product with everything that a list tells of one.
func (s *shelf) full(id voucher.ProductID) voucher.Product {
	p := FullMove().Opening.Product
	p.ID, p.Providers = id, nil
	return p
}

func (s *shelf) read(provider voucher.ProviderID) voucher.Assortment {
	s.Helper()
	kept, err := s.Assortment(context.Background(), provider)
	if err != nil {
		s.Fatal(err)
	}
	return kept
}

func (s *shelf) restock(provider voucher.ProviderID, products ...voucher.Product) {
	s.Helper()
	if err := s.Restock(context.Background(), s.read(provider), products); err != nil {
		s.Fatal(err)
	}
}

func (s *shelf) holds(want voucher.Assortment) {
	s.Helper()
	if diff := cmp.Diff(want, s.read(want.Provider)); diff != "" {
		s.Errorf("(-want +got)\n%s", diff)
	}
}

func (s *shelf) editions(want map[voucher.ProviderID]int) {
	s.Helper()
	got, err := s.Editions(context.Background())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		s.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// race lets several put a list in the place of the same one, of none first and then of one.
func (s *shelf) race() {
	for edition := 1; edition <= 2; edition++ {
		was := s.read(vendor)
		var placed atomic.Int32
		var winner atomic.Pointer[voucher.ProductID]
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				id := voucher.ProductID(fmt.Sprint(edition, i))
				switch err := s.Restock(context.Background(), was, []voucher.Product{{ID: id}}); {
				case err == nil:
					placed.Add(1)
					winner.Store(&id)
				case !fault.Is(err, fault.Stale):
					s.Errorf("got error %v, want a fault of kind %q", err, fault.Stale)
				}
			})
		}
		all.Wait()
		if placed.Load() != 1 {
			s.Fatalf("%d lists took the place of edition %d", placed.Load(), was.Edition)
		}
		s.holds(voucher.Assortment{
			Provider: vendor, Edition: edition, Products: []voucher.Product{{ID: *winner.Load()}},
		})
	}
}
