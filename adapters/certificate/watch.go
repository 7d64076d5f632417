package certificate

import (
	"context"
	"log/slog"
	"time"

	"voucherswitch/ports"
)

const (
	urgent     = 7 * 24 * time.Hour // an end so near is an error line
	alarmEvery = 24 * time.Hour
)

// Watch reads certificates anew, and tells people when one was changed, is not good, or ends soon. Its zero values of
// old are those of a new process: it tells anew after a restart.
type Watch struct {
	Kept  []*Kept
	Alarm time.Duration // an end so near is told of once a day
	Clock ports.Clock
	Log   *slog.Logger

	complaints map[*Kept]string // what was said of bad files, by Pass only
	alarmed    map[*Kept]time.Time
}

var _ ports.Chore = (*Watch)(nil)

// Pass looks once. It never fails: what is not good is a line of the log.
func (w *Watch) Pass(context.Context) (int, error) {
	if w.complaints == nil {
		w.complaints, w.alarmed = map[*Kept]string{}, map[*Kept]time.Time{}
	}
	for _, k := range w.Kept {
		w.look(k, w.Clock())
	}
	return 0, nil
}

func (w *Watch) look(k *Kept, now time.Time) {
	log := w.Log.With("certificate", k.Use(), "provider", k.Provider)
	changed, err := k.Refresh(now)
	switch {
	case err != nil && w.complaints[k] != err.Error():
		w.complaints[k] = err.Error()
		log.Error("certificate files are not good; what they held before is kept", "error", err)
	case err == nil && w.complaints[k] != "" && !changed:
		delete(w.complaints, k)
		log.Info("certificate files are good again")
	case changed:
		delete(w.complaints, k)
		delete(w.alarmed, k)
		log.Info("certificate files were read anew", "ends", k.State().Ours)
	}
	w.alarm(k, now, log)
}

func (w *Watch) alarm(k *Kept, now time.Time, log *slog.Logger) {
	ends := k.State().Ours
	left := ends.Sub(now)
	if ends.IsZero() || left > w.Alarm || now.Sub(w.alarmed[k]) < alarmEvery {
		return
	}
	w.alarmed[k] = now
	level, text := slog.LevelWarn, "a certificate ends soon"
	if left <= urgent {
		level = slog.LevelError
	}
	if left <= 0 {
		text = "a certificate has ended"
	}
	log.Log(context.Background(), level, text, "ends", ends.UTC(), "days", int(left.Hours()/24))
}

// Use is what our own certificate is for: listener, or client of a provider.
func (k *Kept) Use() string {
	if k.Provider == "" {
		return "listener"
	}
	return "client"
}
