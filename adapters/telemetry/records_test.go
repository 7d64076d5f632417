package telemetry_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/adapters/memory"
	"voucherswitch/adapters/telemetry"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// database is records that a test takes away, or lets hang, and the number of times it was asked.
type database struct {
	ports.Records
	away, hangs atomic.Bool
	asked       atomic.Int64
}

func (d *database) Backlog(ctx context.Context) ([]voucher.Backlog, error) {
	d.asked.Add(1)
	if d.hangs.Load() {
		<-ctx.Done()
	}
	if d.away.Load() || ctx.Err() != nil {
		return nil, fault.New(fault.Overloaded, "the database is away")
	}
	time.Sleep(time.Millisecond)
	return d.Records.Backlog(ctx)
}

// later is when the next scrape reads anew.
const later = 4 * time.Second

func observing(story func(t *testing.T, f *telemetry.Figures, d *database, store *memory.Store)) func(*testing.T) {
	return func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			store := memory.NewStore(time.Now)
			figures, d := telemetry.New(stellr, "netcare"), &database{Records: store}
			figures.Records(d)
			story(t, figures, d, store)
		})
	}
}

func TestTheLanesAndTheCasesAreRead(t *testing.T) {
	observing(func(t *testing.T, figures *telemetry.Figures, _ *database, store *memory.Store) {
		want(t, figures, map[string]float64{
			"records_readable": 1, "cases_open": 0,
			`advices_owed{provider="stellr"}`: 0, `advice_oldest_age_seconds{provider="stellr"}`: 0,
		})
		k := keeping{t, store}
		k.write(k.write(voucher.Open(sale("1"))).Record(voucher.Broken(), voucher.Draft{ID: "a1"}))
		attempt := sale("2")
		attempt.Terms.Capabilities.Reversals = false
		k.write(k.write(voucher.Open(attempt)).Record(voucher.Broken(), voucher.Draft{ID: "a2"}))
		attempt = sale("3")
		attempt.Terms.Provider = "of another replica"
		k.write(k.write(voucher.Open(attempt)).Record(voucher.Broken(), voucher.Draft{ID: "a3"}))
		time.Sleep(later)
		want(t, figures, map[string]float64{
			"cases_open": 1, `advices_owed{provider="stellr"}`: 1, `advices_owed{provider="netcare"}`: 0,
			`advice_oldest_age_seconds{provider="netcare"}`: 0, `advices_owed{provider="of another replica"}`: 1,
		})
		got, _ := scrape(t, figures)
		if age := got[`advice_oldest_age_seconds{provider="stellr"}`]; age < later.Seconds() {
			t.Errorf("an advice owed for %s is shown as %v s old", later, age)
		}
	})(t)
}

func TestWhileTheDatabaseIsAwayItsGaugesAreAbsentAndTheScrapeSaysSo(t *testing.T) {
	observing(func(t *testing.T, figures *telemetry.Figures, d *database, _ *memory.Store) {
		for _, trouble := range []*atomic.Bool{&d.away, &d.hangs} {
			trouble.Store(true)
			time.Sleep(later)
			began := time.Now()
			got, _ := scrape(t, figures)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("a scrape took %s", took)
			}
			if readable, there := got["records_readable"]; !there || readable != 0 {
				t.Errorf("records_readable is %v, there: %v", readable, there)
			}
			for _, name := range []string{
				"cases_open", `advices_owed{provider="stellr"}`, `advice_oldest_age_seconds{provider="stellr"}`,
			} {
				if _, there := got[name]; there {
					t.Errorf("%s is shown while nobody knows it", name)
				}
			}
			if _, there := got[`gate_permits{provider="stellr",purpose="provision"}`]; !there {
				t.Error("the other figures are missing")
			}
			trouble.Store(false)
			time.Sleep(later)
			want(t, figures, map[string]float64{"records_readable": 1, "cases_open": 0})
		}
	})(t)
}

func TestScrapesThatComeTogetherAskTheDatabaseOnce(t *testing.T) {
	observing(func(t *testing.T, figures *telemetry.Figures, d *database, _ *memory.Store) {
		handler := figures.Handler()
		var scrapes sync.WaitGroup
		for range 8 {
			scrapes.Go(func() { read(t, handler) })
		}
		scrapes.Wait()
		time.Sleep(time.Second)
		read(t, handler)
		if asked := d.asked.Load(); asked != 1 {
			t.Errorf("nine scrapes within a second asked %d times", asked)
		}
		time.Sleep(later)
		read(t, handler)
		if asked := d.asked.Load(); asked != 2 {
			t.Errorf("a later scrape is told what was read before: asked %d times", asked)
		}
	})(t)
}
