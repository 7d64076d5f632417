package bootstrap

import (
	"fmt"
	"time"

	"voucherswitch/adapters/certificate"
	"voucherswitch/adapters/telemetry"
	"voucherswitch/domain/voucher"
)

// certificateRest is how soon files that changed are read anew.
const certificateRest = 5 * time.Second

// watch looks after the listener's certificate, if it has one, and after those of the providers' clients.
func (p *program) watch(clients []*certificate.Kept) error {
	all := clients
	if files := p.config.HTTP.TLS.files(); files.Cert != "" {
		listener, err := certificate.Keep("", files)
		if err != nil {
			return fmt.Errorf("http.tls: %w", err)
		}
		p.listener, all = listener, append(all, listener)
	}
	p.certificates = &certificate.Watch{
		Kept: all, Alarm: p.config.Timing.CertificateAlarm, Clock: time.Now, Log: p.log,
	}
	p.figures.Certificates(func() []telemetry.Certificate {
		shown := make([]telemetry.Certificate, len(all))
		for i, k := range all {
			now := k.State()
			shown[i] = telemetry.Certificate{
				Provider: voucher.ProviderID(k.Provider), InFiles: now.InFiles, Good: now.Good, Ours: now.Ours, Theirs: now.Theirs,
			}
		}
		return shown
	})
	return nil
}
