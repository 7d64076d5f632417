package bootstrap

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"voucherswitch/domain/fault"
)

const probeWithin = 2 * time.Second

// admin is the operators' listener: /healthz says that the process lives, /readyz that it serves channels, and /metrics
// what it does, for Prometheus.
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
	mux.Handle("GET /metrics", p.figures.Handler())
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
	if trouble := p.databaseTrouble(ctx); trouble != "" {
		reasons = append(reasons, trouble)
	}
	return reasons
}

// databaseTrouble is why the database cannot serve this program: it is away, or somebody changed its tables or its
// key since the start. Empty if it can.
func (p *program) databaseTrouble(ctx context.Context) string {
	var have, need int64
	_, err := p.store.OpenCases(ctx, 1)
	if err == nil {
		have, need, err = p.store.Schema(ctx)
	}
	if err == nil && have >= need {
		err = p.store.CheckKeys(ctx)
	}
	switch {
	case fault.Is(err, fault.Invalid):
		return fault.Text(err)
	case err != nil:
		p.log.Warn("the database does not answer", "error", err)
		return "the database does not answer"
	case have < need: // a newer one is the first step of a rolling upgrade
		return fmt.Sprintf("the schema is version %d, this program needs %d", have, need)
	default:
		return ""
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
