package main

const (
	inDomain      = "./domain/voucher"
	inApplication = "./application"
)

// ofTheDomain are mistakes in what the facts mean.
var ofTheDomain = []bug{
	{
		name: "first-acknowledgement-is-final", breaks: "S12, rule 1", file: "domain/voucher/settle.go",
		old:   `final := sent.AfterHorizon || sent.Approved || t.Terms().Capabilities.RemembersReversals`,
		new:   `final := true`,
		tests: inDomain, test: "TestTheSettleRule",
	},
	{
		name: "not-found-settles-against-proof", breaks: "S12, rule 1", file: "domain/voucher/settle.go",
		old: `	case !acknowledged && (sent.Approved || approved && sent.AfterHorizon):
		return FactReversalRefused, RepeatNever`,
		new: `	case !acknowledged && (sent.Approved || approved && sent.AfterHorizon):
		return FactReversalSettled, RepeatNever`,
		tests: inDomain, test: "TestTheSettleRule",
	},
	{
		name: "horizon-always-passed", breaks: "S12, rule 1", file: "domain/voucher/advice.go",
		old:   `return c.UntilHorizon <= 0`,
		new:   `return true`,
		tests: inDomain, test: "TestAClaimIsAfterTheHorizonOnlyWhenNothingIsLeftUntilIt",
	},
	{
		name: "unknown-reversal-leaves-no-tombstone", breaks: "S16", file: "domain/voucher/transitions.go",
		old:   `only(to(Barred).refusing(fault.NotFound))`,
		new:   `nothingThere`,
		tests: inApplication, test: "TestAReversalBeforeItsProvisionBarsTheId",
	},
	{
		name: "tombstone-lets-its-provision-in", breaks: "S16", file: "domain/voucher/transitions.go",
		old: `	Barred: {
		FactOrdered:             reversedByNow,`,
		new: `	Barred: {
		FactOrdered:             only(to(Sending)),`,
		tests: inDomain, test: "TestAFinalStateHasNoExit",
	},
	{
		name: "reversal-leaves-the-confirmation-open", breaks: "S14", file: "domain/voucher/transitions.go",
		old:   `to(Reversing, settle, queueReversal),`,
		new:   `to(Reversing, queueReversal),`,
		tests: inDomain, test: "TestRandomWalksKeepTheInvariants",
	},
	{
		name: "confirmation-after-reversal", breaks: "S5, the table", file: "domain/voucher/transitions.go",
		old: `		FactLapsed:              sooner,
		FactConfirm:             reversedByNow,`,
		new: `		FactLapsed:              sooner,
		FactConfirm:             only(to(Confirmed, settle)),`,
		tests: inDomain, test: "TestEveryFactInEveryStateDoesWhatTheLifecycleSays",
	},
	{
		name: "late-approval-provisions", breaks: "S13, rule 7", file: "domain/voucher/transitions.go",
		old:   `either(everApproved, stay(), note(evidence, hasten))`,
		new:   `either(everApproved, stay(), to(Provisioned, evidence, settle))`,
		tests: inDomain, test: "TestOnlyTheProvidersYesInStateSendingLeadsToProvisioned",
	},
	{
		name: "late-approval-disclosed", breaks: "S13, rule 7", file: "domain/voucher/transaction.go",
		old: `	if !t.Delivered {
		t.Approval = nil
	}`,
		new:   ``,
		tests: inApplication, test: "TestLateEvidenceIsNeverDisclosed",
	},
	{
		name: "doubt-is-not-reversed", breaks: "S7", file: "domain/voucher/transitions.go",
		old:   `either(takesReversals, to(Reversing, queueReversal), to(Parked).asking(OutcomeUnknown))`,
		new:   `only(to(Declined))`,
		tests: inDomain, test: "TestEveryFactInEveryStateDoesWhatTheLifecycleSays",
	},
	{
		name: "parked-without-a-case", breaks: "S7", file: "domain/voucher/transitions.go",
		old:   `to(Reversing, queueReversalLate), to(Parked).asking(OutcomeUnknown)),`,
		new:   `to(Reversing, queueReversalLate), to(Parked)),`,
		tests: inDomain, test: "TestEveryFactInEveryStateDoesWhatTheLifecycleSays",
	},
	{
		name: "closing-a-case-drops-the-advice", breaks: "S11", file: "domain/voucher/transitions.go",
		old:   `only(note())`,
		new:   `only(note(settle))`,
		tests: inDomain, test: "TestClosingACaseTouchesNoAdviceAndNoOtherCase",
	},
	{
		name: "reversal-in-flight-is-due-at-once", breaks: "the table", file: "domain/voucher/verbs.go",
		old:   `Due{At: t.LeaseEnds}`,
		new:   `Due{}`,
		tests: inDomain, test: "TestAReversalInFlightIsDueWhenTheLeaseEnds",
	},
	{
		name: "same-reversal-is-written-again", breaks: "the table", file: "domain/voucher/verbs.go",
		old:   `slices.Contains(t.Reversals, a.ID) || len(t.Reversals) >= maxReversals`,
		new:   `slices.Contains(t.Reversals[:0], a.ID) || len(t.Reversals) >= maxReversals`,
		tests: inDomain, test: "TestTheSameReversalAgainWritesNothing",
	},
	{
		name: "stranger-reverses", breaks: "S19", file: "domain/voucher/verbs.go",
		old: `	case !t.IsOwnedBy(a.Channel):
		return Decision{Refusal: refusal(fault.NotFound)}
	case slices`,
		new:   `	case slices`,
		tests: inApplication, test: "TestAStrangersReversalIsNotFoundAndWritesNothing",
	},
	{
		name: "voucher-after-its-reversal", breaks: "S8", file: "domain/voucher/transaction.go",
		old:   `t.State == Barred || t.Withdrawn:`,
		new:   `t.State == Barred:`,
		tests: inDomain, test: "TestTheReplyIsTheKeptAnswerUntilTheChannelWithdraws",
	},
	{
		name: "duplicate-discloses-to-another-channel", breaks: "S19", file: "domain/voucher/transaction.go",
		old:   `!t.IsOwnedBy(o.Channel.ID) || t.State != Barred`,
		new:   `t.State != Barred`,
		tests: inApplication, test: "TestAnIdInUseDisclosesTheVoucherOnlyToItsOwnChannelAndSale",
	},
	{
		name: "another-id-is-approved", breaks: "S24, rule 6", file: "domain/voucher/outcome.go",
		old:   `fits := id == o.ID &&`,
		new:   `fits := id != "" &&`,
		tests: inDomain, test: "TestApprovedIsStrict",
	},
	{
		name: "another-amount-is-approved", breaks: "S24, rule 6", file: "domain/voucher/outcome.go",
		old: `		sumFits(approval.Amounts.Request, price) &&
`,
		new:   ``,
		tests: inDomain, test: "TestApprovedIsStrict",
	},
	{
		name: "empty-voucher-is-approved", breaks: "S24, rule 6", file: "domain/voucher/outcome.go",
		old: `		!approval.Voucher.IsEmpty() &&
`,
		new:   ``,
		tests: inDomain, test: "TestApprovedIsStrict",
	},
	{
		name: "replayed-sale-is-a-decline", breaks: "rule 6", file: "domain/voucher/outcome.go",
		old:   `if definite && !decline.tellsOfReplay() {`,
		new:   `if definite {`,
		tests: inDomain, test: "TestOnlyADefiniteErrorThatNobodyReplayedIsADecline",
	},
	{
		name: "declines-trip-the-breaker", breaks: "L4", file: "domain/voucher/health.go",
		old: `	case OutcomeApproved, OutcomeDeclined:
		return HealthGood`,
		new: `	case OutcomeApproved:
		return HealthGood
	case OutcomeDeclined:
		return HealthBad`,
		tests: inDomain, test: "TestANoIsGoodHealthAndSilenceIsNot",
	},
	{
		name: "undone-sale-keeps-its-limit", breaks: "the daily limit", file: "domain/voucher/verbs.go",
		old: `	if m.State.isUndone() && !t.State.isUndone() {
		m.Releases = t.Attempt.Reservations
	}
`,
		new:   ``,
		tests: inDomain, test: "TestWhatIsUndoneGivesBackAndWhatStandsKeeps",
	},
	{
		name: "printing-opens-a-secret", breaks: "S25", file: "domain/voucher/secret.go",
		old:   `fmt.Fprint(state, mask)`,
		new:   `fmt.Fprint(state, s.Reveal())`,
		tests: inDomain, test: "TestNoVerbOfFmtPrintsASecret",
	},
}
