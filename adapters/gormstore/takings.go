package gormstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"

	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

var (
	// errMidnight says that a day began between a batch's takings and its moves, so that it is to be run again.
	errMidnight = errors.New("a day began meanwhile")
	// errHeld says that somebody keeps the row of a taking for longer than others can wait.
	errHeld = errors.New("somebody keeps what was taken of a limit")
)

// taking is the key of a row of takings.
type taking struct {
	channel, product, currency string
	day                        int64
}

func takingOf(channel string, r voucher.Reservation, day int64) taking {
	return taking{channel, string(r.Product), string(r.Price.Currency), day}
}

func (t taking) values() []any { return []any{t.channel, t.product, t.currency, t.day} }

func (t taking) compare(u taking) int {
	return cmp.Or(cmp.Compare(t.channel, u.channel), cmp.Compare(t.product, u.product),
		cmp.Compare(t.currency, u.currency), cmp.Compare(t.day, u.day))
}

// change is what one decision, or a batch of them, takes of a row and gives back to it.
type change struct {
	taking
	takes, gives int64
	most         int64 // the lowest limit of those that take
	over         bool  // together they take more than that
	limit        voucher.Reservation
}

func (c *change) take(r voucher.Reservation) {
	c.limit, c.most = r, min(c.most, r.Most)
	c.over = c.over || r.Price.Minor > c.most || c.takes > c.most-r.Price.Minor
	c.takes += r.Price.Minor
}

// dayOf is the first microsecond of a moment's day.
func dayOf(at int64) int64 { return at - at%day.Microseconds() }

// changes are those of a batch, in one order for all, so that batches wait for each other and not in circles.
func changes(batch []*entry, today int64) []change {
	rows := map[taking]*change{}
	at := func(t taking) *change {
		if rows[t] == nil {
			rows[t] = &change{taking: t, most: math.MaxInt64}
		}
		return rows[t]
	}
	for _, e := range batch {
		for _, r := range e.reservations() {
			at(takingOf(e.Owner, r, today)).take(r)
		}
		for _, r := range e.move.Releases {
			at(takingOf(e.opened.Owner, r, dayOf(e.opened.At))).gives += r.Price.Minor
		}
	}
	all := make([]change, 0, len(rows))
	for _, c := range rows {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b change) int { return a.compare(b.taking) })
	return all
}

func (e *entry) reservations() []voucher.Reservation {
	if e.move.Opening == nil {
		return nil
	}
	return e.move.Opening.Reservations
}

// recall reads, of a decision that gives back, the channel and the time of its first move, which never change.
func (s *Store) recall(ctx context.Context, e *entry) error {
	if len(e.move.Releases) == 0 || e.Version == 1 {
		return nil
	}
	err := s.reader.WithContext(ctx).Raw("SELECT owner, at FROM moves WHERE transaction_id = ? AND version = 1",
		e.TransactionID).Scan(&e.opened).Error
	if err == nil && e.opened.Owner == "" {
		err = fault.New(fault.Overloaded, "the first move cannot be read now")
	}
	return err
}

// putAside refuses those of a batch that wait for a taking that somebody keeps, so that they keep up no others.
func putAside(batch []*entry, why error) (others []*entry) {
	for _, e := range batch {
		if e.counts() {
			e.done <- why
		} else {
			others = append(others, e)
		}
	}
	return others
}

// counts reports whether a decision takes of a limit, or gives back.
func (e *entry) counts() bool { return len(e.reservations())+len(e.move.Releases) > 0 }

// takingStatements are those of every sale under a limit.
type takingStatements struct{ moment, known, begin, add, stands *sql.Stmt }

// prepareTakings makes them, once, and before a transaction holds what may be the only connection. Where nothing is
// limited the table is never asked for.
func (s *Store) prepareTakings(ctx context.Context) error {
	s.preparing.Lock()
	defer s.preparing.Unlock()
	if s.stands != nil {
		return nil
	}
	pool, err := s.writer.DB()
	if err != nil {
		return err
	}
	const key = " WHERE channel = ? AND product = ? AND currency = ? AND day = ?"
	var made takingStatements
	for _, one := range []struct {
		statement **sql.Stmt
		text      string
	}{
		{&made.moment, "SELECT " + s.now().SQL},
		{&made.known, "SELECT COUNT(*) FROM takings" + key},
		{&made.begin, "INSERT INTO takings (channel, product, currency, day, taken) VALUES (?, ?, ?, ?, 0)"},
		{&made.add, "UPDATE takings SET taken = taken + ?" + key + " AND taken <= ?"},
		{&made.stands, "SELECT COUNT(*) FROM moves WHERE transaction_id = ? AND version = ?"},
	} {
		//nolint:sqlclosecheck // it lives as long as the pool
		if *one.statement, err = pool.PrepareContext(ctx, one.text); err != nil {
			return err
		}
	}
	s.takingStatements = made
	return nil
}

func number(tx *gorm.DB, statement *sql.Stmt, values ...any) (n int64, err error) {
	//nolint:sqlclosecheck // the transaction closes it
	ask := within(tx).StmtContext(tx.Statement.Context, statement)
	err = ask.QueryRowContext(tx.Statement.Context, values...).Scan(&n)
	return n, err
}

func changed(tx *gorm.DB, statement *sql.Stmt, values ...any) (bool, error) {
	//nolint:sqlclosecheck // the transaction closes it
	r, err := within(tx).StmtContext(tx.Statement.Context, statement).ExecContext(tx.Statement.Context, values...)
	if err != nil {
		return false, err
	}
	rows, err := r.RowsAffected()
	return rows > 0, err
}

// limited appends those decisions of a batch that find room under their limits, in one transaction with what they take
// and give back. The outcome of another is its refusal.
func (s *Store) limited(tx *gorm.DB, batch []*entry, outcomes []error) error {
	if !slices.ContainsFunc(batch, (*entry).counts) {
		return s.append(tx, batch)
	}
	now, err := number(tx, s.moment, s.now().Vars...)
	if err != nil {
		return err
	}
	today := dayOf(now)
	fitting, err := s.fit(tx, batch, today, outcomes)
	if s.isHeld(err) {
		return errHeld
	}
	if err == nil && len(fitting) > 0 {
		err = s.append(tx, fitting)
	}
	if errors.Is(err, errTaken) {
		return cmp.Or(s.undo(tx, changes(fitting, today)), err)
	}
	for i, e := range batch {
		if err == nil && outcomes[i] != nil {
			outcomes[i], err = s.unlessTaken(tx, e, outcomes[i])
		}
	}
	if err == nil && dayOf(now+longest.Microseconds()) != today { // the moves have read the clock since
		if now, err = number(tx, s.moment, s.now().Vars...); err == nil && dayOf(now) != today {
			err = errMidnight
		}
	}
	return err
}

// fit takes and gives for all decisions at once, or, where a limit leaves no room for all, for one after the other.
func (s *Store) fit(tx *gorm.DB, batch []*entry, today int64, outcomes []error) (fitting []*entry, err error) {
	full, err := s.changeAll(tx, changes(batch, today))
	if err != nil || full == nil {
		return batch, err
	}
	for i, e := range batch {
		if len(batch) > 1 {
			full, err = s.changeAll(tx, changes(batch[i:i+1], today))
		}
		if err != nil {
			return nil, err
		}
		if full != nil {
			outcomes[i] = full.limit.Refused()
			continue
		}
		fitting = append(fitting, e)
	}
	return fitting, nil
}

// changeAll makes all changes or none, and tells the first one that there is no room for.
func (s *Store) changeAll(tx *gorm.DB, all []change) (full *change, err error) {
	for i, c := range all {
		fits, err := s.changeOne(tx, c)
		if err != nil {
			return nil, err
		}
		if !fits {
			return &c, s.undo(tx, all[:i])
		}
	}
	return nil, nil
}

// changeOne takes and gives if the limit has room for what is taken before anything is given back.
func (s *Store) changeOne(tx *gorm.DB, c change) (fits bool, err error) {
	if c.over {
		return false, nil
	}
	values := append(append([]any{c.takes - c.gives}, c.values()...), c.most-c.takes)
	if fits, err = changed(tx, s.add, values...); err != nil || fits || c.takes == 0 {
		return true, err
	}
	if rows, err := number(tx, s.known, c.values()...); err != nil || rows > 0 {
		return false, err
	}
	if _, err = changed(tx, s.begin, c.values()...); err != nil && !s.isTaken(err) {
		return false, err
	}
	return changed(tx, s.add, values...)
}

// undo takes changes back.
func (s *Store) undo(tx *gorm.DB, done []change) error {
	for _, c := range done {
		values := append(append([]any{c.gives - c.takes}, c.values()...), int64(math.MaxInt64))
		if _, err := changed(tx, s.add, values...); err != nil {
			return err
		}
	}
	return nil
}

// unlessTaken is the outcome of a decision that finds no room: its refusal, unless its id is used, maybe by itself.
func (s *Store) unlessTaken(tx *gorm.DB, e *entry, refusal error) (outcome, err error) {
	moves, err := number(tx, s.stands, e.TransactionID, e.Version)
	if moves > 0 {
		return errTaken, err
	}
	return refusal, err
}
