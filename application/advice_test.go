package application_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

func TestAReversalBeforeItsProvisionBarsTheId(t *testing.T) {
	in(t, everything, func(w *world) {
		_, err := w.reverse("r1")
		wantKind(t, err, fault.NotFound)
		w.want(voucher.Barred)
		got, err := w.provision()
		wantKind(t, err, fault.AlreadyReversed)
		if got.ReversalID() != "r1" {
			t.Errorf("the refusal names reversal %q, want r1", got.ReversalID())
		}
		_, err = w.retry()
		wantKind(t, err, fault.AlreadyReversed)
		_, err = w.reverse("r1")
		wantKind(t, err, fault.NotFound)
		if calls, _, _, _ := w.vendor.count(); calls != 0 {
			t.Errorf("the provider was called %d times for a barred id", calls)
		}
	})
}

func TestAReversalDuringItsProvisionIsAcceptedAndWhateverComesIsReversed(t *testing.T) {
	for name, answer := range map[string]func(context.Context, *vendor, voucher.Attempt) voucher.Outcome{
		"approved": after(time.Second), "late": after(3 * time.Second), "never answered": hang,
		"declined": func(context.Context, *vendor, voucher.Attempt) voucher.Outcome {
			time.Sleep(time.Second)
			return voucher.Outcome{Kind: voucher.OutcomeDeclined}
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, everything, func(w *world) {
				w.vendor.answer = answer
				answered := make(chan error, 1)
				go func() { _, err := w.provision(); answered <- err }()
				time.Sleep(100 * time.Millisecond)
				if _, err := w.reverse("r1"); err != nil {
					t.Fatalf("the reversal is refused: %v", err)
				}
				wantKind(t, <-answered, fault.AlreadyReversed)
				w.quiet(time.Minute)
				w.want(voucher.Reversed)
				if _, issued, reversed, _ := w.vendor.count(); issued != reversed {
					t.Errorf("issued %d, reversed %d", issued, reversed)
				}
				_, err := w.retry()
				wantKind(t, err, fault.AlreadyReversed)
			})
		})
	}
}

func TestAReversalAfterItsProvisionIsDeliveredOnceAndTheAnswerForwarded(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		got, err := w.reverse("r1")
		if err != nil || len(got.AdviceAnswer.Identifiers) == 0 {
			t.Fatalf("the provider's identifiers are not forwarded: %v", err)
		}
		for _, again := range []string{"r1", "r2"} {
			if _, err := w.reverse(again); err != nil {
				t.Errorf("reversal %s again: %v", again, err)
			}
		}
		w.quiet(time.Minute)
		if _, _, reversed, advices := w.vendor.count(); reversed != 1 || advices != 1 {
			t.Errorf("reversed %d, advices %d; want 1 and 1", reversed, advices)
		}
		_, err = w.retry()
		wantKind(t, err, fault.AlreadyReversed)
		if final := w.want(voucher.Reversed); final.ReversalID() != "r1" {
			t.Errorf("the reversal is named %s, want the first, r1", final.ReversalID())
		}
	})
}

func TestASlowProviderDelaysTheReversalsAnswerNoLongerThanTheWait(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		w.vendor.advise = func(ctx context.Context, _ *vendor, _ voucher.Advice) voucher.AdviceOutcome {
			<-ctx.Done()
			return voucher.AdviceOutcome{}
		}
		began := time.Now()
		_, err := w.reverse("r1")
		if took := time.Since(began); err != nil || took > 2*time.Second+250*time.Millisecond {
			t.Errorf("answered after %s, %v", took, err)
		}
		w.want(voucher.Reversing)
	})
}

func TestAReversalIsRepeatedWithoutEndWithTheSameIdUntilItIsAnswered(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		down := time.Now().Add(2 * time.Hour)
		w.vendor.advise = func(_ context.Context, v *vendor, a voucher.Advice) voucher.AdviceOutcome {
			if time.Now().Before(down) {
				return voucher.AdviceOutcome{}
			}
			return v.accept(a)
		}
		_, _ = w.reverse("r1")
		w.quiet(time.Until(down) - time.Second)
		w.want(voucher.Reversing)
		w.quiet(6 * time.Minute)
		w.want(voucher.Reversed)
		for i, a := range w.vendor.advices {
			if a.ID != "r1" || a.Claim.Attempt != i+1 {
				t.Fatalf("attempt %d carries id %s and number %d", i+1, a.ID, a.Claim.Attempt)
			}
			if i > 0 && w.vendor.sentAt[i].Sub(w.vendor.sentAt[i-1]) > 5*time.Minute+2*time.Second {
				t.Fatalf("attempt %d came %s after the one before", i+1, w.vendor.sentAt[i].Sub(w.vendor.sentAt[i-1]))
			}
		}
	})
}

func TestARefusedReversalIsRelayedAndParkedForAPerson(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		w.vendor.advise = func(context.Context, *vendor, voucher.Advice) voucher.AdviceOutcome {
			return voucher.AdviceOutcome{Kind: voucher.AdviceRefused, Decline: voucher.Decline{Type: "VOUCHER_ALREADY_REDEEMED"}}
		}
		got, err := w.reverse("r1")
		wantKind(t, err, fault.Refused)
		if got.AdviceAnswer.Decline.Type != "VOUCHER_ALREADY_REDEEMED" {
			t.Errorf("relayed %q", got.AdviceAnswer.Decline.Type)
		}
		if parked := w.want(voucher.Parked); len(parked.Cases) != 1 {
			t.Errorf("%d cases, want 1", len(parked.Cases))
		}
	})
}

func TestAProviderWithoutAdvicesConsumesTheReversal(t *testing.T) {
	in(t, voucher.Capabilities{}, func(w *world) {
		_, _ = w.provision()
		if _, err := w.reverse("r1"); err != nil {
			t.Fatalf("the reversal is refused: %v", err)
		}
		w.quiet(time.Minute)
		if _, _, _, advices := w.vendor.count(); advices != 0 {
			t.Errorf("%d advices to a provider that takes none", advices)
		}
		w.want(voucher.Parked)
	})
}

func TestAStrangersReversalIsNotFoundAndWritesNothing(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		a := reversal("r1")
		a.Channel = stranger
		_, err := w.Reverse(context.Background(), a)
		wantKind(t, err, fault.NotFound)
		a.Kind = voucher.Confirmation
		_, err = w.Confirm(context.Background(), a)
		wantKind(t, err, fault.NotFound)
		_, err = w.Find(context.Background(), voucher.Key{Channel: stranger, ID: id})
		wantKind(t, err, fault.NotFound)
		if kept := w.want(voucher.Provisioned); kept.Version != 2 {
			t.Errorf("something was written: version %d", kept.Version)
		}
	})
}

func TestAStrangerIsToldTheVeryWordsForAnUnknownId(t *testing.T) {
	told := func(provisioned bool) (words []string) {
		in(t, everything, func(w *world) {
			if provisioned {
				_, _ = w.provision()
			}
			a := reversal("r1")
			a.Channel = stranger
			_, found := w.Find(context.Background(), voucher.Key{Channel: stranger, ID: id})
			_, reversed := w.Reverse(context.Background(), a)
			_, confirmed := w.Confirm(context.Background(), a)
			_, after := w.Find(context.Background(), voucher.Key{Channel: stranger, ID: id})
			words = []string{fault.Text(reversed), fault.Text(confirmed), fault.Text(found), fault.Text(after)}
		})
		return words
	}
	if others, unknown := told(true), told(false); !slices.Equal(others, unknown) {
		t.Errorf("told %q of another's, %q of an unknown one", others, unknown)
	}
}

func TestAConfirmationOfNoProvisionIsNotFoundAndKeepsNoTombstone(t *testing.T) {
	in(t, everything, func(w *world) {
		_, err := w.confirm("c1")
		wantKind(t, err, fault.NotFound)
		got, err := w.provision()
		wantAnswer(t, got, err, 201, "code-1")
	})
}

func TestConfirmedIsNeverReversedAndReversedNeverConfirmed(t *testing.T) {
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		if _, err := w.confirm("c1"); err != nil {
			t.Fatal(err)
		}
		got, err := w.reverse("r1")
		wantKind(t, err, fault.AlreadyConfirmed)
		if got.Confirmation != "c1" {
			t.Errorf("the refusal names confirmation %q", got.Confirmation)
		}
		w.want(voucher.Confirmed)
	})
	in(t, everything, func(w *world) {
		_, _ = w.provision()
		_, _ = w.reverse("r1")
		_, err := w.confirm("c1")
		wantKind(t, err, fault.AlreadyReversed)
	})
}

func TestAConfirmationDuringItsProvisionWaitsForTheOutcome(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = after(time.Second)
		go func() { _, _ = w.provision() }()
		time.Sleep(100 * time.Millisecond)
		if _, err := w.confirm("c1"); err != nil {
			t.Fatal(err)
		}
		w.want(voucher.Confirmed)
	})
}

func TestAConfirmationWaitsNoLongerThanTheProvisionsOwnDeadline(t *testing.T) {
	in(t, everything, func(w *world) {
		w.stop()
		attempt := voucher.NewAttempt(order(), voucher.Provider{ID: provider, Timeout: time.Hour},
			voucher.Product{}, voucher.Timing{}, "ref")
		if err := w.store.Append(context.Background(), voucher.Open(attempt)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Second)
		w.start(w.store)
		began := time.Now()
		_, err := w.confirm("c1")
		wantKind(t, err, fault.Undecided)
		if waited := time.Since(began); waited != 5*time.Second {
			t.Errorf("waited %s, want the 5s that were left", waited)
		}
	})
}

func TestTheSwitchConfirmsForASingleMessagingChannelAtTheWindowsEnd(t *testing.T) {
	caps := everything
	caps.Confirmations = true
	in(t, caps, func(w *world) {
		_, _ = w.provision()
		w.quiet(15*time.Minute - time.Second)
		w.want(voucher.Provisioned)
		w.quiet(3 * time.Second)
		final := w.want(voucher.Confirmed)
		if len(w.vendor.advices) != 1 || w.vendor.advices[0].Kind != voucher.Confirmation || final.Open != nil {
			t.Errorf("%d advices, open %v; want one confirmation, settled", len(w.vendor.advices), final.Open)
		}
	})
}

func TestAChannelsReversalWithinTheWindowSupersedesTheSwitchsConfirmation(t *testing.T) {
	caps := everything
	caps.Confirmations = true
	in(t, caps, func(w *world) {
		_, _ = w.provision()
		w.quiet(14 * time.Minute)
		_, err := w.reverse("r1")
		if err != nil {
			t.Fatal(err)
		}
		w.quiet(time.Hour)
		w.want(voucher.Reversed)
		for _, a := range w.vendor.advices {
			if a.Kind == voucher.Confirmation {
				t.Error("a confirmation was sent for a reversed sale")
			}
		}
	})
}

func TestALapsedLeaseIsReversedByWhoeverFindsItAndNeverSentAgain(t *testing.T) {
	in(t, everything, func(w *world) {
		attempt := voucher.NewAttempt(order(), voucher.Provider{
			ID: provider, Capabilities: everything, Timeout: timeout, LongestProcessing: longest,
		}, voucher.Product{}, voucher.Timing{SendGuard: time.Second, LeaseMargin: 10 * time.Second}, "ref")
		if err := w.store.Append(context.Background(), voucher.Open(attempt)); err != nil {
			t.Fatal(err)
		}
		w.quiet(lease + 5*time.Second + time.Second)
		if calls, _, _, _ := w.vendor.count(); calls != 0 {
			t.Error("the provision was sent by somebody who did not write the intent")
		}
		w.quiet(time.Minute)
		w.want(voucher.Reversed)
		got, err := w.retry()
		wantAnswer(t, got, err, 404, "failed")
	})
}

func TestALookUpSaysWhatStandsAndNeverGuesses(t *testing.T) {
	in(t, everything, func(w *world) {
		key := voucher.Key{Channel: channel, ID: id}
		_, err := w.Find(context.Background(), key)
		wantKind(t, err, fault.NotFound)
		go func() { _, _ = w.provision() }()
		time.Sleep(10 * time.Millisecond)
		if got, err := w.Find(context.Background(), key); err != nil || got.State != voucher.Sending {
			t.Errorf("in flight: %v, %v", got, err)
		}
		time.Sleep(100 * time.Millisecond)
		for name, k := range map[string]voucher.Key{
			"by id": key, "by serial": {Channel: channel, SerialNumber: "1"},
			"by code": {Channel: channel, Code: voucher.NewSecret("code-1")},
		} {
			if got, err := w.Find(context.Background(), k); err != nil || got.Approval == nil {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
		_, err = w.Find(context.Background(), voucher.Key{Channel: channel, ID: id, SerialNumber: "2"})
		wantKind(t, err, fault.NotFound)
		_, _ = w.reverse("r1")
		_, err = w.Find(context.Background(), key)
		wantKind(t, err, fault.AlreadyReversed)
	})
}
