// Package mariadb starts a private, durable MariaDB for tests: on a free port, in a data directory of its own, gone
// with the test's process.
package mariadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // to ask whether the server is ready
)

const (
	readyWithin = time.Minute
	// given names an environment variable that holds a running server's address as mysql://USER:PASSWORD@HOST:PORT.
	given = "VOUCHERSWITCH_TEST_MYSQL"
)

// Server is a running server.
type Server struct {
	Options []string // of mariadbd, beside its own, from the next Restart on

	folder  string
	port    int
	process *exec.Cmd
	ended   chan struct{}
}

// Start installs a server into a new folder and runs it there.
func Start(folder string) (*Server, error) {
	s := &Server{folder: folder}
	if err := os.MkdirAll(s.path("tmp"), 0o700); err != nil {
		return nil, err
	}
	install := exec.CommandContext(context.Background(), "mariadb-install-db", "--no-defaults", "--user=root",
		"--datadir="+s.path("data"), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
		"--tmpdir="+s.path("tmp"))
	if out, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db (install mariadb-server, or set %s): %w\n%s", given, err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.port = port
	return s, s.Restart()
}

func (s *Server) path(name string) string { return filepath.Join(s.folder, name) }

// Restart runs the server on its data again, after Kill or Stop.
func (s *Server) Restart() error {
	s.process = exec.CommandContext(context.Background(), "mariadbd", "--no-defaults", "--user=root",
		"--datadir="+s.path("data"), "--socket="+s.path("socket"), "--pid-file="+s.path("pid"),
		"--tmpdir="+s.path("tmp"), // a server that starts removes what another one keeps in a shared one
		"--log-error="+s.path("log"), "--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", s.port),
		"--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=1", "--max-connections=600",
		"--innodb-buffer-pool-size=512M")
	s.process.Args = append(s.process.Args, s.Options...)
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.process.Start(); err != nil {
		return err
	}
	process, ended := s.process, make(chan struct{})
	s.ended = ended
	go func() { _ = process.Wait(); close(ended) }()
	return s.awaitReady()
}

func (s *Server) awaitReady() error {
	db, err := sql.Open("mysql", fmt.Sprintf("root@tcp(127.0.0.1:%d)/", s.port))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for deadline := time.Now().Add(readyWithin); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case <-s.ended:
			text, _ := os.ReadFile(s.path("log"))
			return fmt.Errorf("mariadbd ended:\n%s", text)
		default:
		}
		if err = db.PingContext(context.Background()); err == nil {
			return nil
		}
	}
	return errors.Join(fmt.Errorf("mariadbd is not ready within %s", readyWithin), err, s.Kill())
}

// Kill ends the server at once, as a power cut would.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Stop ends the server in order.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

// Pause makes the server hang: its lines stay open, and nobody answers. When it returns, the server stands still.
func (s *Server) Pause() error {
	err := s.process.Process.Signal(syscall.SIGSTOP)
	for deadline := time.Now().Add(readyWithin); err == nil; time.Sleep(time.Millisecond) {
		stat, failed := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
		if _, state, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(state, "T") {
			return nil
		}
		if err = failed; time.Now().After(deadline) {
			err = errors.New("the server does not stop")
		}
	}
	return err
}

// Resume ends a Pause.
func (s *Server) Resume() error { return s.process.Process.Signal(syscall.SIGCONT) }

func (s *Server) end(signal syscall.Signal) error {
	err := s.process.Process.Signal(signal)
	<-s.ended
	return err
}

// Address is the server's, with its user and password, as the start of a DSN.
func (s *Server) Address() string { return fmt.Sprintf("mysql://root@127.0.0.1:%d", s.port) }

// freePort is below those that the system gives to connections, so that a killed server finds its own free.
func freePort() (port int, err error) {
	for range 100 {
		port = 10000 + rand.IntN(10000)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// shared is the one server of a test process.
var shared struct {
	sync.Mutex
	server *Server
	folder string
}

// Run runs a package's tests and then ends the server that they shared, if any. It is for TestMain.
func Run(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		_ = shared.server.Kill()
		_ = os.RemoveAll(shared.folder)
	}
	return code
}

// Address is that of the server that VOUCHERSWITCH_TEST_MYSQL names, else of one that this process starts for all its
// tests; the package's TestMain must call Run.
func Address(t testing.TB) string {
	t.Helper()
	if address := os.Getenv(given); address != "" {
		return address
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		folder, err := os.MkdirTemp("", "mariadb")
		if err != nil {
			t.Fatal(err)
		}
		server, err := Start(folder)
		if err != nil {
			_ = os.RemoveAll(folder)
			t.Fatal(err)
		}
		shared.server, shared.folder = server, folder
	}
	return shared.server.Address()
}

var made atomic.Int64

// NewDatabase makes an empty database on the server at address, dropped with the test, and gives its DSN.
func NewDatabase(t testing.TB, address string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), made.Add(1))
	run(t, address, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, address, "DROP DATABASE "+name) })
	return address + "/" + name
}
