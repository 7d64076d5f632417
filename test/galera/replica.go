package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	channelDeadline = 15 * time.Second
	simulatorAt     = "127.0.0.1:8000"
	readyWithin     = 30 * time.Second
)

// configuration is that of a replica. The replicas differ in addresses only.
const configuration = `
http: {listen: %q}
admin: {listen: %q}
database: {dsn: %q}
keys: {index_key_file: "%[4]s/index.key", keyset_file: "%[4]s/keyset.json",
  anchor_key_file: "%[4]s/anchor.key"}
timing: {channel_deadline: 15s, reversal_window: 5s}
channels:
`

const channelConfiguration = `
  - id: %q
    name: "A channel"
    messaging: %s
    secret_hash: %q
    settlement_entity: {id: "33333333", name: "TransactionsRUs"}
`

// providers are those of the simulator. The breakers stay closed, so that many bad moods at once do not hide each
// other, nor the database's faults.
const providers = `
providers:
  - id: plain
    <<: &simulator {adapter: suv, username: voucherswitch, password: simulator, allow_insecure: true,
      timeout: 1s, longest_processing: 2s, breaker: {minimum: 1000000}}
    url: "http://127.0.0.1:8000/plain/suv/v1"
    receivers: [{id: "44444444", name: "MobiTalk"}]
    capabilities: {retries: true, reversals: true, confirmations: true, client_codes: true}
  - id: stellr
    <<: *simulator
    url: "http://127.0.0.1:8000/stellr/suv/v1"
    receivers: [{id: "55555555", name: "Stellr"}]
  - id: netcare
    <<: *simulator
    url: "http://127.0.0.1:8000/netcare/suv/v1"
    receivers: [{id: "66666666", name: "Netcare"}]
    capabilities: {reversals: true, confirmations: true}
  - id: dual
    <<: *simulator
    url: "http://127.0.0.1:8000/dual/suv/v1"
    receivers: [{id: "77777777", name: "TwoStep Vouchers"}]
    capabilities: {retries: true, reversals: true, confirmations: true}
`

// credentials are a channel's, and how it confirms.
type credentials struct {
	ID        string `json:"id"`
	Secret    string `json:"secret"`
	Hash      string `json:"secret_hash"`
	messaging string
}

// replica is a process of the switch, beside a node.
type replica struct {
	process
	number int
	binary string
	config string
}

func (r *replica) api() string   { return fmt.Sprintf("127.0.0.1:80%d1", r.number) }
func (r *replica) admin() string { return fmt.Sprintf("127.0.0.1:80%d2", r.number) }

func newReplica(folder string, n *node, channels []credentials) (*replica, error) {
	r := &replica{
		number: n.number, binary: filepath.Join(folder, "voucherswitch"),
		config: filepath.Join(folder, fmt.Sprintf("replica%d.yaml", n.number)),
	}
	r.name = fmt.Sprintf("replica%d", n.number)
	r.log = filepath.Join(folder, r.name+".log")
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, configuration, r.api(), r.admin(),
		fmt.Sprintf("mysql://service:%s@%s:3306/vouchers", servicePassword, n.address(clients)),
		filepath.Join(folder, "keys"))
	for _, c := range channels {
		_, _ = fmt.Fprintf(&text, channelConfiguration, c.ID, c.messaging, c.Hash)
	}
	text.WriteString(providers)
	return r, os.WriteFile(r.config, []byte(text.String()), 0o600)
}

// serve starts the replica and waits until it says that it is ready.
func (r *replica) serve() error {
	if err := r.start(r.binary, "serve", "--config", r.config); err != nil {
		return err
	}
	return r.await(readyWithin, r.ready)
}

// ready asks as a load balancer does.
func (r *replica) ready() error { return answers("http://" + r.admin() + "/readyz") }

func answers(url string) error {
	status, body, err := fetch(url)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%d %s", status, body)
	}
	return err
}

func fetch(url string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// simulate starts the providers, whose books outlive everything.
func simulate(folder string) (*process, error) {
	s := &process{name: "simulator", log: filepath.Join(folder, "simulator.log")}
	err := s.start(filepath.Join(folder, "voucherswitch"), "simulate", "--listen", simulatorAt,
		"--ledger", filepath.Join(folder, "ledger.jsonl"))
	if err != nil {
		return nil, err
	}
	return s, s.await(readyWithin, func() error { return answers("http://" + simulatorAt + "/ledger") })
}

// register makes the channels' credentials.
func register(folder string) ([]credentials, error) {
	channels := []credentials{{ID: "11111111", messaging: "single"}, {ID: "22222222", messaging: "single"},
		{ID: "99999999", messaging: "dual"}}
	for i, c := range channels {
		out, err := run(folder, "channel", "add", "--id", c.ID, "--name", "A channel", "--json")
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(out, &channels[i]); err != nil {
			return nil, err
		}
	}
	return channels, nil
}

// migrate makes the tables from all nodes at once, as careless operators would: one must wait for the other.
func migrate(folder string, all []*node) error {
	failures := make([]error, len(all))
	var migrating sync.WaitGroup
	for i, n := range all {
		address := fmt.Sprintf("mysql://migrator:%s@%s:3306/vouchers", migratorPassword, n.address(clients))
		migrating.Go(func() {
			_, failures[i] = run(folder, "migrate", "up", "--set", "database.dsn="+address,
				"--config", filepath.Join(folder, fmt.Sprintf("replica%d.yaml", n.number)))
		})
	}
	migrating.Wait()
	var steps, different int
	failures = append(failures, all[0].console.QueryRowContext(context.Background(),
		"SELECT COUNT(*), COUNT(DISTINCT version_id) FROM vouchers.goose_db_version").Scan(&steps, &different))
	if steps != different {
		failures = append(failures, fmt.Errorf("%d migrations were noted, %d different ones", steps, different))
	}
	return errors.Join(failures...)
}

// run runs a command of the switch to its end and gives what it prints.
func run(folder string, arguments ...string) ([]byte, error) {
	//nolint:gosec // the words are this program's own
	command := exec.CommandContext(context.Background(), filepath.Join(folder, "voucherswitch"), arguments...)
	var notes strings.Builder
	command.Stderr = &notes
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("voucherswitch %s: %w\n%s", arguments[0], err, notes.String())
	}
	return out, err
}
