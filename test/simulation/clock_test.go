package simulation

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// clock is a replica's: its wall may be set wrong, and set again while it runs, and its monotonic reading goes on as
// that of any process does. Simulated time has no monotonic reading of its own, so that one is put in by hand.
type clock struct {
	began time.Time
	mu    sync.Mutex
	wrong time.Duration
}

// reading is how package time lays out a Time with a monotonic reading.
type reading struct {
	wall uint64
	ext  int64
	loc  *time.Location
}

const (
	hasMonotonic = 1 << 63
	to1885       = (1969*365+1969/4-1969/100+1969/400)*86400 - (1884*365+1884/4-1884/100+1884/400)*86400
)

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return monotonic(time.Now().Add(c.wrong), time.Since(c.began)+1)
}

func (c *clock) jump(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong += by
}

// monotonic is the time of a wall with a monotonic reading.
func monotonic(wall time.Time, running time.Duration) time.Time {
	forged := reading{
		wall: hasMonotonic | uint64(wall.Unix()+to1885)<<30 | uint64(wall.Nanosecond()), ext: int64(running),
		loc: time.UTC,
	}
	return *(*time.Time)(unsafe.Pointer(&forged))
}

// A clock that is set while a process runs changes the wall and nothing that the process measures.
func TestAClockIsSetAndMeasuresOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clock{began: time.Now()}
		first := c.now()
		time.Sleep(time.Second)
		c.jump(24 * time.Hour)
		second := c.now()
		if got := second.Sub(first); got != time.Second {
			t.Errorf("measured %v, want a second", got)
		}
		if got := second.Round(0).Sub(first.Round(0)); got != 24*time.Hour+time.Second {
			t.Errorf("the wall says %v, want a day and a second", got)
		}
		if got, want := second.UTC().Format(time.RFC3339), "2000-01-02T00:00:01Z"; got != want {
			t.Errorf("the wall says %s, want %s", got, want)
		}
	})
}
