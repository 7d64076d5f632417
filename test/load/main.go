// Command load measures the switch against what it stands on, in one go: the bare database driver, the journal without
// the switch, the switch without its journal, a bare HTTP server, a bare queue. It prints ratios and holds them against
// goals, since figures tell as much of the machine as of the switch; they stand in brackets. What is compared takes
// turns, A B A B, and the median of the turns counts. docs/performance.md tells how to read it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	quick   bool
	only    string
	old     int
	rounds  int
	warm    time.Duration
	measure time.Duration
	pool    string
	folder  string
	results string
}

// part is one comparison, or several that need the same processes.
type part struct {
	name string
	run  func(context.Context, *world) error
}

// parts come in this order: the fill needs the server for itself.
var parts = []part{
	{"old", oldTransactions},
	{"throughput", throughput},
	{"sqlite", onSQLite},
	{"latency", addedLatency},
	{"cpu", processorTime},
	{"overload", overload},
	{"advices", advices},
	{"memory", memoryInFlight},
}

func names() (all []string) {
	for _, p := range parts {
		all = append(all, p.name)
	}
	return all
}

func read() options {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "one short turn of each and few old transactions: to see that all works")
	flag.StringVar(&o.only, "only", "", "`parts` to run, with commas between: "+strings.Join(names(), ", "))
	flag.IntVar(&o.old, "old", 0, "`transactions` that are long over; a million if not given, with -quick fifty thousand")
	flag.IntVar(&o.rounds, "rounds", 0, "`turns` of each; 3 if not given, with -quick 1")
	flag.DurationVar(&o.warm, "warm", time.Second, "how long a turn warms up")
	flag.DurationVar(&o.measure, "measure", 0, "how long a turn is measured; 3s if not given, with -quick 1s")
	flag.StringVar(&o.pool, "pool", "1G", "the server's buffer pool, as deploy/mysql.md has it; MariaDB's own is 128M")
	flag.StringVar(&o.folder, "folder", "", "a `folder` that keeps the full database for the next run")
	flag.StringVar(&o.results, "results", "data/bench", "`folder` for the results")
	flag.Parse()
	preset := func(full, quick int) int {
		if o.quick {
			return quick
		}
		return full
	}
	if o.old == 0 {
		o.old = preset(1_000_000, 50_000)
	}
	if o.rounds == 0 {
		o.rounds = preset(3, 1)
	}
	if o.measure == 0 {
		o.measure = time.Duration(preset(3, 1)) * time.Second
	}
	if o.quick {
		o.warm = min(o.warm, time.Second/2)
	}
	return o
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		err = asChild(ctx, os.Args[1], os.Args[2:])
	} else {
		err = run(ctx, read())
	}
	stop()
	if err != nil {
		log.Fatal("load: ", err)
	}
}

func run(ctx context.Context, o options) (err error) {
	chosen := names()
	if o.only != "" {
		chosen = strings.Split(o.only, ",")
	}
	for _, name := range chosen {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("no part %q: there are %s", name, strings.Join(names(), ", "))
		}
	}
	if o.folder == "" {
		if o.folder, err = os.MkdirTemp("", "load"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(o.folder) }()
	}
	if o.folder, err = filepath.Abs(o.folder); err != nil {
		return err
	}
	w, err := build(ctx, o)
	if err != nil {
		return err
	}
	defer w.close()
	for _, p := range parts {
		if !slices.Contains(chosen, p.name) {
			continue
		}
		began := time.Now()
		if err := p.run(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Printf("  %s took %s\n", p.name, time.Since(began).Round(time.Second))
	}
	fmt.Print("\n", w.report.text())
	if err := w.report.write(o.results); err != nil {
		return err
	}
	if failed := w.report.failed(); failed > 0 {
		return fmt.Errorf("%d of %d goals are not met", failed, len(w.report.Verdicts))
	}
	return nil
}

// asChild is another process of the comparison: the same program, so that nothing else has to be built.
func asChild(ctx context.Context, role string, args []string) error {
	switch {
	case role == "unkept" && len(args) == 1:
		return serveUnkept(ctx, args[0])
	case role == "echo" && len(args) == 1:
		return serveEcho(ctx, args[0])
	}
	return errors.New("see -help")
}
