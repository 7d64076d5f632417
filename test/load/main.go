// Command load measures provisions a second, end to end over HTTP, through one replica of the switch on a private and
// durable MariaDB: with an empty database, and with one that holds a million transactions that are long over. It does
// so in turns, and prints every rate and the ratio of the medians.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// goal is the least share of an empty database's rate that a full one may have.
const goal = 0.85

// options are the command line.
type options struct {
	old     int
	at      int
	rounds  int
	warm    time.Duration
	measure time.Duration
	pool    string
	folder  string
}

func main() {
	var o options
	flag.IntVar(&o.old, "old", 1_000_000, "`transactions` that are long over in the full database")
	flag.IntVar(&o.at, "at", 64, "`provisions` at a time")
	flag.IntVar(&o.rounds, "rounds", 5, "`turns` of each database")
	flag.DurationVar(&o.warm, "warm", 10*time.Second, "how long a turn warms up")
	flag.DurationVar(&o.measure, "measure", 15*time.Second, "how long a turn is measured")
	flag.StringVar(&o.pool, "pool", "1G", "the server's buffer pool, as deploy/mysql.md has it; MariaDB's own is 128M")
	flag.StringVar(&o.folder, "folder", "", "a `folder` that keeps the full database for the next run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		log.Fatal("load: ", err)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.folder == "" {
		if o.folder, err = os.MkdirTemp("", "load"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(o.folder) }()
	}
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return err
	}
	b, err := build(ctx, o.folder)
	if err != nil {
		return err
	}
	defer b.close()
	if !b.isFull(ctx, o.old) {
		fmt.Printf("filling a database with %d old transactions\n", o.old)
		if err := b.fill(ctx, o.old); err != nil {
			return err
		}
	}
	b.server.Options = []string{"--innodb-buffer-pool-size=" + o.pool}
	if err := b.restart(); err != nil {
		return err
	}
	if err := b.read(ctx); err != nil {
		return err
	}
	rates := map[string][]float64{}
	for round := range o.rounds {
		for _, database := range []string{empty, full} {
			rate, err := b.turn(ctx, database, o)
			if err != nil {
				return err
			}
			rates[database] = append(rates[database], rate)
			fmt.Printf("turn %d, %-5s database: %6.0f provisions/s\n", round+1, database, rate)
		}
	}
	ratio := median(rates[full]) / median(rates[empty])
	fmt.Printf("medians: empty %.0f/s, full %.0f/s; ratio %.2f, goal at least %.2f\n",
		median(rates[empty]), median(rates[full]), ratio, goal)
	if ratio < goal {
		return fmt.Errorf("%d old transactions cost more than they may", o.old)
	}
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// turn measures one database; the empty one is made anew.
func (b *bench) turn(ctx context.Context, database string, o options) (rate float64, err error) {
	if database == empty {
		if err := b.create(ctx, empty); err != nil {
			return 0, err
		}
	}
	s, err := b.serve(ctx, database)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	return b.fire(ctx, o)
}
