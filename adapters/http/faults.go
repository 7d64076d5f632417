package http

import (
	"cmp"
	nethttp "net/http"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// retrySoon is how many seconds a channel waits before it asks an overloaded switch again.
const retrySoon = 1

type faultAnswer struct {
	status    int
	errorType suvwire.ErrorType
}

// faultAnswers is the table of the wire contract, section 2; a kind that is missing is a fault of ours.
//
//exhaustive:ignore
var faultAnswers = map[fault.Kind]faultAnswer{
	fault.Invalid:          {nethttp.StatusBadRequest, suvwire.FormatErrorType},
	fault.InvalidAmount:    {nethttp.StatusBadRequest, suvwire.InvalidAmount},
	fault.NoRoute:          {nethttp.StatusBadRequest, suvwire.RoutingError},
	fault.HardDecline:      {nethttp.StatusNotFound, suvwire.FunctionNotSupported},
	fault.NotAllowed:       {nethttp.StatusBadRequest, suvwire.FunctionNotSupported},
	fault.NotFound:         {nethttp.StatusNotFound, suvwire.UnableToLocateRecord},
	fault.Duplicate:        {nethttp.StatusBadRequest, suvwire.DuplicateRecord},
	fault.AlreadyReversed:  {nethttp.StatusBadRequest, suvwire.VoucherAlreadyReversed},
	fault.AlreadyConfirmed: {nethttp.StatusBadRequest, suvwire.VoucherAlreadyConfirmed},
	fault.Unknown:          {nethttp.StatusBadRequest, suvwire.VoucherStatusUnknown},
	fault.Undecided:        {nethttp.StatusGatewayTimeout, suvwire.VoucherStatusUnknown},
	fault.Refused:          {nethttp.StatusBadRequest, suvwire.DoNotHonour},
	fault.Unavailable:      {nethttp.StatusServiceUnavailable, suvwire.UpstreamUnavailable},
	fault.LimitExceeded:    {nethttp.StatusTooManyRequests, suvwire.LimitExceeded},
	fault.Overloaded:       {nethttp.StatusServiceUnavailable, suvwire.UpstreamUnavailable},
}

// refuse answers a fault of the switch with what the channel may see of the transaction.
func refuse(err error, t voucher.Transaction, of ids) *refusal {
	kind := fault.KindOf(err)
	answer, ok := faultAnswers[kind]
	text := fault.Text(err)
	if !ok {
		answer = faultAnswer{nethttp.StatusInternalServerError, suvwire.GeneralError}
		text = "the switch could not complete the request"
	}
	r := &refusal{status: answer.status, detail: of.detail(answer.errorType, text), cause: err}
	//exhaustive:ignore
	switch kind {
	case fault.Duplicate:
		r.detail.DetailMessage = duplicate(text, t, of)
	case fault.AlreadyReversed:
		reversal := string(t.ReversalID())
		r.detail.DetailMessage = &suvwire.DetailMessage{FreeString: text, ReversalID: reversal}
		if of.id != "" {
			r.detail.OriginalID = cmp.Or(of.original, reversal)
		}
	case fault.AlreadyConfirmed:
		r.detail.DetailMessage = &suvwire.DetailMessage{
			FreeString: text, ConfirmationID: string(t.Confirmation), VoucherID: of.original,
		}
	case fault.Invalid:
		r.detail.DetailMessage = &suvwire.DetailMessage{
			FormatErrors: []suvwire.FormatError{{Field: "body", Msg: "body: " + text}},
		}
	case fault.Refused:
		r.detail = relay(t.AdviceAnswer.Decline, answer.errorType, text, of)
	case fault.Overloaded:
		r.retryAfter = retrySoon
	default:
		if len(text) > suvwire.MaxErrorMessage {
			r.detail.DetailMessage = &suvwire.DetailMessage{FreeString: plain(text, maxProviderText)}
		}
	}
	return r
}

// duplicate tells an owner of its own sale; of a transaction that may not be seen, only that the id is taken.
func duplicate(text string, t voucher.Transaction, of ids) *suvwire.DetailMessage {
	detail := &suvwire.DetailMessage{FreeString: text}
	if t.Version == 0 {
		return detail
	}
	detail.VoucherID, detail.RequestTime = of.id, t.Attempt.Order.Time
	detail.Receiver = suvwire.InstitutionOf(t.Attempt.Receiver)
	if t.Approval != nil {
		issued := suvwire.VoucherOf(t.Approval.Voucher)
		detail.Voucher = &issued
	}
	return detail
}
