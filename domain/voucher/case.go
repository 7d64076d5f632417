package voucher

import "time"

// Question is what a case asks a person.
type Question string

// The questions.
const (
	NoQuestion         Question = ""
	OutcomeUnknown     Question = "was the voucher issued? its provider takes no reversals"
	CannotReverse      Question = "a channel reversed a voucher, and its provider takes no reversals"
	ReversalRefused    Question = "the provider refused the reversal"
	ConfirmationDenied Question = "the provider refused the confirmation"
	UnexpectedVoucher  Question = "a voucher was issued where none should be"
	SecondVoucher      Question = "the provider issued a second, different voucher"
	ConfirmedReversed  Question = "the provider answered a reversal of a confirmed sale"
)

// Case is a question that no message can answer. It stays listed, with an alarm, until it is closed.
type Case struct {
	Transaction TransactionID
	Version     int // of the move that opened it
	Question    Question
	OpenedAt    time.Time // the database's clock
}
