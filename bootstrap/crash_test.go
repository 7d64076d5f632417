package bootstrap

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// impatient shortens every wait of the plain provider, so that a lease ends within the test.
var impatient = []string{
	"--set", "providers.plain.timeout=1s", "--set", "providers.plain.longest_processing=500ms",
	"--set", "timing.lease_margin=500ms", "--set", "timing.sweep=200ms",
}

func TestAKilledProcessLosesNothing(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "voucherswitch")
	if text, err := exec.Command("go", "build", "-o", binary, "voucherswitch/bootstrap/voucherswitch").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	data := t.TempDir()
	begun := time.Now()
	first := run(t, binary, data)
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("ready only after %s", took)
	}
	kept, lost := uuid.NewString(), uuid.NewString()
	status, sold := ask(t, "POST", first.api()+"/vouchers", "22222222", devPassword, saleOf(kept, "44444444", 10000))
	if status != http.StatusCreated {
		t.Fatalf("%d: %s", status, sold)
	}
	answered := make(chan int, 1)
	go func() {
		status, _ := ask(t, "POST", first.api()+"/vouchers", "22222222", devPassword, saleOf(lost, "44444444", 16001))
		answered <- status
	}()
	eventually(t, 5*time.Second, "the provider has issued", func() bool {
		return booked(t, first.books(), lost).State == "issued"
	})
	if err := first.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if status := <-answered; status != 0 {
		t.Fatalf("the process answered %d before it was killed", status)
	}
	_ = first.command.Wait()

	second := run(t, binary, data)
	status, again := ask(t, "POST", second.api()+"/vouchers/"+kept+"/retry", "22222222", devPassword,
		saleOf(kept, "44444444", 10000))
	if status != http.StatusOK || again != sold {
		t.Errorf("the kept sale is answered %d:\n%s\n%s", status, sold, again)
	}
	eventually(t, 15*time.Second, "the voucher that nobody got is reversed", func() bool {
		return booked(t, second.books(), lost).State == "reversed"
	})
	status, answer := ask(t, "POST", second.api()+"/vouchers/"+lost+"/retry", "22222222", devPassword,
		saleOf(lost, "44444444", 16001))
	if status != http.StatusNotFound || strings.Contains(answer, `"voucher"`) {
		t.Errorf("the lost sale is answered %d: %s", status, answer)
	}
	if e := booked(t, second.books(), lost); e.Calls != 1 {
		t.Errorf("the provider was asked %d times", e.Calls)
	}
	if e := booked(t, second.books(), kept); e.State != "issued" || e.Calls != 1 {
		t.Errorf("the kept sale stands as %+v", e)
	}
	if code, out, _ := do("cases", "list", "--data", data, "--json"); code != exitDone || strings.TrimSpace(out) != "[]" {
		t.Errorf("cases: %d %s", code, out)
	}
}

// process is the real program, in a process of its own.
type process struct {
	*running
	command *exec.Cmd
}

func run(t *testing.T, binary, data string) process {
	t.Helper()
	p := process{&running{t: t}, exec.Command(binary)}
	p.command.Args = append(append(append(p.command.Args, "dev", "--data", data), freePorts...), impatient...)
	p.command.Env = []string{}
	p.command.Stdout, p.command.Stderr = &p.out, &p.notes
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.command.Process.Kill(); _ = p.command.Wait() })
	eventually(t, 10*time.Second, "the process is ready", func() bool {
		return strings.Contains(p.out.String(), "Ctrl-C stops")
	})
	if status, body := ask(t, "GET", p.admin()+"/readyz", "", "", ""); status != http.StatusOK {
		t.Fatalf("%d: %s", status, body)
	}
	return p
}
