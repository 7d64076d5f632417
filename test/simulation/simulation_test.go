package simulation

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seedFlag    = flag.Uint64("seed", 0, "run this seed alone")
	salesFlag   = flag.String("sales", "", "with -seed: only the sales of these numbers")
	withoutFlag = flag.String("without", "", "with -seed: without these kinds of fault")
	seedsFlag   = flag.Uint64("seeds", shortForm, "the short form: so many seeds, from the first one")
	budgetFlag  = flag.Duration("budget", 0, "the long form: run seeds for so long")
	resultsFlag = flag.String("results", "", "a file to which the long form adds a line of what it ran")
	fromFlag    = flag.Uint64("from", 0, "the long form's first seed; the present second if 0")
)

// A run makes much garbage and keeps little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// chosen is the plan of the flags.
func chosen(t *testing.T) plan {
	t.Helper()
	p := planOf(*seedFlag)
	for name := range strings.SplitSeq(*withoutFlag, ",") {
		delete(p.rates, kind(name))
	}
	if *salesFlag != "" {
		p.sales = nil
		for text := range strings.SplitSeq(*salesFlag, ",") {
			number, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			p.sales = append(p.sales, number)
		}
	}
	return p
}

// tally adds up what runs have shown.
type tally struct {
	mu                                   sync.Mutex
	Seeds, Sales, Answers, Disk, Checked int
	Simulated                            time.Duration
	Hits                                 map[kind]int
}

func (sum *tally) add(p plan, r result) {
	sum.mu.Lock()
	defer sum.mu.Unlock()
	if sum.Hits == nil {
		sum.Hits = map[kind]int{}
	}
	sum.Seeds++
	sum.Sales += len(r.sales)
	if p.onDisk {
		sum.Disk += len(r.sales)
	}
	sum.Answers += r.answers
	sum.Simulated += r.lasted
	sum.Checked += r.checked
	for k, n := range r.hits {
		sum.Hits[k] += n
	}
}

// missed are the kinds of fault that never struck: a storm without them shows nothing about them.
func (sum *tally) missed() (names []kind) {
	for _, k := range kinds {
		if sum.Hits[k.kind] == 0 {
			names = append(names, k.kind)
		}
	}
	return names
}

func TestSimulation(t *testing.T) {
	if *seedFlag != 0 {
		p := chosen(t)
		t.Logf("%d replicas, SQLite %v, %d sales: %s", p.replicas, p.onDisk, len(p.sales), p.storming())
		r := play(t, p)
		if testing.Verbose() && os.Getenv("TRACE") != "" {
			for _, e := range r.trace {
				t.Log(time.Unix(0, e.at).UTC().Format("15:04:05.000000000"), e.what)
			}
		}
		t.Logf("%d answers in %v of simulated time, trace %s", r.answers, r.lasted, r.digest)
		report(t, p, r)
		return
	}
	first, last, began := uint64(1), uint64(math.MaxUint64), time.Now()
	if *budgetFlag == 0 {
		last = *seedsFlag
	} else if first = *fromFlag; first == 0 {
		first = uint64(began.Unix())
	}
	var sum tally
	var next atomic.Uint64
	next.Store(first)
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for *budgetFlag == 0 || time.Since(began) < *budgetFlag {
					number := next.Add(1) - 1
					if number > last || !try(t, number, &sum) {
						break
					}
				}
			})
		}
	})
	took := time.Since(began)
	t.Logf("%d seeds from %d, %d sales (%d on SQLite), %d answers, %d operations checked, %v of simulated time in %v",
		sum.Seeds, first, sum.Sales, sum.Disk, sum.Answers, sum.Checked, sum.Simulated.Round(time.Minute),
		took.Round(time.Second))
	t.Logf("faults: %v", sum.Hits)
	if missed := sum.missed(); len(missed) > 0 && !t.Failed() {
		t.Errorf("never struck: %v", missed)
	}
	keep(t, first, took, &sum)
}

// try runs a seed, and says whether to go on.
func try(t *testing.T, number uint64, sum *tally) bool {
	t.Helper()
	p := planOf(number)
	r := play(t, p)
	sum.add(p, r)
	if len(r.wrong) > 0 {
		failing(t, p, r)
	}
	return len(r.wrong) == 0
}

func report(t *testing.T, p plan, r result) {
	t.Helper()
	for _, wrong := range r.wrong[:min(8, len(r.wrong))] {
		t.Error(wrong)
	}
	if len(r.wrong) > 0 {
		t.Errorf("%d promises are broken; run it again with\n\t%s", len(r.wrong), p.command())
	}
}

// failing shrinks a plan that breaks a promise and says how to run it again.
func failing(t *testing.T, p plan, r result) {
	t.Helper()
	report(t, p, r)
	p = shrunk(p, func(p plan) bool { return len(play(t, p).wrong) > 0 })
	t.Errorf("the least that still fails, of what was tried:\n\t%s", p.command())
}

// shrunk is a plan with fewer kinds of fault and fewer sales that still fails: whatever can be left out alone is.
func shrunk(p plan, fails func(plan) bool) plan {
	for _, k := range kinds {
		less := p
		less.rates = map[kind]float64{}
		for name, rate := range p.rates {
			if name != k.kind {
				less.rates[name] = rate
			}
		}
		if len(less.rates) < len(p.rates) && fails(less) {
			p = less
		}
	}
	for width := len(p.sales) / 2; width > 0; width /= 2 {
		for first := 0; first < len(p.sales) && len(p.sales) > width; {
			less := p
			less.sales = slices.Concat(p.sales[:first], p.sales[min(first+width, len(p.sales)):])
			if fails(less) {
				p = less
			} else {
				first += width
			}
		}
	}
	return p
}

// keep adds a line to the results.
func keep(t *testing.T, first uint64, took time.Duration, sum *tally) {
	t.Helper()
	if *resultsFlag == "" {
		return
	}
	line, err := json.Marshal(map[string]any{
		"at": time.Now().UTC().Format(time.RFC3339), "first_seed": first, "seeds": sum.Seeds, "transactions": sum.Sales,
		"on_sqlite": sum.Disk, "answers": sum.Answers, "operations_checked": sum.Checked, "simulated": sum.Simulated.String(), "took": took.String(),
		"kills": sum.Hits[replicaDies], "faults": sum.Hits, "failed": t.Failed(),
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(*resultsFlag, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := fmt.Fprintln(file, string(line)); err != nil {
		t.Fatal(err)
	}
}

// A failure is shrunk to the sales and the kinds of fault that it needs, and the command that is printed names them.
func TestAFailureIsShrunk(t *testing.T) {
	p := planOf(7)
	p.rates[commitLost], p.rates[reverses] = 0.1, 0.1
	least := shrunk(p, func(p plan) bool {
		return slices.Contains(p.sales, 17) && slices.Contains(p.sales, 93) && p.rates[commitLost] > 0
	})
	if !slices.Equal(least.sales, []int{17, 93}) || len(least.rates) != 1 || least.rates[commitLost] == 0 {
		t.Errorf("shrunk to %v and %v", least.sales, least.rates)
	}
	command := least.command()
	for _, want := range []string{"-seed 7 ", " -sales 17,93 ", "-without "} {
		if !strings.Contains(command, want) {
			t.Errorf("%q is not in %s", want, command)
		}
	}
	if strings.Contains(command, string(commitLost)) {
		t.Errorf("what it needs is left out: %s", command)
	}
}
