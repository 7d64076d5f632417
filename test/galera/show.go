package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"voucherswitch/test/mariadb"
)

// The accounts that deploy/mysql.md makes.
const (
	grantsIn         = "deploy/mysql.md"
	migratorPassword = "change-this-1"
	servicePassword  = "change-this-2"
)

// site is everything that runs.
type site struct {
	folder    string
	nodes     []*node
	replicas  []*replica
	simulator *process
}

// show runs the whole story and returns an error if a promise was broken.
func show(folder string, p plan) error {
	s, channels, err := raise(folder)
	if err != nil {
		return err
	}
	say("selling")
	t := newTraffic(p.seed, s.replicas, channels)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	t.flow(ctx)
	rest(ctx, calm)
	episodes, err := s.suffer(t, p)
	stop()
	if err != nil {
		return err
	}
	t.working.Wait()
	say("no more sales; waiting until everything is settled")
	found, err := s.reconcile(t)
	if err != nil {
		return err
	}
	for _, e := range episodes {
		found.wrong = append(found.wrong, e.broken()...)
	}
	found.wrong = append(found.wrong, t.late...)
	report(p, t, episodes, found)
	if len(found.wrong) > 0 {
		return fmt.Errorf("%d promises were broken", len(found.wrong))
	}
	return nil
}

// raise makes the networks, the cluster, its tables and accounts, the providers and the replicas.
func raise(folder string) (*site, []credentials, error) {
	s := &site{folder: folder}
	if err := ground(); err != nil {
		return nil, nil, err
	}
	for number := 1; number <= nodes; number++ {
		n, err := newNode(folder, number)
		if err != nil {
			return nil, nil, err
		}
		s.nodes = append(s.nodes, n)
	}
	if err := form(s.nodes); err != nil {
		return nil, nil, err
	}
	channels, err := register(folder)
	if err != nil {
		return nil, nil, err
	}
	if _, err := run(folder, "keys", "init", filepath.Join(folder, "keys")); err != nil {
		return nil, nil, err
	}
	for _, n := range s.nodes {
		r, err := newReplica(folder, n, channels)
		if err != nil {
			return nil, nil, err
		}
		s.replicas = append(s.replicas, r)
	}
	if s.simulator, err = simulate(folder); err != nil {
		return nil, nil, err
	}
	return s, channels, s.furnish()
}

// furnish runs the document's own statements, and the migration between them, and starts the replicas.
func (s *site) furnish() error {
	for step, then := range []func() error{
		func() error { return migrate(s.folder, s.nodes) },
		func() error { return nil },
	} {
		script, err := mariadb.Script(grantsIn, step+1)
		if err != nil {
			return err
		}
		if _, err := s.nodes[0].console.ExecContext(context.Background(), script); err != nil {
			return fmt.Errorf("%s: %w", grantsIn, err)
		}
		if err := then(); err != nil {
			return err
		}
	}
	say("migrated from %d nodes at once", nodes)
	for _, r := range s.replicas {
		if err := r.serve(); err != nil {
			return err
		}
	}
	return nil
}

// close ends the replicas in order: what they accepted is finished first.
func (s *site) close() error {
	var failures []error
	for _, r := range s.replicas {
		failures = append(failures, r.end(syscall.SIGTERM, time.Minute))
	}
	return errors.Join(failures...)
}
