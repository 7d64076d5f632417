package telemetry_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/adapters/breaker"
	"voucherswitch/adapters/memory"
	"voucherswitch/adapters/telemetry"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const stellr voucher.ProviderID = "stellr"

// scrape is what a Prometheus server would read: a figure by its name and labels.
func scrape(t *testing.T, f *telemetry.Figures) (figures map[string]float64, text string) {
	t.Helper()
	text, figures = read(t, f.Handler()), map[string]float64{}
	if !strings.Contains(text, `promhttp_metric_handler_errors_total{cause="gathering"} 0`) {
		t.Errorf("an earlier scrape failed in part:\n%s", text)
	}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		at := strings.LastIndexByte(lines.Text(), ' ')
		value, err := strconv.ParseFloat(lines.Text()[at+1:], 64)
		if err == nil && strings.HasPrefix(lines.Text(), "voucherswitch_") {
			figures[strings.TrimPrefix(lines.Text()[:at], "voucherswitch_")] = value
		}
	}
	return figures, text
}

func read(t *testing.T, handler http.Handler) string {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Errorf("a scrape is answered %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// want holds figures against what is expected; one that is absent is no zero.
func want(t *testing.T, f *telemetry.Figures, expected map[string]float64) {
	t.Helper()
	got, _ := scrape(t, f)
	for name, value := range expected {
		if is, there := got[name]; !there || is != value {
			t.Errorf("%s is %v (there: %v), want %v", name, is, there, value)
		}
	}
}

// useCases are a switch that answers every request in the same way.
type useCases struct {
	ports.Switch
	answer func() (voucher.Transaction, error)
}

func (u useCases) Provision(context.Context, voucher.Order) (voucher.Transaction, error) {
	return u.answer()
}
func (u useCases) Retry(context.Context, voucher.Order) (voucher.Transaction, error) {
	return u.answer()
}
func (u useCases) Reverse(context.Context, voucher.Advice) (voucher.Transaction, error) {
	return u.answer()
}
func (u useCases) Confirm(context.Context, voucher.Advice) (voucher.Transaction, error) {
	return u.answer()
}
func (u useCases) Find(context.Context, voucher.Key) (voucher.Transaction, error) { return u.answer() }
func (u useCases) Products(context.Context, string) (voucher.Catalogue, error) {
	_, err := u.answer()
	return voucher.Catalogue{Products: []voucher.Product{{ID: "P"}}}, err
}

func TestEveryRequestCountsByItsOperationAndWhatBecameOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failure error
		figures, ctx := telemetry.New(), context.Background()
		observed := figures.Switch(useCases{answer: func() (voucher.Transaction, error) {
			time.Sleep(2 * time.Second)
			return voucher.Transaction{ID: "the answer"}, failure
		}})
		for name, ask := range map[string]func() (voucher.Transaction, error){
			"provision": func() (voucher.Transaction, error) { return observed.Provision(ctx, voucher.Order{}) },
			"retry":     func() (voucher.Transaction, error) { return observed.Retry(ctx, voucher.Order{}) },
			"reverse":   func() (voucher.Transaction, error) { return observed.Reverse(ctx, voucher.Advice{}) },
			"confirm":   func() (voucher.Transaction, error) { return observed.Confirm(ctx, voucher.Advice{}) },
			"find":      func() (voucher.Transaction, error) { return observed.Find(ctx, voucher.Key{}) },
			"products": func() (voucher.Transaction, error) {
				list, err := observed.Products(ctx, "WebShop")
				return voucher.Transaction{ID: "the answer", Version: len(list.Products) - 1}, err
			},
		} {
			for ended, err := range map[string]error{
				"ok": nil, "not found": fault.New(fault.NotFound, "of %s", name), "internal": errors.New("foreign"),
			} {
				failure = err
				done := make(chan struct{})
				go func() {
					defer close(done)
					if got, err := ask(); got.ID != "the answer" || got.Version != 0 || !errors.Is(err, failure) {
						t.Errorf("%s is answered %v, %v", name, got, err)
					}
				}()
				synctest.Wait()
				want(t, figures, map[string]float64{`requests_in_flight{operation="` + name + `"}`: 1})
				<-done
				labels := `{operation="` + name + `",result="` + ended + `"`
				want(t, figures, map[string]float64{
					`requests_in_flight{operation="` + name + `"}`:            0,
					`request_duration_seconds_sum` + labels + `}`:             2,
					`request_duration_seconds_count` + labels + `}`:           1,
					`request_duration_seconds_bucket` + labels + `,le="1"}`:   0,
					`request_duration_seconds_bucket` + labels + `,le="2.5"}`: 1,
				})
			}
		}
	})
}

func TestARequestThatPanicsIsAFaultAndNoLongerInFlight(t *testing.T) {
	figures := telemetry.New()
	observed := figures.Switch(useCases{answer: func() (voucher.Transaction, error) { panic("a bug") }})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_, _ = observed.Provision(context.Background(), voucher.Order{})
	}()
	want(t, figures, map[string]float64{
		`requests_in_flight{operation="provision"}`:                               0,
		`request_duration_seconds_count{operation="provision",result="internal"}`: 1,
	})
}

// client is a provider's client that says what it is told to.
type client struct {
	says   voucher.OutcomeKind
	advice voucher.AdviceOutcomeKind
	panics bool
}

func (c *client) Provision(context.Context, voucher.Attempt) voucher.Outcome {
	if c.panics {
		panic("a bug")
	}
	return voucher.Outcome{Kind: c.says}
}

func (c *client) Advise(context.Context, voucher.Advice) voucher.AdviceOutcome {
	return voucher.AdviceOutcome{Kind: c.advice}
}

func TestEveryCallOfAProviderCountsByItsOutcome(t *testing.T) {
	figures, theirs, ctx := telemetry.New(stellr), &client{}, context.Background()
	observed := figures.Provider(stellr, theirs)
	for kind, outcome := range map[voucher.OutcomeKind]string{
		voucher.OutcomeApproved: "approved", voucher.OutcomeDeclined: "declined", voucher.OutcomeNotSent: "not sent",
		voucher.OutcomeInDoubt: "in doubt",
	} {
		theirs.says = kind
		if got := observed.Provision(ctx, voucher.Attempt{}); got.Kind != kind {
			t.Errorf("%s became %v", outcome, got.Kind)
		}
		want(t, figures, map[string]float64{
			`provider_call_duration_seconds_count{operation="provision",outcome="` + outcome + `",provider="stellr"}`: 1,
			`provider_calls_in_flight{operation="provision",provider="stellr"}`:                                       0,
		})
	}
	for kind, outcome := range map[voucher.AdviceOutcomeKind]string{
		voucher.AdviceAcknowledged: "acknowledged", voucher.AdviceNotFound: "not found",
		voucher.AdviceRefused: "refused", voucher.AdviceUnanswered: "unanswered",
	} {
		theirs.advice = kind
		for _, a := range []voucher.AdviceKind{voucher.Reversal, voucher.Confirmation} {
			if got := observed.Advise(ctx, voucher.Advice{Kind: a}); got.Kind != kind {
				t.Errorf("%s became %v", outcome, got.Kind)
			}
			labels := `{operation="` + a.String() + `",outcome="` + outcome + `",provider="stellr"}`
			want(t, figures, map[string]float64{`provider_call_duration_seconds_count` + labels: 1})
		}
	}
}

func TestAClientThatPanicsCountsAsADoubt(t *testing.T) {
	figures := telemetry.New(stellr)
	func() {
		defer func() { _ = recover() }()
		figures.Provider(stellr, &client{panics: true}).Provision(context.Background(), voucher.Attempt{})
	}()
	want(t, figures, map[string]float64{
		`provider_call_duration_seconds_count{operation="provision",outcome="in doubt",provider="stellr"}`: 1,
		`provider_calls_in_flight{operation="provision",provider="stellr"}`:                                0,
	})
}

func TestRepeatsOfAnAdviceAreToldFromFirstAttempts(t *testing.T) {
	figures := telemetry.New(stellr)
	observed := figures.Provider(stellr, &client{})
	for attempt := 1; attempt <= 4; attempt++ {
		observed.Advise(context.Background(), voucher.Advice{Claim: voucher.Claim{Attempt: attempt}})
	}
	want(t, figures, map[string]float64{
		`advice_attempts_total{attempt="first",operation="reversal",provider="stellr"}`:      1,
		`advice_attempts_total{attempt="repeat",operation="reversal",provider="stellr"}`:     3,
		`advice_attempts_total{attempt="repeat",operation="confirmation",provider="stellr"}`: 0,
	})
}

func TestTheGateShowsItsPermitsRefusalsAndBreakers(t *testing.T) {
	figures := telemetry.New(stellr)
	observed := figures.Gate(breaker.New(map[breaker.Door]breaker.Options{{Provider: stellr}: {
		Window: time.Minute, FailureRatio: 1, Minimum: 1, OpenFor: time.Hour, MaxInFlight: 1,
	}}, func(at breaker.Door, _, to string) { figures.BreakerChanged(at.Provider, at.Purpose, to) }))
	const open = `breaker_state{provider="stellr",purpose="provision",state="open"}`
	const closed = `breaker_state{provider="stellr",purpose="provision",state="closed"}`
	want(t, figures, map[string]float64{
		closed: 1, open: 0, `breaker_state{provider="stellr",purpose="provision",state="half-open"}`: 0,
		`gate_permits{provider="stellr",purpose="provision"}`: 0, `gate_refusals_total{provider="stellr",purpose="provision"}`: 0,
	})
	report, err := observed.Admit(stellr, voucher.ForProvisions)
	if err != nil {
		t.Fatal(err)
	}
	_, full := observed.Admit(stellr, voucher.ForProvisions)
	want(t, figures, map[string]float64{`gate_permits{provider="stellr",purpose="provision"}`: 1})
	report(voucher.HealthBad)
	report(voucher.HealthBad)
	if _, broken := observed.Admit(stellr, voucher.ForProvisions); full == nil || broken == nil {
		t.Errorf("refused with %v and %v", full, broken)
	}
	want(t, figures, map[string]float64{
		open: 1, closed: 0, `gate_permits{provider="stellr",purpose="provision"}`: 0, `gate_refusals_total{provider="stellr",purpose="provision"}`: 2,
	})
}

func TestThePoolsOfConnectionsAreShown(t *testing.T) {
	figures := telemetry.New()
	figures.Pools(map[string]func() sql.DBStats{"writer": func() sql.DBStats {
		return sql.DBStats{
			MaxOpenConnections: 8, OpenConnections: 5, InUse: 3, Idle: 2, WaitCount: 7, WaitDuration: 1500 * time.Millisecond,
		}
	}, "reader": func() sql.DBStats { return sql.DBStats{OpenConnections: 1} }})
	want(t, figures, map[string]float64{
		`pool_connections_max{pool="writer"}`: 8, `pool_connections_open{pool="writer"}`: 5,
		`pool_connections_in_use{pool="writer"}`: 3, `pool_connections_idle{pool="writer"}`: 2,
		`pool_waits_total{pool="writer"}`: 7, `pool_wait_seconds_total{pool="writer"}`: 1.5,
		`pool_connections_open{pool="reader"}`: 1,
	})
}

func TestReadinessIsAFigure(t *testing.T) {
	ready := true
	figures := telemetry.New()
	figures.Ready(func() bool { return ready })
	want(t, figures, map[string]float64{"ready": 1})
	ready = false
	want(t, figures, map[string]float64{"ready": 0})
}

// TestNoLabelAndNoFigureTellsOfAMessage hands words of a message to every decorator, wherever they fit.
func TestNoLabelAndNoFigureTellsOfAMessage(t *testing.T) {
	const said = "said by a message"
	figures, ctx := telemetry.New(stellr), context.Background()
	_, _ = figures.Gate(breaker.New(nil, nil)).Admit(said, voucher.ForAdvices)
	figures.BreakerChanged(said, voucher.ForAdvices, said)
	figures.Provider(said, &client{}).Advise(ctx, voucher.Advice{ID: said, Transaction: said, Provider: said})
	figures.Provider(stellr, &client{}).Provision(ctx, voucher.Attempt{Order: voucher.Order{ID: said, Product: said}})
	use := useCases{answer: func() (voucher.Transaction, error) {
		return voucher.Transaction{ID: said}, fault.New(fault.Invalid, said)
	}}
	_, _ = figures.Switch(use).Provision(ctx, voucher.Order{ID: said, Receiver: voucher.Institution{ID: said, Name: said}})
	_, _ = figures.Switch(use).Products(ctx, said)
	journal, attempt := figures.Journal(memory.NewStore(time.Now)), sale(said)
	attempt.Terms.Provider, attempt.Order.Message = said, voucher.NewSecret(said)
	d := voucher.Open(attempt)
	d.Move.Opens = said
	if err := journal.Append(ctx, d); err != nil {
		t.Fatal(err)
	}
	got, text := scrape(t, figures)
	if strings.Contains(text, said) {
		t.Errorf("a message shows in the figures:\n%s", text)
	}
	for _, name := range []string{
		`gate_refusals_total{provider="",purpose="advice"}`, `moves_total{fact="ordered",provider="",state="Sending"}`,
		`cases_opened_total{question="other"}`, `request_duration_seconds_count{operation="products",result="invalid"}`,
	} {
		if got[name] != 1 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
}
