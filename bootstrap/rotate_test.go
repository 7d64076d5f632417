package bootstrap

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// listed are the keys as `keys list` prints them.
func listed(t *testing.T, data string) (lines []keyLine) {
	t.Helper()
	code, out, notes := do("keys", "list", "--data", data, "--json")
	if err := json.Unmarshal([]byte(out), &lines); err != nil || code != exitDone {
		t.Fatalf("%d %v: %s%s", code, err, out, notes)
	}
	return lines
}

func TestARotationStepByStepKeepsEveryAnswer(t *testing.T) {
	data, sold := t.TempDir(), map[string]string{}
	sell := func(r *running) {
		id := uuid.NewString()
		status, body := ask(t, "POST", r.api()+"/vouchers", "22222222", devPassword, saleOf(id, "44444444", 10000))
		if sold[id] = body; status != http.StatusCreated {
			t.Fatalf("%d: %s", status, body)
		}
	}
	answers := func(r *running, after string) {
		for id, first := range sold {
			status, again := ask(t, "POST", r.api()+"/vouchers/"+id+"/retry", "22222222", devPassword,
				saleOf(id, "44444444", 10000))
			if status != http.StatusOK || again != first {
				t.Errorf("after %s: %d\n%s\n%s", after, status, first, again)
			}
		}
	}
	step := func(args ...string) (printed string) {
		code, out, notes := do(append(append([]string{"keys"}, args...), "--data", data)...)
		if code != exitDone {
			t.Fatalf("%v: %d %s", args, code, notes)
		}
		return strings.TrimSpace(out)
	}
	refused := func(says string, args ...string) {
		code, _, notes := do(append(append([]string{"keys"}, args...), "--data", data)...)
		if code != exitFailed || !strings.Contains(notes, says) {
			t.Errorf("%v: %d %s, want %q", args, code, notes, says)
		}
	}
	first := startDev(t, data)
	sell(first)
	old := strconv.FormatUint(uint64(listed(t, data)[0].Key), 10)
	id := step("add")
	refused("has no key 4711", "promote", "4711")
	refused("is the primary one", "retire", old)
	sell(first)
	first.stop()
	second := startDev(t, data)
	answers(second, "add")
	sell(second)
	step("promote", id)
	second.stop()
	third := startDev(t, data)
	answers(third, "promote")
	sell(third)
	refused("rotate again", "retire", old)
	step("rotate") // beside the process that sells
	answers(third, "rotate")
	step("retire", old)
	third.stop()
	fourth := startDev(t, data)
	answers(fourth, "retire")
	sell(fourth)
	lines := listed(t, data)
	if len(lines) != 1 || lines[0] != (keyLine{lines[0].Key, true, true, true}) ||
		strconv.FormatUint(uint64(lines[0].Key), 10) != id {
		t.Errorf("%+v", lines)
	}
	if code := fourth.stop(); code != exitDone || strings.Contains(fourth.notes.String(), "level=WARN") {
		t.Errorf("%d: %s", code, fourth.notes.String())
	}
}

func TestAProcessThatSealsWithARetiredKeyIsNotReady(t *testing.T) {
	data := t.TempDir()
	r := startDev(t, data)
	old := strconv.FormatUint(uint64(listed(t, data)[0].Key), 10)
	_, id, _ := do("keys", "add", "--data", data)
	for _, args := range [][]string{
		{"promote", strings.TrimSpace(id)}, {"rotate", "--json"}, {"retire", old, "--json"},
	} {
		code, _, notes := do(append(append([]string{"keys"}, args...), "--data", data)...)
		if code != exitDone || args[len(args)-1] == "--json" && strings.Contains(notes, "%") {
			t.Fatalf("%v: %d %s", args, code, notes)
		}
	}
	if status, body := ask(t, "GET", r.admin()+"/readyz", "", "", ""); status != http.StatusServiceUnavailable ||
		!strings.Contains(body, "was retired") {
		t.Errorf("%d: %s", status, body)
	}
}

func TestARotationThatIsKilledIsTakenUpAgain(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "voucherswitch")
	if text, err := exec.Command("go", "build", "-o", binary, "voucherswitch/bootstrap/voucherswitch").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	data := t.TempDir()
	r := startDev(t, data)
	sold := map[string]string{}
	for range 150 {
		id := uuid.NewString()
		_, sold[id] = ask(t, "POST", r.api()+"/vouchers", "22222222", devPassword, saleOf(id, "44444444", 10000))
	}
	_, id, _ := do("keys", "add", "--data", data)
	do("keys", "promote", strings.TrimSpace(id), "--data", data)
	r.stop()
	old := strconv.FormatUint(uint64(listed(t, data)[0].Key), 10)
	if old == strings.TrimSpace(id) {
		old = strconv.FormatUint(uint64(listed(t, data)[1].Key), 10)
	}
	kills := 0
	for pause := 5 * time.Millisecond; pause < time.Second; pause += 3 * time.Millisecond {
		rotation := exec.Command(binary, "keys", "rotate", "--data", data)
		rotation.Env = []string{}
		if err := rotation.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pause)
		_ = rotation.Process.Kill()
		if err := rotation.Wait(); err == nil {
			break
		}
		kills++
	}
	if kills == 0 {
		t.Fatal("no rotation was killed")
	}
	for _, args := range [][]string{{"rotate"}, {"retire", old}} {
		if code, _, notes := do(append(append([]string{"keys"}, args...), "--data", data)...); code != exitDone {
			t.Fatalf("%v: %d %s", args, code, notes)
		}
	}
	again := startDev(t, data)
	for id, first := range sold {
		status, body := ask(t, "POST", again.api()+"/vouchers/"+id+"/retry", "22222222", devPassword,
			saleOf(id, "44444444", 10000))
		if status != http.StatusOK || body != first {
			t.Fatalf("%d\n%s\n%s", status, first, body)
		}
	}
}

func TestContentsInClearAreToldOfUntilARotation(t *testing.T) {
	data := t.TempDir()
	startDev(t, data).stop()
	db, err := sql.Open("sqlite", filepath.Join(data, "voucherswitch.db"))
	if err == nil {
		_, err = db.ExecContext(t.Context(), "INSERT INTO seals (key_id, retired) VALUES (0, 0)")
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	const told = "contents from before stand in clear"
	if r := startDev(t, data); !strings.Contains(r.notes.String(), told) || r.stop() != exitDone {
		t.Errorf("nobody is told: %s", r.notes.String())
	}
	if code, _, notes := do("keys", "rotate", "--data", data); code != exitDone {
		t.Fatal(notes)
	}
	if r := startDev(t, data); strings.Contains(r.notes.String(), told) {
		t.Errorf("told again: %s", r.notes.String())
	}
}
