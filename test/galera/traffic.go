package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	tillsEach = 4                      // beside every replica
	pulseRest = 150 * time.Millisecond // between two sales of a pulse
	patience  = 60 * time.Second       // of a channel
	lateAfter = channelDeadline + 4*time.Second
)

// traffic is all that channels do, at all replicas.
type traffic struct {
	seed     uint64
	replicas []*replica
	channels []credentials
	client   *http.Client
	working  sync.WaitGroup

	mu      sync.Mutex
	stories []*story
	heard   map[int]int // calls by status; 0: no answer
	served  [nodes][]time.Time
	late    []string
}

func newTraffic(seed uint64, replicas []*replica, channels []credentials) *traffic {
	return &traffic{
		seed: seed, replicas: replicas, channels: channels, heard: map[int]int{},
		client: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
}

// flow lets tills and a pulse act beside every replica until ctx ends. Tills wait for their answers, as real ones do;
// a pulse does not, so that it shows when a replica serves and when it does not.
func (t *traffic) flow(ctx context.Context) {
	for at := range t.replicas {
		for each := range uint64(tillsEach) {
			random := rand.New(rand.NewPCG(t.seed, uint64(at)*100+each)) //nolint:gosec // repeatable by its seed
			t.working.Go(func() {
				for ctx.Err() == nil {
					t.act(random, at)
					rest(ctx, time.Duration(random.IntN(60))*time.Millisecond)
				}
			})
		}
		t.working.Go(func() {
			for ; ctx.Err() == nil; rest(ctx, pulseRest) {
				t.working.Go(func() { t.sell(open(t.channels[0], plain, 0), at) })
			}
		})
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// act does one thing that a channel may do, at one replica or at two at once.
func (t *traffic) act(random *rand.Rand, at int) {
	told := t.old(random)
	other := random.IntN(nodes)
	switch dice := random.IntN(20); {
	case told == nil || dice < 8:
		told = newStory(random, t.channels)
		if random.IntN(8) == 0 { // a channel that loses patience at once, and another line
			wait := time.Duration(random.IntN(20)) * time.Millisecond
			t.working.Go(func() { time.Sleep(wait); t.reverse(told, other) })
		}
		if random.IntN(6) == 0 { // a message that was doubled on its way
			t.working.Go(func() { t.sellAgain(told, other) })
		}
		t.sell(told, at)
		if random.IntN(3) == 0 { // at once and elsewhere: what was answered must be known there
			t.lookUp(told, other)
		}
	case dice < 13:
		t.ask(told, at, http.MethodPost, "/vouchers/"+told.id+"/retry")
	case dice < 15:
		t.lookUp(told, at)
	case dice < 17:
		t.reverse(told, at)
	default:
		told.hearConfirmation(t.call(told, at, http.MethodPost, "/vouchers/confirmations", told.advice("")))
	}
}

// old is a story to go on with: mostly one of what is still going on.
func (t *traffic) old(random *rand.Rand) *story {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.stories) == 0 {
		return nil
	}
	recent := max(0, len(t.stories)-90)
	if random.IntN(4) == 0 {
		recent = 0
	}
	return t.stories[recent+random.IntN(len(t.stories)-recent)]
}

func (t *traffic) sell(told *story, at int) {
	t.mu.Lock()
	t.stories = append(t.stories, told)
	t.mu.Unlock()
	t.sellAgain(told, at)
}

func (t *traffic) sellAgain(told *story, at int) { t.ask(told, at, http.MethodPost, "/vouchers") }

func (t *traffic) lookUp(told *story, at int) {
	t.ask(told, at, http.MethodGet, "/vouchers?provisionRequestId="+told.id)
}

func (t *traffic) ask(told *story, at int, method, path string) {
	a := t.call(told, at, method, path, told.request)
	if a.status == 0 {
		return
	}
	told.hearSale(a, method == http.MethodGet)
	if method == http.MethodPost && a.approved() {
		t.mu.Lock()
		t.served[at] = append(t.served[at], time.Now())
		t.mu.Unlock()
	}
}

func (t *traffic) reverse(told *story, at int) {
	told.mu.Lock()
	told.reversing = true
	told.mu.Unlock()
	told.hearReversal(t.call(told, at, http.MethodPost, "/vouchers/reversals", told.advice("TIMEOUT")))
}

// call makes one call; without an answer the status is 0, and nothing is known.
func (t *traffic) call(told *story, at int, method, path string, body []byte) answer {
	a := answer{began: time.Now()}
	a.status, a.body = t.exchange(told, at, method, path, body)
	took := time.Since(a.began)
	told.hear(a.status)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard[a.status]++
	if took > lateAfter {
		t.late = append(t.late, fmt.Sprintf("%s: %s %s was answered %d after %s", t.replicas[at].name, method, path,
			a.status, took.Round(time.Millisecond)))
	}
	return a
}

func (t *traffic) exchange(told *story, at int, method, path string, body []byte) (int, []byte) {
	url := "http://" + t.replicas[at].api() + "/suv/v1" + path
	request, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	request.SetBasicAuth(told.channel.ID, told.channel.Secret)
	request.Header.Set("Content-Type", "application/json")
	response, err := t.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	return response.StatusCode, read
}

// silence is the longest time within an interval in which a replica approved no sale.
func (t *traffic) silence(at int, from, to time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	longest, last := time.Duration(0), from
	for _, moment := range append(slices.Clone(t.served[at]), to) {
		if moment.Before(from) || moment.After(to) {
			continue
		}
		longest, last = max(longest, moment.Sub(last)), moment
	}
	return longest
}

// firstServed is how long after a moment a replica approved a sale.
func (t *traffic) firstServed(at int, since time.Time) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, moment := range t.served[at] {
		if moment.After(since) {
			return moment.Sub(since), true
		}
	}
	return 0, false
}

// answers counts the calls by status, for people.
func (t *traffic) answers() (calls int, byStatus string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, status := range slices.Sorted(maps.Keys(t.heard)) {
		calls += t.heard[status]
		name := fmt.Sprint(status)
		if status == 0 {
			name = "no answer"
		}
		byStatus += fmt.Sprintf(", %d × %s", t.heard[status], name)
	}
	return calls, byStatus[min(2, len(byStatus)):]
}
