package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"voucherswitch/domain/voucher"
)

// Whose certificate a figure tells of.
const (
	ofListener = "listener" // that channels see
	ofClient   = "client"   // that a provider sees
	ofProvider = "provider" // that we saw last of a provider
)

// Certificate is one of our own, and the provider's beyond it. A zero time shows nothing.
type Certificate struct {
	Provider     voucher.ProviderID // that it is shown to; empty for the channels' listener
	InFiles      bool               // there are files of ours
	Good         bool               // what they hold is what is used
	Ours, Theirs time.Time          // the ends of ours, and of the provider's as it was seen last
}

// certificates are read when somebody scrapes.
type certificates struct {
	read       func() []Certificate
	ends, good *prometheus.Desc
}

var _ prometheus.Collector = certificates{}

// Certificates shows when certificates end, and whether the files of ours are good. read is asked at each scrape, maybe
// by several at once; each provider stands in it once at most.
func (f *Figures) Certificates(read func() []Certificate) {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(prefix, "certificate", name), help,
			[]string{byCertificate, byProvider}, nil)
	}
	f.registry.MustRegister(certificates{
		read: read,
		ends: desc("end_timestamp_seconds", "When a certificate ends, as Unix time."),
		good: desc("files_good", "1 if what the files hold is used; 0 if they are not good, and what they held before is."),
	})
}

// Describe implements prometheus.Collector.
func (c certificates) Describe(to chan<- *prometheus.Desc) {
	to <- c.ends
	to <- c.good
}

// Collect implements prometheus.Collector.
func (c certificates) Collect(to chan<- prometheus.Metric) {
	show := func(d *prometheus.Desc, value float64, whose string, provider voucher.ProviderID) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, whose, string(provider))
	}
	for _, one := range c.read() {
		own := ofClient
		if one.Provider == "" {
			own = ofListener
		}
		if one.InFiles {
			show(c.good, truth(one.Good), own, one.Provider)
		}
		if !one.Ours.IsZero() {
			show(c.ends, float64(one.Ours.Unix()), own, one.Provider)
		}
		if !one.Theirs.IsZero() {
			show(c.ends, float64(one.Theirs.Unix()), ofProvider, one.Provider)
		}
	}
}
