package telemetry

import (
	"database/sql"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Pools shows the connections of each pool, by its name.
func (f *Figures) Pools(pools map[string]func() sql.DBStats) {
	for name, figures := range pools {
		in := promauto.With(prometheus.WrapRegistererWith(prometheus.Labels{byPool: name}, f.registry))
		for _, g := range []struct {
			name, help string
			of         func(sql.DBStats) float64
		}{
			{"max", "Most connections that a pool may have.",
				func(s sql.DBStats) float64 { return float64(s.MaxOpenConnections) }},
			{"open", "Connections of a pool.", func(s sql.DBStats) float64 { return float64(s.OpenConnections) }},
			{"in_use", "Connections that serve somebody.", func(s sql.DBStats) float64 { return float64(s.InUse) }},
			{"idle", "Connections that wait for work.", func(s sql.DBStats) float64 { return float64(s.Idle) }},
		} {
			in.NewGaugeFunc(prometheus.GaugeOpts{
				Namespace: prefix, Subsystem: "pool_connections", Name: g.name, Help: g.help,
			}, func() float64 { return g.of(figures()) })
		}
		in.NewCounterFunc(prometheus.CounterOpts{
			Namespace: prefix, Name: "pool_waits_total", Help: "How often somebody waited for a connection.",
		}, func() float64 { return float64(figures().WaitCount) })
		in.NewCounterFunc(prometheus.CounterOpts{
			Namespace: prefix, Name: "pool_wait_seconds_total", Help: "How long all of them waited.",
		}, func() float64 { return figures().WaitDuration.Seconds() })
	}
}
