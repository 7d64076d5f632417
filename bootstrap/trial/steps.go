package trial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// reached opens a connection, as the adapter would.
func (t *trial) reached(ctx context.Context) {
	t.try(ctx, "the server is reached", "a connection, over TLS where the url says https", func() (string, bool) {
		ctx, cancel := context.WithTimeout(ctx, t.Provider.Timeout)
		defer cancel()
		base, err := url.Parse(t.Account.URL)
		if err != nil {
			return "an url that cannot be read", false
		}
		port := base.Port()
		if port == "" {
			port = base.Scheme
		}
		conn, err := t.Account.Dial(ctx, "tcp", net.JoinHostPort(base.Hostname(), port))
		if err != nil {
			return err.Error(), false
		}
		defer func() { _ = conn.Close() }()
		if base.Scheme != "https" {
			return "a connection in clear", true
		}
		secured := tls.Client(conn, t.Account.Terms(base.Hostname()))
		if err := secured.HandshakeContext(ctx); err != nil {
			return err.Error(), false
		}
		state := secured.ConnectionState()
		return fmt.Sprintf("%s, and a certificate until %s", tls.VersionName(state.Version),
			state.PeerCertificates[0].NotAfter.UTC().Format(time.DateOnly)), true
	})
}

// withoutSelling tries what costs nothing.
func (t *trial) withoutSelling(ctx context.Context) {
	t.try(ctx, "a sale whose send guard has passed is not sent", "not one byte leaves", func() (string, bool) {
		before, asked := t.sent.Load(), t.attempt(t.Amount)
		asked.SendBy = time.Now().Add(-time.Millisecond)
		got, left := t.ask(ctx, t.client, asked), t.sent.Load()-before
		certain := got.Kind == voucher.OutcomeNotSent || got.Kind == voucher.OutcomeDeclined // unasked
		return fmt.Sprintf("%s; %d bytes left", saleWords(got, t.Provider.Timeout), left), certain && left == 0
	})
	t.list(ctx)
	const name, expected = "the reversal of an unknown sale is not found", "not found, which the vendor itself says"
	if !t.Provider.Capabilities.Reversals {
		t.skip(name, expected, "the provider takes no reversals")
		return
	}
	t.tells = true
	t.try(ctx, name, expected, func() (string, bool) {
		got := t.deliver(ctx, t.adviceOn(voucher.Reversal, t.attempt(t.Amount), nil))
		if got.Kind == voucher.AdviceNotFound {
			t.known = "it looked for a sale of ours"
		}
		return adviceWords(got), got.Kind == voucher.AdviceNotFound
	})
}

func (t *trial) list(ctx context.Context) {
	const name, expected = "the list of products is read", "a list, with a product that can be sold"
	source, knows := t.client.(ports.ProductSource)
	switch {
	case !knows:
		t.skip(name, expected, "the adapter knows no list")
		return
	case !t.Lists:
		t.skip(name, expected, "products.fetch_every is 0s: the list is not wanted")
		return
	}
	t.tells = true
	t.try(ctx, name, expected, func() (string, bool) {
		ctx, cancel := context.WithTimeout(ctx, t.Provider.Timeout)
		defer cancel()
		offer, err := source.Products(ctx)
		var told *fault.Error
		if errors.As(err, &told) {
			return told.Text, false
		}
		if err != nil {
			return "no list", false
		}
		t.known = "it gave us its list"
		return fmt.Sprintf("%d products, %d left out", len(offer.Products), len(offer.LeftOut)), len(offer.Products) > 0
	})
}

// knowsUs draws together by what the vendor showed that it accepts our credentials.
func (t *trial) knowsUs(ctx context.Context) {
	const name, expected = "our credentials are accepted", "an answer that only a known client gets"
	if !t.tells {
		t.skip(name, expected, "nothing was asked that tells; --sell would")
		return
	}
	t.try(ctx, name, expected, func() (string, bool) {
		if t.known == "" {
			return "no such answer to anything above", false
		}
		return t.known, true
	})
}
