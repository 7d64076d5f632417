package bootstrap

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"voucherswitch/adapters/certificate"
	"voucherswitch/adapters/exchange"
	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/adapters/providers/suv"
	"voucherswitch/application"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// The adapter that has no wire of its own: the simulator in this process, which speaks several.
const adapterSimulator = "simulator"

// adapter makes clients that speak one wire.
type adapter struct {
	open      func(exchange.Account) (ports.Provider, error)
	simulated string // where the simulator speaks it, below a provider's address; empty: nowhere
	ownIDs    bool   // the vendor's products have ids of its own, so each needs one in product_ids
}

// adapters are the wires, by the names they have in the configuration. A new one gets its line here.
var adapters = map[string]adapter{
	"suv":   {open: by(suv.New), simulated: "/suv/v1"},
	"kiosk": {open: by(kiosk.New), simulated: "/", ownIDs: true},
}

func by[C ports.Provider](open func(exchange.Account) (C, error)) func(exchange.Account) (ports.Provider, error) {
	return func(a exchange.Account) (ports.Provider, error) { return open(a) }
}

// wireNames lists the adapters for people.
func wireNames() string { return strings.Join(slices.Sorted(maps.Keys(adapters)), ", ") }

// simulatedNames are those of the wires that the simulator speaks.
func simulatedNames() string {
	spoken := maps.Clone(adapters)
	maps.DeleteFunc(spoken, func(_ string, a adapter) bool { return a.simulated == "" })
	return strings.Join(slices.Sorted(maps.Keys(spoken)), ", ")
}

// wire is what the provider speaks.
func (p Provider) wire() string {
	if p.Adapter == adapterSimulator {
		return p.Wire
	}
	return p.Adapter
}

// account is where the provider is asked: at its own address, by the certificates that are kept, or at that of the
// simulator.
func (p Provider) account(simulator string) (a exchange.Account, kept *certificate.Kept, err error) {
	a = exchange.Account{Username: p.Username, Institution: p.domain().Institution().ID, ProductIDs: p.productIDs()}
	a.URL, a.Dial = p.URL, p.guard().Dial
	if p.Adapter == adapterSimulator {
		a.URL, a.Dial = simulatorURL(simulator, p.ID, p.wire()), exchange.Guard{Anywhere: true}.Dial
		a.Username, a.Password = simulatorUser, voucher.NewSecret(simulatorPassword)
		return a, nil, nil
	}
	if kept, err = certificate.Keep(p.ID, p.TLS.files()); err != nil {
		return a, nil, fmt.Errorf("provider %s: %w", p.ID, err)
	}
	a.TLS = func() *tls.Config { return kept.Dialling(p.TLS.ServerName) }
	a.Password, err = p.password()
	return a, kept, err
}

// vendors makes a client for each provider, and gives the certificates that they use.
func (c Config) vendors(simulator string, log *slog.Logger) (
	vendors []application.Vendor, used []*certificate.Kept, err error,
) {
	for _, p := range c.Providers {
		a, kept, err := p.account(simulator)
		if err != nil {
			return nil, nil, err
		}
		if kept != nil {
			used = append(used, kept)
		}
		a.Unreached = unreached(p.ID, log)
		client, err := adapters[p.wire()].open(a)
		if err != nil {
			return nil, nil, fmt.Errorf("provider %s: %w", p.ID, err)
		}
		vendors = append(vendors, application.Vendor{Provider: p.domain(), Client: client})
	}
	return vendors, used, nil
}

func simulatorURL(address, provider, wire string) string {
	return fmt.Sprintf("http://%s/%s%s", address, provider, adapters[wire].simulated)
}
