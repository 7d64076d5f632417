package bench

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// message is one request to make: its operation, and what it differs by.
type message struct {
	operation string
	id        string // of the sale
	advice    string // of the reversal
	amount    int64
}

// templates are the bytes of every request, cut where requests differ. Nothing is encoded while the load runs.
type templates struct {
	head     func(path string) string // up to the body's length
	sale     [3]string                // id, amount
	reversal [3]string                // advice, id
	paths    map[string][2]string     // before and after the id
}

const saleTemplate = `{"id":"\x00","time":"2026-11-22T10:00:00.000+02:00",` +
	`"originator":{"institution":{"id":%[1]s,"name":"Load"},"terminalId":"Till0001","merchant":{"merchantType":"5411",` +
	`"merchantId":"Shop00000000001","merchantName":{"name":"Corner Shop","city":"Cape Town","region":"WC",` +
	`"country":"ZA"}}},"client":{"id":%[1]s,"name":"Load"},%[2]s` +
	`"thirdPartyIdentifiers":[{"institutionId":%[1]s,"transactionIdentifier":"till-1-0001"}],` +
	`"amounts":{"requestAmount":{"amount":\x00,"currency":%[3]s}}}`

const reversalTemplate = `{"id":"\x00","requestId":"\x00","time":"2026-11-22T10:01:00.000+02:00",` +
	`"reversalReason":"CANCELLED","thirdPartyIdentifiers":[{"institutionId":%[1]s,` +
	`"transactionIdentifier":"till-1-0001"}]}`

// hole is where a template is cut; no text of JSON has it.
const hole = "\x00"

// cut fills a template's fields in, and cuts it where requests differ.
func cut(template string, fields ...any) [3]string {
	holed := strings.ReplaceAll(template, `\x00`, hole)
	return [3]string(strings.Split(fmt.Sprintf(holed, fields...), hole))
}

func (o Options) templates(u *url.URL) *templates {
	channel := quoted(o.Channel)
	parts := ""
	if o.Receiver != "" {
		parts += `"receiver":{"id":` + quoted(o.Receiver) + `,"name":"Receiver"},`
	}
	if o.Product != "" {
		parts += `"product":{"productId":` + quoted(o.Product) + `},`
	}
	credentials := base64.StdEncoding.EncodeToString([]byte(o.Channel + ":" + o.Password))
	base := strings.TrimSuffix(u.EscapedPath(), "/")
	head := func(path string) string {
		return path + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAuthorization: Basic " + credentials +
			"\r\nContent-Type: application/json\r\nContent-Length: "
	}
	t := &templates{head: head, paths: map[string][2]string{
		Provision: {"POST " + base + "/vouchers", ""},
		Retry:     {"POST " + base + "/vouchers/", "/retry"},
		Reversal:  {"POST " + base + "/vouchers/reversals", ""},
	}}
	t.sale = cut(saleTemplate, channel, parts, quoted(o.Currency))
	t.reversal = cut(reversalTemplate, channel)
	return t
}

func quoted(text string) string {
	encoded, _ := json.Marshal(text)
	return string(encoded)
}

// write makes the whole request in buffer.
func (t *templates) write(buffer []byte, m message) []byte {
	body, first, second := t.sale, m.id, strconv.FormatInt(m.amount, 10)
	if m.operation == Reversal {
		body, first, second = t.reversal, m.advice, m.id
	}
	path := t.paths[m.operation]
	target := path[0]
	if m.operation == Retry {
		target += m.id + path[1]
	}
	length := len(body[0]) + len(first) + len(body[1]) + len(second) + len(body[2])
	buffer = append(buffer[:0], t.head(target)...)
	buffer = strconv.AppendInt(buffer, int64(length), 10)
	buffer = append(buffer, "\r\n\r\n"...)
	for _, part := range []string{body[0], first, body[1], second, body[2]} {
		buffer = append(buffer, part...)
	}
	return buffer
}

// chooser makes messages as the mixes say. It belongs to one goroutine.
type chooser struct {
	*rand.Rand
	o    *Options
	sold *sold
}

func (r *run) chooser(stream uint64) chooser {
	return chooser{rand.New(rand.NewPCG(r.o.Seed, stream)), &r.o, &r.sold} //nolint:gosec // repeatable by intent
}

// choose is the next message. Without a sale that stands, it is a sale.
func (c chooser) choose() message {
	operation := choice(c, c.o.Mix)
	if operation != Provision {
		if m, found := c.sold.take(c.IntN); found {
			m.operation, m.advice = operation, uuid.NewString()
			return m
		}
	}
	return message{operation: Provision, id: uuid.NewString(), amount: choice(c, c.o.Amounts)}
}

func choice[T any](c chooser, among []Share[T]) T {
	if len(among) == 1 {
		return among[0].Value
	}
	at := c.Float64() * total(among)
	for _, s := range among {
		if at -= s.Weight; at < 0 {
			return s.Value
		}
	}
	return among[0].Value
}
