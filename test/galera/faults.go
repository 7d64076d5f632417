package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fault is a kind of accident. It strikes the node and the replica of one number, or all.
type fault struct {
	name   string
	strike func(*site, int) error
	heal   func(*site, int) error
	// hits tells whether the replica of that number may stand still with its node until the fault is healed.
	hits func(replica, victim int) bool
}

func itsOwn(replica, victim int) bool { return replica == victim }

func everybody(int, int) bool { return true }

var faults = []fault{
	{"node killed -9", func(s *site, v int) error { s.nodes[v].kill(); return nil },
		func(s *site, v int) error { return s.nodes[v].run() }, itsOwn},
	{"node cut off from its peers", func(s *site, v int) error { return s.nodes[v].cut(peers) },
		func(s *site, v int) error { return s.nodes[v].mend(peers) }, itsOwn},
	{"node cut off from everybody", func(s *site, v int) error { return s.nodes[v].cut(peers, clients) },
		func(s *site, v int) error { return s.nodes[v].mend(peers, clients) }, itsOwn},
	{"node frozen", func(s *site, v int) error { return s.nodes[v].command.Process.Signal(syscall.SIGSTOP) },
		func(s *site, v int) error { return s.nodes[v].command.Process.Signal(syscall.SIGCONT) }, itsOwn},
	{"replica killed -9", func(s *site, v int) error { s.replicas[v].kill(); return nil },
		func(s *site, v int) error { return s.replicas[v].serve() }, itsOwn},
	{"every node killed -9", func(s *site, _ int) error {
		for _, n := range s.nodes {
			go n.kill()
		}
		return nil
	}, func(s *site, _ int) error {
		for _, n := range s.nodes {
			if err := n.run(); err != nil {
				return err
			}
		}
		return nil
	}, everybody},
}

const (
	// calm is the traffic after a fault before the next one.
	calm = 8 * time.Second
	// stall is how long Galera may take to agree that a node is gone, and a margin for a busy machine.
	stall = 10 * time.Second
	// serving is how soon a replica must serve once its node does (lifecycle, L5).
	serving = 10 * time.Second
)

// episode is one fault, and how long whom it kept from selling.
type episode struct {
	name    string
	victim  string
	hitAll  bool
	lasted  time.Duration // from the strike to the healing
	others  time.Duration // the longest silence of a replica that was not hit, while it lasted
	healing time.Duration // the same, from the healing until all nodes are in sync
	rejoin  time.Duration // from the healing until all nodes are in sync
	back    time.Duration // from then until every replica has sold
	wrong   []string      // what a load balancer was told
}

// suffer lets faults strike, each kind once at least, until the time is up.
func (s *site) suffer(t *traffic, p plan) ([]episode, error) {
	random := rand.New(rand.NewPCG(p.seed, 1)) //nolint:gosec // repeatable by its seed
	faults := slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return !strings.Contains(f.name, p.only) })
	if len(faults) == 0 {
		return nil, fmt.Errorf("no fault is named %q", p.only)
	}
	var told []episode
	for until := time.Now().Add(time.Duration(p.minutes * float64(time.Minute))); ; {
		for _, i := range random.Perm(len(faults)) {
			if len(told) >= len(faults) && time.Now().After(until) {
				return told, nil
			}
			e, err := s.one(t, faults[i], random)
			if err != nil {
				return told, fmt.Errorf("%s: %w", faults[i].name, err)
			}
			say("  over: others silent %s while it lasted, %s while it healed; in sync after %s, all selling after %s more",
				e.ofOthers(e.others), e.ofOthers(e.healing), brief(e.rejoin), brief(e.back))
			told = append(told, e)
		}
	}
}

func brief(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }

// one lets a fault strike and heal, and looks on until all is well again.
func (s *site) one(t *traffic, f fault, random *rand.Rand) (episode, error) {
	victim := random.IntN(nodes)
	lasts := 8*time.Second + time.Duration(random.IntN(8000))*time.Millisecond
	e := episode{name: f.name, victim: fmt.Sprint(victim + 1)}
	if f.hits(victim+1, victim) {
		e.victim, e.hitAll = "all", true
	}
	say("%s (%s), for %s", e.name, e.victim, brief(lasts))
	struck := time.Now()
	if err := f.strike(s, victim); err != nil {
		return e, err
	}
	rest(context.Background(), lasts)
	for at, r := range s.replicas {
		if f.hits(at, victim) && r.ready() == nil {
			e.wrong = append(e.wrong, fmt.Sprintf("%s (%s): %s says that it is ready", e.name, e.victim, r.name))
		}
	}
	healed := time.Now()
	e.lasted = healed.Sub(struck)
	if err := f.heal(s, victim); err != nil {
		return e, err
	}
	for _, n := range s.nodes {
		if err := n.synced(nodes); err != nil {
			return e, err
		}
	}
	synced := time.Now()
	e.rejoin = synced.Sub(healed)
	rest(context.Background(), calm)
	for at, r := range s.replicas {
		if !f.hits(at, victim) {
			e.others = max(e.others, t.silence(at, struck, healed))
			e.healing = max(e.healing, t.silence(at, healed, synced))
		}
		if err := r.ready(); err != nil {
			e.wrong = append(e.wrong, fmt.Sprintf("%s (%s): in the end %s is not ready: %v", e.name, e.victim, r.name, err))
		}
		back, ok := t.firstServed(at, synced)
		if !ok {
			back = time.Since(synced)
		}
		e.back = max(e.back, back)
	}
	return e, nil
}

// ofOthers prints a time of replicas that were not hit, if there were any.
func (e episode) ofOthers(d time.Duration) string {
	if e.hitAll {
		return "-"
	}
	return brief(d).String()
}

// broken says which promises of serving again an episode broke.
func (e episode) broken() []string {
	wrong := e.wrong
	if e.others > stall+serving {
		wrong = append(wrong, fmt.Sprintf("%s (%s): the others were silent for %s", e.name, e.victim, brief(e.others)))
	}
	if e.back > serving {
		wrong = append(wrong, fmt.Sprintf("%s (%s): not all sold within %s of being in sync", e.name, e.victim, serving))
	}
	return wrong
}
