package main

const (
	provisionFlow = "application/provision.go"
	commitFlow    = "application/commit.go"
	forwardFlow   = "application/forward.go"
	brittleTests  = "TestNoVoucherIsLostHoweverTheJournalFails/plain/"
)

// ofTheFlows are mistakes in the order of steps.
var ofTheFlows = []bug{
	{
		name: "sends-before-the-intent", breaks: "S1", file: provisionFlow,
		old: `	t, err := s.intend(ctx, attempt)
	if err != nil {
		return voucher.Transaction{}, err
	}
	if t.State != voucher.Sending {
		return reply(t)
	}
	if s.Clock().After(attempt.SendBy) {
		return s.record(ctx, t, voucher.NothingSent())
	}
	outcome := s.ask(ctx, t, attempt)
`,
		new: `	outcome := s.ask(ctx, voucher.Open(attempt).Next, attempt)
	t, err := s.intend(ctx, attempt)
	if err != nil {
		return voucher.Transaction{}, err
	}
	if t.State != voucher.Sending {
		return reply(t)
	}
`,
		tests: inApplication, test: brittleTests + "provision/dies",
	},
	{
		name: "send-guard-not-checked", breaks: "rule 2", file: provisionFlow,
		old: `	if s.Clock().After(attempt.SendBy) {
		return s.record(ctx, t, voucher.NothingSent())
	}
`,
		new:   ``,
		tests: inApplication, test: "TestAnIntentThatTookLongerThanTheSendGuardIsNotSent",
	},
	{
		name: "take-over-sends-again", breaks: "S2, rule 2", file: "application/settle.go",
		old:   `return t.Lapse(draft)`,
		new:   `return t.Record(s.ask(within, t, t.Attempt), draft)`,
		tests: inApplication, test: "TestALapsedLeaseIsReversedByWhoeverFindsItAndNeverSentAgain",
	},
	{
		name: "next-provider-after-the-intent", breaks: "rule 2", file: provisionFlow,
		old: `	outcome := s.ask(ctx, t, attempt)
`,
		new: `	outcome := s.ask(ctx, t, attempt)
	if next := attempts[len(attempts)-1]; outcome.Kind == voucher.OutcomeNotSent {
		next.SendBy, outcome = attempt.SendBy, s.ask(ctx, t, next)
	}
`,
		tests: inApplication, test: "TestNobodyElseIsAskedAfterTheIntent",
	},
	{
		name: "lost-commit-answer-is-failure", breaks: "S21, rule 4", file: commitFlow,
		old: `		case fault.Is(err, fault.Ambiguous):
			lost = true
`,
		new: `		case fault.Is(err, fault.Ambiguous):
			return false, fault.Wrap(fault.Overloaded, err, "the database cannot serve now")
`,
		tests: inApplication, test: "TestAnIntentWhoseCommitsAnswerWasLostIsNeitherFailureNorSuccess",
	},
	{
		name: "lost-commit-answer-is-success", breaks: "S21, rule 4", file: commitFlow,
		old: `		case fault.Is(err, fault.Ambiguous):
			lost = true
`,
		new: `		case fault.Is(err, fault.Ambiguous):
			return false, nil
`,
		tests: inApplication, test: brittleTests + "provision/loses the call",
	},
	{
		name: "own-outcome-found-is-success", breaks: "S21, rule 4", file: commitFlow,
		old:   `if err == nil && !lost {`,
		new:   `if err == nil && (lost || !lost) {`,
		tests: inApplication, test: "TestAnOutcomeWhoseCommitsAnswerWasLostIsAnsweredFromTheLastMove",
	},
	{
		name: "own-intent-found-is-a-right-to-send", breaks: "S21, rule 4", file: provisionFlow,
		old: `	if err != nil || !lost {
		return d.Next, err
	}
	return s.read(ctx, d.Next.ID)`,
		new: `	_ = lost
	return d.Next, err`,
		tests: inApplication, test: "TestAnIntentWhoseCommitsAnswerWasLostIsNotSentOnceItIsReversed",
	},
	{
		name: "duplicate-id-is-success", breaks: "S2, rule 3", file: provisionFlow,
		old: `	lost, err := s.append(ctx, d)
`,
		new: `	lost, err := s.append(ctx, d)
	if fault.Is(err, fault.Duplicate) {
		err = nil
	}
`,
		tests: inApplication, test: "TestFiftyAtOnceMakeOneCallAndOneVoucher",
	},
	{
		name: "late-answer-is-not-heard", breaks: "S13, rule 7", file: provisionFlow,
		old:   `if o := <-answered; o.Kind != voucher.OutcomeInDoubt {`,
		new:   `if o := <-answered; o.Kind == voucher.OutcomeDeclined {`,
		tests: inApplication, test: "TestALateVoucherIsEvidenceNeverDeliveredAndReversed",
	},
	{
		name: "late-answer-is-delivered", breaks: "S13, rule 7", file: provisionFlow,
		old: `		s.listenOn(t, answered, hangUp)
		return voucher.TimedOut()
`,
		new: `		return <-answered
`,
		tests: inApplication, test: "TestATimeOutIsAnsweredAtTheTimeOutAndReversedAtOnce",
	},
	{
		name: "retry-renders-anew", breaks: "S5", file: provisionFlow,
		old:   `t.Answer = t.Answer.Again()`,
		new:   `t.Answer = s.Render(t).Again()`,
		tests: inApplication, test: "TestARetryIsGivenWhatWasKeptHoweverItWouldBeRenderedNow",
	},
	{
		name: "retry-of-another-sale-is-answered", breaks: "S18", file: provisionFlow,
		old:   `if !t.Attempt.Order.SameSale(o) {`,
		new:   `if false {`,
		tests: inApplication, test: "TestARetryOfAnotherSaleIsRefusedWithoutData",
	},
	{
		name: "permit-is-not-given-back", breaks: "L4", file: provisionFlow,
		old: `	defer report(voucher.HealthUnknown) // whatever happens, the permit comes back
`,
		new:   ``,
		tests: inApplication, test: "TestEveryPermitComesBack",
	},
	{
		name: "hang-up-cancels-the-work", breaks: "rule 10", file: "application/switch.go",
		old:   `context.WithTimeout(context.WithoutCancel(ctx), s.ChannelDeadline)`,
		new:   `context.WithTimeout(ctx, s.ChannelDeadline)`,
		tests: inApplication, test: "TestAChannelThatHangsUpDuringTheIntentGetsTheVoucherOnRetry",
	},
	{
		name: "another-channels-transaction-is-shown", breaks: "S19", file: "application/products.go",
		old:   `foreign := !t.IsOwnedBy(key.Channel) || !t.Bears(key)`,
		new:   `foreign := !t.Bears(key)`,
		tests: inApplication, test: "TestAStrangersReversalIsNotFoundAndWritesNothing",
	},
	{
		name: "advice-is-dropped-after-ten-attempts", breaks: "S11", file: forwardFlow,
		old: `	answer := f.vendor.advise(ctx, advice, f.Log)
`,
		new: `	answer := f.vendor.advise(ctx, advice, f.Log)
	if advice.Claim.Attempt > 10 {
		answer.Kind = voucher.AdviceAcknowledged
	}
`,
		tests: inApplication, test: "TestAReversalIsRepeatedWithoutEndWithTheSameIdUntilItIsAnswered",
	},
	{
		name: "acknowledgement-is-taken-as-after-the-horizon", breaks: "S12, rule 1", file: forwardFlow,
		old:   `AfterHorizon: claimed.Claim.AfterHorizon()`,
		new:   `AfterHorizon: true`,
		tests: inApplication, test: "TestNotFoundBeforeTheHorizonIsProvisionalAndAskedAgainAtTheHorizon",
	},
	{
		name: "confirmation-is-sent-before-its-move", breaks: "the single-messaging rule", file: forwardFlow,
		old:   `isOpen(t, claimed) && t.State == voucher.Provisioned {`,
		new:   `isOpen(t, claimed) && t.State == voucher.Absent {`,
		tests: inApplication, test: "TestTheSwitchConfirmsForASingleMessagingChannelAtTheWindowsEnd",
	},
}
