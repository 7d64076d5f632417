// Package fault holds the one error type of the switch. Its Kind says what the caller may do next; its text is for
// people and never holds a secret. A provider's decline is not a fault: it is a value of package voucher.
package fault

import (
	"errors"
	"fmt"
)

// Kind tells a caller what it may do next. The zero value is the cautious one.
type Kind int

// The kinds, from the gravest. Each names what the wire contract (section 2) answers for it.
const (
	// Internal is a fault of ours: 500 GENERAL_ERROR.
	Internal Kind = iota
	// Invalid is a message that contradicts itself or its original: 400 FORMAT_ERROR. Mend the message.
	Invalid
	// InvalidAmount is an amount outside the product's limits: 400 INVALID_AMOUNT.
	InvalidAmount
	// NoRoute means that no provider serves the product or receiver: 400 ROUTING_ERROR.
	NoRoute
	// HardDecline is an operation that the provider does not support: 404 FUNCTION_NOT_SUPPORTED (seed: Stellr, Netcare).
	HardDecline
	// NotAllowed asks for something that this provider does not allow: 400 FUNCTION_NOT_SUPPORTED.
	NotAllowed
	// NotFound means that the record does not exist, or not for this channel: 404 UNABLE_TO_LOCATE_RECORD.
	NotFound
	// Duplicate means that the id is taken: 400 DUPLICATE_RECORD. From a journal: a first move exists already.
	Duplicate
	// AlreadyReversed refuses to sell or confirm what is reversed: 400 VOUCHER_ALREADY_REVERSED.
	AlreadyReversed
	// AlreadyConfirmed refuses to reverse what is confirmed: 400 VOUCHER_ALREADY_CONFIRMED.
	AlreadyConfirmed
	// Unknown means that nobody but a person can tell the outcome: 400 VOUCHER_STATUS_UNKNOWN.
	Unknown
	// Undecided means that the outcome may still come: 504 VOUCHER_STATUS_UNKNOWN. Ask again later.
	Undecided
	// Refused means that the provider refused the advice: 400 with the provider's type.
	Refused
	// Unavailable is a refusal before the intent by breaker or bulkhead, nothing is written: 503 UPSTREAM_UNAVAILABLE.
	Unavailable
	// LimitExceeded is a sale that a limit of the day leaves no room for, nothing is written: 429 LIMIT_EXCEEDED. Asking
	// again helps only when a sale is undone, or on another day.
	LimitExceeded
	// Overloaded means that the switch or its database cannot serve now, nothing is written: 503 with Retry-After.
	Overloaded
	// Stale means that somebody moved the transaction first: read again, decide again.
	Stale
	// Ambiguous means that a commit's answer was lost: it may have happened, or may still happen.
	Ambiguous
)

var names = map[Kind]string{
	Internal: "internal", Invalid: "invalid", InvalidAmount: "invalid amount", NoRoute: "no route",
	HardDecline: "hard decline", NotAllowed: "not allowed", NotFound: "not found", Duplicate: "duplicate",
	AlreadyReversed: "already reversed", AlreadyConfirmed: "already confirmed", Unknown: "status unknown",
	Undecided: "undecided", Refused: "refused", Unavailable: "unavailable",
	LimitExceeded: "limit exceeded", Overloaded: "overloaded",
	Stale: "stale", Ambiguous: "ambiguous",
}

// String is the kind's name, as logs and metrics show it.
func (k Kind) String() string { return names[k] }

// Error is the one error type of the switch.
type Error struct {
	Kind Kind
	Text string
	Err  error // the cause, for logs only; never shown to a channel
}

// New makes an Error of a kind; the text is formatted as by fmt.Sprintf.
func New(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Wrap gives a foreign error a kind and a text that a channel may see.
func Wrap(kind Kind, cause error, text string) error {
	return &Error{Kind: kind, Text: text, Err: cause}
}

// Error shows kind, text and cause. Only Text may leave the switch.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Kind, e.Text, e.Err)
	}
	return e.Kind.String() + ": " + e.Text
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the outermost Error in the chain, and Internal for a foreign error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is a fault of that kind; nil is of none.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Text is what a channel may be told of err.
func Text(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Text
	}
	return "the switch failed; try again, and tell its operators if it persists"
}
