package contract

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// ProviderDialect teaches the suite a vendor's wire: how its answers are written, and what its document says of them.
type ProviderDialect struct {
	// Name is the adapter's package, none of whose facts may be missing.
	Name string
	// Open makes the adapter for the vendor at that URL, with ProviderPassword as its secret where it needs one. It
	// need read no more than ProviderMaxAnswer bytes of an answer.
	Open func(t *testing.T, url string) ports.Provider
	// Yes is a whole and valid approval.
	Yes func(ProviderYes) string
	// Needs are the fields at the top of Yes without which, or with something else in them, no answer is an approval: the
	// state, the product, the amount. An Echo that has one of them needs it, too.
	Needs []string
	// No is a valid error of a type of the wire contract, and what the vendor itself calls it; empty if it has none such.
	// INSUFFICIENT_FUNDS it must have, or something that stands for it.
	No func(errorType, words string) (body, code string)
	// Stranger is a valid error that means nothing to the wire contract.
	Stranger string
	// Takes are the kinds of advice that the vendor takes; no other is ever sent to it.
	Takes []voucher.AdviceKind
	// Echo is the whole answer to an advice, with the vendor's own reference.
	Echo func(a voucher.Advice, reference string) string
	// Provision states, apart from the adapter, the kind and the doubt that an answer to a provision means, and by
	// ProviderReplayed that the vendor knows the sale already. Status 0 is none: the vendor closed the connection.
	Provision func(status int, body ProviderBody) voucher.Outcome
	// Advise states, apart from the adapter, what an answer to an advice means.
	Advise func(kind voucher.AdviceKind, status int, body ProviderBody) voucher.AdviceOutcomeKind
	// Aside answers what is neither a sale nor an advice, such as a request for ProviderToken; nil if there is no such
	// thing. What it answers is not counted.
	Aside func(*http.Request) (body string, aside bool)
}

// ProviderYes is what an approval says, so that the suite can let a vendor say something else than it was asked for.
type ProviderYes struct {
	ID, Product, Code string
	Minor             int64
}

// The secrets that no log may show, the only product, its vendor's institution, and what an adapter need read at most.
const (
	ProviderPassword    = "pa55-word-of-the-switch"
	ProviderToken       = "t0ken-of-the-switch"
	ProviderProduct     = "GAME100"
	ProviderInstitution = "44444444"
	ProviderMaxAnswer   = 64 << 10
	providerCode        = "6011-2233-4455-6677"
	providerID          = "7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11"
	providerPatience    = 60 * time.Millisecond // with a vendor that gives no answer
	providerEndless     = 30 * time.Second      // with every other one
)

// Provider holds an adapter against ports.Provider and the wire contract's "Delivery to providers".
func Provider(t *testing.T, dialect ProviderDialect) {
	if !facts(t, dialect.Name) {
		return
	}
	logs := providerLogs(t)
	p := providerSuite{dialect, logs}
	t.Run("a provision's answer means what the vendor's document says", p.provisionMeanings)
	t.Run("a provision's answer is approved strictly", p.strictApproval)
	t.Run("a provision's broken exchange is in doubt", p.brokenProvisions)
	t.Run("not sent is proved", p.notSent)
	t.Run("a provision is sent once, whatever its connection", p.oneRequest)
	t.Run("an answer nobody asked for is nobody's", p.unasked)
	t.Run("a replayed provision is in doubt", p.replayed)
	t.Run("the provider's own words are kept", p.declines)
	t.Run("an advice's answer means what the vendor's document says", p.adviceMeanings)
	t.Run("an advice's answer is read", p.adviceAnswers)
	t.Run("an advice without an answer is to be repeated", p.brokenAdvices)
	t.Run("an advice is the same at every attempt", p.sameAdvice)
	t.Run("behind the gate, only failures count against a vendor", p.behindTheGate)
	t.Run("no secret is printed", func(t *testing.T) { logs.silent(t) })
}

type providerSuite struct {
	dialect ProviderDialect
	logs    *providerLog
}

// vendor is one that speaks the dialect.
func (p providerSuite) vendor(t *testing.T, script providerScript) *providerVendor {
	t.Helper()
	return newProviderVendor(t, p.dialect.Aside, script)
}

// ask lets the vendor follow a script for one provision.
func (p providerSuite) ask(t *testing.T, script providerScript, patience time.Duration) voucher.Outcome {
	t.Helper()
	vendor := p.vendor(t, script)
	return p.askAgain(t, vendor, p.dialect.Open(t, vendor.url()), patience)
}

func (p providerSuite) askAgain(
	t *testing.T, vendor *providerVendor, provider ports.Provider, patience time.Duration,
) voucher.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	before := len(vendor.requests())
	o := provider.Provision(ctx, providerAttempt())
	if n := len(vendor.requests()) - before; n > 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	p.logs.note(o)
	return o
}

// answer lets the vendor give one whole answer.
func (p providerSuite) answer(t *testing.T, status int, body string) voucher.Outcome {
	t.Helper()
	return p.ask(t, providerAnswers(status, body), providerEndless)
}

// yes is the approval of the asked voucher, changed where a case wants the vendor to lie.
func (p providerSuite) yes(lies ...func(*ProviderYes)) string {
	says := ProviderYes{ID: providerID, Product: ProviderProduct, Code: providerCode, Minor: 10000}
	for _, lie := range lies {
		lie(&says)
	}
	return p.dialect.Yes(says)
}

func (p providerSuite) strictApproval(t *testing.T) {
	status := p.made(t)
	got := p.answer(t, status, p.yes())
	providerOutcome(t, "a valid approval", got, voucher.Outcome{Kind: voucher.OutcomeApproved})
	if code := got.Approval.Voucher.Code; code.Reveal() != providerCode {
		t.Error("the approval does not carry the vendor's code")
	}
	whole := p.yes()
	for name, body := range map[string]string{
		"another id":        p.yes(func(y *ProviderYes) { y.ID = "00000000-0000-4000-8000-000000000000" }),
		"another amount":    p.yes(func(y *ProviderYes) { y.Minor = 9999 }),
		"another product":   p.yes(func(y *ProviderYes) { y.Product = "GAME200" }),
		"an empty voucher":  p.yes(func(y *ProviderYes) { y.Code = "" }),
		"duplicate keys":    "{" + whole[1:len(whole)-1] + "," + whole[1:],
		"trailing data":     whole + "{}",
		"half a body":       whole[:len(whole)/2],
		"more than allowed": whole + string(make([]byte, ProviderMaxAnswer)),
	} {
		providerOutcome(t, name, p.answer(t, status, body), voucher.Broken())
	}
	p.lyingApprovals(t, status)
}

func (p providerSuite) brokenProvisions(t *testing.T) {
	approved := voucher.Outcome{Kind: voucher.OutcomeApproved}
	status := p.made(t)
	yes, interim := providerHead(status, len(p.yes()))+p.yes(), "HTTP/1.1 103 Early Hints\r\n\r\n"
	protocol := "HTTP/1.1 101 Switching Protocols\r\n\r\n"
	endless := fmt.Sprintf("HTTP/1.1 %d Said\r\n\r\n", status) + p.yes() + strings.Repeat(" ", ProviderMaxAnswer)
	for name, c := range map[string]struct {
		script providerScript
		want   voucher.Outcome
	}{
		"no answer":               {providerHangs, voucher.TimedOut()},
		"a drip":                  {providerDrips(status, p.yes()), voucher.TimedOut()},
		"reset after reading":     {providerResets, voucher.Broken()},
		"closed after reading":    {providerWrites(""), voucher.Broken()},
		"closed in the head":      {providerWrites("HTTP/1.1 201 Crea"), voucher.Broken()},
		"closed in the body":      {providerWrites(providerHead(status, len(p.yes())) + p.yes()[:40]), voucher.Broken()},
		"not even HTTP":           {providerWrites(p.yes() + "\r\n\r\n"), voucher.Broken()},
		"another protocol":        {providerWrites(protocol + yes), voucher.Broken()},
		"more than allowed":       {providerWrites(endless), voucher.Broken()},
		"an interim answer first": {providerWrites(interim + yes), approved},
		"a head without an end":   {providerWritesOn("HTTP/1.1 201 Created\r\n", "X-More: yes\r\n"), voucher.Broken()},
		"a body without an end":   {providerWritesOn(providerHead(status, 1<<30), "{\"id\": "), voucher.Broken()},
		"heads before the head":   {providerWritesOn("", interim), voucher.Broken()},
		"a redirect to itself":    {providerRedirects, voucher.Broken()},
		"an error without an end": {providerWrites(providerHead(400, 1000) + "{"), p.dialect.Provision(400, BodyNothing)},
	} {
		patience := providerEndless
		if c.want.Doubt == voucher.DoubtTimedOut {
			patience = providerPatience
		}
		providerOutcome(t, name, p.ask(t, c.script, patience), c.want)
	}
	// The reset may come before the adapter knows that it is connected; then nothing was sent, and that is proved.
	if got := p.ask(t, nil, providerEndless); got.Kind != voucher.OutcomeNotSent {
		providerOutcome(t, "reset before reading", got, voucher.Broken())
	}
	vendor := p.vendor(t, providerHangs)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(providerPatience, cancel)
	got := p.dialect.Open(t, vendor.url()).Provision(ctx, providerAttempt())
	providerOutcome(t, "hung up by ourselves", got, voucher.Broken())
}

func (p providerSuite) notSent(t *testing.T) {
	refusing := p.vendor(t, providerHangs)
	refusing.close()
	vendor := p.vendor(t, providerAnswers(p.made(t), p.yes()))
	ended, end := context.WithCancel(t.Context())
	end()
	late := providerAttempt()
	late.SendBy = time.Now().Add(-time.Millisecond)
	open := p.dialect.Open
	warm := open(t, vendor.url())
	warm.Provision(t.Context(), providerAttempt())
	for _, c := range []struct {
		name     string
		ctx      context.Context
		provider ports.Provider
		attempt  voucher.Attempt
	}{
		{"connection refused", t.Context(), open(t, refusing.url()), providerAttempt()},
		{"no such host", t.Context(), open(t, "http://no-such-host.invalid"), providerAttempt()},
		{"no TLS spoken there", t.Context(), open(t, "https://"+vendor.address()), providerAttempt()},
		{"the send guard has passed", t.Context(), open(t, vendor.url()), late},
		{"the send guard has passed, connected", t.Context(), warm, late},
		{"nobody waits any more", ended, open(t, vendor.url()), providerAttempt()},
		{"nobody waits any more, connected", ended, warm, providerAttempt()},
	} {
		providerOutcome(t, c.name, c.provider.Provision(c.ctx, c.attempt), voucher.NothingSent())
		warm.Provision(t.Context(), providerAttempt())
	}
	if got := vendor.requests(); len(got) != 8 {
		t.Errorf("%d requests arrived, of 8 that were sent", len(got))
	}
}

// oneRequest asks several times over what may be one connection, and lets the vendor spoil it in between.
func (p providerSuite) oneRequest(t *testing.T) {
	status := p.made(t)
	yes := providerHead(status, len(p.yes())) + p.yes()
	for name, script := range map[string]providerScript{
		"kept open":              providerAnswers(status, p.yes()),
		"closed unannounced":     providerWrites(yes),
		"said something unasked": providerWrites(yes + yes),
	} {
		vendor := p.vendor(t, script)
		provider := p.dialect.Open(t, vendor.url())
		for call := range 20 {
			before := len(vendor.requests())
			got := provider.Provision(t.Context(), providerAttempt())
			p.logs.note(got)
			arrived := len(vendor.requests()) - before
			if arrived > 1 {
				t.Fatalf("%s: call %d arrived %d times", name, call, arrived)
			}
			if arrived == 1 && got.Kind == voucher.OutcomeNotSent {
				t.Fatalf("%s: call %d arrived and is called not sent", name, call)
			}
			if name == "kept open" {
				providerOutcome(t, name, got, voucher.Outcome{Kind: voucher.OutcomeApproved})
			}
		}
	}
	vendor := p.vendor(t, providerAnswersOnce(status, p.yes()))
	provider := p.dialect.Open(t, vendor.url())
	provider.Provision(t.Context(), providerAttempt())
	got := provider.Provision(t.Context(), providerAttempt())
	if got.Kind != voucher.OutcomeInDoubt || len(vendor.requests()) != 2 {
		t.Errorf("reset while reading the second request: %s after %d requests", saleWords(got), len(vendor.requests()))
	}
}

// unasked lets the vendor say something after its answer, which must not be taken for the next answer.
func (p providerSuite) unasked(t *testing.T) {
	other := p.yes(func(y *ProviderYes) { y.Code = "of another sale" })
	said := make(chan struct{}, 3)
	vendor := p.vendor(t, providerSaysMore(p.made(t), p.yes(), other, said))
	provider := p.dialect.Open(t, vendor.url())
	for range 3 {
		got := provider.Provision(t.Context(), providerAttempt())
		if got.Kind == voucher.OutcomeApproved && got.Approval.Voucher.Code.Reveal() != providerCode {
			t.Error("an answer that nobody asked for was taken for the answer")
		}
		<-said
	}
}

func (p providerSuite) replayed(t *testing.T) {
	found, status := p.firstError(func(status int) bool {
		return p.dialect.Provision(status, BodyReplay).Doubt == voucher.DoubtAnswered
	})
	if !found {
		t.Fatal("no error leaves a sale in doubt that the vendor knows already")
	}
	for _, errorType := range []string{"DUPLICATE_RECORD", "VOUCHER_ALREADY_PROVISIONED"} {
		if body, _ := p.dialect.No(errorType, "known already"); body != "" {
			got := p.answer(t, status, body)
			providerOutcome(t, errorType, got, voucher.Outcome{Doubt: voucher.DoubtAnswered})
			if got.Health() != voucher.HealthGood {
				t.Errorf("%s: a vendor that knows the sale is called unhealthy", errorType)
			}
		}
	}
}

func (p providerSuite) declines(t *testing.T) {
	declines, declined := p.firstError(func(status int) bool {
		return p.dialect.Provision(status, BodyError).Kind == voucher.OutcomeDeclined
	})
	if !declines {
		t.Fatal("the vendor never says for certain that it issued nothing")
	}
	body, code := p.dialect.No("INSUFFICIENT_FUNDS", "no money")
	got := p.answer(t, declined, body).Decline
	got.Message = ""
	want := voucher.Decline{Type: "INSUFFICIENT_FUNDS", ProviderCode: code, ProviderMessage: "no money"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decline (-want +got):\n%s", diff)
	}
	if got := p.answer(t, declined, p.dialect.Stranger).Decline; got.Type != "" || got.ProviderCode == "" {
		t.Errorf("a reason that means nothing here is taken for %q, code %q", got.Type, got.ProviderCode)
	}
	got = p.answer(t, declined, "").Decline
	if diff := cmp.Diff(voucher.Decline{}, got); diff != "" {
		t.Errorf("decline of an empty error (-want +got):\n%s", diff)
	}
}
