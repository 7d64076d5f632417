// Package bench loads a switch over HTTP, as its channels would, and tells what they would have felt. Requests arrive
// at a rate that does not wait for answers (open loop), or a number of callers ask one after the other (closed loop).
// A latency counts from the moment at which its request should have started, so that a switch that stalls is not
// forgiven the requests that it kept from being sent (coordinated omission).
package bench

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The operations that a load is made of.
const (
	Provision = "provision"
	Retry     = "retry"    // of a sale of this run that stands
	Reversal  = "reversal" // of a sale of this run that stands
)

// Share is a value and its weight among others.
type Share[T any] struct {
	Value  T       `json:"value"`
	Weight float64 `json:"weight"`
}

// Options are a load. URL, Channel, Duration, Amounts and Mix are required, and one of Rate and Concurrency.
type Options struct {
	URL      string          // of the channel interface, such as http://127.0.0.1:8080/suv/v1
	Channel  string          // the institution id: user name and client.id
	Password string          // never shown
	Receiver string          // receiver.id of a sale; empty: the message has none
	Product  string          // product.productId of a sale; empty: the message has none
	Currency string          // ISO 4217 number of the amounts
	Amounts  []Share[int64]  // minor units
	Mix      []Share[string] // of operations; without a sale to retry or reverse, a sale is made
	Remote   bool            // also where the URL leads to another machine

	Rate        float64       // open loop: arrivals a second
	Even        bool          // open loop: at even distances, where else they come by chance (Poisson)
	Connections int           // open loop: the most at a time; an arrival beyond waits, and its latency runs
	Concurrency int           // closed loop: callers, each with a connection
	WarmUp      time.Duration // not measured
	Duration    time.Duration // measured
	Timeout     time.Duration // of a request, from its first byte
	Seed        uint64        // decides arrivals, amounts and operations; ids are new in every run

	Progress func(Progress) // called once a second; may be nil
}

// Progress is how far a load has come.
type Progress struct {
	Elapsed, Of time.Duration // warm-up included
	Requests    int64         // answered or failed, warm-up included
	PerSecond   int64         // in the last second
	Errors      int64         // of all
	P99         time.Duration // of those that should have started in the last second and are answered
}

// most of what waits for a time-out, and of what the system lets a process open.
const mostConnections = 16000

// Check tells everything that is wrong with the options.
func (o Options) Check() error {
	var wrong []error
	say := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	if _, err := o.target(); err != nil {
		wrong = append(wrong, err)
	}
	say(o.Channel == "" || strings.Contains(o.Channel, ":"), "a channel's id is required, and has no colon")
	say((o.Rate > 0) == (o.Concurrency > 0), "want either a rate (open loop) or a concurrency (closed loop)")
	say(o.Rate < 0 || o.Rate > 1e6, "a rate is above 0 and at most a million a second")
	say(o.Concurrency < 0 || o.Concurrency > mostConnections, "a concurrency is at most %d", mostConnections)
	say(o.Rate > 0 && (o.Connections < 1 || o.Connections > mostConnections), "connections are 1 to %d", mostConnections)
	say(o.Duration <= 0 || o.WarmUp < 0 || o.Timeout <= 0, "duration and time-out are longer than 0s")
	say(total(o.Amounts) <= 0, "at least one amount is required")
	say(slices.ContainsFunc(o.Amounts, func(s Share[int64]) bool { return s.Value <= 0 || s.Weight < 0 }),
		"amounts are above 0, and weights not below")
	say(total(o.Mix) <= 0, "at least one operation is required")
	for _, s := range o.Mix {
		known := slices.Contains([]string{Provision, Retry, Reversal}, s.Value)
		say(!known || s.Weight < 0, "no operation %q: there are %s, %s and %s", s.Value, Provision, Retry, Reversal)
	}
	return errors.Join(wrong...)
}

func total[T any](shares []Share[T]) (sum float64) {
	for _, s := range shares {
		sum += s.Weight
	}
	return sum
}

// ErrRemote refuses a URL that leads to another machine where Options do not allow that.
var ErrRemote = errors.New("is not this machine, and load on a stranger is an attack")

// target is where the load goes.
func (o Options) target() (*url.URL, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("want a URL as http://127.0.0.1:8080/suv/v1, without a password or a question mark")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if here := u.Hostname() == "localhost" || err == nil && ip.Unmap().IsLoopback(); !here && !o.Remote {
		return nil, fmt.Errorf("%s %w", u.Hostname(), ErrRemote)
	}
	return u, nil
}
