package turnstile

import (
	"net/netip"
	"strconv"
	"testing"
	"time"
)

var (
	shop     = netip.MustParseAddr("192.0.2.1")
	attacker = netip.MustParseAddr("203.0.113.9")
)

// guessed makes guesses at a clock that stands until somebody moves it.
func guessed() (*Guesses, *time.Time) {
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	return NewGuesses(func() time.Time { return now }), &now
}

// storm is wrong guesses, until the source has none left.
func storm(t *testing.T, g *Guesses, from netip.Addr, name string) {
	t.Helper()
	for range 1000 {
		if admitted, wait := g.Judge(Attempt{From: from, Name: name}); admitted {
			t.Fatal("a wrong guess is let in")
		} else if wait > 0 {
			return
		}
	}
	t.Fatal("a thousand guesses are not slowed down")
}

func TestASourceThatGuessesIsSlowedToOneASecond(t *testing.T) {
	g, now := guessed()
	storm(t, g, attacker, "a")
	heard := 0
	for range 600 {
		*now = now.Add(100 * time.Millisecond)
		if _, wait := g.Judge(Attempt{From: attacker, Name: "another name"}); wait == 0 {
			heard++
		}
	}
	if heard < 55 || heard > 61 {
		t.Errorf("%d guesses in a minute, want one a second", heard)
	}
}

func TestWhoProvedItselfIsNotLockedOutByGuesses(t *testing.T) {
	g, _ := guessed()
	if admitted, _ := g.Judge(Attempt{From: shop, Name: "a", Right: true}); !admitted {
		t.Fatal("a right secret is refused")
	}
	storm(t, g, attacker, "a")
	storm(t, g, shop, "a") // from behind the same address
	if admitted, wait := g.Judge(Attempt{From: shop, Name: "a", Right: true}); !admitted || wait != 0 {
		t.Errorf("admitted %t, waits %s", admitted, wait)
	}
}

func TestWhoIsExpectedIsHeardWhateverOthersGuessBesideIt(t *testing.T) {
	g, _ := guessed()
	storm(t, g, shop, "a")
	if admitted, _ := g.Judge(Attempt{From: shop, Name: "a", Right: true, Expected: true}); !admitted {
		t.Error("a channel is locked out where the configuration expects it")
	}
	if admitted, wait := g.Judge(Attempt{From: shop, Name: "a", Expected: true}); admitted || wait == 0 {
		t.Error("a guess is not slowed down where the channel is expected")
	}
}

func TestTheFirstAttemptFromElsewhereCountsWhateverOthersGuess(t *testing.T) {
	g, _ := guessed()
	for i := range 200 {
		g.Judge(Attempt{From: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), Name: "a"})
	}
	if _, wait := g.Judge(Attempt{From: attacker, Name: "a"}); wait > 0 {
		t.Error("the first attempt from a new place does not count")
	}
	if _, wait := g.Judge(Attempt{From: attacker, Name: "a"}); wait == 0 {
		t.Error("a name under attack takes a second guess from one place")
	}
	if admitted, _ := g.Judge(Attempt{From: shop, Name: "a", Right: true}); !admitted {
		t.Error("the channel itself is locked out by guesses from elsewhere")
	}
}

func TestWhileGuessesAreUsedUpARightOneIsNotTold(t *testing.T) {
	g, now := guessed()
	storm(t, g, attacker, "a")
	right, waitOfRight := g.Judge(Attempt{From: attacker, Name: "a", Right: true})
	wrong, waitOfWrong := g.Judge(Attempt{From: attacker, Name: "a"})
	if right || wrong || waitOfRight != waitOfWrong || waitOfRight <= 0 {
		t.Errorf("right: %t, %s; wrong: %t, %s", right, waitOfRight, wrong, waitOfWrong)
	}
	*now = now.Add(waitOfRight)
	if admitted, _ := g.Judge(Attempt{From: attacker, Name: "a", Right: true}); !admitted {
		t.Error("who waited is not heard")
	}
}

func TestANetOfIPv6IsOneSource(t *testing.T) {
	g, _ := guessed()
	for i := range 21 {
		g.Judge(Attempt{From: netip.MustParseAddr("2001:db8::" + strconv.Itoa(i+1)), Name: "a"})
	}
	if _, wait := g.Judge(Attempt{From: netip.MustParseAddr("2001:db8::ffff:1"), Name: "b"}); wait == 0 {
		t.Error("a neighbour of the same net guesses on")
	}
	if _, wait := g.Judge(Attempt{From: netip.MustParseAddr("2001:db8:0:1::1"), Name: "b"}); wait > 0 {
		t.Error("another net is slowed down")
	}
}

func TestGuessesTakeBoundedMemory(t *testing.T) {
	g, _ := guessed()
	for i := range uint32(3 * mostRemembered) {
		from := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.Judge(Attempt{From: from, Name: strconv.Itoa(int(i)), Right: i%2 == 0})
	}
	if len(g.sources) > mostRemembered || len(g.names) > mostRemembered || len(g.proved) > mostRemembered {
		t.Errorf("remembered %d sources, %d names, %d pairs", len(g.sources), len(g.names), len(g.proved))
	}
}
