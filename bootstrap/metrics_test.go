package bootstrap

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"voucherswitch/adapters/gormstore"
)

func (r *running) metrics() string {
	r.t.Helper()
	status, text := ask(r.t, "GET", r.admin()+"/metrics", "", "", "")
	if status != 200 {
		r.t.Fatalf("a scrape is answered %d: %s", status, text)
	}
	return text
}

// sells sends a sale and gives the code it brought, if any.
func (r *running) sells(id, receiver string, amount, want int) (code string) {
	r.t.Helper()
	status, body := ask(r.t, "POST", r.api()+"/vouchers", "22222222", devPassword, saleOf(id, receiver, amount))
	if status != want {
		r.t.Fatalf("a sale of %d is answered %d, want %d: %s", amount, status, want, body)
	}
	var sold struct{ Voucher struct{ Code string } }
	if err := json.Unmarshal([]byte(body), &sold); err != nil {
		r.t.Fatal(err)
	}
	return sold.Voucher.Code
}

func TestTheFiguresTellWhatWasSoldAndNothingThatAMessageSaid(t *testing.T) {
	r := startDev(t, t.TempDir(), "--set", "providers.plain.timeout=200ms", "--set", "providers.stellr.timeout=200ms")
	const weird = "receiver-no-one-has"
	said := []string{weird, "22222222", "TransAcquire", "Corner Shop", "44444444"}
	for range 2 {
		id := uuid.NewString()
		said = append(said, id, r.sells(id, "44444444", 10000, 201))
	}
	r.sells(uuid.NewString(), "44444444", 14001, 404)
	r.sells(uuid.NewString(), "55555555", 16001, 504)
	r.sells(uuid.NewString(), weird, 10000, 400)
	text := r.metrics()
	for _, line := range []string{
		`request_duration_seconds_count{operation="provision",result="ok"} 4`,
		`request_duration_seconds_count{operation="provision",result="no route"} 1`,
		`requests_in_flight{operation="provision"} 0`,
		`provider_call_duration_seconds_count{operation="provision",outcome="approved",provider="plain"} 2`,
		`provider_call_duration_seconds_count{operation="provision",outcome="declined",provider="plain"} 1`,
		`provisions_total{outcome="approved",provider="plain"} 2`,
		`provisions_total{outcome="declined",provider="plain"} 1`,
		`provisions_total{outcome="in doubt",provider="stellr"} 1`,
		`provisions_total{outcome="in doubt",provider="plain"} 0`,
		`moves_total{fact="ordered",provider="plain",state="Sending"} 3`,
		`moves_total{fact="in doubt",provider="stellr",state="Parked"} 1`,
		`journal_append_duration_seconds_count{result="ok"} 8`,
		`cases_opened_total{question="outcome unknown"} 1`,
		`cases_open 1`,
		`records_readable 1`,
		`ready 1`,
		`advices_owed{provider="plain"} 0`,
		`breaker_state{provider="netcare",purpose="provision",state="closed"} 1`,
		`gate_permits{provider="plain",purpose="provision"} 0`,
		`pool_connections_max{pool="writer"} 1`,
	} {
		if !strings.Contains(text, "voucherswitch_"+line+"\n") {
			t.Errorf("the figures lack %s", line)
		}
	}
	for _, word := range said {
		if word == "" || strings.Contains(text, word) {
			t.Errorf("the figures tell %q", word)
		}
	}
	if status, _ := ask(t, "GET", strings.TrimSuffix(r.api(), "/suv/v1")+"/metrics", "a", devPassword, ""); status != 404 {
		t.Errorf("the channels' listener answers /metrics with %d", status)
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestTheDocumentTellsEveryFigureThereIsAndNoOther(t *testing.T) {
	r := startDev(t, t.TempDir())
	id := uuid.NewString()
	r.sells(id, "44444444", 10000, 201)
	status, body := ask(t, "POST", r.api()+"/vouchers/reversals", "22222222", devPassword, reversalOf(id))
	if status != 202 {
		t.Fatalf("%d: %s", status, body)
	}
	shown, private := map[string]bool{}, startPrivate(t) // which alone has certificates
	for _, found := range regexp.MustCompile(`# TYPE (voucherswitch_\S+)`).
		FindAllStringSubmatch(r.metrics()+private.figures(), -1) {
		shown[found[1]] = true
	}
	document, err := os.ReadFile(filepath.Join("..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, found := range regexp.MustCompile("(?m)^\\| `(voucherswitch_\\w+)").FindAllStringSubmatch(string(document), -1) {
		told[found[1]] = true
	}
	if !maps.Equal(shown, told) {
		t.Errorf("shown %q\n told %q", slices.Sorted(maps.Keys(shown)), slices.Sorted(maps.Keys(told)))
	}
}

func TestAnOlderSchemaMakesARunningProcessUnreadyAndANewerOneDoesNot(t *testing.T) {
	data := t.TempDir()
	r := startDev(t, data)
	database, err := sql.Open("sqlite", "file:"+filepath.Join(data, "voucherswitch.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = database.Close() }()
	exec := func(statement string) {
		t.Helper()
		if _, err := database.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
	if status, body := ask(t, "GET", r.admin()+"/readyz", "", "", ""); status != 200 {
		t.Errorf("in a rolling upgrade: %d %s", status, body)
	}
	exec(`DELETE FROM goose_db_version WHERE version_id > 1`)
	status, body := ask(t, "GET", r.admin()+"/readyz", "", "", "")
	if status != 503 || !regexp.MustCompile(`"the schema is version 1, this program needs \d+"`).MatchString(body) {
		t.Errorf("%d: %s", status, body)
	}
	if !strings.Contains(r.metrics(), "voucherswitch_ready 0\n") {
		t.Error("the figure says that the process is ready")
	}
	if status, _ := ask(t, "GET", r.admin()+"/healthz", "", "", ""); status != 200 {
		t.Errorf("the process lives, and is said to be %d", status)
	}
}

func TestADatabaseThatDoesNotAnswerIsOneReason(t *testing.T) {
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
	p := program{store: store, log: slog.New(slog.DiscardHandler)}
	p.ready.Store(true)
	if err := store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if reasons := p.unready(ctx); len(reasons) != 0 {
		t.Errorf("a process that serves is unready: %q", reasons)
	}
	_ = store.Close()
	if reasons := p.unready(ctx); !slices.Equal(reasons, []string{"the database does not answer"}) {
		t.Errorf("unready for %q", reasons)
	}
	p.draining.Store(true)
	p.ready.Store(false)
	if reasons := p.unready(ctx); !slices.Equal(reasons[:2], []string{"starting", "draining"}) {
		t.Errorf("unready for %q", reasons)
	}
}
