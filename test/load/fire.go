package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

const sale = `{"id": %q, "time": "2026-11-22T10:00:00.000+02:00",
	"originator": {"institution": {"id": %q, "name": "TransAcquire Co"}, "terminalId": "Till0001",
		"merchant": {"merchantType": "5411", "merchantId": "Shop00000000001",
			"merchantName": {"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
	"client": {"id": %[2]q, "name": "TransAcquire Co"},
	"receiver": {"id": %[3]q, "name": "MobiTalk"},
	"thirdPartyIdentifiers": [{"institutionId": %[2]q, "transactionIdentifier": "till-1-0001"}],
	"amounts": {"requestAmount": {"amount": 12000, "currency": "710"}}}`

const advice = `{"id": %q, "requestId": %q, "time": "2026-11-22T10:01:00.000+02:00", %s
	"thirdPartyIdentifiers": [{"institutionId": %q, "transactionIdentifier": "till-1-0001"}]}`

// client keeps a connection for each provision at a time.
var client = &http.Client{
	Timeout:   time.Minute,
	Transport: &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true},
}

// post sends a message as the channel, and fails unless the answer has the status.
func (b *bench) post(ctx context.Context, path, body string, want int) error {
	url := "http://" + b.listen + "/suv/v1" + path
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.SetBasicAuth(channelID, b.secret)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
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

// sell provisions once, under a new id.
func (b *bench) sell(ctx context.Context) (id string, err error) {
	id = uuid.NewString()
	return id, b.post(ctx, "/vouchers", fmt.Sprintf(sale, id, channelID, receiverID), http.StatusCreated)
}

// fire provisions many at a time, and counts, after the warm-up, how many are answered in a second.
func (b *bench) fire(ctx context.Context, o options) (rate float64, err error) {
	var (
		sold   atomic.Int64
		first  atomic.Pointer[error]
		firing sync.WaitGroup
	)
	ctx, cease := context.WithCancel(ctx)
	defer cease()
	for range o.at {
		firing.Go(func() {
			for ctx.Err() == nil {
				if _, err := b.sell(context.WithoutCancel(ctx)); err != nil {
					first.CompareAndSwap(nil, &err)
					cease()
					return
				}
				sold.Add(1)
			}
		})
	}
	pause(ctx, o.warm)
	before, began := sold.Load(), time.Now()
	pause(ctx, o.measure)
	rate = float64(sold.Load()-before) / time.Since(began).Seconds()
	interrupted := ctx.Err()
	cease()
	firing.Wait()
	if failed := first.Load(); failed != nil {
		return 0, *failed
	}
	return rate, interrupted
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
