package simulation

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	channels "voucherswitch/adapters/http"
	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// The channels: one leaves confirmations to the switch, one confirms by itself, one is a stranger to every sale.
const (
	single   = "22222222"
	dual     = "33333333"
	stranger = "99999999"
)

// limited is a product of which the channel single may sell only so much in a day.
const (
	limited    = "plainAny"
	mostOfADay = 60000000
)

func authenticate(c channels.Caller) (voucher.Channel, time.Duration, bool) {
	channel := voucher.Channel{
		ID: voucher.ChannelID(c.Username), SettlementEntity: voucher.Institution{ID: "12345678", Name: "Settler"},
	}
	switch c.Username {
	case dual:
		channel.Messaging = voucher.DualMessaging
	case single:
		channel.Limits = []voucher.Limit{{Product: limited, Most: money.New(mostOfADay, "710")}}
	}
	return channel, 0, c.Password == password
}

// verb is what a channel asks.
type verb string

// The verbs.
const (
	provision verb = "provision"
	retry     verb = "retry"
	reverse   verb = "reverse"
	confirm   verb = "confirm"
	lookUp    verb = "look up"
)

// told is one call, and what a channel heard of it.
type told struct {
	verb     verb
	user     string
	replica  string
	advice   string
	another  bool // asks for another sale under the id
	at       time.Time
	heard    time.Time // zero: no answer was heard
	status   int
	kind     string // the error type
	code     string // of a voucher that is shown
	body     []byte
	detailed bool // an error that says more than its words
}

// sale is one sale of a channel, as it plans it and what it is told.
type sale struct {
	w        *world
	number   int
	id       string
	user     string
	provider voucher.Provider
	product  string // empty: the receiver leads
	amount   int64
	currency string
	mood     kind // empty: the provider sells

	mu   sync.Mutex
	told []told
}

func newSale(w *world, number int) *sale {
	r := w.stream("sale", fmt.Sprint(number))
	s := &sale{
		w: w, number: number, id: w.uuid("sale", fmt.Sprint(number)), user: single, currency: "710",
		provider: providers[r.IntN(len(providers))], amount: int64(1+r.IntN(5000)) * 10000,
	}
	if r.IntN(3) == 0 {
		s.user = dual
	}
	switch r.IntN(3) {
	case 0:
		s.product, s.amount = string(s.provider.ID)+"Fixed", 50000
		return s
	case 1:
		s.product = string(s.provider.ID) + "Any"
	default:
		s.currency = []string{"710", "840"}[r.IntN(2)]
	}
	for _, k := range kinds {
		if list := moods[k.kind]; list != nil && s.mood == "" && r.Float64() < w.rates[k.kind] {
			s.mood = k.kind
			s.amount += list[r.IntN(len(list))]
			w.hit(k.kind)
		}
	}
	return s
}

// does tells whether the channel does this to the sale.
func (s *sale) does(k kind, words ...string) bool {
	if s.w.part(append(words, "does", s.id, string(k))...) >= s.w.rates[k] {
		return false
	}
	s.w.hit(k)
	return true
}

func (s *sale) sleep(least, most time.Duration, words ...string) {
	time.Sleep(s.w.between(least, most, append(words, s.id)...))
}

// live is the sale's life at its channel.
func (s *sale) live() {
	time.Sleep(s.w.between(0, span, "begins", s.id))
	if s.does(reversesFirst) {
		s.advise(reverse, "first")
	}
	var beside sync.WaitGroup
	if s.does(channelDoubles) {
		beside.Go(func() { s.sleep(0, time.Second, "double"); s.order(provision, "double") })
	}
	early := s.does(reversesEarly)
	if early {
		beside.Go(func() { s.sleep(0, 3*time.Second, "early"); s.advise(reverse, "first") })
	}
	first := s.order(provision, "first")
	if s.does(channelRetries) {
		for i := range 1 + s.w.draw("retries", s.id)%3 {
			s.sleep(100*time.Millisecond, 4*time.Second, "retry", fmt.Sprint(i))
			if again := s.order(retry, fmt.Sprint(i)); !again.heard.IsZero() {
				first = again
			}
		}
	}
	beside.Wait()
	forgets := s.does(channelForgets)
	sold := first.status == http.StatusOK || first.status == http.StatusCreated
	switch {
	case forgets || early:
	case sold:
		s.finish()
	case first.heard.IsZero(), first.status == http.StatusInternalServerError, first.status == http.StatusGatewayTimeout:
		s.advise(reverse, "first")
	}
	s.probe()
}

// finish is what a channel does to what it has sold.
func (s *sale) finish() {
	s.sleep(100*time.Millisecond, 10*time.Second, "finish")
	var both sync.WaitGroup
	if s.does(confirms) {
		both.Go(func() { s.advise(confirm, "confirmation") })
		if s.does(confirmsReversed) {
			s.sleep(0, 50*time.Millisecond, "both")
			both.Go(func() { s.advise(reverse, "first") })
		}
	} else if s.does(reverses) {
		both.Go(func() { s.advise(reverse, "first") })
		if s.does(reversesAgain) {
			s.sleep(0, 2*time.Second, "again")
			s.advise(reverse, "second")
		}
		if s.does(confirmsReversed) {
			s.advise(confirm, "confirmation")
		}
	}
	both.Wait()
	if s.w.draw("looks", s.id)%2 == 0 {
		s.lookUp("looks", s.user)
	}
}

// probe asks for what nobody should be told.
func (s *sale) probe() {
	if !s.exists() {
		return
	}
	if s.does(orderedElsewise) {
		s.call(told{verb: provision, user: s.user, another: true}, "elsewise", deadline*2)
		s.call(told{verb: retry, user: s.user, another: true}, "elsewise", deadline*2)
	}
	if s.does(strangerAsks) {
		s.lookUp("stranger", stranger)
		for _, v := range []verb{provision, retry} {
			s.call(told{verb: v, user: stranger}, "stranger", deadline*2)
		}
		for _, v := range []verb{reverse, confirm} {
			s.call(told{verb: v, user: stranger, advice: s.w.uuid("stranger", s.id, string(v))}, "stranger", deadline*2)
		}
	}
}

// exists tells that the channel knows its sale to be there.
func (s *sale) exists() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.told {
		if t.isFinal() && t.user == s.user {
			return true
		}
	}
	return false
}

func (s *sale) order(v verb, why string) told {
	patience := 2 * deadline
	if s.does(channelHangsUp, string(v), why) {
		patience = s.w.between(time.Millisecond, 3*time.Second, "patience", why, string(v), s.id)
	}
	return s.call(told{verb: v, user: s.user}, why, patience)
}

// advise asks until it is answered: it gives up after some calls, as a channel that dies does.
func (s *sale) advise(v verb, which string) {
	id := s.w.uuid("advice", s.id, which)
	for i := range 8 {
		a := s.call(told{verb: v, user: s.user, advice: id}, fmt.Sprint(which, i), 2*deadline)
		unheard := a.heard.IsZero() || a.status == http.StatusServiceUnavailable ||
			a.status == http.StatusGatewayTimeout || a.status == http.StatusInternalServerError
		if !unheard {
			return
		}
		s.sleep(100*time.Millisecond, 5*time.Second, "again", which, fmt.Sprint(i))
	}
}

func (s *sale) lookUp(why, user string) told {
	return s.call(told{verb: lookUp, user: user}, why, 2*deadline)
}

// call makes a call at a replica that the seed names, and keeps what was heard.
func (s *sale) call(t told, why string, patience time.Duration) told {
	at := s.w.replicas[s.w.draw("at", s.id, string(t.verb), why, instant())%uint64(len(s.w.replicas))]
	return s.callAt(at, t, patience)
}

func (s *sale) callAt(at *replica, t told, patience time.Duration) told {
	t.replica, t.at = at.name, time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	sent, answered := s.exchange(ctx, at, &t)
	if answered {
		t.heard = time.Now()
		t.open()
	}
	s.w.note("%s at %s: %s %s %v %v: %d %s", t.user, t.replica, t.verb, s.id, sent, answered, t.status, t.body)
	if !sent {
		return t
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, t)
	return t
}

// exchange is one call over a line of its own.
func (s *sale) exchange(ctx context.Context, at *replica, t *told) (sent, answered bool) {
	w, door := s.w, at.entrance()
	if door == nil {
		return false, false
	}
	who := fmt.Sprint(s.id, t.user, t.verb, t.advice)
	line, err := door.dial(ctx, address(who, instant()), w.between(time.Millisecond, 5*time.Millisecond, who, instant()),
		func([]byte) fate {
			return fate{delay: w.between(200*time.Microsecond, 5*time.Millisecond, who, instant(), "call")}
		},
		func(b []byte) fate { return w.serving(at.name, who, b) })
	if err != nil {
		return false, false
	}
	defer func() { _ = line.Close() }()
	defer context.AfterFunc(ctx, func() { _ = line.SetDeadline(epoch) })()
	if _, err := line.Write(s.request(*t)); err != nil {
		return false, false
	}
	response, err := http.ReadResponse(bufio.NewReader(line), nil)
	if err != nil {
		return true, false
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return true, false
	}
	t.status, t.body = response.StatusCode, body
	return true, true
}

func (s *sale) request(t told) []byte {
	var path, body string
	method := http.MethodPost
	amount := s.amount
	if t.another {
		amount += 10000
	}
	switch t.verb {
	case provision:
		path, body = "/vouchers", s.message(t.user, amount)
	case retry:
		path, body = "/vouchers/"+s.id+"/retry", s.message(t.user, amount)
	case reverse:
		path = "/vouchers/reversals"
		body = fmt.Sprintf(adviceText, t.advice, s.id, `, "reversalReason": "TIMEOUT"`)
	case confirm:
		path, body = "/vouchers/confirmations", fmt.Sprintf(adviceText, t.advice, s.id, "")
	case lookUp:
		method, path = http.MethodGet, "/vouchers?provisionRequestId="+s.id
	}
	credentials := base64.StdEncoding.EncodeToString([]byte(t.user + ":" + password))
	return fmt.Appendf(nil, "%s /suv/v1%s HTTP/1.1\r\nHost: switch\r\nAuthorization: Basic %s\r\n"+
		"Connection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		method, path, credentials, len(body), body)
}

const adviceText = `{"id": %q, "requestId": %q, "time": "2000-01-01T10:01:00.000Z",
	"thirdPartyIdentifiers": [{"institutionId": "22222222", "transactionIdentifier": "till-1"}]%s}`

// message is the order of the sale, as a channel writes it.
func (s *sale) message(user string, amount int64) string {
	what := fmt.Sprintf(`"receiver": {"id": %q, "name": "Somebody"}`, s.provider.Receivers[0].ID)
	if s.product != "" {
		what = fmt.Sprintf(`"product": {"productId": %q}`, s.product)
	}
	return fmt.Sprintf(`{"id": %q, "time": "2000-01-01T10:00:00.000Z",
		"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "Till0001",
			"merchant": {"merchantType": "5411", "merchantId": "Shop00000000001",
				"merchantName": {"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
		"client": {"id": %q, "name": "A channel"}, %s,
		"thirdPartyIdentifiers": [{"institutionId": "22222222", "transactionIdentifier": "till-1"}],
		"amounts": {"requestAmount": {"amount": %d, "currency": %q}}}`,
		s.id, user, what, amount, s.currency)
}

// open reads the answer.
func (t *told) open() {
	var m struct {
		ErrorType string `json:"errorType"`
		Voucher   struct {
			Code string `json:"code"`
		} `json:"voucher"`
		Detail map[string]json.RawMessage `json:"detailMessage"`
	}
	if len(t.body) == 0 {
		return
	}
	_ = json.Unmarshal(t.body, &m)
	t.kind, t.code = m.ErrorType, m.Voucher.Code
	for name := range m.Detail {
		t.detailed = t.detailed || name != "freeString"
	}
	if v, shown := m.Detail["voucher"]; shown {
		var inner struct {
			Code string `json:"code"`
		}
		_ = json.NewDecoder(bytes.NewReader(v)).Decode(&inner)
		t.code = inner.Code
	}
}

// isVoucher tells the answer of a sale that stands.
func (t told) isVoucher() bool {
	return !t.heard.IsZero() && (t.status == http.StatusOK || t.status == http.StatusCreated)
}

// isFinal tells an answer to a provision or retry that is kept and given again.
func (t told) isFinal() bool {
	if t.heard.IsZero() || t.another || t.verb != provision && t.verb != retry {
		return false
	}
	switch t.status {
	case http.StatusOK, http.StatusCreated:
		return true
	case http.StatusNotFound:
		return t.kind != "FUNCTION_NOT_SUPPORTED"
	case http.StatusInternalServerError:
		return true
	case http.StatusGatewayTimeout:
		return t.kind == "UPSTREAM_UNAVAILABLE"
	default:
		return false
	}
}

// String is a call and its answer on a line.
func (t told) String() string {
	return fmt.Sprintf("%v to %v: %s of %s at %s: %d %s %s", t.at.Sub(epoch), t.heard.Sub(epoch), t.verb, t.user, t.replica,
		t.status, t.kind, t.advice)
}
