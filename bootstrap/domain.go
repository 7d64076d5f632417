package bootstrap

import (
	"voucherswitch/adapters/turnstile"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

func (c Channel) domain() voucher.Channel {
	channel := voucher.Channel{
		ID: voucher.ChannelID(c.ID), Name: c.Name,
		SettlementEntity: voucher.Institution(c.SettlementEntity),
		DefaultProvider:  voucher.ProviderID(c.DefaultProvider),
	}
	if c.Messaging == messagingDual {
		channel.Messaging = voucher.DualMessaging
	}
	for _, limit := range c.DailyLimits {
		channel.Limits = append(channel.Limits, voucher.Limit{
			Product: voucher.ProductID(limit.Product),
			Most:    money.New(int64(limit.Amount), money.Currency(limit.Currency)),
		})
	}
	return channel
}

// rates are the channels' limits, by channel.
func (c Config) rates() map[voucher.ChannelID]turnstile.Rate {
	rates := map[voucher.ChannelID]turnstile.Rate{}
	for _, channel := range c.Channels {
		if limit := channel.RateLimit; limit != nil {
			rates[voucher.ChannelID(channel.ID)] = turnstile.Rate(*limit)
		}
	}
	return rates
}

func (p Provider) domain() voucher.Provider {
	provider := voucher.Provider{
		ID: voucher.ProviderID(p.ID), Capabilities: voucher.Capabilities(p.Capabilities),
		Timeout: p.Timeout, LongestProcessing: p.LongestProcessing,
	}
	for _, r := range p.Receivers {
		provider.Receivers = append(provider.Receivers, voucher.Institution(r))
	}
	return provider
}

func (p Provider) productIDs() map[voucher.ProductID]string {
	ids := make(map[voucher.ProductID]string, len(p.ProductIDs))
	for ours, theirs := range p.ProductIDs {
		ids[voucher.ProductID(ours)] = theirs
	}
	return ids
}

// issuers are the ids of a product's providers, in the order of preference.
func (p Product) issuers() []string {
	if p.Provider != "" {
		return []string{p.Provider}
	}
	return p.Providers
}

func (p Product) domain(first voucher.Provider) voucher.Product {
	product := voucher.Product{
		ID: voucher.ProductID(p.ID), Receiver: first.Institution(),
		Barcode: p.Barcode, Name: p.Name, Description: p.Description,
		Amount: p.Fixed.money(), Min: p.Min.money(), Max: p.Max.money(), Fixed: p.Fixed != nil,
	}
	for _, id := range p.issuers() {
		product.Providers = append(product.Providers, voucher.ProviderID(id))
	}
	if p.Receiver != nil {
		product.Receiver = voucher.Institution(*p.Receiver)
	}
	for _, l := range p.Listings {
		product.Listings = append(product.Listings, voucher.Listing{
			ChannelName: l.ChannelName, DisplayName: l.DisplayName, DisplayCategory: l.DisplayCategory,
			SortOrder: l.SortOrder, ProductIdentifier: l.ProductIdentifier,
		})
	}
	return product
}

// catalogue is the list of products on sale.
func (c Config) catalogue() voucher.Catalogue {
	issuers := map[string]voucher.Provider{}
	for _, p := range c.Providers {
		issuers[p.ID] = p.domain()
	}
	var list voucher.Catalogue
	for _, p := range c.Products {
		list.Products = append(list.Products, p.domain(issuers[p.issuers()[0]]))
	}
	return list
}

func (t Timing) domain() voucher.Timing {
	return voucher.Timing{SendGuard: t.SendGuard, LeaseMargin: t.LeaseMargin, ReversalWindow: t.ReversalWindow}
}
