package scenarios

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// configuration is what `serve` needs to stand in front of a simulator of its own; providers as in development mode.
const configuration = `
database: {dsn: %q, migrate: true}
keys: {index_key_file: "%[2]s/keys/index.key", keyset_file: "%[2]s/keys/keyset.json",
  anchor_key_file: "%[2]s/keys/anchor.key"}
timing: {reversal_window: 3s}
channels:
`

const originator = `
  - id: %q
    name: "TransAcquire Co"
    messaging: %s
    secret_hash: %q
    settlement_entity: {id: "33333333", name: "TransactionsRUs"}
`

const provider = `
  - id: %s
    adapter: suv
    url: "%s/%[1]s/suv/v1"
    username: "voucherswitch"
    password: "simulator"
    allow_insecure: true
    receivers: [{id: %[3]q, name: "Somebody"}]
    capabilities: {retries: %v, reversals: %v, confirmations: %v, client_codes: %v}
    timeout: %[8]s
    longest_processing: 4s
    breaker: {minimum: 1000000}
`

// foreign is a provider with a wire of its own.
const foreign = `
  - id: kiosk
    adapter: kiosk
    url: "%s/kiosk"
    username: "voucherswitch"
    password: "simulator"
    allow_insecure: true
    receivers: [{id: %q, name: "Kiosk Digital"}]
    capabilities: {retries: true, reversals: true, confirmations: true}
    product_ids: {"*": "KD-OPEN"}
    timeout: %s
    longest_processing: 4s
`

// messaging is that of the configured channels; the switch confirms on behalf of the single ones.
var messaging = map[string]string{"22222222": "single", "88888888": "single", "99999999": "dual"}

// production starts `simulate` and `serve` as two processes; killing the world kills the switch alone.
func production(t *testing.T, timeout string) *world {
	t.Helper()
	return deploy(t, 1, "", timeout)[0]
}

// deploy starts `simulate`, and `serve` so many times at once: replicas that share a configuration and a database, which
// is a file if dsn is empty.
func deploy(t *testing.T, count int, dsn, timeout string, flags ...string) []*world {
	t.Helper()
	data := t.TempDir()
	ports, err := freePorts(1 + 2*count)
	if err != nil {
		t.Fatal(err)
	}
	file, simulator := filepath.Join(data, "switch.yaml"), "http://"+ports[0]
	secrets := configure(t, file, cmp.Or(dsn, "sqlite:"+filepath.Join(data, "switch.db")), simulator, timeout)
	simulate(t, ports[0], filepath.Join(data, "ledger.jsonl"))
	var replicas []*world
	for i := range count {
		listen, admin := ports[1+2*i], ports[2+2*i]
		w := &world{
			data: data, api: "http://" + listen, admin: "http://" + admin, simulator: simulator, secrets: secrets,
			log:       filepath.Join(data, fmt.Sprintf("log-%d", i)),
			listCases: []string{"cases", "list", "--limit", "10000", "--json", "--config", file},
		}
		w.arguments = append([]string{"serve", "--config", file, "--listen", listen, "--admin-listen", admin}, flags...)
		if err := w.launch(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.kill)
		replicas = append(replicas, w)
	}
	for _, w := range replicas {
		if err := w.awaitReady(); err != nil {
			t.Fatal(err)
		}
	}
	return replicas
}

// configure writes the configuration, and tells each channel's secret.
func configure(t *testing.T, file, dsn, simulator, timeout string) map[string]string {
	t.Helper()
	text, secrets := fmt.Sprintf(configuration, dsn, filepath.Dir(file)), map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(messaging)) {
		output, err := exec.Command(binary, "channel", "add", "--id", id, "--name", "Shop", "--json").Output()
		if err != nil {
			t.Fatal(err)
		}
		var credentials struct {
			Secret string `json:"secret"`
			Hash   string `json:"secret_hash"`
		}
		if err := json.Unmarshal(output, &credentials); err != nil {
			t.Fatalf("%v in %s", err, output)
		}
		secrets[id] = credentials.Secret
		text += fmt.Sprintf(originator, id, messaging[id], credentials.Hash)
	}
	text += "providers:\n" +
		fmt.Sprintf(provider, "plain", simulator, plain, true, true, true, true, timeout) +
		fmt.Sprintf(provider, "dual", simulator, dual, true, true, true, false, timeout) +
		fmt.Sprintf(provider, "netcare", simulator, netcare, false, true, true, false, timeout) +
		fmt.Sprintf(provider, "stellr", simulator, stellr, false, false, false, false, timeout) +
		fmt.Sprintf(foreign, simulator, kiosk, timeout)
	if out, err := exec.Command(binary, "keys", "init", filepath.Join(filepath.Dir(file), "keys")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return secrets
}

// simulate starts the providers, whose books outlive every switch.
func simulate(t *testing.T, listen, ledger string) {
	t.Helper()
	simulator := exec.Command(binary, "simulate", "--listen", listen, "--ledger", ledger)
	simulator.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := simulator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = simulator.Process.Kill(); _ = simulator.Wait() })
	eventually(t, 10*time.Second, func() string {
		if status, _, err := get("http://" + listen + "/ledger"); err != nil || status != http.StatusOK {
			return "the simulator does not answer"
		}
		return ""
	})
}

func TestServeKnowsNoPasswordOfDevelopmentMode(t *testing.T) {
	t.Parallel()
	w := production(t, "2s")
	w.channel().sold(t, sale(plain, 12000))
	guess := w.channel()
	guess.password = "password"
	guess.provision(t, sale(plain, 12000)).wantError(t, http.StatusUnauthorized, "AUTHENTICATION_ERROR")
	unknown := w.channel()
	unknown.user = "10101010"
	unknown.provision(t, sale(plain, 12000)).wantError(t, http.StatusUnauthorized, "AUTHENTICATION_ERROR")
}

func TestDualMessagingChannelConfirmsForItself(t *testing.T) {
	t.Parallel()
	w := production(t, "2s")
	both, single := asStranger(sale(dual, 12000)), sale(dual, 12000)
	c := w.stranger()
	c.sold(t, both)
	w.channel().sold(t, single)
	eventually(t, 10*time.Second, func() string {
		if w.ledger(t)[single.id()].State != "confirmed" {
			return "the switch did not confirm on behalf of the single messaging channel"
		}
		return ""
	})
	if written := w.ledger(t)[both.id()]; written.State != "issued" || written.Confirmations != 0 {
		t.Errorf("the switch confirmed on behalf of a dual messaging channel: %+v", written)
	}
	c.confirm(t, advice(both.id())).want(t, http.StatusAccepted)
	eventually(t, 5*time.Second, func() string {
		if w.ledger(t)[both.id()].State != "confirmed" {
			return "the confirmation was not delivered"
		}
		return ""
	})
}
