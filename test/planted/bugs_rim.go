package main

const (
	inExchange  = "./adapters/exchange"
	inClient    = "./adapters/providers/suv"
	inHTTP      = "./adapters/http"
	inTurnstile = "./adapters/turnstile"
	inBootstrap = "./bootstrap"

	exchanging = "adapters/exchange/exchange.go"
)

// ofTheRim are mistakes in what channels and providers see, and in how a process lives and ends.
var ofTheRim = []bug{
	{
		name: "write-error-is-not-sent", breaks: "S23, rule 5", file: exchanging,
		old:   `if l.sent() == before {`,
		new:   `if l.sent() >= before {`,
		tests: inExchange, test: "TestNothingIsSentOnlyIfNotOneByteLeft",
	},
	{
		name: "request-leaves-after-its-guard", breaks: "rule 2", file: exchanging,
		old:   `if ctx.Err() != nil || !time.Now().Before(r.SendBy) {`,
		new:   `if ctx.Err() != nil {`,
		tests: inClient, test: "TestKeepsTheContractOfProviders/not sent is proved",
	},
	{
		name: "broken-exchange-is-repeated", breaks: "S2, rule 9", file: exchanging,
		old: `	got, reusable, err := c.read(ctx, l, request)
`,
		new: `	got, reusable, err := c.read(ctx, l, request)
	if err != nil && got.Status == 0 && r.Header.Get("Again") == "" {
		r.Header = r.Header.Clone()
		r.Header.Set("Again", "yes")
		return c.Do(ctx, r)
	}
`,
		tests: inClient, test: "TestKeepsTheContractOfProviders/a provision is sent once, whatever its connection",
	},
	{
		name: "redirect-is-followed", breaks: "rule 9", file: exchanging,
		old: `	defer func() { _ = response.Body.Close() }()
	l.allow(`,
		new: `	if at := response.Header.Get("Location"); response.StatusCode/100 == 3 && at != "" {
		if next, err := http.Post(at, "application/json", nil); err == nil {
			response = next
		}
	}
	defer func() { _ = response.Body.Close() }()
	l.allow(`,
		tests: inExchange, test: "TestNoRedirectAndNoPathLeadsToAnotherHost",
	},
	{
		name: "private-address-is-dialled", breaks: "the dialler's guard", file: "adapters/exchange/guard.go",
		old:   `slices.ContainsFunc(g.Networks, inside) || isPublic(at)`,
		new:   `slices.ContainsFunc(g.Networks, inside) || isPublic(at) || at.IsPrivate()`,
		tests: inExchange, test: "TestAVendorIsAtAPublicAddressOrInANetworkThatIsAllowed",
	},
	{
		name: "server-error-is-a-decline", breaks: "S7, rule 5", file: "adapters/providers/suv/classify.go",
		old:   `exchange.On(500, 599, exchange.Answered),`,
		new:   `exchange.On(500, 599, exchange.Decline),`,
		tests: inClient, test: "TestKeepsTheContractOfProviders/a provision's answer means what the vendor's document says",
	},
	{
		name: "answer-is-not-sent-as-it-was-kept", breaks: "S5", file: "adapters/http/provision.go",
		old:   `return c.JSONBlob(t.Answer.Status, []byte(t.Answer.Body.Reveal()))`,
		new:   `return c.JSONBlob(t.Answer.Status, []byte(strings.TrimSpace(t.Answer.Body.Reveal())))`,
		tests: inHTTP, test: "TestAKeptAnswerIsSentByteForByte",
	},
	{
		name: "log-line-holds-the-query", breaks: "S25", file: "adapters/http/middleware.go",
		old:   `slog.String("route", c.Path())`,
		new:   `slog.String("route", c.Request().RequestURI)`,
		tests: inHTTP, test: "TestARequestIsOneLogLineWithoutItsSecrets",
	},
	{
		name: "log-line-holds-the-answer", breaks: "S25", file: commitFlow,
		old: `	s.watch.ring(d.Next.ID)
`,
		new: `	s.watch.ring(d.Next.ID)
	s.Log.Info("moved", "answer", d.Next.Answer.Body.Reveal())
`,
		tests: inBootstrap, test: "TestNoCodeAndNoPINIsInAnyOutputButTheAnswerToItsChannel",
	},
	{
		name: "client-of-another-is-believed", breaks: "the wire contract", file: "adapters/http/receive.go",
		old:   `if client.ID == string(channelOf(c).ID) {`,
		new:   `if client.ID != "" {`,
		tests: inHTTP, test: "TestChecksComeInTheContractsOrder",
	},
	{
		name: "rate-never-refuses", breaks: "L4", file: "adapters/turnstile/rates.go",
		old: `	return wait
}`,
		new: `	return 0
}`,
		tests: inTurnstile, test: "TestAChannelSendsItsBurstAndThenItsRate",
	},
	{
		name: "admission-never-sheds", breaks: "L3, S27", file: "adapters/turnstile/admission.go",
		old:   `return a.waiting.Load() < a.limit.Load()*int64(p)`,
		new:   `return a.waiting.Load() < most*most`,
		tests: inTurnstile, test: "TestWhatIsLetInIsWrittenSoonHoweverMuchIsOffered",
	},
	{
		name: "sales-are-shed-last", breaks: "L3", file: "adapters/turnstile/admission.go",
		old:   `a.limit.Load()*int64(p)`,
		new:   `a.limit.Load()*int64(ForAdvices/p)`,
		tests: inTurnstile, test: "TestSalesAreShedFirstThenRepeatsThenAdvices",
	},
	{
		name: "refused-request-has-left-a-trace", breaks: "S27", file: "adapters/http/middleware.go",
		old: `if a.Sheds != nil && a.Sheds(kind) {
				return shed()
			}
			return next(c)`,
		new: `if err := next(c); err != nil || a.Sheds == nil || !a.Sheds(kind) {
				return err
			}
			return shed()`,
		tests: inHTTP, test: "TestWhatIsShedNeverReachesTheSwitch",
	},
	{
		name: "secret-is-compared-in-part", breaks: "the wire contract", file: "bootstrap/registry.go",
		old:   `subtle.ConstantTimeCompare(kept.digest[:], given.digest[:])`,
		new:   `subtle.ConstantTimeCompare(kept.digest[:4], given.digest[:4])`,
		tests: inBootstrap, test: "TestEveryByteOfASecretsHashCounts",
	},
	{
		name: "stopping-drops-what-was-accepted", breaks: "L6", file: "bootstrap/run.go",
		old:   `err := channels.Shutdown(grace)`,
		new:   `err := channels.Close()`,
		tests: inBootstrap, test: "TestServeSellsToItsChannelsAndFinishesWhatItAccepted",
	},
}
