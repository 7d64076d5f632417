package telemetry_test

import (
	"testing"
	"time"

	"voucherswitch/adapters/telemetry"
)

func TestTheEndsOfCertificatesAreShownAndWhetherTheirFilesAreGood(t *testing.T) {
	figures := telemetry.New(stellr)
	figures.Certificates(func() []telemetry.Certificate {
		return []telemetry.Certificate{
			{InFiles: true, Good: true, Ours: time.Unix(100, 0)},
			{Provider: stellr, InFiles: true, Ours: time.Unix(200, 0), Theirs: time.Unix(300, 0)},
			{Provider: "netcare", Theirs: time.Unix(400, 0)},
		}
	})
	want(t, figures, map[string]float64{
		`certificate_end_timestamp_seconds{certificate="listener",provider=""}`:        100,
		`certificate_end_timestamp_seconds{certificate="client",provider="stellr"}`:    200,
		`certificate_end_timestamp_seconds{certificate="provider",provider="stellr"}`:  300,
		`certificate_end_timestamp_seconds{certificate="provider",provider="netcare"}`: 400,
		`certificate_files_good{certificate="listener",provider=""}`:                   1,
		`certificate_files_good{certificate="client",provider="stellr"}`:               0,
	})
}
