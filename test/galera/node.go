package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	nodes      = 3
	syncWithin = 2 * time.Minute
	askWithin  = 3 * time.Second
)

// node is a server of the cluster, in a network namespace of its own name. Ports are therefore the usual ones.
type node struct {
	process
	number  int
	folder  string
	console *sql.DB // root, by the socket: no cut line reaches it
}

func newNode(folder string, number int) (*node, error) {
	n := &node{number: number, folder: filepath.Join(folder, fmt.Sprintf("node%d", number))}
	n.name = fmt.Sprintf("node%d", number)
	n.log = n.folder + ".out"
	if err := os.MkdirAll(n.path("tmp"), 0o755); err != nil { //nolint:gosec // user mysql must pass
		return nil, err
	}
	install := exec.CommandContext(context.Background(), "mariadb-install-db", "--no-defaults", "--user=mysql",
		"--datadir="+n.path("data"), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	if out, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	chown := exec.CommandContext(context.Background(), "chown", "-R", "mysql", n.folder)
	if out, err := chown.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("chown: %w\n%s", err, out)
	}
	config := mysql.NewConfig()
	config.User, config.Net, config.Addr, config.DBName = "root", "unix", n.path("socket"), "mysql"
	config.Timeout, config.ReadTimeout, config.MultiStatements = askWithin, time.Minute, true
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	n.console = sql.OpenDB(connector)
	return n, n.connect()
}

func (n *node) path(name string) string { return filepath.Join(n.folder, name) }

func (n *node) address(network string) string { return fmt.Sprintf("%s%d", subnets[network], n.number) }

// options are those of deploy/galera.md; the time-outs of the group are Galera's defaults.
func (n *node) options() []string {
	return []string{
		"ip", "netns", "exec", n.name, "mariadbd", "--no-defaults", "--user=mysql", "--datadir=" + n.path("data"),
		"--socket=" + n.path("socket"), "--pid-file=" + n.path("pid"), "--bind-address=0.0.0.0", "--skip-name-resolve",
		"--tmpdir=" + n.path("tmp"), "--max-connections=400", "--innodb-buffer-pool-size=128M",
		"--innodb-flush-log-at-trx-commit=1", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
		"--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so", "--wsrep-cluster-name=voucherswitch",
		"--wsrep-cluster-address=gcomm://" + strings.Join([]string{
			subnets[peers] + "1", subnets[peers] + "2", subnets[peers] + "3"}, ","),
		"--wsrep-node-name=" + n.name, "--wsrep-node-address=" + n.address(peers), "--wsrep-sst-method=rsync",
	}
}

var recovered = regexp.MustCompile(`Recovered position:\s*([0-9a-f-]+:-?\d+)`)

// run starts the node where its own log says that it stopped, as Debian's service does.
func (n *node) run(more ...string) error {
	options := append(n.options(), more...)
	look := append(append([]string{}, options[1:]...), "--wsrep-recover", "--log-error="+n.path("recovery.err"))
	_ = os.Remove(n.path("recovery.err"))
	//nolint:gosec // the words are this program's own
	if out, err := exec.CommandContext(context.Background(), options[0], look...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s cannot be recovered: %w\n%s", n.name, err, out)
	}
	text, err := os.ReadFile(n.path("recovery.err"))
	if err != nil {
		return err
	}
	if found := recovered.FindSubmatch(text); found != nil {
		options = append(options, "--wsrep-start-position="+string(found[1]))
	}
	return n.start(options...)
}

// synced waits until the node serves as a member of a cluster of that size.
func (n *node) synced(size int) error {
	return n.await(syncWithin, func() error {
		state, err := n.state()
		if err == nil && state != fmt.Sprintf("Primary %d Synced", size) {
			err = fmt.Errorf("state %q", state)
		}
		return err
	})
}

// state is the node's part of the cluster, the cluster's size as it sees it, and what it does.
func (n *node) state() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	rows, err := n.console.QueryContext(ctx, `SHOW GLOBAL STATUS WHERE variable_name IN
		('wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_local_state_comment')`)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	is := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return "", err
		}
		is[name] = value
	}
	return strings.Join([]string{
		is["wsrep_cluster_status"], is["wsrep_cluster_size"], is["wsrep_local_state_comment"]}, " "), rows.Err()
}

// form makes the nodes one cluster.
func form(all []*node) error {
	for i, n := range all {
		var more []string
		if i == 0 {
			more = []string{"--wsrep-new-cluster"}
		}
		if err := n.run(more...); err != nil {
			return err
		}
		if err := n.synced(i + 1); err != nil {
			return err
		}
		say("%s is in the cluster", n.name)
	}
	return nil
}
