package telemetry

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	readWithin = 2 * time.Second // a scrape answers although the database does not
	sharedFor  = 3 * time.Second // by scrapes, so that many of them ask the database once
)

// reading is what the records said at one time.
type reading struct {
	at    time.Time
	lanes []voucher.Backlog
	cases int
	err   error
}

// records reads gauges when somebody scrapes. While the database is away they are absent, rather than wrong.
type records struct {
	ports.Records
	providers []voucher.ProviderID
	last      atomic.Pointer[reading]
	flight    singleflight.Group

	readable, owed, oldest, cases *prometheus.Desc
}

var _ prometheus.Collector = (*records)(nil)

// Records shows what waits in each lane and for people, read from the database at a scrape.
func (f *Figures) Records(read ports.Records) {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(prefix, "", name), help, labels, nil)
	}
	f.registry.MustRegister(&records{
		Records: read, providers: f.providers,
		readable: desc("records_readable", "1 if the database answered; if not, the gauges read from it are absent."),
		owed:     desc("advices_owed", "Advices of a provider's lane whose first due time has come.", byProvider),
		oldest: desc("advice_oldest_age_seconds",
			"How long the longest owed advice of a lane is owed; 0 if none is.", byProvider),
		cases: desc("cases_open", "Cases that wait for a person."),
	})
}

// Describe implements prometheus.Collector.
func (r *records) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{r.readable, r.owed, r.oldest, r.cases} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (r *records) Collect(to chan<- prometheus.Metric) {
	show := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	now := r.latest()
	show(r.readable, truth(now.err == nil))
	if now.err != nil {
		return
	}
	show(r.cases, float64(now.cases))
	for _, lane := range now.lanes {
		show(r.owed, float64(lane.Advices), string(lane.Provider))
		show(r.oldest, lane.Oldest.Seconds(), string(lane.Provider))
	}
}

// lanes are those of the configured providers, the empty ones too, and any other that owes something.
func (r *records) lanes(backlog []voucher.Backlog) []voucher.Backlog {
	busy := map[voucher.ProviderID]bool{}
	for _, lane := range backlog {
		busy[lane.Provider] = true
	}
	for _, id := range r.providers {
		if !busy[id] {
			backlog = append(backlog, voucher.Backlog{Provider: id})
		}
	}
	return backlog
}

// latest is a reading that is young enough, else a new one, made once for all who ask for it meanwhile.
func (r *records) latest() *reading {
	if last := r.last.Load(); last != nil && time.Since(last.at) < sharedFor {
		return last
	}
	fresh, _, _ := r.flight.Do("", func() (any, error) {
		now := r.read()
		r.last.Store(now)
		return now, nil
	})
	return fresh.(*reading)
}

func (r *records) read() *reading {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	backlog, err := r.Backlog(ctx)
	if err != nil {
		return &reading{at: time.Now(), err: err}
	}
	cases, err := r.Unanswered(ctx)
	return &reading{at: time.Now(), lanes: r.lanes(backlog), cases: cases, err: err}
}
