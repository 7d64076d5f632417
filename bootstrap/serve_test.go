package bootstrap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"voucherswitch/adapters/gormstore"
	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
)

// slowVendor takes its time over everything and then issues.
func slowVendor(t *testing.T, arrived chan<- struct{}, pause time.Duration) *httptest.Server {
	t.Helper()
	vendor, err := simulator.New(simulator.Options{Profiles: []simulator.Profile{{
		Provider: voucher.Provider{ID: "slow", Receivers: []voucher.Institution{{ID: "55555555", Name: "Slow"}}},
		Username: "us", Password: voucher.NewSecret("hunter2"),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		time.Sleep(pause)
		vendor.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// configured writes a production configuration for one vendor and one channel with that secret's hash.
func configured(t *testing.T, vendor, hash string) string {
	t.Helper()
	return file(t, fmt.Sprintf(`
keys: {index_key_file: "KEY/index.key", keyset_file: "KEY/keyset.json", anchor_key_file: "KEY/anchor.key"}
database: {dsn: "sqlite:KEY/data/switch.db"}
http: {listen: "127.0.0.1:0"}
admin: {listen: "127.0.0.1:0"}
channels:
  - {id: "22222222", name: "TransAcquire Co", secret_hash: %q, settlement_entity: {id: "3", name: "T"}}
providers:
  - {id: slow, url: %q, username: us, password_file: "KEY/password", receivers: ["55555555"], allow_insecure: true}
`, hash, vendor+"/slow/suv/v1"))
}

// credentials come from the command that makes them.
func credentials(t *testing.T) (secret, hash string) {
	t.Helper()
	code, out, _ := do("channel", "add", "--id", "22222222", "--name", "TransAcquire Co", "--json")
	var made struct {
		ID, Secret string
		Hash       string `json:"secret_hash"`
	}
	if err := json.Unmarshal([]byte(out), &made); err != nil || code != exitDone || made.ID != "22222222" {
		t.Fatalf("%d %v: %s", code, err, out)
	}
	return made.Secret, made.Hash
}

func TestServeSellsToItsChannelsAndFinishesWhatItAccepted(t *testing.T) {
	arrived := make(chan struct{}, 10)
	secret, hash := credentials(t)
	config := configured(t, slowVendor(t, arrived, time.Second).URL, hash)
	if code, _, notes := do("migrate", "up", "--config", config); code != exitDone {
		t.Fatal(notes)
	}
	r := start(t, "ready at", "serve", "--config", config)
	found := regexp.MustCompile(`channels on (\S+); ready at (\S+)/readyz`).FindStringSubmatch(r.notes.String())
	api, admin := "http://"+found[1], found[2]

	for user, password := range map[string]string{"22222222": devPassword, "nobody": secret} {
		if status, _ := ask(t, "GET", api+"/products", user, password, ""); status != http.StatusUnauthorized {
			t.Errorf("%s is answered %d", user, status)
		}
	}
	answered := make(chan int, 1)
	go func() {
		status, _ := ask(t, "POST", api+"/vouchers", "22222222", secret, saleOf(uuid.NewString(), "55555555", 100))
		answered <- status
	}()
	<-arrived
	r.cancel()
	eventually(t, time.Second, "the switch says that it is draining", func() bool {
		status, body := ask(t, "GET", admin+"/readyz", "", "", "")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "draining")
	})
	if status, _ := ask(t, "GET", api+"/products", "22222222", secret, ""); status == http.StatusOK {
		t.Error("a draining switch accepts more")
	}
	if status := <-answered; status != http.StatusCreated {
		t.Errorf("the accepted sale is answered %d", status)
	}
	if code := r.stop(); code != exitDone {
		t.Errorf("%d: %s", code, r.notes.String())
	}
}

func TestServeRefusesTablesOfAnotherVersion(t *testing.T) {
	_, hash := credentials(t)
	config := configured(t, "http://127.0.0.1:1", hash)
	code, _, notes := do("serve", "--config", config)
	if code != exitFailed || !strings.Contains(notes, "migrate up") {
		t.Errorf("%d: %s", code, notes)
	}
	r := start(t, "ready at", "serve", "--config", config, "--set", "database.migrate=true")
	if code := r.stop(); code != exitDone {
		t.Errorf("%d: %s", code, r.notes.String())
	}
}

func TestMigrateShowsWhatItDid(t *testing.T) {
	_, hash := credentials(t)
	config := configured(t, "http://127.0.0.1:1", hash)
	status := func() (have, need int64) {
		t.Helper()
		_, out, _ := do("migrate", "status", "--config", config, "--json")
		var versions struct{ Have, Need int64 }
		if err := json.Unmarshal([]byte(out), &versions); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return versions.Have, versions.Need
	}
	if code, _, notes := do("migrate", "status", "--config", config); code != exitFailed ||
		!strings.Contains(notes, "no database yet") {
		t.Errorf("%d: %s", code, notes)
	}
	for range 2 {
		if code, _, notes := do("migrate", "up", "--config", config); code != exitDone {
			t.Fatal(notes)
		}
		if have, need := status(); have != need || have == 0 {
			t.Errorf("version %d, needed %d", have, need)
		}
	}
}

// The name leads to this machine: nothing arrives there, the sale was not sent, and the log says why.
func TestAProviderBehindAPrivateNameIsNotReached(t *testing.T) {
	arrived := make(chan struct{}, 10)
	secret, hash := credentials(t)
	at := strings.Replace(slowVendor(t, arrived, 0).URL, "http://127.0.0.1:", "https://LOCALHOST:", 1) // known when it is dialled
	r := start(t, "ready at", "serve", "--config", configured(t, at, hash), "--set", "database.migrate=true",
		"--set", "providers.slow.allow_insecure=false")
	status, body := ask(t, "POST", r.channels("http")+"/vouchers", "22222222", secret,
		saleOf(uuid.NewString(), "55555555", 100))
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "UPSTREAM_UNAVAILABLE") || len(arrived) > 0 {
		t.Errorf("a sale there is answered %d, and %d requests arrived: %s", status, len(arrived), body)
	}
	if !strings.Contains(r.notes.String(), "a provider is not reached") ||
		!strings.Contains(r.notes.String(), "neither public nor in allowed_networks") {
		t.Errorf("the log does not say why: %s", r.notes.String())
	}
}

func TestTheSimulatorRunsAlone(t *testing.T) {
	ledger := filepath.Join(t.TempDir(), "books", "ledger.jsonl")
	r := start(t, "books", "simulate", "--listen", "127.0.0.1:0", "--ledger", ledger)
	books := regexp.MustCompile(`http://\S+/ledger`).FindString(r.notes.String())
	if status, body := ask(t, "GET", books, "", "", ""); status != http.StatusOK || strings.TrimSpace(body) != "[]" {
		t.Errorf("%d: %s", status, body)
	}
	eventually(t, time.Second, "the snippet is printed", func() bool { return strings.Contains(r.out.String(), "cap") })
	before, _, _ := strings.Cut(production, "providers:")
	if _, warnings, wrong := Load(Sources{File: file(t, before+r.out.String())}); len(wrong) > 0 || len(warnings) != 1 {
		t.Errorf("the printed configuration is not good: %v %v", wrong, warnings)
	}
	if code, _, notes := do("simulate", "--listen", "127.0.0.1:0", "--ledger", ledger); code != exitFailed ||
		!strings.Contains(notes, "in use by process") {
		t.Errorf("%d: %s", code, notes)
	}
	if code := r.stop(); code != exitDone {
		t.Errorf("%d: %s", code, r.notes.String())
	}
}

func TestNoProviderThatAdvicesWaitForLeavesTheConfigurationUnnoticed(t *testing.T) {
	ctx := context.Background()
	keys, err := noKeys()
	if err != nil {
		t.Fatal(err)
	}
	store, err := gormstore.Open(ctx, gormstore.Options{
		DSN: "sqlite:" + filepath.Join(t.TempDir(), "s.db"), Clock: time.Now, IndexKey: keys.index, Keyring: keys.ring,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	owing := contract.FullMove()
	if err := errors.Join(store.Migrate(ctx), store.Append(ctx, voucher.Decision{Move: owing})); err != nil {
		t.Fatal(err)
	}
	p := program{store: store}
	if err := p.owesNobodyElse(ctx); err == nil || !strings.Contains(err.Error(), string(owing.Queues.Provider)) {
		t.Errorf("without the provider: %v", err)
	}
	p.config.Providers = []Provider{{ID: string(owing.Queues.Provider)}}
	if err := p.owesNobodyElse(ctx); err != nil {
		t.Errorf("with the provider: %v", err)
	}
}
