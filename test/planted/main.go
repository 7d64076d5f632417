// Command planted shows that the tests are any good: it plants bugs that lose, double or disclose vouchers, each by its
// name, and has the test that is named beside each run on the altered code. A bug that its test lets through has
// survived.
//
// A bug is a replaced piece of one source file, put in place of the true one by the go command's -overlay: no line of
// the switch is there for it, and nothing in the tree changes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	list := flag.Bool("list", false, "print the names of the bugs and the tests that catch them")
	table := flag.Bool("table", false, "print the table of docs/proof.md")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: planted -list | -table | all | NAME...")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case *list:
		for _, b := range bugs() {
			fmt.Printf("%-48s %s %s\n", b.name, b.tests, b.test)
		}
	case *table:
		fmt.Print(markdown(bugs()))
	case flag.NArg() == 0:
		flag.Usage()
		err = flag.ErrHelp
	default:
		err = plant(ctx, os.Stdout, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// plant plants the named bugs one after the other and tells what became of each. It fails unless all were caught.
func plant(ctx context.Context, out io.Writer, names []string) error {
	chosen, err := choose(bugs(), names)
	if err != nil {
		return err
	}
	g, err := newGarden(ctx)
	if err != nil {
		return err
	}
	defer g.close()
	var missed []error
	for _, b := range chosen {
		began := time.Now()
		if err := g.catch(ctx, b); err != nil {
			missed = append(missed, err)
			fmt.Fprintf(out, "MISSED  %s: %v\n", b.name, err)
			continue
		}
		fmt.Fprintf(out, "caught  %-48s by %s (%.1fs)\n", b.name, b.test, time.Since(began).Seconds())
	}
	fmt.Fprintf(out, "%d of %d bugs were caught\n", len(chosen)-len(missed), len(chosen))
	if len(missed) > 0 {
		return fmt.Errorf("%d of %d planted bugs were not caught", len(missed), len(chosen))
	}
	return nil
}

// choose finds bugs by their names; "all" is all of them. Bugs of one package follow each other.
func choose(from []bug, names []string) (chosen []bug, err error) {
	if slices.Equal(names, []string{"all"}) {
		chosen = slices.Clone(from)
	} else {
		for _, name := range names {
			at := slices.IndexFunc(from, func(b bug) bool { return b.name == name })
			if at < 0 {
				err = errors.Join(err, fmt.Errorf("there is no bug %q; -list tells their names", name))
				continue
			}
			chosen = append(chosen, from[at])
		}
	}
	slices.SortStableFunc(chosen, func(a, b bug) int { return strings.Compare(a.tests, b.tests) })
	return chosen, err
}
