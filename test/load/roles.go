package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"voucherswitch/bootstrap"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// serveUnkept is the switch without its journal: what all else costs. What it sells is forgotten.
func serveUnkept(ctx context.Context, file string) error {
	config, _, wrong := bootstrap.Load(bootstrap.Sources{File: file})
	if len(wrong) > 0 {
		return wrong
	}
	return bootstrap.Run(ctx, config, bootstrap.Options{
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Journal: unkept{},
	})
}

// unkept is a journal that says yes and keeps nothing.
type unkept struct{}

// Append implements ports.Journal.
func (unkept) Append(context.Context, voucher.Decision) error { return nil }

// Find implements ports.Journal.
func (unkept) Find(context.Context, voucher.Key) (voucher.Transaction, error) {
	return voucher.Transaction{}, fault.New(fault.NotFound, "nothing is kept")
}

// Overdue implements ports.Journal.
func (unkept) Overdue(context.Context, int) ([]voucher.Transaction, error) { return nil, nil }

// serveEcho is the least that a server of JSON on Echo does: it reads a message, and writes it.
func serveEcho(ctx context.Context, address string) error {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/readyz", func(c echo.Context) error { return c.String(http.StatusOK, "ready") })
	e.POST("/suv/v1/vouchers", func(c echo.Context) error {
		var m map[string]any
		if err := c.Bind(&m); err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, m)
	})
	server := &http.Server{Addr: address, Handler: e, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}
