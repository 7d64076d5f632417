package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"voucherswitch/test/mariadb"
)

const (
	channelID  = "22222222"
	receiverID = "44444444"
)

// world is what is measured, and what that stands on.
type world struct {
	options
	binary string
	secret string // of the channel
	hash   string
	server *mariadb.Server
	vendor *vendor
	report report
}

// build makes the switch, a channel's credentials, the vendor and the server.
func build(ctx context.Context, o options) (*world, error) {
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return nil, err
	}
	w := &world{options: o, binary: filepath.Join(o.folder, "voucherswitch")}
	w.report = report{
		Started: time.Now().UTC(), Cores: runtime.NumCPU(), Go: runtime.Version(), Quick: o.quick, Rounds: o.rounds,
		Measured: o.measure.Seconds(), Books: map[string]book{},
	}
	compile := exec.CommandContext(ctx, "go", "build", "-o", w.binary, "voucherswitch/bootstrap/voucherswitch")
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	var credentials struct {
		Secret string `json:"secret"`
		Hash   string `json:"secret_hash"`
	}
	add := exec.CommandContext(ctx, w.binary, "channel", "add", "--id", channelID, "--name", "Shop", "--json")
	out, err := add.Output()
	if err == nil {
		err = json.Unmarshal(out, &credentials)
	}
	if err != nil {
		return nil, err
	}
	w.secret, w.hash = credentials.Secret, credentials.Hash
	if _, err := os.Stat(w.path("keys")); err != nil { // those of a kept database stay
		//nolint:gosec // the binary is our own
		if err := exec.CommandContext(ctx, w.binary, "keys", "init", w.path("keys")).Run(); err != nil {
			return nil, err
		}
	}
	if w.vendor, err = openVendor(ctx); err != nil {
		return nil, err
	}
	w.server, err = mariadb.Start(o.folder)
	return w, err
}

func (w *world) path(name string) string { return filepath.Join(w.folder, name) }

func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (w *world) close() {
	_ = w.server.Kill()
	w.vendor.close()
}

func (w *world) restart() error {
	if err := w.server.Stop(); err != nil {
		return err
	}
	return w.server.Restart()
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
