package trial

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/exchange"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// liar is a vendor and its adapter in one, with a fault of our choice.
type liar struct {
	exchange.Account
	admitsAll, sellsTwice, repeatsItsYes, overlooks, sendsLate, forgets, tellsThePassword, isVague bool

	sold   map[voucher.TransactionID]int
	barred map[voucher.TransactionID]bool // whose reversal came first
}

const password = "let me in, please"

func (l *liar) Provision(ctx context.Context, asked voucher.Attempt) voucher.Outcome {
	if time.Now().After(asked.SendBy) {
		if l.sendsLate {
			conn, err := l.Dial(ctx, "tcp", strings.TrimPrefix(l.URL, "http://"))
			if err == nil {
				_, _ = conn.Write([]byte("GET"))
				_ = conn.Close()
			}
		}
		return voucher.NothingSent()
	}
	id := asked.Order.ID
	if l.tellsThePassword {
		return voucher.Outcome{Kind: voucher.OutcomeDeclined, Decline: voucher.Decline{ProviderMessage: l.Password.Reveal()}}
	}
	if l.Password.Reveal() != password && l.isVague {
		return voucher.DeclinedOrInDoubt(false, voucher.Decline{Type: "AUTHENTICATION_ERROR"})
	}
	if l.Password.Reveal() != password && !l.admitsAll || asked.Order.Amounts.Request.Minor == 1 {
		return voucher.DeclinedOrInDoubt(true, voucher.Decline{Type: "AUTHENTICATION_ERROR"})
	}
	if l.sold[id] > 0 && !l.sellsTwice && !l.repeatsItsYes {
		return voucher.DeclinedOrInDoubt(false, voucher.Decline{Type: "DUPLICATE_RECORD"})
	}
	if l.barred[id] {
		return voucher.DeclinedOrInDoubt(true, voucher.Decline{Type: "VOUCHER_ALREADY_REVERSED"})
	}
	l.sold[id]++
	code := string(id)
	if l.sellsTwice {
		code += fmt.Sprint(l.sold[id])
	}
	return voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: voucher.Approval{
		Voucher: voucher.Voucher{Code: voucher.NewSecret(code)},
	}}
}

func (l *liar) Advise(_ context.Context, a voucher.Advice) voucher.AdviceOutcome {
	if l.sold[a.Transaction] == 0 || l.forgets {
		l.barred[a.Transaction] = !l.overlooks
		return voucher.AdviceOutcome{Kind: voucher.AdviceNotFound}
	}
	return voucher.AdviceOutcome{Kind: voucher.AdviceAcknowledged}
}

func (l *liar) options(t *testing.T) Options {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	l.sold, l.barred = map[voucher.TransactionID]int{}, map[voucher.TransactionID]bool{}
	number := 0
	return Options{
		Provider: voucher.Provider{
			ID: "liar", Timeout: time.Second, Capabilities: voucher.Capabilities{Reversals: true, RemembersReversals: true},
		},
		Account: exchange.Account{
			Options:  exchange.Options{URL: server.URL, Dial: exchange.Guard{Anywhere: true}.Dial},
			Password: voucher.NewSecret(password),
		},
		Open: func(a exchange.Account) (ports.Provider, error) {
			client := *l
			client.Account = a
			return &client, nil
		},
		Amount:     voucher.LedgerAmount{Amount: money.New(100, "710")},
		Impossible: voucher.LedgerAmount{Amount: money.New(1, "710")},
		SendGuard:  time.Second, Sell: true,
		NewID: func() string { number++; return fmt.Sprintf("id-%d", number) },
	}
}

func TestEachLieFailsTheStepThatShowsIt(t *testing.T) {
	const guard, tidied = "a sale whose send guard has passed is not sent", "everything that was sold is reversed"
	for name, c := range map[string]struct {
		liar  liar
		fails []string
	}{
		"none":                         {liar{}, nil},
		"lets everybody in":            {liar{admitsAll: true}, []string{strangerRefused}},
		"does not explain its 401":     {liar{isVague: true}, nil},
		"sells a sale twice":           {liar{sellsTwice: true}, []string{replayed}},
		"says yes to a sale twice":     {liar{repeatsItsYes: true}, []string{replayed}},
		"forgets a reversal":           {liar{overlooks: true}, []string{remembered}},
		"sends what may not be sent":   {liar{sendsLate: true}, []string{guard}},
		"does not know what it sold":   {liar{forgets: true}, []string{reversed, tidied}},
		"tells our password in a word": {liar{tellsThePassword: true}, []string{approved}},
	} {
		report, err := Run(t.Context(), c.liar.options(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range report.Steps {
			if strings.Contains(step.Came, password) {
				t.Errorf("%s: %q shows the password", name, step.Name)
			}
			if fails := slices.Contains(c.fails, step.Name); (step.Verdict == Failed) != fails {
				t.Errorf("%s: %q %s: %s", name, step.Name, step.Verdict, step.Came)
			}
		}
	}
}

// A step that is interrupted is skipped, but what was sold is reversed.
func TestWhatIsInterruptedIsTidiedAllTheSame(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	options := new(liar).options(t)
	options.Done = func(s Step) {
		if s.Name == approved {
			interrupt()
		}
	}
	report, err := Run(ctx, options)
	last := report.Steps[len(report.Steps)-1]
	if err != nil || last.Verdict != Passed || last.Came != "reversed 1 that still stood" || report.Failed != 0 {
		t.Errorf("%v, %+v", err, report)
	}
}
