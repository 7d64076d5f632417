package http

import (
	"fmt"
	"log/slog"
	nethttp "net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"voucherswitch/domain/voucher"
)

const (
	channelKey = "channel"
	maxAddress = 4 << 10 // bytes
	maxMethod  = 16      // bytes of a method that are logged, more than any has that a route knows
)

// plainPath accepts a trailing slash without a redirect (wire contract, section 1), and escapes for what they spell.
func plainPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		url := c.Request().URL
		url.RawPath = ""
		if len(url.Path) > 1 {
			url.Path = strings.TrimSuffix(url.Path, "/")
		}
		return next(c)
	}
}

// short refuses an address that no route can need: the longest names an id, a serial number and a code, each character
// of four bytes escaped.
func short(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(c.Request().RequestURI) > maxAddress {
			return misshapen(nethttp.StatusRequestURITooLong, "the address is over the limit")
		}
		return next(c)
	}
}

// closing ends a connection after a body in chunks. Beside one, another length may have stood, which the server passes
// over and something in front may have believed: what it took for the next request is never read (RFC 9112, section
// 6.3).
func closing(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(c.Request().TransferEncoding) > 0 {
			c.Response().Header().Set("Connection", "close")
		}
		return next(c)
	}
}

// logged writes one line a request; one that succeeded is for whoever looks for it, and counted anyway. It names the
// route and never the query, which may hold a voucher code.
func (a api) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		c.Response().Header().Set("X-Content-Type-Options", "nosniff")
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		status, level := c.Response().Status, slog.LevelDebug
		if status >= nethttp.StatusBadRequest {
			level = slog.LevelInfo
		}
		ctx := c.Request().Context()
		if !a.Log.Enabled(ctx, level) {
			return nil
		}
		method := c.Request().Method
		line := []slog.Attr{
			slog.String("method", method[:min(len(method), maxMethod)]), slog.String("route", c.Path()),
			slog.Int("status", status), slog.Duration("latency", time.Since(start)),
			slog.String("channel", string(channelOf(c).ID)),
		}
		if err != nil && status >= nethttp.StatusInternalServerError {
			level = slog.LevelWarn
			line = append(line, slog.Any("error", err))
		}
		a.Log.LogAttrs(ctx, level, "request", line...)
		return nil
	}
}

// recovered turns a panic into a fault of ours. The text of a panic that is not the run time's own may hold anything,
// so only its type is told.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch cause := recover().(type) {
			case nil:
			case runtime.Error:
				err = fmt.Errorf("panic: %w\n%s", cause, debug.Stack())
			default:
				err = fmt.Errorf("panic with a %T\n%s", cause, debug.Stack())
			}
		}()
		return next(c)
	}
}

// hardened keeps answers, which may hold vouchers, out of every cache.
func hardened(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		return next(c)
	}
}

// authenticated is the first check of every channel route (wire contract, Authentication).
func (a api) authenticated(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var channel voucher.Channel
		var wait time.Duration
		caller, known := callerOf(c.Request())
		if known {
			channel, wait, known = a.Authenticate(caller)
		}
		if wait > 0 {
			return limited(wait, "too many wrong credentials came from here; ask again later", ids{})
		}
		if !known {
			c.Response().Header().Set("WWW-Authenticate", `Basic realm="Voucher Switch", charset="UTF-8"`)
			return unauthorized()
		}
		c.Set(channelKey, channel)
		return next(c)
	}
}

// admitted sheds what there is no room for, while that costs little: nothing was read yet, and nothing is written
// (lifecycle S27).
func (a api) admitted(kind string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if a.Sheds != nil && a.Sheds(kind) {
				return shed()
			}
			return next(c)
		}
	}
}

// channelOf is who asks; zero before the credentials were checked.
func channelOf(c echo.Context) voucher.Channel {
	channel, _ := c.Get(channelKey).(voucher.Channel)
	return channel
}
