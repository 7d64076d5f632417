package scenarios

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// story is what the outside knows of one transaction.
type story struct {
	request  message
	user     string // the channel
	receiver string
	mood     int64

	mutex     sync.Mutex
	code      string    // the first that was shown
	final     []byte    // the first answer that every retry must repeat
	approved  bool      // and whether it was a voucher
	created   int       // answers 201
	reversing bool      // a reversal was sent, whatever became of it
	undone    time.Time // a reversal was answered 202 or 404
	confirmed time.Time // a confirmation was answered 202
	wrong     []string  // promises that were broken before our eyes
}

func (told *story) breaks(format string, values ...any) {
	told.wrong = append(told.wrong, fmt.Sprintf(format, values...))
}

func (told *story) broke(format string, values ...any) {
	told.mutex.Lock()
	defer told.mutex.Unlock()
	told.breaks(format, values...)
}

// hear keeps what a provision, retry or look-up was answered, and what it must not have been.
func (told *story) hear(method, path string, a answer, began time.Time) {
	told.mutex.Lock()
	defer told.mutex.Unlock()
	said := a.open()
	posted := method == http.MethodPost
	code := cmp.Or(said.code(), said.text("detailMessage.voucher.code"))
	if told.code = cmp.Or(told.code, code); code != "" && code != told.code {
		told.breaks("two vouchers, %s and in %s", told.code, a.body)
	}
	if a.status == http.StatusInternalServerError && said.text("errorMessage") == faultOfOurs {
		told.breaks("%s %s was answered with a fault of the switch", method, path)
	}
	isVoucher := a.status == http.StatusOK || a.status == http.StatusCreated
	if isVoucher && !told.undone.IsZero() && began.After(told.undone) {
		told.breaks("%s %s showed the voucher after its reversal was accepted: %s", method, path, a.body)
	}
	if a.status == http.StatusCreated {
		if told.created++; told.created > 1 {
			told.breaks("created a second time: %s", a.body)
		}
	}
	if !posted || !isFinal(a.status, said.text("errorType")) {
		return
	}
	if told.final == nil {
		told.final, told.approved = a.body, isVoucher
	} else if !bytes.Equal(told.final, a.body) {
		told.breaks("answered first %s\nthen %s", told.final, a.body)
	}
}

const faultOfOurs = "the switch could not complete the request"

// isFinal tells the answers to a provision or retry that are kept and given again.
func isFinal(status int, errorType string) bool {
	switch status {
	case http.StatusOK, http.StatusCreated:
		return true
	case http.StatusNotFound:
		return errorType != "FUNCTION_NOT_SUPPORTED"
	case http.StatusInternalServerError:
		return true
	case http.StatusGatewayTimeout:
		return errorType == "UPSTREAM_UNAVAILABLE"
	default:
		return false
	}
}

// undo keeps that a reversal was accepted.
func (told *story) undo(a answer, began time.Time) {
	told.mutex.Lock()
	defer told.mutex.Unlock()
	if !told.confirmed.IsZero() && began.After(told.confirmed) {
		told.breaks("a confirmed sale was reversed: %d %s", a.status, a.body)
	}
	if told.undone.IsZero() {
		told.undone = time.Now()
	}
}

// confirm keeps that a confirmation was accepted.
func (told *story) confirm(a answer, began time.Time) {
	told.mutex.Lock()
	defer told.mutex.Unlock()
	if !told.undone.IsZero() && began.After(told.undone) {
		told.breaks("a reversed sale was confirmed: %s", a.body)
	}
	if told.confirmed.IsZero() {
		told.confirmed = time.Now()
	}
}

// retries tells that a retry must repeat an answer that the channel has heard.
func (told *story) retries() bool {
	return told.final != nil && (told.receiver == plain || told.receiver == dual)
}

// evidence is what can be seen of a transaction in the end.
type evidence struct {
	written  entry    // in the provider's books
	listed   bool     // for a person to look at
	found    answer   // by a look-up
	again    []answer // by a retry at every replica
	onBehalf bool     // the switch has confirmed what nobody reversed
}

// verdict says what is not as it must be in the end: the channel's story, the provider's books and the switch agree, and
// every voucher that was issued is accounted for.
func (told *story) verdict(e evidence) string {
	known, confirms := e.found.status == http.StatusOK, told.receiver != stellr
	switch {
	case e.written.Calls > 1:
		return fmt.Sprintf("the provider was asked %d times", e.written.Calls)
	case e.found.status == http.StatusAccepted:
		return "still in flight"
	case known && (e.found.open().code() != e.written.Code || !e.written.standing()):
		return fmt.Sprintf("the switch shows %s", e.found.body)
	case told.code != "" && told.code != e.written.Code:
		return fmt.Sprintf("the channel was shown a voucher that was never issued: %s", told.code)
	case e.written.standing() && !known && !e.listed:
		return fmt.Sprintf("a voucher stands that the switch does not answer for: %d %s", e.found.status, e.found.body)
	case told.approved && !told.reversing && !known:
		return fmt.Sprintf("a sale that nobody reversed is gone: %d %s", e.found.status, e.found.body)
	case !told.confirmed.IsZero() && (!known || confirms && e.written.State != "confirmed"):
		return "a confirmation was accepted, and the sale is not confirmed"
	case !told.undone.IsZero() && known:
		return "a reversal was accepted, and the sale stands"
	case e.listed && confirms && told.mood != 9001:
		return "a person is asked where messages could settle it"
	case e.onBehalf && told.approved && confirms && !told.reversing && e.written.State != "confirmed":
		return "nobody confirmed the sale"
	}
	for at, a := range e.again {
		repeated := bytes.Equal(a.body, told.final) && (a.status == http.StatusOK && known && told.approved ||
			a.status == http.StatusNotFound && !told.approved)
		undone := told.approved && told.reversing && !known && a.status == http.StatusBadRequest &&
			a.open()["errorType"] == "VOUCHER_ALREADY_REVERSED"
		if !repeated && !undone {
			return fmt.Sprintf("a retry at replica %d was answered %d %s", at, a.status, a.body)
		}
	}
	return ""
}

// examine asks every replica about a story.
func (s *storm) examine(told *story, written entry, listed bool) string {
	e := evidence{written: written, listed: listed, onBehalf: s.onBehalf && messaging[told.user] == "single"}
	id := told.request.id()
	at := s.replicas[int(id[0])%len(s.replicas)]
	a, err := at.channelOf(told.user).send(http.MethodGet, "/vouchers?provisionRequestId="+id, nil)
	if e.found = a; err != nil {
		return err.Error()
	}
	for _, w := range s.replicas {
		if !told.retries() {
			break
		}
		a, err := w.channelOf(told.user).send(http.MethodPost, "/vouchers/"+id+"/retry", told.request.bytes())
		if e.again = append(e.again, a); err != nil {
			return err.Error()
		}
	}
	return told.verdict(e)
}

// reconcile compares every story with the provider's books and the switch's answers until all is settled.
func (s *storm) reconcile(t *testing.T, within time.Duration) {
	t.Helper()
	unsettled := s.stories
	eventually(t, within, func() string {
		books, listed := s.replicas[0].ledger(t), s.replicas[0].cases(t)
		reasons := make([]string, len(unsettled))
		var examiners sync.WaitGroup
		const many = 8
		for first := range many {
			examiners.Go(func() {
				for i := first; i < len(unsettled); i += many {
					told, id := unsettled[i], unsettled[i].request.id()
					reasons[i] = s.examine(told, books[id], listed[id])
				}
			})
		}
		examiners.Wait()
		var still []*story
		var report strings.Builder
		for i, told := range unsettled {
			if reasons[i] == "" {
				continue
			}
			if still = append(still, told); len(still) <= 8 {
				fmt.Fprintf(&report, "%s (mood %04d, reversal sent %v, final answer %s)\n  %s\n  books: %+v\n",
					told.request.id(), told.mood, told.reversing, told.final, reasons[i], books[told.request.id()])
			}
		}
		unsettled = still
		return report.String()
	})
	for _, told := range s.stories {
		for _, broken := range told.wrong {
			t.Errorf("%s: %s", told.request.id(), broken)
		}
	}
}

// hasRaged holds against a storm that it was none.
func (s *storm) hasRaged(t *testing.T, kills int) {
	t.Helper()
	var approved, undone, confirmed int
	for _, told := range s.stories {
		approved += one(told.approved)
		undone += one(!told.undone.IsZero())
		confirmed += one(!told.confirmed.IsZero())
	}
	t.Logf("seed %d: %d calls, %d unheard, about %d transactions: %d approved, %d reversed, %d confirmed",
		s.seed, s.calls.Load(), s.unheard.Load(), len(s.stories), approved, undone, confirmed)
	if s.unheard.Load() < int64(kills) || approved < kills || undone < kills || confirmed < kills {
		t.Error("that was no storm")
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// open reads the body; nothing if it is no JSON object.
func (a answer) open() message {
	var m message
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	_ = decoder.Decode(&m)
	return m
}

// text is the text at a path, empty if there is none.
func (m message) text(path string) string {
	text, _ := m.value(path).(string)
	return text
}
