package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"voucherswitch/adapters/turnstile"
	"voucherswitch/ports"
)

const (
	readWithin  = 10 * time.Second
	idleFor     = 2 * time.Minute
	answerSpare = 5 * time.Second // what the answer may take after the channel deadline, before the line is cut
	maxHead     = 16 << 10
)

// Addresses are where a running process listens.
type Addresses struct{ HTTP, Admin, Simulator string }

// Options say how Run lives with the world around it.
type Options struct {
	Dev   bool            // the development world: test keys, one password, everything on this machine
	Log   *slog.Logger    // never a secret
	Ready func(Addresses) // called once, when everything serves
	// Journal, if given, takes the place of the database's, to measure all else. No command gives one.
	Journal ports.Journal
}

// Run is a process: it starts everything, serves until ctx ends or a part fails, and stops without losing a request
// that it accepted. Configuration errors are Problems.
func Run(ctx context.Context, config Config, o Options) (err error) {
	if err := onlyLoopback(config, o.Dev); err != nil {
		return err
	}
	release, err := config.holdDatabase()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	doors, err := open(ctx, config)
	if err != nil {
		return err
	}
	defer doors.close()
	p, err := build(ctx, config, o, doors.addresses.Simulator)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	return p.serve(ctx, doors, o.Ready)
}

// idleHeap is memory that is set aside and never touched, so that it costs none. The collector waits for the heap to
// grow by as much as there is of it, and that of a switch is small: without, it would collect many times a second.
const idleHeap = 64 << 20

// doors are the listeners, opened before the parts are built so that a taken port costs nothing.
type doors struct {
	http, admin, simulator net.Listener
	addresses              Addresses
}

func open(ctx context.Context, config Config) (d doors, err error) {
	listen := func(key, address string) (net.Listener, string) {
		if address == "" || err != nil {
			return nil, ""
		}
		var l net.Listener
		if l, err = new(net.ListenConfig).Listen(ctx, "tcp", address); err != nil {
			err = fmt.Errorf("%s: %w; choose another address", key, err)
			return nil, ""
		}
		return l, l.Addr().String()
	}
	d.http, d.addresses.HTTP = listen("http.listen", config.HTTP.Listen)
	d.admin, d.addresses.Admin = listen("admin.listen", config.Admin.Listen)
	d.simulator, d.addresses.Simulator = listen("simulator.listen", config.Simulator.Listen)
	if err != nil {
		d.close()
	}
	return d, err
}

func (d doors) close() {
	for _, l := range []net.Listener{d.http, d.admin, d.simulator} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// serve starts from the inside outwards and stops from the outside inwards: channels first, so that what they sent is
// finished by parts that still live.
func (p *program) serve(ctx context.Context, d doors, ready func(Addresses)) error {
	idle := make([]byte, idleHeap)
	defer runtime.KeepAlive(idle)
	group, failed := errgroup.WithContext(context.WithoutCancel(ctx))
	rest, stopChores := context.WithCancel(context.WithoutCancel(ctx))
	defer stopChores()
	background, stopSimulator := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSimulator()

	if d.simulator != nil {
		if err := p.startSimulator(background, d.simulator, group); err != nil {
			return err
		}
	}
	channels, admin := p.servers()
	group.Go(func() error { return serving(admin, d.admin) })
	group.Go(func() error { return serving(channels, p.door(d.http)) })
	chores := p.startChores(rest)
	p.ready.Store(true)
	if ready != nil {
		ready(d.addresses)
	}

	p.waitForEnd(ctx, failed)
	p.draining.Store(true)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.config.Timing.ShutdownGrace)
	defer cancel()
	err := channels.Shutdown(grace)
	stopChores()
	err = errors.Join(err, wait(grace, chores), p.sale.Close(grace), admin.Shutdown(grace))
	stopSimulator()
	_ = channels.Close()
	_ = admin.Close()
	if err = errors.Join(err, group.Wait()); err == nil {
		p.log.Info("stopped")
	}
	return err
}

// waitForEnd waits until the process shall end or a server has failed. A hang-up signal has certificates read at once;
// where somebody hopes that it reads the configuration again, it says that this is not so.
func (p *program) waitForEnd(ctx, failed context.Context) {
	hangUp := make(chan os.Signal, 1)
	if !p.dev {
		signal.Notify(hangUp, syscall.SIGHUP)
		defer signal.Stop(hangUp)
	}
	for {
		select {
		case <-hangUp:
			p.log.Warn("certificates are read anew; a changed configuration is not: restart the process to use it")
			select {
			case p.hungUp <- struct{}{}:
			default: // somebody is woken already
			}
		case <-failed.Done():
			return
		case <-ctx.Done():
			p.log.Info("stopping: finishing what was accepted", "grace", p.config.Timing.ShutdownGrace)
			return
		}
	}
}

// door bounds what strangers hold open of the channels' listener.
func (p *program) door(l net.Listener) net.Listener {
	door := turnstile.NewDoor(l, turnstile.Connections{
		InAll: p.config.HTTP.MaxConnections, OfASource: p.config.HTTP.MaxConnectionsPerSource,
	}, p.figures.ConnectionRefused)
	p.figures.Connections(door.Open)
	return door
}

// servers make the channels' and the operators' server. A channel's line outlives its deadline by a little, so that
// the answer is never cut off.
func (p *program) servers() (channels, admin *http.Server) {
	quiet := slog.NewLogLogger(p.log.Handler(), slog.LevelDebug)
	channels = &http.Server{
		Handler: p.channels, ErrorLog: quiet, MaxHeaderBytes: maxHead,
		ReadHeaderTimeout: readWithin, ReadTimeout: readWithin, IdleTimeout: idleFor,
		WriteTimeout: readWithin + p.config.Timing.ChannelDeadline + answerSpare,
	}
	if p.listener != nil {
		channels.TLSConfig = p.listener.Listening()
	}
	admin = &http.Server{
		Handler: p.admin(), ErrorLog: quiet, MaxHeaderBytes: maxHead,
		ReadHeaderTimeout: readWithin, ReadTimeout: readWithin, WriteTimeout: readWithin, IdleTimeout: idleFor,
	}
	return channels, admin
}

func serving(server *http.Server, l net.Listener) (err error) {
	if server.TLSConfig != nil {
		err = server.ServeTLS(l, "", "")
	} else {
		err = server.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
