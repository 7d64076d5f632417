package bootstrap

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"voucherswitch/bootstrap/trial"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// wish is what the command line says about a trial.
type wish struct {
	product, currency  string
	amount, impossible int64 // minor units
	sell, confirm      bool
	asJSON             bool
	junit              string
}

func (s *shell) providerCheck() *cobra.Command {
	var c choice
	var w wish
	command := s.commandOn("check ID", "Try a configured provider out, at the server that its url names",
		"It asks through the adapter and with the credentials of the configuration, of which nothing but the providers and\n"+
			"products need be complete. Without --sell it buys nothing. What it buys it reverses, where the provider can;\n"+
			"what is left standing is named. No secret and no voucher's code is shown.",
		func(ctx context.Context, args []string) error {
			p, options, err := s.trial(&c, w, args[0])
			if err != nil {
				return err
			}
			return s.tryOut(ctx, p, options, w)
		})
	flags := command.Flags()
	flags.BoolVar(&w.sell, "sell", false, "buy vouchers, which may cost money")
	flags.BoolVar(&w.confirm, "confirm", false, "with --sell: let one of them be confirmed, so that it stays sold")
	flags.StringVar(&w.product, "product", "", "product `ID` to buy; the provider's first one if not given")
	flags.Int64Var(&w.amount, "amount", 0, "`MINOR` units to buy it for; its price or least amount if not given")
	flags.StringVar(&w.currency, "currency", "", "ISO 4217 `NUMBER` of the amounts; the product's if not given")
	flags.Int64Var(&w.impossible, "impossible", 0, "`MINOR` units that the vendor must decline; not tried if not given")
	flags.BoolVar(&w.asJSON, "json", false, "print the report as JSON")
	flags.StringVar(&w.junit, "junit", "", "`FILE` for the report as JUnit's XML")
	return c.addFile(command)
}

// trial is what the configuration and the command line say about trying a provider out.
func (s *shell) trial(c *choice, w wish, id string) (p Provider, o trial.Options, err error) {
	flags, err := c.flags()
	if err != nil {
		return p, o, err
	}
	config, warnings, wrong := Load(Sources{File: c.file, Environment: s.environment, Flags: flags})
	for _, warning := range warnings.aboutProviders() {
		s.say("warning: %s", warning)
	}
	if wrong = wrong.aboutProviders(); len(wrong) > 0 {
		return p, o, wrong
	}
	at := slices.IndexFunc(config.Providers, func(p Provider) bool { return p.ID == id })
	if at < 0 {
		return p, o, Problems{{"ID", fmt.Sprintf("there is no provider %q; there are: %s", id, config.providerIDs())}}
	}
	p = config.Providers[at]
	product, amount, wrong := w.sale(config, p)
	if len(wrong) > 0 {
		return p, o, wrong
	}
	account, _, err := p.account(config.Simulator.Listen)
	if err != nil {
		return p, o, err
	}
	o = trial.Options{
		Provider: p.domain(), Account: account, Open: adapters[p.wire()].open, Product: product, Amount: amount,
		SendGuard: config.Timing.SendGuard, Sell: w.sell, Confirm: w.confirm, Lists: p.Products.FetchEvery > 0,
		NewID: newID,
	}
	if w.impossible > 0 {
		o.Impossible = voucher.LedgerAmount{Amount: money.New(w.impossible, amount.Currency)}
	}
	return p, o, nil
}

// aboutProviders leaves out what does not matter to a trial: the file may still lack keys and channels.
func (p Problems) aboutProviders() (those Problems) {
	for _, one := range p {
		top, _, _ := strings.Cut(one.Key, ".")
		if slices.Contains([]string{"providers", "products", "simulator"}, top) || top == "" && one.Key == "" {
			those = append(those, one)
		}
	}
	return those
}

// sale is what to buy and for how much.
func (w wish) sale(config Config, p Provider) (product voucher.Product, amount voucher.LedgerAmount, wrong Problems) {
	product.ID = voucher.ProductID(w.product)
	for _, listed := range config.Products {
		if slices.Contains(listed.issuers(), p.ID) && (w.product == "" || w.product == listed.ID) {
			product = listed.domain(p.domain())
			break
		}
	}
	amount = product.Amount
	if amount.IsZero() {
		amount = product.Min
	}
	if w.currency != "" {
		amount.Currency = money.Currency(w.currency)
	}
	if w.amount > 0 {
		amount.Minor = w.amount
	}
	if _, err := money.ParseCurrency(string(amount.Currency)); err != nil && (w.sell || w.currency != "") {
		wrong.add("--currency", `must be an ISO 4217 number of three digits, such as "710"`)
	}
	if amount.Minor <= 0 && w.sell {
		wrong.add("--amount", "must say what to buy for: the configuration names no price")
	}
	return product, amount, wrong
}

// tryOut runs the trial and reports it.
func (s *shell) tryOut(ctx context.Context, p Provider, o trial.Options, w wish) error {
	junit := io.WriteCloser(nil)
	if w.junit != "" {
		file, err := os.Create(w.junit)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		junit = file
	}
	if !w.asJSON {
		s.print("provider %s, adapter %s, at %s", p.ID, p.wire(), o.Account.URL)
		o.Done = func(step trial.Step) { step.Print(s.out) }
	}
	report, err := trial.Run(ctx, o)
	if err != nil {
		return err
	}
	if junit != nil {
		if err := report.WriteJUnit(junit); err != nil {
			return err
		}
	}
	if w.asJSON {
		if err := report.WriteJSON(s.out); err != nil {
			return err
		}
	} else {
		s.print("%d passed, %d failed, %d skipped", report.Passed, report.Failed, report.Skipped)
	}
	switch {
	case report.Failed > 0:
		return fmt.Errorf("%d of %d steps failed; docs/adding-a-provider.md tells what each means",
			report.Failed, len(report.Steps))
	case ctx.Err() != nil:
		return ctx.Err()
	case !w.sell:
		s.say("next: the same with --sell, where buying vouchers is allowed")
	default:
		s.say("next: `voucherswitch serve`; docs/operating.md tells what to watch")
	}
	return nil
}
