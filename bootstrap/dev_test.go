package bootstrap

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestEveryPrintedCommandWorksFromTopToBottom(t *testing.T) {
	r := startDev(t, t.TempDir())
	lines := strings.Split(r.out.String(), "\n")
	bodies, pasted := map[string]string{}, 0
	for i, line := range lines {
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		pasted++
		shown, err := exec.Command("sh", "-c", strings.Replace(line, "curl ", "curl -sS --noproxy '*' ", 1)).Output()
		if err != nil {
			t.Fatalf("%v (curl must be installed): %s", err, line)
		}
		want := regexp.MustCompile(`\d{3}`).FindString(lines[i-1])
		if !strings.HasPrefix(string(shown), "HTTP/1.1 "+want+" ") {
			t.Errorf("%s\n%s", lines[i-1], shown)
		}
		_, bodies[lines[i-1]], _ = strings.Cut(string(shown), "\r\n\r\n")
	}
	if pasted != 6 {
		t.Errorf("%d commands are printed", pasted)
	}
	if sold, again := bodies[lineWith(lines, "# Sell")], bodies[lineWith(lines, "# Ask again")]; sold != again ||
		!strings.Contains(sold, `"code"`) {
		t.Errorf("the retry is not the identical answer:\n%s\n%s", sold, again)
	}
	if r.stop() != exitDone {
		t.Errorf("stopped with %s", r.notes.String())
	}
	if strings.Contains(r.notes.String(), `"code"`) || strings.Contains(r.notes.String(), "level=WARN") {
		t.Errorf("the log is not clean:\n%s", r.notes.String())
	}
}

func lineWith(lines []string, prefix string) string {
	for _, line := range lines {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	return ""
}

func TestAReadyProcessSaysSo(t *testing.T) {
	r := startDev(t, t.TempDir())
	for path, want := range map[string]string{
		"/readyz": `{"ready":true,"reasons":[]}`, "/healthz": `{"healthy":true}`,
	} {
		if status, body := ask(t, "GET", r.admin()+path, "", "", ""); status != 200 || strings.TrimSpace(body) != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _ := ask(t, "GET", strings.TrimSuffix(r.api(), "/suv/v1")+"/readyz", "a", devPassword, ""); status != 404 {
		t.Errorf("the channels' listener answers /readyz with %d", status)
	}
}

func TestDevelopmentSellsWhatAProviderListsByItself(t *testing.T) {
	r := startDev(t, t.TempDir())
	eventually(t, 10*time.Second, "the provider's products are listed behind the configured ones", func() bool {
		_, body := ask(t, "GET", r.api()+"/products", "22222222", devPassword, "")
		configured, fetched := strings.Index(body, `"TwoStepAny"`), strings.Index(body, `"plainListed300"`)
		return configured > 0 && fetched > configured
	})
}

func TestEveryProviderOfDevelopmentKeepsItsPromises(t *testing.T) {
	r := startDev(t, t.TempDir())
	sell := func(receiver string) (string, int) {
		id := uuid.NewString()
		status, _ := ask(t, "POST", r.api()+"/vouchers", "22222222", devPassword, saleOf(id, receiver, 10000))
		return id, status
	}
	cases := []struct {
		receiver       string
		sold, retried  int
		afterwardsSold string // in the provider's books, after the channel's reversal
	}{
		{"44444444", 201, 200, "reversed"},
		{"55555555", 201, 404, "issued"},
		{"66666666", 201, 404, "reversed"},
		{"77777777", 201, 200, "reversed"},
	}
	for _, c := range cases {
		t.Run(c.receiver, func(t *testing.T) {
			id, status := sell(c.receiver)
			if status != c.sold {
				t.Fatalf("sold with %d", status)
			}
			sale := saleOf(id, c.receiver, 10000)
			status, body := ask(t, "POST", r.api()+"/vouchers/"+id+"/retry", "22222222", devPassword, sale)
			if status != c.retried {
				t.Errorf("retried with %d: %s", status, body)
			}
			status, body = ask(t, "POST", r.api()+"/vouchers/reversals", "22222222", devPassword, reversalOf(id))
			if status != 202 {
				t.Errorf("reversed with %d: %s", status, body)
			}
			if e := booked(t, r.books(), id); e.State != c.afterwardsSold || e.Calls != 1 {
				t.Errorf("the provider's books say %+v", e)
			}
		})
	}
	if _, status := sell("99999999"); status != 400 {
		t.Errorf("an unknown receiver is answered %d", status)
	}
}

func TestASecondProcessOnTheSameDataIsRefused(t *testing.T) {
	data := t.TempDir()
	startDev(t, data)
	code, _, notes := do(append([]string{"dev", "--data", data}, freePorts...)...)
	if code != exitFailed || !strings.Contains(notes, fmt.Sprintf("in use by process %d", os.Getpid())) {
		t.Errorf("%d: %s", code, notes)
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	code, _, notes := do("dev", "--data", t.TempDir(), "--listen", taken.Addr().String())
	if code != exitFailed || !strings.Contains(notes, "http.listen: ") {
		t.Errorf("%d: %s", code, notes)
	}
}

func TestDevelopmentListensOnLoopbackOnly(t *testing.T) {
	for _, flag := range []string{"--listen", "--admin-listen", "--simulator-listen"} {
		for _, open := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0"} {
			code, _, notes := do("dev", "--data", t.TempDir(), flag, open)
			if code != exitUsage || !strings.Contains(notes, "loopback only") {
				t.Errorf("%s %s: %d %s", flag, open, code, notes)
			}
		}
	}
}

func TestARestartAnswersARetryWithIdenticalBytes(t *testing.T) {
	data, id := t.TempDir(), uuid.NewString()
	sale := saleOf(id, "44444444", 10000)
	first := startDev(t, data)
	status, sold := ask(t, "POST", first.api()+"/vouchers", "22222222", devPassword, sale)
	if status != 201 || first.stop() != exitDone {
		t.Fatalf("%d: %s\n%s", status, sold, first.notes.String())
	}
	second := startDev(t, data)
	status, again := ask(t, "POST", second.api()+"/vouchers/"+id+"/retry", "22222222", devPassword, sale)
	if status != 200 || again != sold {
		t.Errorf("%d:\n%s\n%s", status, sold, again)
	}
	if e := booked(t, second.books(), id); e.Calls != 1 || e.State != "issued" {
		t.Errorf("the provider's books say %+v", e)
	}
}
