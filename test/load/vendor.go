package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// vendor speaks as much SUV as it must, and decodes nothing, so that it costs the measurement little.
type vendor struct {
	url    string
	server *http.Server
	issued atomic.Int64
	delay  atomic.Int64 // of a provision's answer, in nanoseconds

	held    atomic.Int64 // provisions that wait for release
	release atomic.Pointer[chan struct{}]

	refuses atomic.Bool // advices are answered 503
	mu      sync.Mutex
	advised []time.Time // when advices were answered, since forget
}

func openVendor(ctx context.Context) (*vendor, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	v := &vendor{url: "http://" + l.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /vouchers", v.provision)
	mux.HandleFunc("POST /vouchers/reversals", v.reverse)
	v.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = v.server.Serve(l) }()
	return v, nil
}

func (v *vendor) close() { _ = v.server.Close() }

// hold makes provisions wait until what it returns is called.
func (v *vendor) hold() (release func()) {
	gate := make(chan struct{})
	v.release.Store(&gate)
	return func() {
		v.release.Store(nil)
		close(gate)
	}
}

// provision issues a voucher that no other has, and that is found by its serial number and its code. The answer is the
// request with the voucher in it.
func (v *vendor) provision(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	end := bytes.LastIndexByte(body, '}')
	if err != nil || end < 0 {
		http.Error(w, "no message", http.StatusBadRequest)
		return
	}
	if gate := v.release.Load(); gate != nil {
		v.held.Add(1)
		<-*gate
		v.held.Add(-1)
	}
	if delay := v.delay.Load(); delay > 0 {
		time.Sleep(time.Duration(delay))
	}
	n := v.issued.Add(1)
	body = fmt.Appendf(body[:end], `,"voucher":{"code":"%016d","serialNumber":"SN%014d","expiryDate":"2029-11-22",`+
		`"redeemInstructions":["Enter the code at MobiTalk."]}}`, n, n)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(body)
}

func (v *vendor) reverse(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || v.refuses.Load() {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	v.mu.Lock()
	v.advised = append(v.advised, time.Now())
	v.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(body)
}

// forget counts advices from none on.
func (v *vendor) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.advised = nil
}

// delivered is when each advice since forget was answered.
func (v *vendor) delivered() []time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.advised
}
