package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// vendor speaks as much SUV as it must, and answers at once, so that it costs the measurement little.
type vendor struct {
	url    string
	server *http.Server
	issued atomic.Int64
}

func openVendor(ctx context.Context) (*vendor, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	v := &vendor{url: "http://" + l.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /vouchers", v.provision)
	mux.HandleFunc("POST /vouchers/reversals", echo)
	v.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = v.server.Serve(l) }()
	return v, nil
}

func (v *vendor) close() { _ = v.server.Close() }

// provision issues a voucher that no other has, and that is found by its serial number and its code.
func (v *vendor) provision(w http.ResponseWriter, r *http.Request) {
	answer(w, r, http.StatusCreated, func(m map[string]any) {
		n := v.issued.Add(1)
		m["voucher"] = map[string]any{
			"code": fmt.Sprintf("%016d", n), "serialNumber": fmt.Sprintf("SN%014d", n), "expiryDate": "2029-11-22",
			"redeemInstructions": []string{"Enter the code at MobiTalk."},
		}
	})
}

func echo(w http.ResponseWriter, r *http.Request) {
	answer(w, r, http.StatusAccepted, func(map[string]any) {})
}

func answer(w http.ResponseWriter, r *http.Request, status int, change func(map[string]any)) {
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	var m map[string]any
	if err := decoder.Decode(&m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	change(m)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(m)
}
