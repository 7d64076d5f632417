package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const readyWithin = 30 * time.Second

const configuration = `
http: {listen: %q, max_connections: 20000, max_connections_per_source: 20000}
admin: {listen: %q}
database: {dsn: %q, migrate: true, decisions_per_commit: %d}
keys: {index_key_file: "%[5]s/index.key", keyset_file: "%[5]s/keyset.json", anchor_key_file: "%[5]s/anchor.key"}
channels:
  - id: %[6]q
    name: "Shop"
    secret_hash: %[7]q
    settlement_entity: {id: "33333333", name: "TransactionsRUs"}
providers:
  - id: vendor
    url: %[8]q
    username: "voucherswitch"
    password: "secret"
    allow_insecure: true
    max_in_flight: %[9]d
    timeout: 60s
    receivers: [{id: %[10]q, name: "MobiTalk"}]
    capabilities: {retries: true, reversals: true}
timing: {channel_deadline: 90s, shutdown_grace: 100s, reversal_wait: %[11]s}
`

// plan says how a switch is to be run. Its zero value is the switch as it comes, on a database of that name.
type plan struct {
	database  string // at the server; empty: a file of SQLite's
	file      string
	perCommit int           // decisions; 0: as it comes
	inFlight  int           // provisions that the gate lets through; 0: more than any part asks for
	wait      time.Duration // of a reversal for its provider
	unkept    bool          // without a journal
}

// replica is a running switch, or the bare server that it is compared with.
type replica struct {
	url     string // of the channel interface
	admin   string
	process *exec.Cmd
	log     complaints
}

// serve starts a switch and waits until it is ready.
func (w *world) serve(ctx context.Context, p plan) (*replica, error) {
	listen, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	dsn, name := w.server.Address()+"/"+p.database, p.database
	if p.database == "" {
		dsn, name = "sqlite:"+w.path(p.file), p.file
	}
	orElse := func(n, other int) int {
		if n == 0 {
			return other
		}
		return n
	}
	text := fmt.Sprintf(configuration, listen, admin, dsn, orElse(p.perCommit, 64), w.path("keys"), channelID, w.hash,
		w.vendor.url, orElse(p.inFlight, 12000), receiverID, p.wait)
	file := w.path(name + ".yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	command := []string{w.binary, "serve", "--config", file}
	if p.unkept {
		command = []string{self(), "unkept", file}
	}
	r := &replica{url: "http://" + listen + "/suv/v1", admin: "http://" + admin}
	return r, r.start(ctx, command, r.admin+"/readyz")
}

// self is this program, which plays other parts as well.
func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// start runs a process and waits until it answers at the address.
func (r *replica) start(ctx context.Context, command []string, ready string) error {
	//nolint:gosec // the binaries are our own
	r.process = exec.CommandContext(context.WithoutCancel(ctx), command[0], command[1:]...)
	r.process.Stderr = &r.log
	r.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.process.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(readyWithin); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if text, err := get(ctx, ready); err == nil && len(text) > 0 {
			return nil
		}
	}
	_ = r.process.Process.Kill()
	_ = r.process.Wait()
	return fmt.Errorf("%s is not ready in time:\n%s", command, &r.log)
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s is answered %d", url, response.StatusCode)
	}
	return io.ReadAll(response.Body)
}

// stop ends it in order.
func (r *replica) stop() error {
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := r.process.Wait(); err != nil {
		return errors.Join(err, fmt.Errorf("it said:\n%s", &r.log))
	}
	return nil
}

// complaints are what a process said last, but for the line that it writes of every request. One goroutine writes.
type complaints struct {
	mu    sync.Mutex
	lines []string
	begun []byte // of a line
}

// Write implements io.Writer.
func (c *complaints) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = append(c.begun, text...)
	for {
		line, rest, whole := bytes.Cut(c.begun, []byte{'\n'})
		if !whole {
			return len(text), nil
		}
		if !bytes.Contains(line, []byte("msg=request ")) {
			c.lines = append(c.lines[max(0, len(c.lines)-50):], string(line))
		}
		c.begun = append(c.begun[:0], rest...)
	}
}

// String implements fmt.Stringer.
func (c *complaints) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.lines, "\n")
}

// stopAll ends them, and tells what went wrong with any.
func stopAll(all ...*replica) (err error) {
	for _, r := range all {
		if r != nil {
			err = errors.Join(err, r.stop())
		}
	}
	return err
}

// ticksPerSecond is the unit of a process's times in /proc, the same on every Linux that Go runs on.
const ticksPerSecond = 100

// processorTime is what the process has used of the processors so far.
func (r *replica) processorTime() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, errors.New("/proc tells no times")
	}
	var ticks int64
	for _, field := range fields[11:13] { // in the program, and in the system for it
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// resident is the memory that the process has, in bytes.
func (r *replica) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if after, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
			return kilobytes * 1024, err
		}
	}
	return 0, errors.New("/proc tells no memory")
}
