package application_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

func TestAnApprovedProvisionIsRecordedAndAnswered(t *testing.T) {
	in(t, everything, func(w *world) {
		got, err := w.provision()
		wantAnswer(t, got, err, 201, "code-1")
		w.want(voucher.Provisioned)
	})
}

func TestADeclineIsAnsweredAndNothingIsReversed(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = func(context.Context, *vendor, voucher.Attempt) voucher.Outcome {
			return voucher.Outcome{Kind: voucher.OutcomeDeclined, Decline: voucher.Decline{Type: voucher.DoNotHonour}}
		}
		got, err := w.provision()
		wantAnswer(t, got, err, 404, "failed")
		w.quiet(time.Minute)
		if _, _, _, advices := w.vendor.count(); advices != 0 {
			t.Errorf("%d advices for a definite decline", advices)
		}
		w.want(voucher.Declined)
	})
}

func TestATimeOutIsAnsweredAtTheTimeOutAndReversedAtOnce(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = hang
		began := time.Now()
		got, err := w.provision()
		wantAnswer(t, got, err, 504, "failed")
		if took := time.Since(began); took != timeout {
			t.Errorf("answered after %s, want the provider's time-out %s", took, timeout)
		}
		w.quiet(100 * time.Millisecond)
		if _, _, _, advices := w.vendor.count(); advices != 1 {
			t.Fatalf("%d reversals within 100 ms, want 1", advices)
		}
		w.quiet(time.Minute)
		w.want(voucher.Reversed)
		w.calledOnce()
	})
}

func TestNotFoundBeforeTheHorizonIsProvisionalAndAskedAgainAtTheHorizon(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = hang
		began := time.Now()
		_, _ = w.provision()
		w.quiet(time.Second)
		w.want(voucher.Reversing)
		w.quiet(time.Minute)
		w.want(voucher.Reversed)
		horizon := time.Second + timeout + longest
		if last := w.vendor.sentAt[len(w.vendor.sentAt)-1].Sub(began); last < horizon {
			t.Errorf("the settling reversal went out after %s, before the horizon %s", last, horizon)
		}
	})
}

func TestALateVoucherIsEvidenceNeverDeliveredAndReversed(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = after(timeout + time.Second)
		got, err := w.provision()
		wantAnswer(t, got, err, 504, "failed")
		w.quiet(time.Minute)
		if final := w.want(voucher.Reversed); final.Approval == nil {
			t.Error("the late voucher is not kept as evidence")
		}
		if _, issued, reversed, _ := w.vendor.count(); issued != 1 || reversed != 1 {
			t.Errorf("issued %d, reversed %d; want 1 and 1", issued, reversed)
		}
		got, err = w.retry()
		wantAnswer(t, got, err, 404, "failed")
	})
}

func TestTheReversalThatOvertakesItsProvisionIsSentAgain(t *testing.T) {
	in(t, everything, func(w *world) {
		asked := make(chan struct{})
		w.vendor.answer = func(_ context.Context, v *vendor, _ voucher.Attempt) voucher.Outcome {
			<-asked // issues right after it answered "not found" to the reversal
			v.issue()
			return voucher.Broken()
		}
		first := true
		w.vendor.advise = func(_ context.Context, v *vendor, a voucher.Advice) voucher.AdviceOutcome {
			o := v.accept(a)
			if first {
				first = false
				close(asked)
			}
			return o
		}
		_, _ = w.provision()
		w.quiet(time.Minute)
		w.want(voucher.Reversed)
		if _, issued, reversed, _ := w.vendor.count(); issued != 1 || reversed != 1 {
			t.Errorf("issued %d, reversed %d; want 1 and 1", issued, reversed)
		}
	})
}

func TestNothingSentIsKeptAsNotSentAndNeverReversed(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = func(context.Context, *vendor, voucher.Attempt) voucher.Outcome { return voucher.NothingSent() }
		got, err := w.provision()
		wantAnswer(t, got, err, 503, "failed")
		w.quiet(time.Minute)
		w.want(voucher.NotSent)
		if _, _, _, advices := w.vendor.count(); advices != 0 {
			t.Errorf("%d advices where nothing was sent", advices)
		}
	})
}

func TestADoubtAtAProviderWithoutReversalsIsParkedForAPerson(t *testing.T) {
	in(t, voucher.Capabilities{}, func(w *world) {
		w.vendor.answer = hang
		got, err := w.provision()
		wantAnswer(t, got, err, 504, "failed")
		if parked := w.want(voucher.Parked); len(parked.Cases) != 1 {
			t.Errorf("%d open cases, want 1", len(parked.Cases))
		}
		if _, _, _, advices := w.vendor.count(); advices != 0 {
			t.Errorf("%d advices to a provider that takes none", advices)
		}
	})
}

func TestFiftyAtOnceMakeOneCallAndOneVoucher(t *testing.T) {
	in(t, everything, func(w *world) {
		var all sync.WaitGroup
		var mu sync.Mutex
		approved, duplicates := 0, 0
		for range 50 {
			all.Go(func() {
				got, err := w.provision()
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && got.Answer.Status == 201:
					approved++
				case fault.Is(err, fault.Duplicate):
					duplicates++
				default:
					t.Errorf("answered %d, %v", got.Answer.Status, err)
				}
			})
		}
		all.Wait()
		if approved != 1 || duplicates != 49 {
			t.Errorf("%d approved, %d duplicates; want 1 and 49", approved, duplicates)
		}
		w.calledOnce()
	})
}

func TestFiftyRetriesAtOnceMakeOneCallAndOneAnswer(t *testing.T) {
	in(t, everything, func(w *world) {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				got, err := w.retry()
				if err != nil || got.Answer.Body.Reveal() != "code-1" {
					t.Errorf("answered %d, %v", got.Answer.Status, err)
				}
			})
		}
		all.Wait()
		w.calledOnce()
	})
}

func TestAnIdInUseDisclosesTheVoucherOnlyToItsOwnChannelAndSale(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		got, err := w.provision()
		wantKind(t, err, fault.Duplicate)
		if got.Approval == nil {
			t.Error("the owner's repeat is not told the voucher")
		}
		other := order()
		other.Amounts.Request.Minor++
		foreign := order()
		foreign.Channel.ID = stranger
		for name, o := range map[string]voucher.Order{"another sale": other, "another channel": foreign} {
			got, err := w.Provision(context.Background(), o)
			wantKind(t, err, fault.Duplicate)
			if got.Version != 0 || got.Approval != nil {
				t.Errorf("%s is told of the transaction", name)
			}
		}
		w.calledOnce()
	})
}

func TestLateEvidenceIsNeverDisclosed(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = after(timeout + time.Second)
		_, _ = w.provision()
		w.quiet(time.Minute)
		got, err := w.provision()
		wantKind(t, err, fault.Duplicate)
		if got.Approval != nil {
			t.Error("a voucher that was never delivered is disclosed")
		}
	})
}

func TestWhatIsRefusedBeforeTheIntentLeavesNoTrace(t *testing.T) {
	change := map[string]struct {
		order func(*voucher.Order)
		kind  fault.Kind
	}{
		"no route":                  {func(o *voucher.Order) { o.Receiver.ID = "0" }, fault.NoRoute},
		"not the fixed price":       {func(o *voucher.Order) { o.Product = "FIXED" }, fault.InvalidAmount},
		"above the limit":           {func(o *voucher.Order) { o.Product = "RANGE"; o.Amounts.Request.Minor = 20001 }, fault.InvalidAmount},
		"a code that none may pick": {func(o *voucher.Order) { o.Code = voucher.NewSecret("mine") }, fault.NotAllowed},
		"above what a day allows":   {limitedTo(9999), fault.LimitExceeded},
		"what no limit can count": {func(o *voucher.Order) {
			limitedTo(10000)(o)
			o.Amounts = voucher.Amounts{}
		}, fault.InvalidAmount},
	}
	for name, c := range change {
		t.Run(name, func(t *testing.T) {
			in(t, voucher.Capabilities{Retries: true, Reversals: true}, func(w *world) {
				o := order()
				c.order(&o)
				_, err := w.Provision(context.Background(), o)
				wantKind(t, err, c.kind)
				_, err = w.Retry(context.Background(), o)
				wantKind(t, err, c.kind)
				w.want(voucher.Absent)
			})
		})
	}
}

func limitedTo(minor int64) func(*voucher.Order) {
	return func(o *voucher.Order) { o.Channel.Limits = []voucher.Limit{{Most: rand(minor).Amount}} }
}

func TestALimitHasRoomAgainWhenASaleIsUndone(t *testing.T) {
	in(t, everything, func(w *world) {
		o := order()
		limitedTo(10000)(&o)
		got, err := w.Provision(context.Background(), o)
		wantAnswer(t, got, err, 201, "code-1")
		next := o
		next.ID = "00000000-0000-4000-8000-000000000002"
		_, err = w.Provision(context.Background(), next)
		wantKind(t, err, fault.LimitExceeded)
		_, err = w.Provision(context.Background(), o)
		wantKind(t, err, fault.Duplicate)
		_, _ = w.reverse("r1")
		w.want(voucher.Reversed)
		got, err = w.Retry(context.Background(), next)
		wantAnswer(t, got, err, 201, "code-2")
	})
}

func TestAChannelThatHangsUpGetsTheVoucherOnRetry(t *testing.T) {
	in(t, everything, func(w *world) {
		ctx, hangUp := context.WithCancel(context.Background())
		time.AfterFunc(5*time.Millisecond, hangUp)
		_, _ = w.Provision(ctx, order())
		got, err := w.retry()
		wantAnswer(t, got, err, 200, "code-1")
		w.calledOnce()
	})
}

func TestARetryBeforeItsProvisionProvisions(t *testing.T) {
	in(t, everything, func(w *world) {
		got, err := w.retry()
		wantAnswer(t, got, err, 201, "code-1")
		_, err = w.provision()
		wantKind(t, err, fault.Duplicate)
		w.calledOnce()
	})
}

func TestARetryDuringItsProvisionWaitsForTheOutcome(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = after(time.Second)
		go func() { _, _ = w.provision() }()
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		got, err := w.retry()
		wantAnswer(t, got, err, 200, "code-1")
		if waited := time.Since(began); waited != 900*time.Millisecond {
			t.Errorf("waited %s, want to be told at the outcome, after 900ms", waited)
		}
		w.calledOnce()
	})
}

func TestARetryOfADeadOwnersProvisionIsToldUndecidedAtTheDeadline(t *testing.T) {
	in(t, everything, func(w *world) {
		w.stop()
		attempt := voucher.NewAttempt(order(), voucher.Provider{
			ID: provider, Capabilities: everything, Timeout: timeout, LongestProcessing: time.Hour,
		}, voucher.Product{}, voucher.Timing{LeaseMargin: time.Hour}, "ref")
		if err := w.store.Append(context.Background(), voucher.Open(attempt)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		w.start(w.store)
		began := time.Now()
		_, err := w.retry()
		wantKind(t, err, fault.Undecided)
		if waited := time.Since(began); waited != 20*time.Second {
			t.Errorf("waited %s, want until the original's own deadline, 20s", waited)
		}
	})
}

func TestEveryRetryGetsTheSameBytes(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		for range 3 {
			got, err := w.retry()
			wantAnswer(t, got, err, 200, "code-1")
			w.restart()
		}
		w.calledOnce()
	})
}

// An upgrade may render an answer in other bytes; what was told before stays as it was told.
func TestARetryIsGivenWhatWasKeptHoweverItWouldBeRenderedNow(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		w.restart()
		w.Render = func(t voucher.Transaction) voucher.Answer {
			return voucher.Answer{Status: render(t).Status, Body: voucher.NewSecret("another rendering")}
		}
		got, err := w.retry()
		wantAnswer(t, got, err, 200, "code-1")
	})
}

func TestARetryAtAProviderWithoutRetriesIsAHardDeclineAndChangesNothing(t *testing.T) {
	in(t, voucher.Capabilities{Reversals: true}, func(w *world) {
		_, err := w.retry()
		wantKind(t, err, fault.HardDecline)
		w.want(voucher.Absent)
		_, _ = w.provision()
		_, err = w.retry()
		wantKind(t, err, fault.HardDecline)
		if kept := w.want(voucher.Provisioned); kept.Version != 2 {
			t.Errorf("the retry wrote: version %d", kept.Version)
		}
	})
}

func TestARetryOfAnotherSaleIsRefusedWithoutData(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		o := order()
		o.Client.ID = "other"
		got, err := w.Retry(context.Background(), o)
		wantKind(t, err, fault.Invalid)
		if got.Version != 0 {
			t.Error("the refusal carries the transaction")
		}
	})
}

func TestAnotherChannelsIdIsTakenForARetryThatWouldOpenIt(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		o := order()
		o.Channel.ID = stranger
		got, err := w.Retry(context.Background(), o)
		wantKind(t, err, fault.Duplicate)
		if got.Version != 0 {
			t.Error("the refusal carries the transaction")
		}
	})
}

func TestAnIdInUseIsToldSoWhateverElseRefusesTheOrder(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		unroutable := order()
		unroutable.Receiver.ID = "0"
		_, err := w.Provision(context.Background(), unroutable)
		wantKind(t, err, fault.Duplicate)
		w.gate.shut(provider)
		got, err := w.provision()
		wantKind(t, err, fault.Duplicate)
		if got.Approval == nil {
			t.Error("the owner's repeat is not told the voucher")
		}
	})
	in(t, everything, func(w *world) {
		_, _ = w.reverse("r1")
		w.gate.shut(provider)
		_, err := w.provision()
		wantKind(t, err, fault.AlreadyReversed)
	})
}

func TestAShutGateRefusesAndWritesNothing(t *testing.T) {
	in(t, everything, func(w *world) {
		w.gate.shut(provider)
		_, err := w.provision()
		wantKind(t, err, fault.Unavailable)
		w.want(voucher.Absent)
	})
}

func TestEveryPermitComesBack(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = hang
		_, _ = w.provision()
		_, _ = w.provision()
		w.quiet(time.Second) // its reversal takes a permit, too
		if out := w.gate.out.Load(); out != 0 {
			t.Errorf("%d permits are out", out)
		}
	})
}

func TestAClientThatPanicsLeavesADoubtAndIsReversed(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = func(_ context.Context, v *vendor, _ voucher.Attempt) voucher.Outcome {
			v.issue()
			panic("a bug after the voucher was issued")
		}
		first := true
		w.vendor.advise = func(_ context.Context, v *vendor, a voucher.Advice) voucher.AdviceOutcome {
			if first {
				first = false
				panic("a bug in the reversal, too")
			}
			return v.accept(a)
		}
		got, err := w.provision()
		wantAnswer(t, got, err, 504, "failed")
		w.quiet(time.Minute)
		w.want(voucher.Reversed)
		if _, issued, reversed, _ := w.vendor.count(); issued != 1 || reversed != 1 {
			t.Errorf("issued %d, reversed %d; want 1 and 1", issued, reversed)
		}
	})
}
