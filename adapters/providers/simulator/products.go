package simulator

import (
	"net/http"
	"slices"
	"strings"

	"voucherswitch/adapters/suvwire"
)

// currency is the rand's, as of the development mode's products.
const currency = "710"

// spoilsLists are the moods that meet a list of products too, by a rule; under any other mood the list is given.
var spoilsLists = []Mood{"5000", "5003", "5004", "6001", "6002", "7001", "8001"}

// products lists what the provider sells. A list has no amount, so that only a rule gives it a mood.
func (s *Simulator) products(x *exchange) {
	if mood := s.mood(x.profile.Provider.ID, 0); slices.Contains(spoilsLists, mood) {
		behaviours[mood].answer(s, x)
		return
	}
	write(x.w, http.StatusOK, suvwire.ProductList{Products: x.profile.products()})
}

// products are two at fixed prices and one within limits, and one that every provider sells at the same price. The
// prices end in 0000, so that they choose no mood.
func (p Profile) products() []suvwire.Product {
	receiver := suvwire.InstitutionOf(p.Provider.Institution())
	sold := func(id, name string) suvwire.Product {
		return suvwire.Product{ProductID: id, Name: name, Description: "Issued by " + receiver.Name, Receiver: receiver}
	}
	fixed := func(id, name string, cents int64) suvwire.Product {
		one, yes := sold(id, name), true
		one.Amount, one.IsFixedValue = &suvwire.LedgerAmount{Amount: cents, Currency: currency}, &yes
		return one
	}
	prefix := p.prefix()
	open, no := sold(prefix+"Listed", "Voucher of R100 to R5000"), false
	open.IsFixedValue = &no
	open.MinAmount = &suvwire.LedgerAmount{Amount: 10000, Currency: currency}
	open.MaxAmount = &suvwire.LedgerAmount{Amount: 500000, Currency: currency}
	open.ChannelProductListings = []suvwire.ChannelProductListing{
		{ChannelName: "WebShop", ProductDisplayName: "Gift voucher", ProductDisplayCategory: "Gifts",
			ProductDisplaySortOrder: "3"},
	}
	return []suvwire.Product{
		fixed(prefix+"Listed300", "Voucher of R300", 30000), fixed(prefix+"Listed600", "Voucher of R600", 60000), open,
		fixed("AnyListed100", "Voucher of R100, whoever issues it", 10000),
	}
}

// prefix begins the ids of a provider's own products: letters and digits, and short enough for what follows.
func (p Profile) prefix() string {
	id := strings.Map(func(c rune) rune {
		if c == '-' || c == '_' {
			return -1
		}
		return c
	}, string(p.Provider.ID))
	return id[:min(len(id), 20)]
}
