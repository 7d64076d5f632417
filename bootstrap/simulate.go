package bootstrap

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/domain/voucher"
)

const moods = `The last four digits of an amount in minor units choose the mood of a provision:
  0000, or anything not below   approve
  4001, 4002, 4003              decline: DO_NOT_HONOUR, INSUFFICIENT_FUNDS, INVALID_AMOUNT
  5000, 5003, 5004              answer 500, 503, 504 without issuing
  6001                          issue, then never answer
  6002                          never answer, nothing issued
  6003                          issue, answer after the switch's time-out
  6004                          answer "not found" to the first reversal, then issue
  7001, 7002, 7003              answer 200 with garbage, a cut-off body, another id
  7004                          drip one byte a second
  8001                          read the request, reset the connection, nothing issued
  9001                          refuse the reversal
  9002                          answer 500 to the first three advices
A rule goes before them for a while, for one provider or all; refuse closes the listener. The list of products meets a
rule of 5000, 5003, 5004, 6001, 6002, 7001 or 8001 too:
  curl -d '{"provider":"plain","mood":"6001","probability":0.5,"for":"30s"}' http://127.0.0.1:8082/moods
  curl -d '{"mood":"refuse","for":"10s"}' http://127.0.0.1:8082/moods
GET /moods lists the rules, DELETE /moods drops them. GET /ledger shows what was issued, reversed and confirmed.`

// newSimulator opens the simulator's books for this process alone, and gives what closes them.
func newSimulator(ledger string, providers []Provider) (*simulator.Simulator, io.Closer, error) {
	if err := os.MkdirAll(filepath.Dir(ledger), 0o700); err != nil {
		return nil, nil, err
	}
	held, err := lock(ledger)
	if err != nil {
		return nil, nil, err
	}
	options := simulator.Options{Ledger: ledger}
	for _, p := range providers {
		if p.Adapter == adapterSimulator {
			options.Profiles = append(options.Profiles, simulator.Profile{
				Provider: p.domain(), Username: simulatorUser, Password: voucher.NewSecret(simulatorPassword),
				SKUs: slices.Collect(maps.Values(p.ProductIDs)),
			})
		}
	}
	s, err := simulator.New(options)
	if err != nil {
		return nil, nil, errors.Join(err, held.Close())
	}
	return s, closers{s, held}, nil
}

// closers closes several things, in order.
type closers []io.Closer

// Close closes all of them, whatever fails.
func (c closers) Close() error {
	var failures []error
	for _, one := range c {
		failures = append(failures, one.Close())
	}
	return errors.Join(failures...)
}

// startSimulator serves the configured providers until ctx ends.
func (p *program) startSimulator(ctx context.Context, door net.Listener, group *errgroup.Group) error {
	s, books, err := newSimulator(p.config.Simulator.Ledger, p.config.Providers)
	if err != nil {
		return err
	}
	group.Go(func() error { return errors.Join(s.Serve(ctx, door), books.Close()) })
	return nil
}

// simulateAlone serves the development world's providers until ctx ends.
func simulateAlone(ctx context.Context, listen, ledger string, ready func(address string)) error {
	world, _, wrong := Load(Sources{World: devWorld})
	if len(wrong) > 0 {
		return wrong
	}
	door, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	defer func() { _ = door.Close() }()
	s, books, err := newSimulator(ledger, world.Providers)
	if err != nil {
		return err
	}
	ready(door.Addr().String())
	return errors.Join(s.Serve(ctx, door), books.Close())
}
