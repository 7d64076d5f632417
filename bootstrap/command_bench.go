package bootstrap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"voucherswitch/bootstrap/bench"
)

const benchHelp = `Requests arrive at --rate a second, by chance or --even, and wait for no answer; or --concurrency
callers ask, each again when answered, or when a Retry-After is over. A latency counts from the moment at which its
request should have started, so that a stall of the switch is felt by all that it delayed. The warm-up is not measured.

  voucherswitch bench --rate 200 --report load.html
  voucherswitch bench --rate 50 --mix provision=90,retry=5,reversal=5 --amount 10000=95,14001=5
  voucherswitch bench --concurrency 64 --url http://127.0.0.1:9080/suv/v1 --channel 33333333 --password-file secret

The first two load what "voucherswitch dev" serves. Elsewhere it buys vouchers that may cost money, and says so. An
error is no answer, or one that is neither 2xx nor a hard decline; with more of them than --max-error-share it fails.`

// load is what the command line says about one.
type load struct {
	bench.Options
	amounts, mix, passwordFile string
	page                       string
	asJSON                     bool
	mostErrors                 float64
}

func (s *shell) bench() *cobra.Command {
	var l load
	command := s.command("bench", "Load a switch, and tell what its channels would have felt",
		benchHelp, func(ctx context.Context) error { return s.put(ctx, l) })
	f := command.Flags()
	f.StringVar(&l.URL, "url", "http://127.0.0.1:8080/suv/v1", "`URL` of the channel interface")
	f.StringVar(&l.Channel, "channel", "22222222", "the channel's `ID`")
	f.StringVar(&l.Password, "password", "password", "the channel's `SECRET`; others here can see it, so prefer a file")
	f.StringVar(&l.passwordFile, "password-file", "", "`FILE` with the channel's secret")
	f.StringVar(&l.Receiver, "receiver", "44444444", "`ID` of the receiver to sell for; may be empty")
	f.StringVar(&l.Product, "product", "", "product `ID` to sell; none if not given")
	f.StringVar(&l.amounts, "amount", "12000", "`MINOR` units of a sale, or several with weights: 12000=90,14001=10")
	f.StringVar(&l.Currency, "currency", "710", "ISO 4217 `NUMBER` of the amounts")
	f.StringVar(&l.mix, "mix", "provision=100", "operations with their `WEIGHTS`: provision=90,retry=5,reversal=5")
	f.Float64Var(&l.Rate, "rate", 0, "arrivals a second (open loop)")
	f.BoolVar(&l.Even, "even", false, "with --rate: at even distances instead of by chance (Poisson)")
	f.IntVar(&l.Connections, "connections", 1024, "with --rate: the most at a time; an arrival beyond waits, and is late")
	f.IntVar(&l.Concurrency, "concurrency", 0, "callers at a time (closed loop)")
	f.DurationVar(&l.Duration, "duration", 30*time.Second, "how long is measured")
	f.DurationVar(&l.WarmUp, "warm-up", 5*time.Second, "how long is not measured before")
	f.DurationVar(&l.Timeout, "timeout", time.Minute, "how long a request is waited for")
	f.Uint64Var(&l.Seed, "seed", 1, "decides arrivals, amounts and operations")
	f.Float64Var(&l.mostErrors, "max-error-share", 0.01, "the share of errors, 0 to 1, above which it fails")
	f.BoolVar(&l.Remote, "allow-remote", false, "load a switch on another machine, which must be yours")
	f.StringVar(&l.page, "report", "", "`FILE` for the report as a page with charts (.html)")
	f.BoolVar(&l.asJSON, "json", false, "print the report as JSON, and no progress")
	command.MarkFlagsOneRequired("rate", "concurrency")
	command.MarkFlagsMutuallyExclusive("rate", "concurrency")
	command.MarkFlagsMutuallyExclusive("password", "password-file")
	_ = command.MarkFlagFilename("report", "html")
	_ = command.MarkFlagFilename("password-file")
	return command
}

// put reads what is written in words, and puts the load on the switch.
func (s *shell) put(ctx context.Context, l load) error {
	if err := l.read(); err != nil {
		return err
	}
	isDev, err := bench.Greet(ctx, l.Options)
	if err != nil {
		return err
	}
	if !isDev {
		s.say("warning: %s is not in development mode: the vouchers that are bought now are real", l.URL)
	}
	done := s.showLoad(&l)
	r, err := bench.Run(ctx, l.Options)
	done()
	if err != nil {
		return err
	}
	return s.tell(l, r)
}

func (l *load) read() (err error) {
	var wrong Problems
	if l.Amounts, err = shares(l.amounts, func(text string) (int64, error) {
		return strconv.ParseInt(text, 10, 64)
	}); err != nil {
		wrong.add("--amount", "%v", err)
	}
	if l.Mix, err = shares(l.mix, func(text string) (string, error) { return text, nil }); err != nil {
		wrong.add("--mix", "%v", err)
	}
	if l.passwordFile != "" {
		text, err := os.ReadFile(l.passwordFile)
		if err != nil {
			wrong.add("--password-file", "%v", err)
		}
		l.Password = strings.TrimRight(string(text), "\r\n")
	}
	if l.mostErrors < 0 || l.mostErrors > 1 {
		wrong.add("--max-error-share", "must be 0 to 1")
	}
	switch err := l.Check(); {
	case errors.Is(err, bench.ErrRemote):
		wrong.add("--url", "%v; where it is yours, add --allow-remote", err)
	case err != nil && len(wrong) == 0:
		wrong.add("bench", "%v", err)
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// shares reads values with weights, such as 12000=90,14001=10; a value without one weighs 1.
func shares[T any](text string, parse func(string) (T, error)) (all []bench.Share[T], err error) {
	for part := range strings.SplitSeq(text, ",") {
		word, weight, weighed := strings.Cut(strings.TrimSpace(part), "=")
		share := bench.Share[T]{Weight: 1}
		if share.Value, err = parse(word); err == nil && weighed {
			share.Weight, err = strconv.ParseFloat(weight, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("%q is not VALUE or VALUE=WEIGHT", part)
		}
		all = append(all, share)
	}
	return all, nil
}

// showLoad shows a line of progress to somebody who watches.
func (s *shell) showLoad(l *load) (done func()) {
	if l.asJSON || !isTerminal(s.notes) {
		return func() {}
	}
	bar := progressbar.NewOptions64(int64((l.WarmUp+l.Duration)/time.Second), progressbar.OptionSetWriter(s.notes),
		progressbar.OptionSetWidth(20), progressbar.OptionSetPredictTime(true))
	l.Progress = func(p bench.Progress) {
		bar.Describe(fmt.Sprintf("%6d/s, p99 %8s, %d errors of %d", p.PerSecond, p.P99.Round(time.Millisecond/10), p.Errors,
			p.Requests))
		_ = bar.Set64(int64(p.Elapsed / time.Second))
	}
	return func() { _ = bar.Finish(); s.say("") }
}

// tell prints and writes what was found.
func (s *shell) tell(l load, r bench.Report) error {
	if l.page != "" {
		var page bytes.Buffer
		if err := r.WriteHTML(&page); err != nil {
			return err
		}
		if err := os.WriteFile(l.page, page.Bytes(), 0o600); err != nil {
			return err
		}
	}
	if l.asJSON {
		if err := r.WriteJSON(s.out); err != nil {
			return err
		}
	} else {
		s.printLoad(r)
	}
	switch {
	case r.Requests == 0:
		return errors.New("nothing was measured")
	case r.Share > l.mostErrors:
		return fmt.Errorf("%d of %d requests were errors, more than --max-error-share %g", r.Errors, r.Requests, l.mostErrors)
	case l.page != "":
		s.say("next: open %s in a browser", l.page)
	default:
		s.say("next: the same with --report load.html shows it over time")
	}
	return nil
}

func (s *shell) printLoad(r bench.Report) {
	s.print("%d requests in %.1f s, %.1f answered 2xx a second, %d errors", r.Requests, r.Seconds, r.PerSecond, r.Errors)
	s.print("")
	s.print("%-12s %9s %9s %9s %9s %9s %9s", "latency, ms", "mean", "p50", "p90", "p99", "p99.9", "max")
	for _, row := range []struct {
		name string
		of   bench.Latency
	}{{"all", r.Latency}, {"2xx", r.OK}} {
		s.print("%-12s %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f", row.name, row.of.Mean, row.of.P50, row.of.P90, row.of.P99,
			row.of.P999, row.of.Max)
	}
	s.print("")
	s.print("%-12s %9s  %s", "operation", "count", "outcome")
	for _, o := range r.Outcomes {
		words := strings.TrimSpace(fmt.Sprintf("%d %s", o.Status, o.ErrorType))
		if o.Transport != "" {
			words = o.Transport
		}
		if o.Error {
			words += " (error)"
		}
		s.print("%-12s %9d  %s", o.Operation, o.Count, words)
	}
}

// isTerminal tells whether somebody may be watching.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
