package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// atATime are the numbers of sales at a time that a comparison is made at.
var atATime = []int{1, 8, 64, 256}

// The goals of the write path, by sales at a time.
var (
	endToEnd = map[int]float64{64: 1.3, 256: 1.8}
	alone    = map[int]float64{64: 3.5, 256: 6}
	gathered = map[int]float64{1: 1, 8: 1, 64: 2, 256: 3}
	toUnkept = map[int]float64{64: 0.5, 256: 0.65}
)

// throughput compares, on MariaDB: the floor, the journal alone, and the switch end to end; journal and switch with and
// without gathered commits, the switch without any journal, too.
func throughput(ctx context.Context, w *world) (err error) {
	f, err := w.floorOn(ctx, "", 256)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	contenders := []contender{}
	add := func(name string, turn func(context.Context, int) (float64, error)) {
		for _, at := range atATime {
			contenders = append(contenders, rated(named(name, at),
				func(ctx context.Context) (float64, error) { return turn(ctx, at) }))
		}
	}
	add("floor", func(ctx context.Context, at int) (float64, error) {
		c, err := w.circle(ctx, at, f.transact)
		return c.rate, err
	})
	for _, j := range []struct {
		name, database string
		perCommit      int
	}{{"journal", "journal", 0}, {"journal ungathered", "journal1", 1}} {
		s, err := w.journalOn(ctx, j.database, j.perCommit)
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }()
		add(j.name, func(ctx context.Context, at int) (float64, error) {
			c, err := w.circle(ctx, at, func(ctx context.Context) error { return keep(ctx, s) })
			return c.rate, err
		})
	}
	var replicas []*replica
	defer func() { err = errors.Join(err, stopAll(replicas...)) }()
	for _, p := range []struct {
		name string
		plan
	}{
		{"switch", plan{database: "switch"}}, {"switch ungathered", plan{database: "switch1", perCommit: 1}},
		{"switch without a journal", plan{file: "unkept.db", unkept: true}},
	} {
		r, err := w.serveNew(ctx, p.plan)
		if err != nil {
			return err
		}
		replicas = append(replicas, r)
		for _, at := range atATime {
			contenders = append(contenders, w.selling(named(p.name, at), r, at))
		}
	}
	b, err := w.compare(ctx, "throughput", byLevel(contenders)...)
	if err != nil {
		return err
	}
	for _, at := range atATime {
		w.judgeThroughput(b, at)
	}
	return nil
}

func named(contender string, at int) string { return fmt.Sprintf("%s at %d", contender, at) }

// byLevel puts together what is compared with each other: all at 1, then all at 8, and so on.
func byLevel(contenders []contender) (sorted []contender) {
	for level := range atATime {
		for i := level; i < len(contenders); i += len(atATime) {
			sorted = append(sorted, contenders[i])
		}
	}
	return sorted
}

func (w *world) judgeThroughput(b book, at int) {
	for _, c := range []struct {
		name       string
		goals      map[int]float64
		one, other string
	}{
		{"end to end / floor", endToEnd, "switch", "floor"},
		{"journal alone / floor", alone, "journal", "floor"},
		{"gathered / ungathered", gathered, "switch", "switch ungathered"},
		{"with / without a journal", toUnkept, "switch", "switch without a journal"},
	} {
		want, wanted := c.goals[at]
		if !wanted {
			continue
		}
		name := fmt.Sprintf("%s, %d at a time", c.name, at)
		w.report.ratio("throughput", goal{name, want, true}, b, named(c.one, at), named(c.other, at),
			"a second")
	}
}

// onSQLite compares the switch with and without gathered commits on a file.
func onSQLite(ctx context.Context, w *world) (err error) {
	const at = 128
	f, err := w.floorOn(ctx, filepath.Join(w.folder, "floor.db"), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	contenders := []contender{rated("floor", func(ctx context.Context) (float64, error) {
		c, err := w.circle(ctx, at, f.transact)
		return c.rate, err
	})}
	var replicas []*replica
	defer func() { err = errors.Join(err, stopAll(replicas...)) }()
	for _, p := range []plan{{file: "gathered"}, {file: "ungathered", perCommit: 1}} {
		r, err := w.serveNew(ctx, p)
		if err != nil {
			return err
		}
		replicas = append(replicas, r)
		contenders = append(contenders, w.selling(p.file, r, at))
	}
	b, err := w.compare(ctx, "sqlite", contenders...)
	if err != nil {
		return err
	}
	w.report.ratio("sqlite", goal{"SQLite: gathered / ungathered, 128 at a time", 5, true}, b, "gathered", "ungathered",
		fmt.Sprintf("a second; floor %s", number(b.median("floor"))))
	return nil
}

// serveNew runs a switch on a database made anew.
func (w *world) serveNew(ctx context.Context, p plan) (*replica, error) {
	if p.database != "" {
		if err := w.create(ctx, p.database); err != nil {
			return nil, err
		}
	}
	return w.serve(ctx, p)
}
