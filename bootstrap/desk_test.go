package bootstrap

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// hasty is a world where a person may act soon.
var hasty = []string{
	"--set", "timing.send_guard=200ms", "--set", "timing.lease_margin=200ms", "--set", "providers.stellr.timeout=200ms",
	"--set", "providers.stellr.longest_processing=300ms", "--set", "providers.plain.timeout=200ms",
	"--set", "providers.plain.longest_processing=300ms", "--set", "providers.netcare.timeout=200ms",
	"--set", "providers.dual.timeout=200ms",
}

// printed runs a command on a data folder and reads the JSON that it prints.
func printed[T any](t *testing.T, data string, args ...string) (value T) {
	t.Helper()
	code, out, notes := do(append(args, "--data", data, "--json")...)
	if err := json.Unmarshal([]byte(out), &value); err != nil || code != exitDone {
		t.Fatalf("%v: %d, %v\n%s%s", args, code, err, out, notes)
	}
	return value
}

// refuses runs a command that must fail and say why.
func refuses(t *testing.T, data, says string, code int, args ...string) {
	t.Helper()
	got, out, notes := do(append(args, "--data", data)...)
	if got != code || !strings.Contains(notes, says) {
		t.Errorf("%v: %d, want %d and %q\n%s%s", args, got, code, says, out, notes)
	}
}

func sold(t *testing.T, r *running, receiver string, amount, status int) (id string) {
	t.Helper()
	id = uuid.NewString()
	got, body := ask(t, "POST", r.api()+"/vouchers", "22222222", devPassword, saleOf(id, receiver, amount))
	if got != status {
		t.Fatalf("%d: %s", got, body)
	}
	return id
}

func TestAnOperatorSeesWhatIsParkedAndResolvesItWhileTheSwitchRuns(t *testing.T) {
	data := t.TempDir()
	r := startDev(t, data, hasty...)
	if open := printed[[]openCase](t, data, "cases", "list"); len(open) != 0 {
		t.Errorf("cases before any sale: %v", open)
	}
	id := sold(t, r, "55555555", 16001, 504)
	open := printed[[]openCase](t, data, "cases", "list")
	if len(open) != 1 || open[0].Transaction != id {
		t.Fatalf("cases: %v", open)
	}
	if code, out, notes := do("cases", "list", "--data", data); code != exitDone || !strings.Contains(out, id) ||
		!strings.Contains(notes, "transactions resolve") {
		t.Errorf("%d\n%s%s", code, out, notes)
	}
	resolve := append([]string{"transactions", "resolve", strings.ToUpper(id), "--issued", "--by", "alice",
		"--reason", "in their books"}, hasty...)
	deadline := time.Now().Add(10 * time.Second)
	code, out, notes := do(append(resolve, "--data", data)...)
	for ; code != exitDone && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if !strings.Contains(notes, "may still act") {
			t.Fatalf("%d\n%s%s", code, out, notes)
		}
		code, out, notes = do(append(resolve, "--data", data)...)
	}
	shown := printed[transaction](t, data, "transactions", "show", id)
	last := shown.History[len(shown.History)-1]
	if shown.State != "Confirmed" || len(shown.Cases) != 0 || last.By != "alice" || last.Reason != "in their books" {
		t.Errorf("%+v", shown)
	}
	refuses(t, data, "only a parked", exitFailed, resolve...)
	if listed := printed[[]transaction](t, data, "transactions", "list"); len(listed) != 1 || listed[0].ID != id {
		t.Errorf("listed: %v", listed)
	}
}

func TestAnOperatorClosesACaseByItsVersion(t *testing.T) {
	data := t.TempDir()
	r := startDev(t, data, hasty...)
	id := sold(t, r, "55555555", 16001, 504)
	version := strconv.Itoa(printed[[]openCase](t, data, "cases", "list")[0].Version)
	by := []string{"--by", "alice", "--reason", "spoke to them"}
	refuses(t, data, "no open case", exitFailed, append([]string{"cases", "close", id, "99"}, by...)...)
	refuses(t, data, "must be a number", exitFailed, append([]string{"cases", "close", id, "x"}, by...)...)
	refuses(t, data, "reason", exitUsage, "cases", "close", id, version, "--by", "alice")
	printed[transaction](t, data, append([]string{"cases", "close", id, version}, by...)...)
	if open := printed[[]openCase](t, data, "cases", "list"); len(open) != 0 {
		t.Errorf("still open: %v", open)
	}
}

func TestAnOperatorSeesAnAdviceThatWaitsAndTriesItNow(t *testing.T) {
	data := t.TempDir()
	r := startDev(t, data, hasty...)
	id := sold(t, r, "44444444", 19002, 201) // its first three advices are answered 500
	ask(t, "POST", r.api()+"/vouchers/reversals", "22222222", devPassword, reversalOf(id))
	waiting := printed[[]waitingAdvice](t, data, "advices", "show", id)
	if len(waiting) != 1 || waiting[0].Kind != "reversal" || waiting[0].Provider != "plain" || waiting[0].Attempts < 1 {
		t.Fatalf("waiting: %+v", waiting)
	}
	for _, list := range [][]string{{"advices", "list"}, {"advices", "list", "--provider", "plain"}} {
		if all := printed[[]waitingAdvice](t, data, list...); len(all) != 1 || all[0].Transaction != id {
			t.Errorf("%v: %+v", list, all)
		}
	}
	retry := []string{"advices", "retry", id, "--by", "alice", "--reason", "they are back"}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		shown := printed[transaction](t, data, "transactions", "show", id)
		if shown.State == "Reversed" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", shown)
		}
		_, _, _ = do(append(retry, "--data", data)...) // refused once it is settled
	}
	refuses(t, data, "no advice", exitFailed, retry...)
	refuses(t, data, "no advice", exitFailed, "advices", "show", id)
	var hastened int
	for _, l := range printed[transaction](t, data, "transactions", "show", id).History {
		if l.Fact == "hastened" && l.By == "alice" {
			hastened++
		}
	}
	if hastened == 0 {
		t.Error("the history does not tell of the operator's wish")
	}
}

func TestOperatorsCommandsShowNoVoucher(t *testing.T) {
	data := t.TempDir()
	r := startDev(t, data)
	id := sold(t, r, "44444444", 10000, 201)
	code := booked(t, r.books(), id).Code
	for _, args := range [][]string{
		{"transactions", "show", id}, {"transactions", "show", id, "--json"}, {"transactions", "list", "--json"},
	} {
		if _, out, notes := do(append(args, "--data", data)...); code == "" || strings.Contains(out+notes, code) {
			t.Errorf("%v shows %q:\n%s%s", args, code, out, notes)
		}
	}
}
