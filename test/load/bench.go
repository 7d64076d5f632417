package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"voucherswitch/test/mariadb"
)

const (
	channelID   = "22222222"
	receiverID  = "44444444"
	readyWithin = 30 * time.Second
)

// bench is what is measured, and what that stands on.
type bench struct {
	folder string
	binary string
	secret string // of the channel
	hash   string
	listen string // of the switch
	admin  string
	server *mariadb.Server
	vendor *vendor
}

// build makes the switch, a channel's credentials, the vendor and the server.
func build(ctx context.Context, folder string) (*bench, error) {
	b := &bench{folder: folder, binary: filepath.Join(folder, "voucherswitch")}
	compile := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "voucherswitch/bootstrap/voucherswitch")
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	var credentials struct {
		Secret string `json:"secret"`
		Hash   string `json:"secret_hash"`
	}
	add := exec.CommandContext(ctx, b.binary, "channel", "add", "--id", channelID, "--name", "Shop", "--json")
	out, err := add.Output()
	if err == nil {
		err = json.Unmarshal(out, &credentials)
	}
	if err != nil {
		return nil, err
	}
	b.secret, b.hash = credentials.Secret, credentials.Hash
	//nolint:gosec // the binary is our own
	if err := exec.CommandContext(ctx, b.binary, "keys", "init", filepath.Join(folder, "keys")).Run(); err != nil {
		return nil, err
	}
	for _, address := range []*string{&b.listen, &b.admin} {
		if *address, err = freeAddress(ctx); err != nil {
			return nil, err
		}
	}
	if b.vendor, err = openVendor(ctx); err != nil {
		return nil, err
	}
	b.server, err = mariadb.Start(folder)
	return b, err
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (b *bench) close() {
	_ = b.server.Kill()
	b.vendor.close()
}

func (b *bench) restart() error {
	if err := b.server.Stop(); err != nil {
		return err
	}
	return b.server.Restart()
}

const configuration = `
http: {listen: %q}
admin: {listen: %q}
database: {dsn: %q, migrate: true}
keys: {index_key_file: "%[4]s/index.key", keyset_file: "%[4]s/keyset.json",
  anchor_key_file: "%[4]s/anchor.key"}
channels:
  - id: %q
    name: "Shop"
    secret_hash: %q
    settlement_entity: {id: "33333333", name: "TransactionsRUs"}
providers:
  - id: vendor
    url: %q
    username: "voucherswitch"
    password: "secret"
    allow_insecure: true
    max_in_flight: 1024
    receivers: [{id: %q, name: "MobiTalk"}]
    capabilities: {retries: true, reversals: true}
`

// replica is a running switch.
type replica struct {
	process *exec.Cmd
	log     bytes.Buffer
}

// serve starts the switch on a database and waits until it is ready.
func (b *bench) serve(ctx context.Context, database string) (*replica, error) {
	file := filepath.Join(b.folder, database+".yaml")
	text := fmt.Sprintf(configuration, b.listen, b.admin, b.server.Address()+"/"+database,
		filepath.Join(b.folder, "keys"), channelID, b.hash, b.vendor.url, receiverID)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	//nolint:gosec // the binary is our own
	r := &replica{process: exec.CommandContext(context.WithoutCancel(ctx), b.binary, "serve", "--config", file)}
	r.process.Stderr = &r.log
	r.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.process.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(readyWithin); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if b.isReady(ctx) {
			return r, nil
		}
	}
	_ = r.process.Process.Kill()
	_ = r.process.Wait()
	return nil, fmt.Errorf("the switch is not ready in time:\n%s", r.log.String())
}

func (b *bench) isReady(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.admin+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// stop ends the switch in order.
func (r *replica) stop() error {
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := r.process.Wait(); err != nil {
		return errors.Join(err, fmt.Errorf("the switch said:\n%s", r.log.String()))
	}
	return nil
}
