// Package trial asks a vendor's sandbox, through the adapter and under the account that are configured, whether both
// understand each other: step by step, each with what was expected and what came. What it sells it reverses in the end,
// where the provider can. No secret and no voucher's code is in what it reports.
package trial

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Options say who is tried, and what may be done there.
type Options struct {
	Provider   voucher.Provider
	Account    exchange.Account
	Open       func(exchange.Account) (ports.Provider, error)
	Product    voucher.Product      // that is sold; zero if the vendor knows what by its receiver alone
	Amount     voucher.LedgerAmount // that it is sold at
	Impossible voucher.LedgerAmount // that the vendor must decline; zero: not tried
	SendGuard  time.Duration
	Sell       bool // vouchers may be bought
	Confirm    bool // and one of them may stay sold
	Lists      bool // the vendor's list of products is wanted
	NewID      func() string
	Done       func(Step) // told of each step when it is done; nil if nobody is
}

// trial is a run under way.
type trial struct {
	Options
	client  ports.Provider
	sent    *atomic.Int64
	report  Report
	secrets []string
	open    []*sale // that may have brought a voucher and are not undone
	known   string  // by what the vendor showed that it knows us
	tells   bool    // something was asked whose answer shows that
}

// sale is one voucher that was asked for.
type sale struct {
	attempt  voucher.Attempt
	began    time.Time
	approval *voucher.Approval // nil: nobody can tell
}

// Run tries everything that the options allow. It fails only if the account is of no use to the adapter. If ctx ends,
// the rest is skipped, but what was sold is reversed all the same.
func Run(ctx context.Context, o Options) (Report, error) {
	t := &trial{Options: o, sent: new(atomic.Int64), secrets: []string{o.Account.Password.Reveal()}}
	t.Account.Dial = counting(o.Account.Dial, t.sent)
	client, err := o.Open(t.Account)
	if err != nil {
		return Report{}, err
	}
	t.client, t.report = client, Report{Provider: string(o.Provider.ID), URL: o.Account.URL, Began: time.Now()}
	t.reached(ctx)
	if t.report.Failed == 0 {
		t.withoutSelling(ctx)
		t.selling(ctx)
		t.knowsUs(ctx)
		t.tidy(ctx)
	}
	t.report.Took = Seconds(time.Since(t.report.Began))
	return t.report, nil
}

// counting counts the bytes that leave, so that it shows when none does.
func counting(
	dial func(context.Context, string, string) (net.Conn, error), sent *atomic.Int64,
) func(context.Context, string, string) (net.Conn, error) {
	if dial == nil {
		dial = exchange.Guard{}.Dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return counted{conn, sent}, nil
	}
}

type counted struct {
	net.Conn
	sent *atomic.Int64
}

// Write implements io.Writer.
func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}

// try makes one step: what came, and whether that is as expected. It tells whether the step passed.
func (t *trial) try(ctx context.Context, name, expected string, ask func() (came string, ok bool)) bool {
	if ctx.Err() != nil {
		t.skip(name, expected, "interrupted")
		return false
	}
	began := time.Now()
	came, ok := ask()
	step := Step{Name: name, Expected: expected, Came: came, Verdict: Failed, Took: Seconds(time.Since(began))}
	if ok {
		step.Verdict = Passed
	}
	t.add(step)
	return ok
}

// skip tells why a step is not made.
func (t *trial) skip(name, expected, why string) {
	t.add(Step{Name: name, Expected: expected, Came: why, Verdict: Skipped})
}

func (t *trial) add(step Step) {
	for _, secret := range t.secrets {
		if secret != "" {
			step.Came = strings.ReplaceAll(step.Came, secret, "(secret)")
		}
	}
	t.report.add(step)
	if t.Done != nil {
		t.Done(step)
	}
}
