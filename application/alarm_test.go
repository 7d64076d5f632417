package application_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"voucherswitch/application"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const alarmAge = 15 * time.Minute

// absent is records that cannot be read while they are away.
type absent struct {
	ports.Records
	away bool
}

func (a *absent) Backlog(ctx context.Context) ([]voucher.Backlog, error) {
	if a.away {
		return nil, fault.New(fault.Overloaded, "the database is away")
	}
	return a.Records.Backlog(ctx)
}

// watched is an alarm over a world's records, and the lines that it wrote.
type watched struct {
	*application.Alarm
	t     *testing.T
	lines bytes.Buffer
}

func (w *world) watched(records ports.Records) *watched {
	a := &watched{t: w.t}
	a.Alarm = &application.Alarm{
		Records: records, Cases: w.store, Age: alarmAge, Log: slog.New(slog.NewTextHandler(&a.lines, nil)),
	}
	return a
}

// says holds a pass against the lines it should write: each has all of its words.
func (a *watched) says(lines ...string) {
	a.t.Helper()
	a.lines.Reset()
	if done, err := a.Pass(context.Background()); done != 0 || err != nil {
		a.t.Fatalf("a pass that only looks did %d, %v", done, err)
	}
	said := strings.Split(strings.TrimSuffix(a.lines.String(), "\n"), "\n")
	if a.lines.Len() == 0 {
		said = nil
	}
	if len(said) != len(lines) {
		a.t.Fatalf("said %q, want %q", said, lines)
	}
	for i, line := range lines {
		for word := range strings.FieldsSeq(line) {
			if !strings.Contains(said[i], word) {
				a.t.Errorf("said %q, which lacks %q", said[i], word)
			}
		}
	}
}

func TestAnAdviceOwedForTooLongRaisesOneAlarmUntilItIsWellAgain(t *testing.T) {
	in(t, everything, func(w *world) {
		alarm := w.watched(w.store)
		alarm.says()
		w.vendor.advise = unanswered
		w.owed(1, "44444444")
		w.quiet(alarmAge - time.Minute)
		alarm.says()
		w.quiet(time.Minute)
		alarm.says("level=ERROR provider=vendor owed=1 oldest=15m alarm_age=15m0s")
		w.owed(2, "44444444")
		w.quiet(time.Minute)
		alarm.says()
		w.vendor.returns()
		w.quiet(time.Minute)
		alarm.says("level=INFO provider=vendor")
		alarm.says()
	})
}

func TestEachLaneHasItsOwnAlarmAndMayRaiseItAgain(t *testing.T) {
	in(t, everything, func(w *world) {
		alarm := w.watched(w.store)
		w.other.advise = unanswered
		w.owed(1, "55555555")
		w.owed(2, "44444444")
		w.quiet(alarmAge)
		alarm.says(`level=ERROR provider="another vendor"`)
		w.other.returns()
		w.quiet(time.Minute)
		alarm.says(`level=INFO provider="another vendor"`)
		w.other.advise = unanswered
		w.owed(3, "55555555")
		w.quiet(alarmAge)
		alarm.says(`level=ERROR provider="another vendor"`)
	})
}

func TestAnUnreadableLaneIsNeitherLateNorWell(t *testing.T) {
	in(t, everything, func(w *world) {
		records := &absent{Records: w.store}
		alarm := w.watched(records)
		w.vendor.advise = unanswered
		w.owed(1, "44444444")
		w.quiet(alarmAge)
		alarm.says("level=ERROR")
		records.away = true
		if _, err := alarm.Pass(context.Background()); !fault.Is(err, fault.Overloaded) {
			w.t.Errorf("the chore hides that it cannot read: %v", err)
		}
		records.away = false
		alarm.says()
	})
}

func TestASaleThatItsDualMessagingChannelForgetsRaisesOneAlarm(t *testing.T) {
	in(t, everything, func(w *world) {
		alarm := w.watched(w.store)
		alarm.Dual = []voucher.ChannelID{channel}
		_, _ = w.provision()
		confirmed := order()
		confirmed.ID = "00000000-0000-4000-8000-000000000002"
		_, _ = w.Provision(context.Background(), confirmed)
		a := reversal("c1")
		a.Kind, a.Transaction = voucher.Confirmation, confirmed.ID
		if _, err := w.Confirm(context.Background(), a); err != nil {
			t.Fatal(err)
		}
		w.quiet(lease)
		alarm.says()
		w.quiet(alarmAge)
		alarm.says("level=ERROR transaction=" + string(id))
		alarm.says()
	})
}
