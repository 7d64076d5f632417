package gormstore

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"time"

	"voucherswitch/domain/voucher"
)

const (
	auditStretch = 500 // moves that are read at once, with their contents
	findings     = 20  // that are named; all are counted
)

// Finding is a place where the history is not what was written.
type Finding struct {
	Transaction voucher.TransactionID `json:"transaction,omitempty"` // of a move
	Version     int                   `json:"version,omitempty"`
	Anchor      int64                 `json:"anchor,omitempty"` // or of the hours that an anchor closes
	Closes      time.Time             `json:"closes,omitzero"`
	Wrong       string                `json:"wrong"`
}

// String implements fmt.Stringer.
func (f Finding) String() string {
	if f.Anchor > 0 {
		return fmt.Sprintf("anchor %d (until %s): %s", f.Anchor, f.Closes.Format(time.RFC3339), f.Wrong)
	}
	return fmt.Sprintf("%s/%d: %s", f.Transaction, f.Version, f.Wrong)
}

// Audit is what a look at the whole history came to.
type Audit struct {
	Moves        int64     `json:"moves"`
	Transactions int64     `json:"transactions"`
	Unlinked     int64     `json:"unlinked"`   // moves from before there were links, which only anchors cover
	Unanchored   int64     `json:"unanchored"` // moves that no anchor covers yet, of the hour that runs
	Anchors      int       `json:"anchors"`
	AnchoredTo   time.Time `json:"anchored_to,omitzero"`
	Wrong        int       `json:"wrong"`              // findings in all
	Findings     []Finding `json:"findings,omitempty"` // the first ones, in the order of the history
}

// Verify reads the whole history and holds it against its digests, links and anchors, and these against copies that
// were kept elsewhere. It changes nothing and asks for no lock; processes may sell beside it. step hears how far it is.
// fault.Overloaded if it cannot look; what it saw is in the Audit.
func (s *Store) Verify(ctx context.Context, kept []Anchor, step func(done, of int64)) (Audit, error) {
	a := auditor{store: s, hash: sha256.New(), kept: map[int64]Anchor{}, forked: map[int64]bool{}}
	for _, k := range kept {
		if before, known := a.kept[k.Number]; !known {
			a.kept[k.Number] = k
		} else if !bytes.Equal(before.Signature, k.Signature) {
			a.forked[k.Number] = true
		}
	}
	err := a.walk(ctx, step)
	return a.Audit, s.fault(err)
}

// auditor walks the moves by their places, and the anchors beside them.
type auditor struct {
	store *Store
	Audit
	anchors []Anchor // that are still to come
	kept    map[int64]Anchor
	forked  map[int64]bool // by their numbers: unequal copies were kept, so that one of them is not what stands
	last    Anchor         // the one before
	read    int64          // moves since
	hash    hash.Hash      // of their columns
	linked  bool           // a move had a link, so that all later ones must
	seen    links          // of the moves that were walked
}

func (a *auditor) walk(ctx context.Context, step func(done, of int64)) (err error) {
	if a.anchors, err = a.store.Anchors(ctx); err != nil {
		return err
	}
	var ends struct{ First, Last int64 }
	place := a.store.contents.place
	err = a.store.reader.WithContext(ctx).Raw("SELECT COALESCE((SELECT MIN(" + place + ") FROM moves), 1) AS first, " +
		"COALESCE((SELECT MAX(" + place + ") FROM moves), 0) AS last").Scan(&ends).Error
	for after := ends.First - 1; err == nil && after < ends.Last; {
		if after, err = a.stretch(ctx, after, ends.Last); err == nil && step != nil {
			step(after-ends.First+1, ends.Last-ends.First+1)
		}
	}
	if err != nil {
		return err
	}
	for len(a.anchors) > 0 {
		a.close()
	}
	a.Unanchored = a.read
	a.missKept()
	return nil
}

// stretch audits some moves, and gives the place of the last one.
func (a *auditor) stretch(ctx context.Context, after, to int64) (int64, error) {
	rows, err := a.store.standing(ctx, after, to, auditStretch)
	if err != nil || len(rows) == 0 {
		return to, err
	}
	last := rows[len(rows)-1].Place
	contents, err := a.contentsOf(ctx, after, last)
	if err != nil {
		return to, err
	}
	before, err := a.before(ctx, rows)
	if err != nil {
		return to, err
	}
	for _, r := range rows {
		for len(a.anchors) > 0 && r.Place > a.anchors[0].To {
			a.close()
		}
		if len(a.anchors) == 0 || r.Place > a.anchors[0].From { // or it was the missing one's before
			r.feed(a.hash)
			a.read++
		}
		a.Moves++
		if r.Move.Version == 1 {
			a.Transactions++
		}
		if wrong := a.judge(r, contents[moveKey{r.Move.TransactionID, r.Move.Version}], before); wrong.Wrong != "" {
			a.find(wrong)
		}
	}
	return last, nil
}

func (a *auditor) find(f Finding) {
	if a.Wrong++; a.Wrong <= findings {
		a.Findings = append(a.Findings, f)
	}
}

type moveKey struct {
	id      string
	version int
}

// contentsOf are the contents of some moves, still sealed.
func (a *auditor) contentsOf(ctx context.Context, after, to int64) (map[moveKey][]contentRow, error) {
	var parts []contentRow
	place := "m." + a.store.contents.place
	err := a.store.reader.WithContext(ctx).Raw(`SELECT m.transaction_id, m.version, c.kind, c.body
		FROM moves m JOIN contents c ON `+a.store.contents.ofMove+` WHERE `+place+` > ? AND `+place+` <= ?`, after, to).
		Scan(&parts).Error
	contents := make(map[moveKey][]contentRow, len(parts))
	for _, p := range parts {
		key := moveKey{p.TransactionID, p.Version}
		contents[key] = append(contents[key], p)
	}
	return contents, err
}

// before are the links of the moves before those of a stretch: as they were walked, or read where a transaction moved
// again after a long time.
func (a *auditor) before(ctx context.Context, rows []standingRow) (map[moveKey][]byte, error) {
	known := make(map[moveKey][]byte, len(rows))
	var far []string
	for _, r := range rows {
		before := moveKey{r.Move.TransactionID, r.Move.Version - 1}
		if _, walked := known[before]; !walked && before.version > 0 {
			if link, walked := a.seen.of(before.id, before.version); walked {
				known[before] = link
			} else {
				far = append(far, r.Move.TransactionID)
			}
		}
		known[moveKey{r.Move.TransactionID, r.Move.Version}] = r.Move.Link
		a.seen.keep(r.Move.TransactionID, r.Move.Version, r.Move.Link)
	}
	const width = 50 // a fixed one, so that the statement is prepared once
	for some := range slices.Chunk(far, width) {
		ids := append(slices.Clone(some), slices.Repeat(some[:1], width-len(some))...)
		var found []moveRow
		err := a.store.reader.WithContext(ctx).Raw(
			"SELECT transaction_id, version, link FROM moves WHERE transaction_id IN ?", ids).Scan(&found).Error
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			known[moveKey{r.TransactionID, r.Version}] = r.Link
		}
	}
	return known, nil
}

// judge holds a move against its digest, its times and its link.
func (a *auditor) judge(r standingRow, contents []contentRow, before map[moveKey][]byte) Finding {
	f := Finding{Transaction: voucher.TransactionID(r.Move.TransactionID), Version: r.Move.Version}
	previous, isThere := before[moveKey{r.Move.TransactionID, r.Move.Version - 1}]
	switch opened, err := a.opened(contents); {
	case r.Move.Version != 1 && !isThere:
		f.Version, f.Wrong = r.Move.Version-1, "the move is missing"
	case err != nil:
		f.Wrong = "a content was edited or is another row's: " + err.Error()
	case !a.store.isDigestOf(r, opened):
		f.Wrong = "the move was edited, or one of its contents was taken away or added"
	case !r.timely():
		f.Wrong = "its times were edited"
	case r.Move.Link == nil && a.linked:
		f.Wrong = "it has no link: it was put there by hand, or its link was taken away"
	case r.Move.Link == nil:
		a.Unlinked++
	case !a.store.isLinkOf(r, previous):
		f.Wrong = "its link does not follow from the move before: it was put there by hand, or its link, provider or a " +
			"mark was edited"
	}
	a.linked = a.linked || r.Move.Link != nil
	return f
}

func (a *auditor) opened(contents []contentRow) ([]contentRow, error) {
	opened := make([]contentRow, len(contents))
	for i, c := range contents {
		var err error
		if opened[i], err = a.store.unsealed(c); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

// timely tells that an intent's lease and horizon are as long as its terms say. What else stands about times, anchors
// alone cover.
func (r standingRow) timely() bool {
	var p payload
	if r.LeaseEnds == nil || r.Horizon == nil || json.Unmarshal(r.Move.Payload, &p) != nil || p.Opening == nil {
		return r.LeaseEnds == nil && r.Horizon == nil && (p.Opening == nil)
	}
	terms := p.Opening.Terms
	return *r.LeaseEnds-r.Move.At == terms.Lease.Microseconds() && *r.Horizon-r.Move.At == terms.Horizon.Microseconds()
}

// close holds the next anchor against the moves since the one before.
func (a *auditor) close() {
	next := a.anchors[0]
	a.anchors = a.anchors[1:]
	for number := a.last.Number + 1; number < next.Number; number++ {
		a.find(Finding{Anchor: number, Closes: cmp.Or(a.kept[number].Closes, next.Opens), Wrong: "the anchor is missing"})
	}
	f := Finding{Anchor: next.Number, Closes: next.Closes}
	follows := next.Number == a.last.Number+1
	kept, isKept := a.kept[next.Number]
	switch want := a.last.next(next.Closes); {
	case isKept && (a.forked[next.Number] || !bytes.Equal(kept.Signature, next.Signature)):
		f.Wrong = "the anchor is not the one that was kept"
	case !a.store.isSigned(next):
		f.Wrong = "the anchor is forged: no key of the anchor key's file signed it"
	case follows && (!bytes.Equal(next.Previous, want.Previous) || next.From != want.From ||
		!next.Opens.Equal(want.Opens)):
		f.Wrong = "the anchor does not follow from the one before"
	case a.read < next.Moves:
		f.Wrong = fmt.Sprintf("of the %d moves that were anchored %d stand there: a transaction, or the last moves of one, "+
			"are missing", next.Moves, a.read)
	case a.read > next.Moves:
		f.Wrong = fmt.Sprintf("%d moves were anchored and %d stand there: some were put there by hand", next.Moves, a.read)
	case !bytes.Equal(next.Digest, a.hash.Sum(nil)):
		f.Wrong = "a move is not what was anchored: its time or another of its columns was edited"
	}
	if f.Wrong != "" {
		a.find(f)
	}
	a.last, a.read, a.hash = next, 0, sha256.New()
	a.Anchors, a.AnchoredTo = a.Anchors+1, next.Closes
}

// missKept finds the anchors after the last one that stands, of those that were kept.
func (a *auditor) missKept() {
	numbers := make([]int64, 0, len(a.kept))
	for number := range a.kept {
		if number > a.last.Number {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	for _, number := range numbers {
		a.find(Finding{
			Anchor: number, Closes: a.kept[number].Closes,
			Wrong: "the anchor is missing, which was kept: it and the moves of its hours may have been taken away",
		})
	}
}
