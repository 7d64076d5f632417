package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"voucherswitch/domain/voucher"
)

// State is what the books say of a transaction.
type State string

// The states of the books.
const (
	StateNothing   State = "nothing"   // nothing was issued
	StateIssued    State = "issued"    // the voucher can be spent
	StateReversed  State = "reversed"  // it was issued and undone
	StateConfirmed State = "confirmed" // it was issued and the sale stands
	StateBarred    State = "barred"    // its reversal came first, and the provider remembers that
)

// Entry is one transaction in the provider's books. Calls counts provisions received, whatever was answered.
type Entry struct {
	Provider      voucher.ProviderID    `json:"provider"`
	ID            voucher.TransactionID `json:"id"`
	State         State                 `json:"state"`
	Mood          Mood                  `json:"mood,omitempty"` // of the last provision
	Code          string                `json:"code,omitempty"`
	Serial        string                `json:"serial,omitempty"`
	Expiry        string                `json:"expiry,omitempty"`
	Amount        int64                 `json:"amount"` // minor units
	Currency      string                `json:"currency,omitempty"`
	Calls         int                   `json:"calls"`
	Reversals     int                   `json:"reversals"`     // advices received
	Confirmations int                   `json:"confirmations"` // advices received
	AskedAt       time.Time             `json:"askedAt,omitzero"`
	IssuedAt      time.Time             `json:"issuedAt,omitzero"`
	ReversedAt    time.Time             `json:"reversedAt,omitzero"`
	ConfirmedAt   time.Time             `json:"confirmedAt,omitzero"`
}

func (e Entry) key() key { return key{e.Provider, e.ID} }

type key struct {
	provider voucher.ProviderID
	id       voucher.TransactionID
}

// ledger keeps the entries in memory and every change of them in a file, a JSON line each; the last line of a
// transaction stands.
type ledger struct {
	mu      sync.Mutex
	entries map[key]*Entry
	order   []key
	next    *batch

	disk sync.Mutex
	file *os.File // nil: in memory only
}

// batch is the lines that one fsync makes durable.
type batch struct {
	lines []byte
	done  bool
	err   error
}

func openLedger(path string) (*ledger, error) {
	l := &ledger{entries: map[key]*Entry{}}
	if path == "" {
		return l, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the simulator's ledger: %w", err)
	}
	l.file = file
	if err := l.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("the simulator's ledger: %w", err), file.Close())
	}
	return l, nil
}

// load reads the file. A last line without an end was being written when the process died, and was never answered on.
func (l *ledger) load() error {
	content, err := io.ReadAll(l.file)
	if err != nil {
		return err
	}
	whole := content[:bytes.LastIndexByte(content, '\n')+1]
	for line := range bytes.Lines(whole) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		l.put(e)
	}
	return l.file.Truncate(int64(len(whole)))
}

func (l *ledger) put(e Entry) {
	if l.entries[e.key()] == nil {
		l.order = append(l.order, e.key())
	}
	l.entries[e.key()] = &e
}

// change alters one entry and returns, as soon as the change is on disk, how the entry stood before and stands now.
// Nothing else happens to it meanwhile.
func (l *ledger) change(at key, alter func(*Entry)) (before, after Entry, err error) {
	l.mu.Lock()
	before = Entry{Provider: at.provider, ID: at.id, State: StateNothing}
	if e := l.entries[at]; e != nil {
		before = *e
	}
	after = before
	alter(&after)
	line, err := json.Marshal(after)
	if err != nil {
		l.mu.Unlock()
		return before, before, err
	}
	l.put(after)
	if l.next == nil {
		l.next = &batch{}
	}
	mine := l.next
	mine.lines = append(append(mine.lines, line...), '\n')
	l.mu.Unlock()
	return before, after, l.flush(mine)
}

// flush writes a batch with one fsync. Whoever comes first writes for all who joined it; while the disk is busy the
// next batch gathers.
func (l *ledger) flush(b *batch) error {
	l.disk.Lock()
	defer l.disk.Unlock()
	if b.done {
		return b.err
	}
	l.mu.Lock()
	l.next = nil
	l.mu.Unlock()
	b.done = true
	if l.file != nil {
		if _, b.err = l.file.Write(b.lines); b.err == nil {
			b.err = l.file.Sync()
		}
	}
	return b.err
}

func (l *ledger) all() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries := make([]Entry, len(l.order))
	for i, at := range l.order {
		entries[i] = *l.entries[at]
	}
	return entries
}

func (l *ledger) close() error {
	l.disk.Lock()
	defer l.disk.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
