package bench

import (
	"embed"
	"encoding/json"
	"html/template"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what a load found. Requests, outcomes and latencies are of those that should have started in the measured
// time, throughput of those that were answered in it.
type Report struct {
	URL       string    `json:"url"`
	Loop      string    `json:"loop"` // open or closed
	Rate      float64   `json:"rate_per_second,omitempty"`
	Arrivals  string    `json:"arrivals,omitempty"` // poisson or uniform
	Callers   int       `json:"concurrency,omitempty"`
	Started   time.Time `json:"started"` // of the measured time
	Seconds   float64   `json:"duration_seconds"`
	WarmUp    float64   `json:"warm_up_seconds"`
	Seed      uint64    `json:"seed"`
	Requests  int64     `json:"requests"`
	Errors    int64     `json:"errors"`
	Share     float64   `json:"error_share"`
	PerSecond float64   `json:"ok_per_second"` // 2xx

	Latency  Latency    `json:"latency_ms"`    // of all, from the intended start
	OK       Latency    `json:"ok_latency_ms"` // of those that were answered 2xx
	Outcomes []Outcome  `json:"outcomes"`
	ByTime   []Second   `json:"seconds"`
	Curve    []Quantile `json:"distribution"`
}

// Latency is a distribution, in milliseconds.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// Outcome is how often a request of an operation ended in one way: a status and, of an error, its errorType, or why
// there was no answer.
type Outcome struct {
	Operation string `json:"operation"`
	Status    int    `json:"status,omitempty"`
	ErrorType string `json:"error_type,omitempty"`
	Transport string `json:"transport,omitempty"`
	Error     bool   `json:"error"`
	Count     int64  `json:"count"`
}

// Second is one second of the measured time: answers that came in it, and latencies, in milliseconds, of the requests
// that should have started in it.
type Second struct {
	At     int     `json:"at"`
	OK     int64   `json:"ok"`
	Errors int64   `json:"errors"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	Max    float64 `json:"max_ms"`
}

// Quantile is a point of the distribution: so many per cent took at most so many milliseconds.
type Quantile struct {
	Percent float64 `json:"percent"`
	Millis  float64 `json:"ms"`
}

func millis(micros int64) float64 { return float64(micros) / 1000 }

func latencyOf(h *hdrhistogram.Histogram) Latency {
	return Latency{
		Mean: h.Mean() / 1000, P50: millis(h.ValueAtQuantile(50)), P90: millis(h.ValueAtQuantile(90)),
		P99: millis(h.ValueAtQuantile(99)), P999: millis(h.ValueAtQuantile(99.9)), Max: millis(h.Max()),
	}
}

// report sums up, when all is over.
func (r *run) report() Report {
	k := r.kept
	p := Report{
		URL: r.o.URL, Loop: "closed", Callers: r.o.Concurrency, Started: k.from.UTC(), Seed: r.o.Seed,
		Seconds: max(k.to.Sub(k.from).Seconds(), 0), WarmUp: r.o.WarmUp.Seconds(),
		Requests: k.all.TotalCount(), Errors: k.errorCount(), Latency: latencyOf(k.all), OK: latencyOf(k.ok),
		Outcomes: k.counted(), ByTime: []Second{}, Curve: []Quantile{},
	}
	if r.o.Rate > 0 {
		p.Loop, p.Rate, p.Arrivals = "open", r.o.Rate, "poisson"
		if r.o.Even {
			p.Arrivals = "uniform"
		}
	}
	if p.Requests > 0 {
		p.Share = float64(p.Errors) / float64(p.Requests)
	}
	if p.Seconds > 0 {
		p.PerSecond = float64(k.okInTime) / p.Seconds
	}
	for at, s := range k.seconds {
		p.ByTime = append(p.ByTime, Second{
			At: at, OK: s.ok, Errors: s.errors, P50: millis(s.latency.ValueAtQuantile(50)),
			P99: millis(s.latency.ValueAtQuantile(99)), Max: millis(s.latency.Max()),
		})
	}
	for _, b := range k.all.CumulativeDistribution() {
		p.Curve = append(p.Curve, Quantile{b.Quantile, millis(b.ValueAt)})
	}
	return p
}

// WriteJSON writes the report for programs.
func (p Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(p)
}

//go:embed web
var web embed.FS

// WriteHTML writes the report as one page that needs no other file.
func (p Report) WriteHTML(w io.Writer) error {
	page, err := template.ParseFS(web, "web/report.html")
	if err != nil {
		return err
	}
	script, err := web.ReadFile("web/uPlot.iife.min.js")
	if err != nil {
		return err
	}
	style, err := web.ReadFile("web/uPlot.min.css")
	if err != nil {
		return err
	}
	return page.Execute(w, map[string]any{
		"Report": p,
		"Script": template.JS(script), //nolint:gosec // embedded
		"Style":  template.CSS(style), //nolint:gosec // embedded
	})
}
