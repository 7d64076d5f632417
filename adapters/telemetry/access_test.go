package telemetry_test

import (
	"testing"
	"time"

	"voucherswitch/adapters/telemetry"
	"voucherswitch/domain/voucher"
)

func TestWhoIsTurnedAwayIsCountedByWhatWasWrong(t *testing.T) {
	figures := telemetry.New()
	figures.Refused(telemetry.WrongAddress)
	figures.ConnectionRefused(true)
	figures.ConnectionRefused(false)
	figures.ConnectionRefused(false)
	figures.Shed("sale")
	figures.Load(func() int64 { return 3 }, func() int64 { return 64 })
	figures.Connections(func() int { return 7 })
	limit := figures.Limit(func(id voucher.ChannelID) time.Duration {
		return map[voucher.ChannelID]time.Duration{"fast": time.Second}[id]
	})
	if fast, slow := limit("fast"), limit("slow"); fast != time.Second || slow != 0 {
		t.Errorf("waits became %s and %s", fast, slow)
	}
	want(t, figures, map[string]float64{
		`credentials_refused_total{reason="address"}`: 1, `credentials_refused_total{reason="secret"}`: 0,
		`connections_refused_total{bound="source"}`: 1, `connections_refused_total{bound="all"}`: 2,
		`connections_open`: 7, `requests_limited_total`: 1,
		`requests_shed_total{kind="sale"}`: 1, `journal_waiting`: 3, `journal_waiting_limit`: 64,
	})
}
