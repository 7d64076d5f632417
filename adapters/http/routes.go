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
}

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
	add := func(method, path string, handle echo.HandlerFunc) {
		e.Add(method, prefix+path, handle, hardened, a.authenticated)
	}
	post := func(path string, handle echo.HandlerFunc) { add(nethttp.MethodPost, path, handle) }
	post("/vouchers", a.provision)
	post("/vouchers/:provisionId/retry", a.retry)
	post("/vouchers/reversals", a.reverse)
	post("/vouchers/confirmations", a.confirm)
	for _, method := range []string{nethttp.MethodGet, nethttp.MethodHead} {
		add(method, "/vouchers", a.lookupVoucher)
		add(method, "/products", a.lookupProducts)
	}
	post("/redemptions", a.redeem)
	post("/redemptions/confirmations", a.confirmRedeem)
	post("/redemptions/reversals", a.reverseRedeem)
}
