package bench

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// result is what came of a request: a status and, of an error, its errorType, or in trouble why there is no answer.
type result struct {
	status  int
	kind    string
	trouble string
}

func (r result) is2xx() bool { return r.status/100 == 2 }

// isError tells what counts against the switch. A hard decline is an answer: 404, but not of an upstream that is away
// or of a path that is none (wire contract, section 2).
func (r result) isError() bool {
	doubtful := slices.Contains([]string{"", "UPSTREAM_UNAVAILABLE", "FORMAT_ERROR"}, r.kind)
	return !r.is2xx() && (r.status != http.StatusNotFound || doubtful)
}

const (
	longestKept = int64(10 * time.Minute / time.Microsecond)
	fine        = 3 // digits of the whole
	coarse      = 2 // digits of a second
)

func histogram(digits int) *hdrhistogram.Histogram { return hdrhistogram.New(1, longestKept, digits) }

type outcome struct {
	operation string
	result
}

// second is one of the measured ones. Latencies stand in the second in which a request should have started, answers in
// the one in which they came.
type second struct {
	latency    *hdrhistogram.Histogram
	ok, errors int64
}

// recorder keeps what happened between from and to; what should have started before or after is not in it.
type recorder struct {
	from, to time.Time

	mu       sync.Mutex
	all, ok  *hdrhistogram.Histogram
	outcomes map[outcome]int64
	seconds  []second
	okInTime int64 // answered between from and to

	requests, before, errors int64                   // of the whole run, for the progress
	recent                   *hdrhistogram.Histogram // since the last progress
}

func newRecorder(from, to time.Time) *recorder {
	return &recorder{
		from: from, to: to, all: histogram(fine), ok: histogram(fine), recent: histogram(coarse),
		outcomes: map[outcome]int64{},
	}
}

func (r *recorder) add(operation string, intended, done time.Time, got result) {
	micros := min(max(done.Sub(intended).Microseconds(), 1), longestKept)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	if got.isError() {
		r.errors++
	}
	_ = r.recent.RecordValue(micros)
	if !done.Before(r.from) && done.Before(r.to) {
		s := r.second(done)
		if got.isError() {
			s.errors++
		} else if got.is2xx() {
			s.ok++
			r.okInTime++
		}
	}
	if intended.Before(r.from) || !intended.Before(r.to) {
		return
	}
	_ = r.all.RecordValue(micros)
	_ = r.second(intended).latency.RecordValue(micros)
	if got.is2xx() {
		_ = r.ok.RecordValue(micros)
	}
	r.outcomes[outcome{operation, got}]++
}

func (r *recorder) second(at time.Time) *second {
	for n := int(at.Sub(r.from) / time.Second); len(r.seconds) <= n; {
		r.seconds = append(r.seconds, second{latency: histogram(coarse)})
	}
	return &r.seconds[int(at.Sub(r.from)/time.Second)]
}

func (r *recorder) progress() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := Progress{
		Requests: r.requests, PerSecond: r.requests - r.before, Errors: r.errors,
		P99: time.Duration(r.recent.ValueAtQuantile(99)) * time.Microsecond,
	}
	r.before = r.requests
	r.recent.Reset()
	return p
}

// counted lists the outcomes, the most frequent first.
func (r *recorder) counted() (list []Outcome) {
	for o, count := range r.outcomes {
		list = append(list, Outcome{
			Operation: o.operation, Status: o.status, ErrorType: o.kind, Transport: o.trouble, Error: o.isError(), Count: count,
		})
	}
	slices.SortFunc(list, func(a, b Outcome) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(a.Status, b.Status), cmp.Compare(a.ErrorType, b.ErrorType), cmp.Compare(a.Transport, b.Transport))
	})
	return list
}

func (r *recorder) errorCount() (count int64) {
	for o := range maps.Keys(r.outcomes) {
		if o.isError() {
			count += r.outcomes[o]
		}
	}
	return count
}
