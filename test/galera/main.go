// Command galera shows the switch on a distributed engine: three Galera nodes, a replica of the switch at each, and
// channels that sell, retry, reverse and confirm at all of them while nodes are killed, frozen, and cut off from each
// other, and replicas are killed. In the end every voucher in the provider's books must be accounted for once.
//
// It needs root, Debian's mariadb-server (galera-4, rsync) and iproute2, and no free port: it runs itself again in
// namespaces of its own, with networks that it can cut, so that a partition is one, and nothing outlives it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// worldOf names the environment variable that tells the inner run its folder.
const worldOf = "GALERA_WORLD"

// plan is what the flags ask for.
type plan struct {
	seed    uint64
	minutes float64
	only    string
	keep    bool
}

func main() {
	var p plan
	flag.Uint64Var(&p.seed, "seed", 1, "of the traffic, of the order of the faults and of their lengths")
	flag.Float64Var(&p.minutes, "minutes", 3, "of faults; each kind comes once at least")
	flag.StringVar(&p.only, "only", "", "faults whose name contains `TEXT`, such as \"cut off\"")
	flag.BoolVar(&p.keep, "keep", false, "keep the folder with all logs and data, and say where it is")
	flag.Usage = func() {
		_, _ = fmt.Fprint(flag.CommandLine.Output(), "usage: galera [flags], from the top of the checkout, as root\n\n"+
			"Runs three replicas on three Galera nodes under load and faults, and reconciles every voucher.\n"+
			"Exit code 0: every promise was kept. 1: one was broken, or the run failed.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	var err error
	if folder := os.Getenv(worldOf); folder != "" {
		err = show(folder, p)
	} else {
		err = enter(p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "galera:", err)
		os.Exit(1)
	}
}

// enter builds the switch and runs this program again in a world of its own. The inner run is the first process
// there: when it ends, or is killed, every process and network of that world is gone with it.
func enter(p plan) (err error) {
	if os.Geteuid() != 0 {
		return errors.New("needs root: the nodes run as user mysql, on networks that it can cut")
	}
	folder, err := os.MkdirTemp("", "galera")
	if err != nil {
		return err
	}
	if p.keep {
		say("everything is kept in %s", folder)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	}
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // user mysql must pass
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	say("building the switch")
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, "voucherswitch"),
		"./bootstrap/voucherswitch")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	inner := exec.CommandContext(ctx, "/proc/self/exe", "--seed", strconv.FormatUint(p.seed, 10),
		"--minutes", strconv.FormatFloat(p.minutes, 'f', -1, 64), "--only", p.only)
	inner.Env = append(os.Environ(), worldOf+"="+folder)
	inner.Stdout, inner.Stderr = os.Stdout, os.Stderr
	inner.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Setpgid:    true, Pdeathsig: syscall.SIGKILL,
	}
	if err := inner.Run(); err != nil {
		return fmt.Errorf("seed %d: %w", p.seed, err)
	}
	return nil
}

var began = time.Now()

// say prints progress.
func say(format string, values ...any) {
	fmt.Printf("%6.1fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, values...))
}
