package gormstore

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

var testSigner = ed25519.NewKeyFromSeed([]byte("an anchor key of thirty-two byte"))

// ten is when the history of these tests begins.
var ten = time.Date(2026, 11, 24, 10, 10, 0, 0, time.UTC)

// signing opens a fresh database as a replica does that anchors, by a clock of the test's.
func signing(t *testing.T, dsn string, ring *keyring.Ring, signer ed25519.PrivateKey, clock *atomic.Int64) *Store {
	t.Helper()
	s := replica(t, dsn, ring, signer, clock)
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return checked(t, s)
}

func replica(t *testing.T, dsn string, ring *keyring.Ring, signer ed25519.PrivateKey, clock *atomic.Int64) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{
		DSN: dsn, IndexKey: testKey, Keyring: ring, AnchorKeys: []ed25519.PrivateKey{signer},
		Clock: func() time.Time { return time.UnixMicro(clock.Add(1)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// passed does what the chore finds to do.
func passed(t *testing.T, a *Anchoring) {
	t.Helper()
	for done := 1; done > 0; {
		var err error
		if done, err = a.Pass(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func verified(t *testing.T, s *Store, kept ...Anchor) Audit {
	t.Helper()
	found, err := s.Verify(context.Background(), kept, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// reversed is a sale of three moves, the last of which has no contents.
func reversed(t *testing.T, s *Store, id voucher.TransactionID) {
	t.Helper()
	appended(t, s, intent(id))
	appended(t, s, doubt(t, s, id))
	reversing, err := s.Find(context.Background(), voucher.ByID(id))
	if err != nil {
		t.Fatal(err)
	}
	settled, _ := reversing.Advised(*reversing.Open, voucher.Sent{AfterHorizon: true},
		voucher.AdviceOutcome{Kind: voucher.AdviceAcknowledged})
	appended(t, s, settled)
}

// told is a history of three hours. Anchors 1 to 3 close 10:00, with nothing, 11:00 and 12:00.
func told(t *testing.T, dsn string) (*Store, *Anchoring, *atomic.Int64) {
	t.Helper()
	var clock atomic.Int64
	at := func(hour int) { clock.Store(ten.Add(time.Duration(hour) * time.Hour).UnixMicro()) }
	at(0)
	s := signing(t, dsn, testRing, testSigner, &clock)
	a := s.Anchoring(slog.New(slog.DiscardHandler))
	for hour := range 3 {
		at(hour)
		passed(t, a)
		provisioned(t, s, voucher.TransactionID(fmt.Sprint("sold ", hour)))
		provisioned(t, s, voucher.TransactionID(fmt.Sprint("also ", hour)))
		reversed(t, s, voucher.TransactionID(fmt.Sprint("back ", hour)))
	}
	return s, a, &clock
}

// writes are what somebody does who may write to every table, and has none of the keys.
func writes(t *testing.T, s *Store, statements ...string) {
	t.Helper()
	if s.folder == "migrations/sqlite" {
		for _, trigger := range []string{"moves_are_appended", "moves_are_kept", "anchors_are_appended", "anchors_are_kept"} {
			if err := s.writer.Exec("DROP TRIGGER IF EXISTS " + trigger).Error; err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, statement := range statements {
		execute(t, s, statement)
	}
}

// contentsWhere names the contents of a move.
func contentsWhere(s *Store, id string, version int) string {
	if s.folder == "migrations/sqlite" {
		return fmt.Sprintf("transaction_id = '%s' AND version = %d", id, version)
	}
	return fmt.Sprintf("place = (SELECT place FROM moves WHERE transaction_id = '%s' AND version = %d)", id, version)
}

// removed takes moves away with their contents.
func removed(t *testing.T, s *Store, id string, versions ...int) {
	t.Helper()
	for _, version := range versions {
		writes(t, s)
		if err := s.writer.Exec("DELETE FROM contents WHERE " + contentsWhere(s, id, version)).Error; err != nil {
			t.Fatal(err)
		}
		writes(t, s, fmt.Sprintf("DELETE FROM moves WHERE transaction_id = '%s' AND version = %d", id, version))
	}
}

// copied writes a move once more, all columns as they stand but those named.
func copied(t *testing.T, s *Store, transaction, version, where string) {
	t.Helper()
	const others = `fact, state, at, made_by, reason, owner, provider, lease_ends, horizon, serial_mark, code_mark, digest,
		link, payload`
	writes(t, s, "INSERT INTO moves (transaction_id, version, "+others+") SELECT "+transaction+", "+version+", "+others+
		" FROM moves WHERE "+where)
}

const move = " WHERE transaction_id = 'sold 0' AND version = 2"

// attacks are edits of the history that told tells, and the first words that an audit has for each.
var attacks = map[string]struct {
	edit func(*testing.T, *Store)
	says string
}{
	"payload edited": {func(t *testing.T, s *Store) {
		writes(t, s, `UPDATE moves SET payload = REPLACE(payload, '"approved"', '"declined"')`+move)
	}, "sold 0/2: the move was edited"},
	"state edited in the open hour": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET state = 'reversed' WHERE transaction_id = 'sold 2' AND version = 2")
	}, "sold 2/2: the move was edited"},
	"provider edited": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET provider = 'other' WHERE transaction_id = 'sold 2' AND version = 1")
	}, "sold 2/1: its link does not follow"},
	"mark edited": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET code_mark = serial_mark WHERE transaction_id = 'sold 2' AND version = 2")
	}, "sold 2/2: its link does not follow"},
	"digest edited": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET digest = link"+move)
	}, "sold 0/2: the move was edited"},
	"link edited": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET link = digest"+move)
	}, "sold 0/2: its link does not follow"},
	"link taken away": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET link = NULL"+move)
	}, "sold 0/2: it has no link"},
	"every link taken away": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET link = NULL")
	}, "anchor 2 (until 2026-11-24T11:00:00Z): a move is not what was anchored"},
	"time of an intent edited": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET at = at + 1 WHERE transaction_id = 'sold 2' AND version = 1")
	}, "sold 2/1: its times were edited"},
	"time edited": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE moves SET at = at + 1"+move)
	}, "anchor 2 (until 2026-11-24T11:00:00Z): a move is not what was anchored: its time"},
	"times edited alike": {func(t *testing.T, s *Store) {
		writes(t, s, `UPDATE moves SET at = at + 1, lease_ends = lease_ends + 1, horizon = horizon + 1
			WHERE transaction_id = 'sold 1' AND version = 1`)
	}, "anchor 3 (until 2026-11-24T12:00:00Z): a move is not what was anchored: its time"},
	"seals swapped": {func(t *testing.T, s *Store) {
		var bodies [2][]byte
		wheres := [2]string{contentsWhere(s, "sold 0", 2), contentsWhere(s, "also 0", 2)}
		for i, where := range wheres {
			s.reader.Raw("SELECT body FROM contents WHERE kind = 'sealed approval' AND " + where).Scan(&bodies[i])
		}
		for i, where := range wheres {
			execute(t, s, "UPDATE contents SET body = ? WHERE kind = 'sealed approval' AND "+where, bodies[1-i])
		}
	}, "sold 0/2: a content was edited or is another row's"},
	"a content taken away": {func(t *testing.T, s *Store) {
		execute(t, s, "DELETE FROM contents WHERE kind = 'sealed approval' AND "+contentsWhere(s, "sold 0", 2))
	}, "sold 0/2: the move was edited, or one of its contents was taken away"},
	"last move removed": {func(t *testing.T, s *Store) {
		removed(t, s, "sold 0", 2)
	}, "anchor 2 (until 2026-11-24T11:00:00Z): of the 7 moves that were anchored 6 stand there"},
	"middle move removed": {func(t *testing.T, s *Store) {
		removed(t, s, "back 0", 2)
	}, "back 0/2: the move is missing"},
	"first move removed": {func(t *testing.T, s *Store) {
		removed(t, s, "back 2", 1)
	}, "back 2/1: the move is missing"},
	"transaction removed": {func(t *testing.T, s *Store) {
		removed(t, s, "also 1", 1, 2)
	}, "anchor 3 (until 2026-11-24T12:00:00Z): of the 7 moves that were anchored 5 stand there: a transaction"},
	"move put there by hand": {func(t *testing.T, s *Store) {
		copied(t, s, "transaction_id", "4", "transaction_id = 'back 2' AND version = 3")
	}, "back 2/4: its link does not follow"},
	"move put there by hand without a link": {func(t *testing.T, s *Store) {
		copied(t, s, "transaction_id", "4", "transaction_id = 'back 2' AND version = 3")
		writes(t, s, "UPDATE moves SET link = NULL WHERE transaction_id = 'back 2' AND version = 4")
	}, "back 2/4: it has no link"},
	"transaction copied": {func(t *testing.T, s *Store) {
		copied(t, s, "'mine'", "version", "transaction_id = 'back 2'")
	}, "mine/1: the move was edited"},
	"anchor removed": {func(t *testing.T, s *Store) {
		writes(t, s, "DELETE FROM anchors WHERE number = 2")
	}, "anchor 2 (until 2026-11-24T11:00:00Z): the anchor is missing"},
	"first anchor removed": {func(t *testing.T, s *Store) {
		writes(t, s, "DELETE FROM anchors WHERE number = 1")
	}, "anchor 1 (until 2026-11-24T10:00:00Z): the anchor is missing"},
	"anchor edited": {func(t *testing.T, s *Store) {
		writes(t, s, "UPDATE anchors SET moves = moves + 1 WHERE number = 2")
	}, "anchor 2 (until 2026-11-24T11:00:00Z): the anchor is forged"},
}

// TestEveryEditOfTheHistoryIsNamed edits as somebody can who has every right in the database and no key.
func TestEveryEditOfTheHistoryIsNamed(t *testing.T) {
	for what, attack := range attacks {
		for name, dsn := range dialects(t) {
			s, _, _ := told(t, dsn)
			if before := verified(t, s); before.Wrong > 0 || before.Moves != 21 || before.Transactions != 9 ||
				before.Anchors != 3 || before.Unanchored != 7 {
				t.Fatalf("%s on %s: before it %+v", what, name, before)
			}
			attack.edit(t, s)
			found := verified(t, s)
			if found.Wrong == 0 || !strings.HasPrefix(found.Findings[0].String(), attack.says) {
				t.Errorf("%s on %s: %v, want %q", what, name, found.Findings, attack.says)
			}
			_ = s.Close()
		}
	}
}

// Whoever may write to every table, and has no key, could else have the switch open a voucher for another channel, or
// undo and sell anew what is settled. What was not edited is read as ever.
func TestAnEditedMoveIsNotReadAndHidesNoOther(t *testing.T) {
	for what, edit := range map[string]func(*testing.T, *Store){
		"given to another owner": func(t *testing.T, s *Store) {
			writes(t, s, "UPDATE moves SET owner = '99999999' WHERE transaction_id = 'sold 0' AND version = 1")
		},
		"given another state":    attacks["payload edited"].edit,
		"given another provider": func(t *testing.T, s *Store) { writes(t, s, "UPDATE moves SET provider = 'other'"+move) },
		"found by another code":  func(t *testing.T, s *Store) { writes(t, s, "UPDATE moves SET code_mark = serial_mark"+move) },
		"without a content":      attacks["a content taken away"].edit,
		"with another's move": func(t *testing.T, s *Store) {
			removed(t, s, "sold 0", 2)
			copied(t, s, "'sold 0'", "2", "transaction_id = 'back 0' AND version = 3")
		},
	} {
		for name, dsn := range dialects(t) {
			s, _, _ := told(t, dsn)
			edit(t, s)
			if _, err := s.Find(t.Context(), voucher.Key{ID: "sold 0"}); !fault.Is(err, fault.Internal) {
				t.Errorf("%s on %s: %v", what, name, err)
			}
			if _, err := s.Find(t.Context(), voucher.Key{ID: "also 0"}); err != nil {
				t.Errorf("%s on %s: another transaction: %v", what, name, err)
			}
			_ = s.Close()
		}
	}
}

// TestATailThatWasCutOffShowsAgainstKeptAnchors cuts so that what is left is whole.
func TestATailThatWasCutOffShowsAgainstKeptAnchors(t *testing.T) {
	for name, dsn := range dialects(t) {
		s, a, clock := told(t, dsn)
		kept, err := s.Anchors(context.Background())
		if err != nil || len(kept) != 3 {
			t.Fatalf("%s: %v, %v", name, kept, err)
		}
		if found := verified(t, s, kept...); found.Wrong > 0 {
			t.Errorf("%s: whole, %v", name, found.Findings)
		}
		for _, hour := range []int{2, 1} {
			removed(t, s, fmt.Sprint("back ", hour), 3, 2, 1)
			removed(t, s, fmt.Sprint("also ", hour), 2, 1)
			removed(t, s, fmt.Sprint("sold ", hour), 2, 1)
		}
		writes(t, s, "DELETE FROM anchors WHERE number = 3")
		if found := verified(t, s); found.Wrong > 0 {
			t.Errorf("%s: without copies, %v", name, found.Findings)
		}
		const want = "anchor 3 (until 2026-11-24T12:00:00Z): the anchor is missing, which was kept"
		if found := verified(t, s, kept...); found.Wrong != 1 || !strings.HasPrefix(found.Findings[0].String(), want) {
			t.Errorf("%s: %v, want %q", name, found.Findings, want)
		}
		if _, err := a.Pass(context.Background()); err == nil || !strings.Contains(err.Error(), "is gone") {
			t.Errorf("%s: a process that saw it says %v", name, err)
		}
		clock.Add(time.Hour.Microseconds())
		passed(t, s.Anchoring(slog.New(slog.DiscardHandler))) // one that did not anchors anew
		const another = "anchor 3 (until 2026-11-24T13:00:00Z): the anchor is not the one that was kept"
		if found := verified(t, s, kept...); found.Wrong != 1 || found.Findings[0].String() != another {
			t.Errorf("%s: %v, want %q", name, found.Findings, another)
		}
		forked, err := s.Anchors(context.Background()) // a log that goes on has both, in whatever order it was put together
		if err != nil {
			t.Fatal(err)
		}
		for _, log := range [][]Anchor{append(kept, forked...), append(forked, kept...)} {
			if found := verified(t, s, log...); found.Wrong != 1 || found.Findings[0].String() != another {
				t.Errorf("%s: a log that has both, %v, want %q", name, found.Findings, another)
			}
		}
	}
}

func TestARotationLeavesTheHistoryWhatWasWritten(t *testing.T) {
	for name, dsn := range dialects(t) {
		_, _, clock := told(t, dsn)
		s := signing(t, dsn, promoted(t), testSigner, clock)
		if r := rotated(t, s); r.Sealed == 0 {
			t.Fatalf("%s: %+v", name, r)
		}
		if found := verified(t, s); found.Wrong > 0 || found.Moves != 21 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestMovesFromBeforeThereWereLinksAreCountedAndFollowed(t *testing.T) {
	for name, dsn := range dialects(t) {
		var clock atomic.Int64
		clock.Store(ten.UnixMicro())
		s := signing(t, dsn, testRing, testSigner, &clock)
		appended(t, s, intent("old"))
		appended(t, s, intent("other"))
		writes(t, s, "UPDATE moves SET link = NULL") // as a migration leaves them
		s = signing(t, dsn, testRing, testSigner, &clock)
		appended(t, s, doubt(t, s, "old"))
		if found := verified(t, s); found.Wrong > 0 || found.Unlinked != 2 || found.Moves != 3 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestOneReplicaAnchorsWhatAllSee has several replicas pass at once.
func TestOneReplicaAnchorsWhatAllSee(t *testing.T) {
	for name, dsn := range dialects(t) {
		first, _, clock := told(t, dsn)
		var logs [3]bytes.Buffer
		var chores [3]*Anchoring
		for i := range chores {
			chores[i] = first.Anchoring(slog.New(slog.NewTextHandler(&logs[i], nil)))
			passed(t, chores[i]) // says the last one that stands
		}
		clock.Add(4 * time.Hour.Microseconds())
		for _, chore := range chores {
			if err := chore.begin(context.Background()); err != nil || chore.next == nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, chore := range chores {
			passed(t, chore)
		}
		anchors, err := first.Anchors(context.Background())
		if err != nil || len(anchors) != 4 || anchors[3].Closes.Sub(anchors[3].Opens) != 4*time.Hour {
			t.Errorf("%s: %v, %v", name, anchors, err)
		}
		for i := range logs {
			for _, a := range anchors[2:] {
				if strings.Count(logs[i].String(), a.Signature.String()) != 1 {
					t.Errorf("%s: replica %d says\n%s", name, i, logs[i].String())
				}
			}
		}
		if found := verified(t, first); found.Wrong > 0 || found.Unanchored != 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestAnHourIsAnchoredWhenItIsSettled: a commit that began in it may still be on its way.
func TestAnHourIsAnchoredWhenItIsSettled(t *testing.T) {
	for name, dsn := range dialects(t) {
		s, a, clock := told(t, dsn)
		count := func() int {
			passed(t, a)
			anchors, _ := s.Anchors(context.Background())
			return len(anchors)
		}
		closes := ten.Truncate(time.Hour).Add(3 * time.Hour)
		clock.Store(closes.Add(settled - time.Second).UnixMicro())
		if n := count(); n != 3 {
			t.Errorf("%s: %d anchors before it is settled", name, n)
		}
		provisioned(t, s, "after the hour")
		clock.Store(closes.Add(settled + time.Second).UnixMicro())
		if n := count(); n != 4 {
			t.Errorf("%s: %d anchors when it is settled", name, n)
		}
		if found := verified(t, s); found.Wrong > 0 || found.Unanchored != 2 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestNothingIsChainedToAnAnchorOfAnotherKey(t *testing.T) {
	other := ed25519.NewKeyFromSeed([]byte("another key of thirty-two bytes!"))
	for name, dsn := range dialects(t) {
		s, _, clock := told(t, dsn)
		stranger := signing(t, dsn, testRing, other, clock)
		if _, err := stranger.Anchoring(slog.New(slog.DiscardHandler)).Pass(context.Background()); err == nil {
			t.Errorf("%s: it goes on", name)
		}
		if found := verified(t, stranger); found.Wrong != 3 || !strings.Contains(found.Findings[0].Wrong, "forged") {
			t.Errorf("%s: %v", name, found.Findings)
		}
		s.signers = []ed25519.PrivateKey{other, testSigner} // the key is changed: the old one stays good
		clock.Add(time.Hour.Microseconds())
		passed(t, s.Anchoring(slog.New(slog.DiscardHandler)))
		if found := verified(t, s); found.Wrong > 0 || found.Anchors != 4 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestALongHistoryIsReadInStretches: transactions move again after what is remembered of them is forgotten.
func TestALongHistoryIsReadInStretches(t *testing.T) {
	var clock atomic.Int64
	clock.Store(ten.UnixMicro())
	s := signing(t, dialects(t)["SQLite"], testRing, testSigner, &clock)
	const many = 2*auditStretch + 70
	for n := range many {
		appended(t, s, intent(voucher.TransactionID(fmt.Sprint("sale ", n))))
	}
	for n := range many {
		appended(t, s, doubt(t, s, voucher.TransactionID(fmt.Sprint("sale ", n))))
	}
	clock.Add(time.Hour.Microseconds())
	passed(t, s.Anchoring(slog.New(slog.DiscardHandler)))
	if found := verified(t, s); found.Wrong > 0 || found.Moves != 2*many || found.Unanchored != 0 {
		t.Errorf("%+v", found)
	}
	forgetful := auditor{store: s}
	rows, err := s.standing(context.Background(), many, 2*many, 120)
	if err != nil {
		t.Fatal(err)
	}
	before, err := forgetful.before(context.Background(), rows)
	for _, r := range rows {
		if link := before[moveKey{r.Move.TransactionID, 1}]; err != nil || len(link) == 0 {
			t.Errorf("what came before %s/2 is not found: %v", r.Move.TransactionID, err)
		}
	}
}
