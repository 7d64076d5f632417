package simulation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/domain/voucher"
)

// world is one run of a plan.
type world struct {
	plan
	store    store
	vendor   *vendor
	replicas []*replica
	sales    []*sale
	log      *slog.Logger
	calm     time.Time // from then on nothing fails

	mu       sync.Mutex
	hits     map[kind]int
	trace    []event
	logs     bytes.Buffer
	wrong    []string
	unknown  []byte               // what a look-up of an id that nobody has is told
	intended map[string]bool      // by the id of a sale: its intent stands
	recorded map[string]bool      // its voucher stands
	undone   map[string]time.Time // when its channel's reversal was accepted
	denied   map[string]bool      // its provider said that there is no such sale
	sent     map[string]int       // how often it was sent to its provider
	windows  map[kind][]time.Time // when something goes away, and when it is back, in turns
}

// event is something that could be seen, and when.
type event struct {
	at   int64
	what string
}

// result is what a run has shown.
type result struct {
	wrong   []string
	hits    map[kind]int
	trace   []event
	digest  string
	sales   []*sale
	lasted  time.Duration // simulated
	answers int
	checked int // operations, for linearizability
}

// play runs a plan.
func play(t *testing.T, p plan) (r result) {
	t.Helper()
	defer func() {
		if failure := recover(); failure != nil { // such as that goroutines are left
			t.Errorf("run it again with\n\t%s", p.command())
			panic(failure)
		}
	}()
	open, closed := database(t, p)
	synctest.Test(t, func(*testing.T) {
		w := &world{
			plan: p, hits: map[kind]int{}, intended: map[string]bool{}, recorded: map[string]bool{},
			denied: map[string]bool{}, undone: map[string]time.Time{}, sent: map[string]int{}, windows: map[kind][]time.Time{},
		}
		w.log = slog.New(slog.NewJSONHandler(&w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		database := open()
		w.store = p.defect.queue(database)
		w.run()
		closed(database)
		r = result{wrong: w.wrong, hits: w.hits, sales: w.sales, trace: w.sorted(), lasted: time.Since(epoch)}
		for _, s := range w.sales {
			r.answers += len(s.told)
		}
	})
	checked, wrong := linear(r.sales)
	r.checked, r.wrong = checked, append(r.wrong, wrong...)
	digest := sha256.New()
	for _, e := range r.trace {
		_, _ = fmt.Fprintln(digest, e.at, e.what)
	}
	r.digest = hex.EncodeToString(digest.Sum(nil))
	return r
}

// epoch is when every bubble begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (w *world) run() {
	w.calm = time.Now().Add(span + 30*time.Second)
	w.forecast(providerAway, 5*time.Second)
	w.forecast(databaseAway, 4*time.Second)
	w.vendor = newVendor(w)
	for i := range w.plan.replicas {
		r := &replica{w: w, name: fmt.Sprintf("replica %d", i), clock: &clock{began: time.Now()}}
		w.replicas = append(w.replicas, r)
		r.start()
	}
	var tills, fates sync.WaitGroup
	for _, i := range w.plan.sales {
		s := newSale(w, i)
		w.sales = append(w.sales, s)
		tills.Go(s.live)
	}
	for _, r := range w.replicas {
		fates.Go(func() { w.trouble(r) })
	}
	fates.Wait()
	tills.Wait()
	rest(context.Background(), time.Until(w.calm))
	w.drain()
	w.examine()
	time.Sleep(2 * deadline) // calls that nobody waits for any more end
	for _, r := range w.replicas {
		r.end()
	}
	w.vendor.stop()
	_ = w.vendor.server.Close()
	_ = w.vendor.door.Close()
	time.Sleep(5 * time.Minute) // whatever the dead still wait for
	w.judge()
}

// trouble lets a replica die and live again, and its clock be set, until it is calm.
func (w *world) trouble(r *replica) {
	for second := 0; time.Now().Before(w.calm.Add(-10 * time.Second)); second++ {
		words := []string{r.name, fmt.Sprint(second)}
		time.Sleep(w.between(4*time.Second, 6*time.Second, append(words, "lives")...))
		if w.strikes(clockJumps, words...) {
			r.clock.jump(w.between(-24*time.Hour, 24*time.Hour, append(words, "jump")...))
		}
		if w.strikes(replicaDies, words...) {
			w.note("%s dies", r.name)
			r.kill()
			time.Sleep(w.between(10*time.Millisecond, 4*time.Second, append(words, "dead")...))
			w.note("%s lives", r.name)
			r.start()
		}
	}
}

// forecast settles when something is away, and for how long.
func (w *world) forecast(k kind, most time.Duration) {
	if w.rates[k] == 0 {
		return
	}
	for i, at := 0, time.Now(); at.Before(w.calm.Add(-most)); i++ {
		at = at.Add(w.between(5*time.Second, 20*time.Second, string(k), fmt.Sprint(i)))
		if w.part(string(k), fmt.Sprint(i), "comes") < w.rates[k] {
			back := at.Add(w.between(100*time.Millisecond, most, string(k), fmt.Sprint(i), "lasts"))
			w.windows[k] = append(w.windows[k], at, back)
			at = back
		}
	}
}

// during tells whether it is away now.
func (w *world) during(k kind) bool {
	now, away := time.Now(), false
	for i := 0; i < len(w.windows[k]); i += 2 {
		away = away || now.After(w.windows[k][i]) && now.Before(w.windows[k][i+1]) && now.Before(w.calm)
	}
	if away {
		w.hit(k)
	}
	return away
}

func (w *world) hit(k kind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hits[k]++
}

// strikes tells whether a fault happens to something now.
func (w *world) strikes(k kind, words ...string) bool {
	rate := w.rates[k]
	if rate == 0 || !time.Now().Before(w.calm) || w.part(append(words, string(k), instant())...) >= rate {
		return false
	}
	w.hit(k)
	return true
}

// note adds an event to the trace.
func (w *world) note(format string, values ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trace = append(w.trace, event{time.Now().UnixNano(), fmt.Sprintf(format, values...)})
}

// sorted is the trace; what happens within one nanosecond has no order.
func (w *world) sorted() []event {
	slices.SortFunc(w.trace, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.what, b.what)) })
	return w.trace
}

// breaks keeps that a promise was broken.
func (w *world) breaks(format string, values ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, values...))
}

// moved hears of a move that the database has.
func (w *world) moved(who string, m voucher.Move) {
	if !w.defect.keeps(w.store, m) {
		return
	}
	w.note("%s moves %s v%d %s %s", who, m.Transaction, m.Version, m.Fact, m.State)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.intended[string(m.Transaction)] = w.intended[string(m.Transaction)] || m.Opening != nil
	w.recorded[string(m.Transaction)] = w.recorded[string(m.Transaction)] || m.State == voucher.Provisioned
	if _, before := w.undone[string(m.Transaction)]; m.Fact == voucher.FactReverse && !before {
		w.undone[string(m.Transaction)] = time.Now()
	}
}

// undoneBefore tells whether a sale's reversal was accepted so long ago that a replica must have known it: what was read
// or written just now may be that old when it is acted on.
func (w *world) undoneBefore(id string, known time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, undone := w.undone[id]
	return undone && time.Since(at) > known
}

// asking is what becomes of what a replica sends a provider, which is looked at before it leaves (S1, S2, S15).
func (w *world) asking(replica, provider string, b []byte) fate {
	f := fate{delay: w.between(200*time.Microsecond, 5*time.Millisecond, replica, provider, instant(), "there")}
	head, _, _ := bytes.Cut(b, []byte(" HTTP"))
	if !bytes.HasPrefix(head, []byte("POST ")) {
		return f
	}
	id, path := idIn(b), string(head)
	w.note("%s sends %s %s", replica, path, id)
	if isSale(path) {
		w.mu.Lock()
		w.sent[id]++
		times, intended := w.sent[id], w.intended[id]
		w.mu.Unlock()
		if times > 1 {
			w.breaks("S2: %s is sent to %s %d times", id, provider, times)
		}
		if w.undoneBefore(id, 25*time.Millisecond) {
			w.breaks("rule 4: %s is sent to %s after its reversal was accepted", id, provider)
		}
		if !intended {
			w.breaks("S1: %s is sent to %s before its intent is durable", id, provider)
		}
	} else if provider == "stellr" || strings.HasSuffix(path, "confirmations") && provider != "dual" && provider != "netcare" {
		w.breaks("S15: %s is sent %s about %s", provider, path, id)
	}
	words := []string{replica, path, id}
	switch {
	case w.strikes(requestLost, words...):
		f.lost = true
	case w.strikes(requestReset, words...):
		f.reset = true
	case w.strikes(requestDelayed, words...): // never so long that it takes effect after the horizon
		f.delay = w.between(10*time.Millisecond, timeout-100*time.Millisecond, append(words, instant())...)
	}
	return f
}

// answering is what becomes of what a provider answers.
func (w *world) answering(replica, provider string, b []byte) fate {
	now := instant()
	f := fate{delay: w.between(200*time.Microsecond, 5*time.Millisecond, replica, provider, now, "back")}
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 ")) {
		return f
	}
	words := []string{replica, provider, idIn(b), "answer"}
	switch {
	case w.strikes(answerLost, words...):
		f.lost = true
	case w.strikes(answerReset, words...):
		f.reset = true
	case w.strikes(answerDoubled, words...):
		f.doubled = true
	case w.strikes(answerDelayed, words...):
		f.delay = w.between(10*time.Millisecond, 10*time.Second, append(words, now)...)
	}
	return f
}

// serving is what becomes of what a replica answers a channel, which is looked at before it leaves (S4).
func (w *world) serving(replica, who string, b []byte) fate {
	f := fate{delay: w.between(200*time.Microsecond, 5*time.Millisecond, replica, who, instant(), "served")}
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 ")) {
		return f
	}
	if bytes.HasPrefix(b, []byte("HTTP/1.1 201")) {
		id := idIn(b)
		w.mu.Lock()
		recorded := w.recorded[id]
		w.mu.Unlock()
		if !recorded {
			w.breaks("S4: %s answers %s with a voucher that is not recorded", replica, id)
		}
	}
	shows := bytes.HasPrefix(b, []byte("HTTP/1.1 201")) || bytes.HasPrefix(b, []byte("HTTP/1.1 200"))
	if id := idIn(b); shows && w.undoneBefore(id, 10*time.Millisecond) {
		w.breaks("S8: %s answers %s with a voucher after its reversal was accepted", replica, id)
	}
	f.lost = w.strikes(answerUnheard, replica, who)
	return f
}
