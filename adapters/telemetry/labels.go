package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// The names of labels.
const (
	byOperation = "operation"
	byResult    = "result"
	byProvider  = "provider"
	byOutcome   = "outcome"
	byAttempt   = "attempt"
	byFact      = "fact"
	byState     = "state"
	byQuestion  = "question"
	byPurpose   = "purpose"
	byPool      = "pool"
	byReason    = "reason"
	byBound     = "bound"
	byKind      = "kind"

	byCertificate = "certificate"
)

const (
	nobody = "" // the provider of what no configured provider has part in
	fine   = "ok"
	other  = "other" // a value of the domain that has no name here yet
)

// seconds are the bounds of every histogram of durations: from a commit to the longest a channel waits.
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

var outcomes = map[voucher.OutcomeKind]string{
	voucher.OutcomeInDoubt:  "in doubt",
	voucher.OutcomeApproved: "approved",
	voucher.OutcomeDeclined: "declined",
	voucher.OutcomeNotSent:  "not sent",
}

var adviceOutcomes = map[voucher.AdviceOutcomeKind]string{
	voucher.AdviceUnanswered:   "unanswered",
	voucher.AdviceAcknowledged: "acknowledged",
	voucher.AdviceNotFound:     "not found",
	voucher.AdviceRefused:      "refused",
	voucher.AdviceDeferred:     "deferred",
}

// questions are shorter than the domain's own words, which are for people.
//
//exhaustive:ignore
var questions = map[voucher.Question]string{
	voucher.OutcomeUnknown:     "outcome unknown",
	voucher.CannotReverse:      "cannot reverse",
	voucher.ReversalRefused:    "reversal refused",
	voucher.ConfirmationDenied: "confirmation denied",
	voucher.UnexpectedVoucher:  "unexpected voucher",
	voucher.SecondVoucher:      "second voucher",
	voucher.ConfirmedReversed:  "confirmed reversed",
}

// word is the label's value for a value of the domain.
func word[K comparable](words map[K]string, value K) string {
	if w, ok := words[value]; ok {
		return w
	}
	return other
}

// result is the label's value for an error: its kind, which is one of a closed set, and never its text.
func result(err error) string {
	if err == nil {
		return fine
	}
	return fault.KindOf(err).String()
}

func histogram(in promauto.Factory, name, help string, labels ...string) *prometheus.HistogramVec {
	return in.NewHistogramVec(
		prometheus.HistogramOpts{Namespace: prefix, Name: name, Help: help, Buckets: seconds}, labels)
}

func gauge(in promauto.Factory, name, help string, labels ...string) *prometheus.GaugeVec {
	return in.NewGaugeVec(prometheus.GaugeOpts{Namespace: prefix, Name: name, Help: help}, labels)
}

func counter(in promauto.Factory, name, help string, labels ...string) *prometheus.CounterVec {
	return in.NewCounterVec(prometheus.CounterOpts{Namespace: prefix, Name: name, Help: help}, labels)
}
