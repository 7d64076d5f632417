package simulation

import (
	"flag"
	"testing"
)

var repeatsFlag = flag.Uint64("repeats", repeated, "how many seeds are run twice")

// A seed has one trace, to the nanosecond and to the byte: otherwise none of its failures could be looked into.
func TestASeedHasOneTrace(t *testing.T) {
	for number := uint64(1000); number < 1000+*repeatsFlag; number++ {
		p := planOf(number)
		first, again := play(t, p), play(t, p)
		if len(first.trace) < perSeed {
			t.Fatalf("seed %d: a trace of %d events shows nothing", number, len(first.trace))
		}
		if first.digest == again.digest {
			continue
		}
		for i, e := range first.trace {
			if i >= len(again.trace) || again.trace[i] != e {
				t.Errorf("seed %d, SQLite %v: event %d of %d was %v", number, p.onDisk, i, len(first.trace), e)
				if i < len(again.trace) {
					t.Errorf("and then %v", again.trace[i])
				}
				break
			}
		}
	}
}
