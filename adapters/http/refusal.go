package http

import (
	"cmp"
	"errors"
	"math"
	nethttp "net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// maxProviderText bounds a provider's own words, in characters.
const maxProviderText = 255

// lastWord is what is said when nothing else can be written.
var lastWord = []byte(`{"errorType":"GENERAL_ERROR","errorMessage":"the switch could not complete the request"}`)

// refusal is an error answer: a status and an ErrorDetail, which every error body on every route is.
type refusal struct {
	status     int
	detail     suvwire.ErrorDetail
	retryAfter int   // seconds; 0 says nothing
	cause      error // for the log
}

// Error shows the type and the cause, for the log.
func (r *refusal) Error() string {
	if r.cause != nil {
		return r.cause.Error()
	}
	return string(r.detail.ErrorType)
}

// ids are what an error names (wire contract, Ids of an error): answering a request its id alone; answering an advice
// its id and its requestId.
type ids struct{ id, original string }

func (of ids) detail(errorType suvwire.ErrorType, message string) suvwire.ErrorDetail {
	return suvwire.ErrorDetail{
		ID: of.id, OriginalID: of.original, ErrorType: errorType,
		ErrorMessage: plain(message, suvwire.MaxErrorMessage),
	}
}

// ofRequest takes the originalId from an error about a request: a stray requestId is not for it to name.
func ofRequest(err error) error {
	if r := (*refusal)(nil); errors.As(err, &r) {
		r.detail.OriginalID = ""
	}
	return err
}

func malformed(of ids, list ...suvwire.FormatError) *refusal {
	detail := of.detail(suvwire.FormatErrorType, "the message breaks the format")
	detail.DetailMessage = &suvwire.DetailMessage{FormatErrors: list}
	return &refusal{status: nethttp.StatusBadRequest, detail: detail}
}

// misshapen is a request that never became a message.
func misshapen(status int, message string) *refusal {
	return &refusal{status: status, detail: ids{}.detail(suvwire.FormatErrorType, message)}
}

func unauthorized() *refusal {
	detail := ids{}.detail(suvwire.AuthenticationError, "the credentials are missing or wrong")
	return &refusal{status: nethttp.StatusUnauthorized, detail: detail}
}

func foreign(client suvwire.Institution, of ids) *refusal {
	detail := of.detail(suvwire.AuthenticationError, "the user name is not the client's id")
	detail.DetailMessage = &suvwire.DetailMessage{
		FreeString: "a channel sends messages with its own client id only", Client: &client,
	}
	return &refusal{status: nethttp.StatusBadRequest, detail: detail}
}

func draining(of ids) *refusal {
	return refuse(fault.New(fault.Overloaded, "the switch is stopping; ask again"), voucher.Transaction{}, of)
}

func shed() *refusal {
	return refuse(fault.New(fault.Overloaded, "the switch has too much to do; ask again"), voucher.Transaction{}, ids{})
}

func limited(wait time.Duration, message string, of ids) *refusal {
	return &refusal{
		status: nethttp.StatusTooManyRequests, retryAfter: int(math.Ceil(wait.Seconds())),
		detail: of.detail(suvwire.LimitExceeded, message),
	}
}

func unsupported(message string, of ids) *refusal {
	return &refusal{status: nethttp.StatusNotImplemented, detail: of.detail(suvwire.FunctionNotSupported, message)}
}

// relay is a provider's no, in its own words where it gave any.
func relay(d voucher.Decline, otherwise suvwire.ErrorType, message string, of ids) suvwire.ErrorDetail {
	detail := of.detail(cmp.Or(suvwire.ErrorType(d.Type), otherwise), cmp.Or(d.Message, message))
	detail.ProviderErrorCode = plain(cmp.Or(d.ProviderCode, string(d.Type)), maxProviderText)
	detail.ProviderErrorMessage = plain(cmp.Or(d.ProviderMessage, d.Message), maxProviderText)
	return detail
}

// answerError writes whatever a handler or the router failed with.
func answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	r := asRefusal(err)
	if r.retryAfter > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(r.retryAfter))
	}
	body, err := suvwire.Encode(r.detail)
	if err != nil {
		body = lastWord
	}
	_ = c.JSONBlob(r.status, body)
}

func asRefusal(err error) *refusal {
	var r *refusal
	var routing *echo.HTTPError
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &routing):
		return misshapen(routing.Code, strings.ToLower(nethttp.StatusText(routing.Code)))
	default:
		return refuse(err, voucher.Transaction{}, ids{})
	}
}

// plain is text without control characters, cut to a number of characters.
func plain(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if characters := []rune(text); len(characters) > limit {
		return string(characters[:limit])
	}
	return text
}
