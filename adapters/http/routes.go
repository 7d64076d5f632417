// Package http is the channels' side of the switch: the Single Use Vouchers interface of openapi.yaml, on Echo. It
// turns messages into orders and advices, asks ports.Switch, and turns what comes back into statuses and bodies; it
// decides nothing else. Its sources are the wire contract, sections 1 to 3, and the seed page.
package http

import (
	"log/slog"
	nethttp "net/http"
	"time"

	"github.com/labstack/echo/v4"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// DefaultMaxBody bounds a message, in bytes, where Options does not.
const DefaultMaxBody = 1 << 20

// basePath is where the interface lives; the same routes answer on the bare root (wire contract, section 1).
const basePath = "/suv/v1"

// Options are what the channel interface is made of. Switch and Authenticate are required.
type Options struct {
	Switch ports.Switch
	// Authenticate gives the channel that a caller is; false for one that does not prove it: 401. If it guessed too often,
	// wait says how long it shall not ask again: 429 with Retry-After.
	Authenticate func(Caller) (channel voucher.Channel, wait time.Duration, admitted bool)
	// MaxBody bounds a message, in bytes; 0 means DefaultMaxBody.
	MaxBody int64
	// Log takes one line a request, without query, body or credentials; nil means slog.Default.
	Log *slog.Logger
	// Draining, if given and true, sheds every new request: 503 with Retry-After (wire contract, section 2).
	Draining func() bool
	// Limit, if given, takes one request from a channel's rate and says how long to wait if there is none left: 429
	// with Retry-After (wire contract, section 2). 0 lets the request pass.
	Limit func(voucher.ChannelID) time.Duration
	// Sheds, if given, tells whether there is no room for a request of that kind now: 503 with Retry-After, before its
	// body is read (wire contract, section 2).
	Sheds func(kind string) bool
}

// The kinds of request, in the order in which they are shed.
const (
	Sale   = "sale"
	Repeat = "repeat" // a retry or a look-up
	Advice = "advice"
)

// New makes the handler of every route of openapi.yaml, and of the file itself and its pages.
func New(options Options) nethttp.Handler {
	if options.MaxBody == 0 {
		options.MaxBody = DefaultMaxBody
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	a := api{options}
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = answerError
	e.Pre(plainPath)
	e.Use(a.logged, recovered, closing, short)
	routeDocuments(e)
	for _, prefix := range []string{"", basePath} {
		a.route(e, prefix)
	}
	return e
}

// api is the channel interface.
type api struct{ Options }

func (a api) route(e *echo.Echo, prefix string) {
	add := func(method, path, kind string, handle echo.HandlerFunc) {
		e.Add(method, prefix+path, handle, hardened, a.authenticated, a.admitted(kind))
	}
	post := func(path, kind string, handle echo.HandlerFunc) { add(nethttp.MethodPost, path, kind, handle) }
	post("/vouchers", Sale, a.provision)
	post("/vouchers/:provisionId/retry", Repeat, a.retry)
	post("/vouchers/reversals", Advice, a.reverse)
	post("/vouchers/confirmations", Advice, a.confirm)
	for _, method := range []string{nethttp.MethodGet, nethttp.MethodHead} {
		add(method, "/vouchers", Repeat, a.lookupVoucher)
		add(method, "/products", Repeat, a.lookupProducts)
	}
	post("/redemptions", Sale, a.redeem)
	post("/redemptions/confirmations", Advice, a.confirmRedeem)
	post("/redemptions/reversals", Advice, a.reverseRedeem)
}
