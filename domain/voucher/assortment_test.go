package voucher

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
)

func TestOnlyWhatHasAPriceToHoldAgainstIsSellable(test *testing.T) {
	ofCurrency := func(currency money.Currency) LedgerAmount {
		return LedgerAmount{Amount: money.New(500, currency)}
	}
	for name, c := range map[string]struct {
		product  Product
		sellable bool
	}{
		"any amount":                  {Product{}, true},
		"a fixed value":               {Product{Fixed: true, Amount: cents(500)}, true},
		"a fixed value within limits": {Product{Fixed: true, Amount: cents(500), Min: cents(500), Max: cents(500)}, true},
		"a fixed value and no amount": {Product{Fixed: true}, false},
		"a fixed value of nothing":    {Product{Fixed: true, Amount: cents(0)}, false},
		"a fixed value outside":       {Product{Fixed: true, Amount: cents(500), Max: cents(499)}, false},
		"limits":                      {Product{Min: cents(500), Max: cents(501)}, true},
		"only a least":                {Product{Min: cents(500)}, true},
		"only a most":                 {Product{Max: cents(500)}, true},
		"from nothing":                {Product{Min: cents(0), Max: cents(500)}, true},
		"up to nothing":               {Product{Max: cents(0)}, false},
		"limits the wrong way round":  {Product{Min: cents(501), Max: cents(500)}, false},
		"limits of two currencies":    {Product{Min: ofCurrency("840"), Max: cents(500)}, false},
		"less than nothing":           {Product{Min: cents(-1)}, false},
		"no currency of ISO 4217":     {Product{Fixed: true, Amount: ofCurrency("000")}, false},
		"a place":                     {Product{Listings: []Listing{{SortOrder: -1.5}}}, true},
		"the farthest places":         {Product{Listings: []Listing{{SortOrder: -farthest}, {SortOrder: farthest}}}, true},
		"a place out of bounds":       {Product{Listings: []Listing{{}, {SortOrder: 2e9}}}, false},
	} {
		c.product.ID = "odd"
		got, err := Offer{Products: []Product{{ID: "even"}, c.product}, LeftOut: []string{"unreadable"}}.Sellable()
		if err != nil || got.Products[0].ID != "even" || (len(got.Products) == 2) != c.sellable {
			test.Errorf("%s: %v, %v", name, got, err)
		}
		if left := len(got.Products) + len(got.LeftOut); left != 3 || got.LeftOut[0] != "unreadable" ||
			!c.sellable && !strings.HasPrefix(got.LeftOut[1], "odd: ") {
			test.Errorf("%s: left out %q", name, got.LeftOut)
		}
	}
}

func TestAnOfferHoldsEachProductOnce(test *testing.T) {
	got, err := Offer{Products: []Product{{ID: "1", Name: "first"}, {ID: "2"}, {ID: "1", Name: "second"}}}.Sellable()
	if err != nil || len(got.Products) != 2 || got.Products[0].Name != "first" || len(got.LeftOut) != 1 {
		test.Errorf("%v, %v", got, err)
	}
}

func TestAnImplausibleListIsNone(test *testing.T) {
	long := make([]Product, mostProducts+1)
	for i := range long {
		long[i].ID = ProductID(fmt.Sprint(i))
	}
	for name, list := range map[string][]Product{
		"empty": nil, "nothing to sell": {{ID: "1", Fixed: true}}, "too long": long,
	} {
		if got, err := (Offer{Products: list}).Sellable(); !fault.Is(err, fault.Invalid) || len(got.Products) > 0 {
			test.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := (Offer{Products: long[1:]}).Sellable(); err != nil {
		test.Error(err)
	}
}

// shown is a catalogue in short: product, name and providers.
func shown(c Catalogue) (lines []string) {
	for _, p := range c.Products {
		lines = append(lines, fmt.Sprint(p.ID, p.Name, p.Providers))
	}
	return lines
}

func TestWhatProvidersOfferStandsBehindTheConfiguration(test *testing.T) {
	configured := Catalogue{Products: []Product{{ID: "A", Name: "!", Providers: []ProviderID{"own"}}}}
	list := func(provider ProviderID, products ...Product) Assortment {
		return Assortment{Provider: provider, Products: products}
	}
	priced := func(id ProductID, minor int64) Product { return Product{ID: id, Fixed: true, Amount: cents(minor)} }
	for name, c := range map[string]struct {
		offered []Assortment
		want    []string
	}{
		"nothing":            {nil, []string{"A![own]"}},
		"one list":           {[]Assortment{list("p", Product{ID: "C"}, Product{ID: "B"})}, []string{"A![own]", "C[p]", "B[p]"}},
		"configuration wins": {[]Assortment{list("p", priced("A", 100))}, []string{"A![own]"}},
		"two providers": {
			[]Assortment{list("p", priced("B", 1)), list("q", Product{ID: "C"}, priced("B", 1))},
			[]string{"A![own]", "B[p q]", "C[q]"},
		},
		"in the order given": {
			[]Assortment{list("q", priced("B", 1)), list("p", priced("B", 1))}, []string{"A![own]", "B[q p]"},
		},
		"at another price": {
			[]Assortment{list("p", priced("B", 1)), list("q", priced("B", 2))}, []string{"A![own]", "B[p]"},
		},
	} {
		got := shown(configured.With(c.offered...))
		if !slices.Equal(got, c.want) {
			test.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if again := shown(configured); !slices.Equal(again, []string{"A![own]"}) {
		test.Errorf("the configured list became %v", again)
	}
}

func TestAChannelsProductsStandInTheOrderOfItsListings(test *testing.T) {
	at := func(id ProductID, order float64) Product {
		return Product{ID: id, Listings: []Listing{{ChannelName: "Till"}, {ChannelName: "App", SortOrder: order}}}
	}
	catalogue := Catalogue{Products: []Product{{ID: "1"}, at("2", 3), at("3", 0), at("4", 1.5), at("5", -1), at("6", 1.5)}}
	for name, want := range map[string][]ProductID{
		"":     {"1", "2", "3", "4", "5", "6"},
		"Till": {"1", "2", "3", "4", "5", "6"},
		"App":  {"5", "4", "6", "2", "1", "3"},
	} {
		var got []ProductID
		for _, p := range catalogue.For(name).Products {
			got = append(got, p.ID)
		}
		if !slices.Equal(got, want) {
			test.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
