package bootstrap

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

const probeWithin = 2 * time.Second

// admin is the operators' listener: /healthz says that the process lives, /readyz that it serves channels.
func (p *program) admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, health{Healthy: true})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		reasons := p.unready(r.Context())
		if len(reasons) > 0 {
			answer(w, http.StatusServiceUnavailable, readiness{Reasons: reasons})
			return
		}
		answer(w, http.StatusOK, readiness{Ready: true, Reasons: []string{}})
	})
	return mux
}

type health struct {
	Healthy bool `json:"healthy"`
}

type readiness struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"`
}

// unready lists why channels should be sent elsewhere.
func (p *program) unready(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	var reasons []string
	if !p.ready.Load() {
		reasons = append(reasons, "starting")
	}
	if p.draining.Load() {
		reasons = append(reasons, "draining")
	}
	if _, err := p.store.OpenCases(ctx, 1); err != nil {
		p.log.Warn("the database does not answer", "error", err)
		reasons = append(reasons, "the database does not answer")
	}
	return reasons
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
