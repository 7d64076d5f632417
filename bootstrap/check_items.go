package bootstrap

import (
	"slices"
	"strconv"
	"strings"

	"voucherswitch/domain/money"
)

func (c *checker) channel(i int) {
	channel, key := c.Channels[i], "channels."+strconv.Itoa(i)
	c.institution(key, Institution{channel.ID, channel.Name})
	if strings.Contains(channel.ID, ":") {
		c.errors.add(key+".id", "must hold no colon: it is a user name")
	}
	if channel.Messaging != messagingSingle && channel.Messaging != messagingDual {
		c.errors.add(key+".messaging", "must be %s or %s", messagingSingle, messagingDual)
	}
	hashes := channel.hashes()
	if len(hashes) == 0 {
		c.errors.add(key+".secret_hash", "is missing: make one with `voucherswitch channel add --id %s`", channel.ID)
	}
	c.secrets(key, hashes)
	c.access(key, channel)
	c.institution(key+".settlement_entity", channel.SettlementEntity)
	if limit := channel.RateLimit; limit != nil && (limit.PerSecond <= 0 || limit.Burst < 1) {
		c.errors.add(key+".rate_limit", "needs per_second above 0, and burst of 1 or more; leave the key out for no limit")
	}
	c.dailyLimits(key, channel.DailyLimits)
	if channel.DefaultProvider != "" && !c.hasProvider(channel.DefaultProvider) {
		c.errors.add(key+".default_provider", "there is no provider %q", channel.DefaultProvider)
	}
}

func (c *checker) dailyLimits(key string, limits []DailyLimit) {
	type scope struct{ product, currency string }
	seen := map[scope]bool{}
	for i, limit := range limits {
		key, scope := key+".daily_limits."+strconv.Itoa(i), scope{limit.Product, limit.Currency}
		switch {
		case limit.Product != "" && !productID.MatchString(limit.Product):
			c.errors.add(key+".product", "must be 1 to 40 letters and digits; leave the key out for all that is sold")
		case limit.Product != "" && !c.mayList(limit.Product):
			c.warnings.add(key+".product", "there is no product %q: this limits what nobody sells", limit.Product)
		}
		if limit.Amount <= 0 {
			c.errors.add(key+".amount", "must be above 0, in minor units (cents); leave the entry out for no limit")
		}
		c.currency(key+".currency", limit.Currency)
		if seen[scope] {
			c.errors.add(key, "a limit of this product and currency stands there already")
		}
		seen[scope] = true
	}
}

// mayList reports whether a product is configured, or may stand in a provider's list.
func (c *checker) mayList(product string) bool {
	return slices.ContainsFunc(c.Products, func(p Product) bool { return p.ID == product }) ||
		slices.ContainsFunc(c.Providers, func(p Provider) bool { return p.Products.FetchEvery > 0 })
}

func (c *checker) currency(key, number string) {
	if _, err := money.ParseCurrency(number); err != nil {
		c.errors.add(key, `must be an ISO 4217 number of three digits, such as "710"`)
	} else if _, ok := money.Currency(number).Code(); !ok {
		c.warnings.add(key, "ISO 4217 knows no currency %s", number)
	}
}

func (c *checker) hasProvider(id string) bool {
	for _, p := range c.Providers {
		if p.ID == id {
			return true
		}
	}
	return false
}

func (c *checker) product(i int) {
	p, key := c.Products[i], "products."+strconv.Itoa(i)
	if !productID.MatchString(p.ID) {
		c.errors.add(key+".id", "must be 1 to 40 letters and digits")
	}
	if len([]rune(p.Name)) > longestName {
		c.errors.add(key+".name", "must have at most %d characters", longestName)
	}
	if len([]rune(p.Description)) > 250 {
		c.errors.add(key+".description", "must have at most 250 characters")
	}
	if p.Barcode != "" && (!productID.MatchString(p.Barcode) || len(p.Barcode) > 13) {
		c.errors.add(key+".barcode", "must be 1 to 13 letters and digits")
	}
	if p.Provider != "" && len(p.Providers) > 0 {
		c.errors.add(key+".providers", "a product has provider or providers, not both")
	}
	issuers := p.issuers()
	if len(issuers) == 0 {
		c.errors.add(key+".provider", "is missing")
	}
	for i, id := range issuers {
		if !c.hasProvider(id) {
			c.errors.add(key+".provider", "there is no provider %q", id)
		}
		if slices.Contains(issuers[:i], id) {
			c.errors.add(key+".providers", "%q stands there twice", id)
		}
	}
	if p.Receiver != nil {
		c.institution(key+".receiver", *p.Receiver)
	}
	for j, l := range p.Listings {
		if l.ChannelName == "" || len([]rune(l.ChannelName)) > 50 {
			c.errors.add(key+".listings."+strconv.Itoa(j)+".channel_name", "must have 1 to 50 characters")
		}
	}
	c.price(key, p)
}

func (c *checker) price(key string, p Product) {
	for name, amount := range map[string]*Amount{"fixed": p.Fixed, "min": p.Min, "max": p.Max} {
		if amount != nil {
			c.currency(key+"."+name+".currency", amount.Currency)
		}
	}
	if p.Fixed != nil && (p.Min != nil || p.Max != nil) {
		c.errors.add(key+".fixed", "a product has a fixed price or limits, not both")
	}
	if p.Min != nil && p.Max != nil && (p.Min.Currency != p.Max.Currency || p.Min.Amount > p.Max.Amount) {
		c.errors.add(key+".max", "must be of the currency of min, and not below it")
	}
}

// unique refuses what would make routing or authentication a matter of luck.
func (c *checker) unique() {
	seen := map[string]string{}
	once := func(kind, id, key string) {
		if first, ok := seen[kind+id]; ok && id != "" {
			c.errors.add(key, "%q stands in %s already", id, first)
			return
		}
		seen[kind+id] = key
	}
	for i, channel := range c.Channels {
		once("channel ", channel.ID, "channels."+strconv.Itoa(i)+".id")
	}
	for i, p := range c.Providers {
		key := "providers." + strconv.Itoa(i)
		once("provider ", p.ID, key+".id")
		for j, r := range p.Receivers {
			once("receiver ", r.ID, key+".receivers."+strconv.Itoa(j))
		}
	}
	for i, p := range c.Products {
		once("product ", p.ID, "products."+strconv.Itoa(i)+".id")
	}
}
