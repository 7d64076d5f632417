package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"
)

// oldTransactions compares a switch whose database is empty with one whose database holds a million transactions that
// are long over.
func oldTransactions(ctx context.Context, w *world) (err error) {
	if !w.isFull(ctx, w.old) {
		fmt.Printf("old: filling a database with %d old transactions\n", w.old)
		if err := w.fill(ctx, w.old); err != nil {
			return err
		}
	}
	w.server.Options = []string{"--innodb-buffer-pool-size=" + w.pool}
	if err := w.restart(); err != nil {
		return err
	}
	if err := w.read(ctx); err != nil {
		return err
	}
	young, err := w.serveNew(ctx, plan{database: empty})
	if err != nil {
		return err
	}
	old, err := w.serve(ctx, plan{database: full})
	if err != nil {
		return errors.Join(err, young.stop())
	}
	defer func() { err = errors.Join(err, stopAll(young, old)) }()
	const at = 64
	b, err := w.compare(ctx, "old", w.selling("empty", young, at), w.selling("full", old, at))
	if err != nil {
		return err
	}
	name := fmt.Sprintf("with %d old transactions / with none, %d at a time", w.old, at)
	w.report.ratio("old", goal{name, 0.85, true}, b, "full", "empty", "a second")
	return nil
}

const saleTemplate = `{"id": %q, "time": "2026-11-22T10:00:00.000+02:00",
	"originator": {"institution": {"id": %q, "name": "TransAcquire Co"}, "terminalId": "Till0001",
		"merchant": {"merchantType": "5411", "merchantId": "Shop00000000001",
			"merchantName": {"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": %[2]q, "name": "TransAcquire Co"},
	"receiver": {"id": %[3]q, "name": "MobiTalk"},
	"thirdPartyIdentifiers": [{"institutionId": %[2]q, "transactionIdentifier": "till-1-0001"}],
	"amounts": {"requestAmount": {"amount": 12000, "currency": "710"}}}`

const advice = `{"id": %q, "requestId": %q, "time": "2026-11-22T10:01:00.000+02:00", %s
	"thirdPartyIdentifiers": [{"institutionId": %q, "transactionIdentifier": "till-1-0001"}]}`

func saleOf(id string) string { return fmt.Sprintf(saleTemplate, id, channelID, receiverID) }

// sellOne provisions once, under a new id.
func (w *world) sellOne(ctx context.Context, r *replica) (id string, err error) {
	id = uuid.NewString()
	return id, w.post(ctx, r, "/vouchers", saleOf(id), http.StatusCreated)
}

// post sends a message as the channel, and fails unless the answer has the status.
func (w *world) post(ctx context.Context, r *replica, path, body string, want int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.SetBasicAuth(channelID, w.secret)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != want {
		err = fmt.Errorf("%s was answered %d %s", path, response.StatusCode, answer)
	}
	return err
}
