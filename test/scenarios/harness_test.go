// Package scenarios tries the switch from outside: the built binary, real HTTP, real files, and kill -9. It knows the
// seed page, the wire contract and the operators' page, and nothing of the code.
package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"voucherswitch/test/mariadb"
)

// binary is the switch, built once; common is a switch in development mode that tests share.
var (
	binary string
	common *world
)

// unbroken keeps the circuit breakers closed, so that many bad moods at once do not hide each other.
var unbroken = []string{
	"--set", "providers.plain.breaker.minimum=1000000", "--set", "providers.stellr.breaker.minimum=1000000",
	"--set", "providers.netcare.breaker.minimum=1000000", "--set", "providers.dual.breaker.minimum=1000000",
	"--set", "providers.kiosk.breaker.minimum=1000000",
}

// slow makes mood 6003, which answers late, an approval after some seconds.
var slow = append([]string{"--set", "providers.plain.timeout=8s"}, unbroken...)

func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel != nil { // these tests wait rather than compute
		_ = parallel.Value.Set("12")
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "scenarios")
	if err != nil {
		return complain(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary = filepath.Join(folder, "voucherswitch")
	build := exec.Command("go", "build", "-o", binary, "./bootstrap/voucherswitch")
	build.Dir = filepath.Join("..", "..")
	if output, err := build.CombinedOutput(); err != nil {
		return complain(fmt.Errorf("%w\n%s", err, output))
	}
	if common, err = development(filepath.Join(folder, "common"), unbroken...); err != nil {
		return complain(err)
	}
	defer common.kill()
	return mariadb.Run(m)
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "scenarios:", err)
	return 1
}

// world is a switch with its provider simulator, on addresses and files of its own.
type world struct {
	data       string
	arguments  []string
	api        string // base URLs
	admin      string
	simulator  string
	secrets    map[string]string // of the channels; in development mode all have one password
	listCases  []string          // the arguments of `cases`
	log        string            // the file that standard error goes to
	process    *exec.Cmd
	terminated chan error
	up         atomic.Bool // worth a call: neither killed nor stopping nor paused
}

// development starts `voucherswitch dev` on a data folder and waits until it is ready.
func development(data string, flags ...string) (*world, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	w := &world{
		data: data, api: "http://" + ports[0], admin: "http://" + ports[1], simulator: "http://" + ports[2],
		log:       filepath.Join(data, "log"),
		listCases: []string{"cases", "list", "--limit", "10000", "--json", "--data", data},
	}
	w.arguments = append([]string{"dev", "--data", data,
		"--listen", ports[0], "--admin-listen", ports[1], "--simulator-listen", ports[2]}, flags...)
	return w, w.start()
}

func ownWorld(t *testing.T, flags ...string) *world {
	t.Helper()
	w, err := development(t.TempDir(), flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.kill)
	return w
}

// lastPort walks below the ports that the system gives to connections, so that a killed switch finds its own free.
var lastPort atomic.Int32

func freePorts(count int) ([]string, error) {
	lastPort.CompareAndSwap(0, 20000+int32(os.Getpid()%8000))
	var addresses []string
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", lastPort.Add(1))
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			return nil, err
		}
		if addresses = append(addresses, address); len(addresses) == count {
			return addresses, nil
		}
	}
	return nil, errors.New("no free ports")
}

// start runs the switch, again on the same data and addresses after a kill or stop, and waits until it is ready.
func (w *world) start() error {
	if err := w.launch(); err != nil {
		return err
	}
	return w.awaitReady()
}

func (w *world) launch() error {
	log, err := os.OpenFile(w.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	w.process = exec.Command(binary, w.arguments...)
	w.process.Stderr = log
	w.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed leaves nothing
	if err := w.process.Start(); err != nil {
		return err
	}
	terminated, process := make(chan error, 1), w.process
	w.terminated = terminated
	go func() { terminated <- process.Wait() }()
	return nil
}

func (w *world) awaitReady() error {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if status, _, err := get(w.admin + "/readyz"); err == nil && status == http.StatusOK {
			w.up.Store(true)
			return nil
		}
		select {
		case err := <-w.terminated:
			w.terminated <- err
			return fmt.Errorf("the switch ended before it was ready: %w\n%s", err, w.tail())
		default:
		}
	}
	return fmt.Errorf("the switch is not ready in time:\n%s", w.tail())
}

// kill is kill -9.
func (w *world) kill() {
	_ = w.process.Process.Signal(syscall.SIGKILL)
	err := <-w.terminated
	w.up.Store(false) // so late, because nobody is told beforehand
	w.terminated <- err
}

// stop asks the switch to end and reports an ending that is not clean.
func (w *world) stop() error {
	w.up.Store(false)
	_ = w.process.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-w.terminated:
		w.terminated <- err
		return err
	case <-time.After(45 * time.Second):
		w.kill()
		return errors.New("the switch did not stop in 45 s")
	}
}

// freeze makes the switch stand still until it is thawed, as a machine that is moved or starved does.
func (w *world) freeze(t *testing.T) {
	t.Helper()
	w.up.Store(false)
	if err := w.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

func (w *world) thaw(t *testing.T) {
	t.Helper()
	if err := w.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	w.up.Store(true)
}

func (w *world) restart(t *testing.T) {
	t.Helper()
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
}

func (w *world) tail() string {
	text, _ := os.ReadFile(w.log)
	return string(text[max(0, len(text)-4000):])
}

func get(url string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// entry is a line of the provider's own books.
type entry struct {
	Provider, ID, State, Code, Serial, Mood string
	Amount                                  int64
	Calls, Reversals, Confirmations         int
	AskedAt                                 time.Time // of the first provision
}

// standing says that somebody could spend the voucher.
func (e entry) standing() bool { return e.State == "issued" || e.State == "confirmed" }

// ledger reads the provider's books, by transaction.
func (w *world) ledger(t *testing.T) map[string]entry {
	t.Helper()
	_, body, err := get(w.simulator + "/ledger")
	if err != nil {
		t.Fatal(err)
	}
	var lines []entry
	if err := json.Unmarshal(body, &lines); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	books := make(map[string]entry, len(lines))
	for _, line := range lines {
		if other, twice := books[line.ID]; twice {
			t.Fatalf("one transaction at two providers: %+v and %+v", other, line)
		}
		books[line.ID] = line
	}
	return books
}

// cases lists what the switch wants a person to look at, by transaction.
func (w *world) cases(t *testing.T) map[string]bool {
	t.Helper()
	output, err := exec.Command(binary, w.listCases...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var lines []struct{ Transaction string }
	if err := json.Unmarshal(output, &lines); err != nil {
		t.Fatalf("%v in %s", err, output)
	}
	open := map[string]bool{}
	for _, line := range lines {
		open[line.Transaction] = true
	}
	return open
}

// rule gives a provider, or all of them, a mood for a while.
func (w *world) rule(t *testing.T, provider, mood, lasting string) {
	t.Helper()
	body := fmt.Sprintf(`{"provider": %q, "mood": %q, "for": %q}`, provider, mood, lasting)
	response, err := http.Post(w.simulator+"/moods", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		t.Fatalf("the mood was answered with %d", response.StatusCode)
	}
}

// eventually polls until nothing is wrong any more.
func eventually(t *testing.T, within time.Duration, wrong func() string) {
	t.Helper()
	reason := wrong()
	for deadline := time.Now().Add(within); reason != "" && time.Now().Before(deadline); reason = wrong() {
		time.Sleep(50 * time.Millisecond)
	}
	if reason != "" {
		t.Errorf("after %v still: %s", within, reason)
	}
}
