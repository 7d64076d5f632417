package gormstore

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// TestReplicasThatMoveInTurnAndAtOnceLinkToWhatStands: each remembers links of its own, and neither is ever misled.
func TestReplicasThatMoveInTurnAndAtOnceLinkToWhatStands(t *testing.T) {
	ctx := context.Background()
	for name, dsn := range dialects(t) {
		a, b := checked(t, with(t, dsn, testRing)), checked(t, with(t, dsn, testRing))
		appended(t, a, intent("1"))
		appended(t, b, doubt(t, b, "1"))
		known, err := a.Find(ctx, voucher.ByID("1"))
		if err != nil {
			t.Fatal(err)
		}
		first, _ := known.Advised(*known.Open, voucher.Sent{AfterHorizon: true},
			voucher.AdviceOutcome{Kind: voucher.AdviceAcknowledged})
		second, _ := known.Advised(*known.Open, voucher.Sent{AfterHorizon: true},
			voucher.AdviceOutcome{Kind: voucher.AdviceRefused})
		appended(t, b, first)
		if err := a.Append(ctx, second); !fault.Is(err, fault.Stale) {
			t.Errorf("%s: who came second is answered %v", name, err)
		}
		appended(t, a, first) // it finds itself
		if found := verified(t, a); found.Wrong > 0 || found.Moves != 3 || found.Unlinked > 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestAMoveOnTopOfNothingIsStale(t *testing.T) {
	for name, dsn := range dialects(t) {
		s, other := checked(t, with(t, dsn, testRing)), checked(t, with(t, dsn, testRing))
		appended(t, s, intent("1"))
		second := doubt(t, s, "1")
		second.Move.Version = 3
		if err := other.Append(context.Background(), second); !fault.Is(err, fault.Stale) {
			t.Errorf("%s: %v", name, err)
		}
		if found := verified(t, s); found.Wrong > 0 || found.Moves != 1 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestAMoveThatWasNotWrittenIsNotRemembered: the next one asks the database what it stands on.
func TestAMoveThatWasNotWrittenIsNotRemembered(t *testing.T) {
	for name, dsn := range dialects(t) {
		s := checked(t, with(t, dsn, testRing))
		if err := s.writer.Exec("ALTER TABLE contents RENAME TO away").Error; err != nil {
			t.Fatal(err)
		}
		if err := s.Append(context.Background(), intent("1")); err == nil {
			t.Fatalf("%s: it was written", name)
		}
		if _, ok := s.links.of("1", 1); ok {
			t.Errorf("%s: it is remembered", name)
		}
	}
}

func TestLinksTakeBoundedMemory(t *testing.T) {
	var l links
	for n := range 3 * remembered {
		l.keep(fmt.Sprint(n), 1, []byte{1})
	}
	if len(l.young)+len(l.old) > 2*remembered {
		t.Errorf("%d are remembered", len(l.young)+len(l.old))
	}
	if _, ok := l.of(fmt.Sprint(3*remembered-1), 1); !ok {
		t.Error("the youngest is forgotten")
	}
	if _, ok := l.of(fmt.Sprint(3*remembered-1), 2); ok {
		t.Error("a move passes for the one after it")
	}
}

// TestALinkIsOfAllThatItCovers: no two different moves have one.
func TestALinkIsOfAllThatItCovers(t *testing.T) {
	s := open(t, t.TempDir()+"/s.db", time.Now)
	seen := map[string]string{}
	for what, link := range map[string][]byte{
		"a move":           s.link([]byte("p"), "id", 2, []byte("d"), marks{"vendor", []byte("s"), []byte("c")}),
		"on another one":   s.link([]byte("q"), "id", 2, []byte("d"), marks{"vendor", []byte("s"), []byte("c")}),
		"on none":          s.link(nil, "pid", 2, []byte("d"), marks{"vendor", []byte("s"), []byte("c")}),
		"another id":       s.link([]byte("p"), "ie", 2, []byte("d"), marks{"vendor", []byte("s"), []byte("c")}),
		"another version":  s.link([]byte("p"), "id", 3, []byte("d"), marks{"vendor", []byte("s"), []byte("c")}),
		"another digest":   s.link([]byte("p"), "id", 2, []byte("e"), marks{"vendor", []byte("s"), []byte("c")}),
		"another provider": s.link([]byte("p"), "id", 2, []byte("d"), marks{"vendo", []byte("rs"), []byte("c")}),
		"another serial":   s.link([]byte("p"), "id", 2, []byte("d"), marks{"vendor", []byte("sc"), nil}),
		"another code":     s.link([]byte("p"), "id", 2, []byte("d"), marks{"vendor", []byte("s"), []byte("d")}),
	} {
		if other, twice := seen[string(link)]; twice {
			t.Errorf("%s has the link of %s", what, other)
		}
		seen[string(link)] = what
		if bytes.Equal(link, s.mark("serial", what)) || len(link) != 32 {
			t.Errorf("%s: %x", what, link)
		}
	}
}
