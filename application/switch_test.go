package application_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A stop whose time is over waits for nothing: what is under way may begin more, and a count that rises again while
// somebody waits for its end is a fault of the program.
func TestAStopWhoseTimeIsOverWaitsForNothing(t *testing.T) {
	in(t, everything, func(w *world) {
		w.vendor.answer = after(time.Second)
		go func() { _, _ = w.provision() }()
		synctest.Wait()
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if err := w.Close(over); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want that the time is over", err)
		}
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if strings.Contains(string(stacks), "application.(*Switch).Close") {
			t.Error("somebody still waits")
		}
		w.quiet(time.Minute)
	})
}
