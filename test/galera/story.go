package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Receivers of the simulator, by provider.
const (
	plain   = "44444444"
	stellr  = "55555555"
	netcare = "66666666"
	dual    = "77777777"
)

// moods are the last four digits of an amount, as the simulator reads them; most sales go well.
var moods = []int64{
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4001, 4002, 5000, 5003, 5004, 6001, 6002, 6003, 6004, 7001, 7002, 7003,
	8001, 9001, 9002,
}

// refusesReversals is the one mood that leaves work to a person.
const refusesReversals = 9001

// story is what the outside knows of one transaction, and the promises that were broken before its eyes.
type story struct {
	id       string
	channel  credentials
	receiver string
	mood     int64
	request  []byte

	mu        sync.Mutex
	approval  []byte    // the first approved answer
	approved  time.Time // when it was heard
	reversing bool      // a reversal was sent, whatever became of it
	undone    time.Time // a reversal was answered 202, or 404
	confirmed time.Time // a confirmation was answered 202
	failed    time.Time // the sale was answered with a failure for good
	refused   bool      // a call was answered 503: nothing is written, or it is proved that nothing was sent
	pursued   bool      // a call was answered otherwise, or not at all
	wrong     []string
}

func newStory(random *rand.Rand, channels []credentials) *story {
	receivers := []string{plain, plain, plain, dual, netcare, stellr}
	return open(channels[random.IntN(len(channels))], receivers[random.IntN(len(receivers))],
		moods[random.IntN(len(moods))])
}

func open(channel credentials, receiver string, mood int64) *story {
	told := &story{id: uuid.NewString(), channel: channel, receiver: receiver, mood: mood}
	told.request = fmt.Appendf(nil, `{"id": %q, "time": "2026-11-22T10:00:00.000+02:00",
		"originator": {"institution": {"id": %[2]q, "name": "A channel"}, "terminalId": "Till0001",
			"merchant": {"merchantType": "5411", "merchantId": "Shop00000000001",
				"merchantName": {"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
		"client": {"id": %[2]q, "name": "A channel"}, "receiver": {"id": %[3]q, "name": "Somebody"},
		"thirdPartyIdentifiers": [{"institutionId": %[2]q, "transactionIdentifier": "till-1-0001"}],
		"amounts": {"requestAmount": {"amount": %[4]d, "currency": "710"}}}`,
		told.id, channel.ID, receiver, 30000+mood)
	return told
}

// advice is a reversal, or a confirmation where there is no reason.
func (told *story) advice(reason string) []byte {
	if reason != "" {
		reason = fmt.Sprintf(`"reversalReason": %q, `, reason)
	}
	return fmt.Appendf(nil, `{"id": %q, "requestId": %q, "time": "2026-11-22T10:01:00.000+02:00", %s
		"thirdPartyIdentifiers": [{"institutionId": %q, "transactionIdentifier": "till-1-0001"}]}`,
		uuid.NewString(), told.id, reason, told.channel.ID)
}

// hear keeps whether every call was refused.
func (told *story) hear(status int) {
	told.mu.Lock()
	defer told.mu.Unlock()
	if status == http.StatusServiceUnavailable {
		told.refused = true
	} else {
		told.pursued = true
	}
}

func (told *story) broke(format string, values ...any) {
	told.wrong = append(told.wrong, fmt.Sprintf(format, values...))
}

// answer is what a replica said to a request, and when the request began.
type answer struct {
	began  time.Time
	status int
	body   []byte
}

func (a answer) approved() bool { return a.status == http.StatusOK || a.status == http.StatusCreated }

func (a answer) after(moment time.Time) bool { return !moment.IsZero() && a.began.After(moment) }

// hearSale holds an answer to a provision, a retry or a look-up against all that was said before.
func (told *story) hearSale(a answer, isLookup bool) {
	told.mu.Lock()
	defer told.mu.Unlock()
	switch {
	case a.approved() && a.after(told.undone):
		told.broke("a voucher was shown after its reversal was accepted: %s", a.body)
	case a.approved() && a.after(told.failed):
		told.broke("a voucher was shown after the sale had failed: %s", a.body)
	case isLookup && a.status == http.StatusNotFound && a.after(told.approved) && !told.reversing:
		told.broke("a sale that nobody reversed is not known any more: %s", a.body)
	}
	if isLookup {
		return
	}
	if isFinal(a) && told.failed.IsZero() {
		told.failed = time.Now()
		if told.approval != nil {
			told.broke("the sale failed after it was approved: %s", a.body)
		}
	}
	if !a.approved() {
		return
	}
	if told.approval == nil {
		told.approval, told.approved = a.body, time.Now()
	} else if !bytes.Equal(told.approval, a.body) {
		told.broke("answered first %s\nthen %s", told.approval, a.body)
	}
}

// isFinal tells a failure for good: the provider's, or a time-out whose reversal is queued. A hard decline of a retry
// says nothing of the sale.
func isFinal(a answer) bool {
	if a.status != http.StatusNotFound && a.status != http.StatusGatewayTimeout {
		return false
	}
	var detail struct{ ErrorType string }
	_ = json.Unmarshal(a.body, &detail)
	switch detail.ErrorType {
	case "FUNCTION_NOT_SUPPORTED", "VOUCHER_STATUS_UNKNOWN", "UNABLE_TO_LOCATE_RECORD":
		return false
	default:
		return true
	}
}

func (told *story) hearReversal(a answer) {
	told.mu.Lock()
	defer told.mu.Unlock()
	if a.status != http.StatusAccepted && a.status != http.StatusNotFound {
		return
	}
	if a.after(told.confirmed) {
		told.broke("a confirmed sale was reversed: %d %s", a.status, a.body)
	}
	if a.status == http.StatusNotFound && told.approval != nil {
		told.broke("an approved sale was unknown to its reversal: %s", a.body)
	}
	if told.undone.IsZero() {
		told.undone = time.Now()
	}
}

func (told *story) hearConfirmation(a answer) {
	told.mu.Lock()
	defer told.mu.Unlock()
	if a.status != http.StatusAccepted {
		return
	}
	if a.after(told.undone) {
		told.broke("a reversed sale was confirmed: %s", a.body)
	}
	if told.confirmed.IsZero() {
		told.confirmed = time.Now()
	}
}
