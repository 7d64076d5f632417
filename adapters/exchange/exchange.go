// Package exchange asks a vendor's HTTP server once, and tells what became of that: the ground that every provider's
// client stands on, whatever it says over it.
//
// It does not use http.Transport. The lifecycle demands a proof that nothing was sent (rule 5), one request and never a
// second (rule 9), and no voucher in any log; a transport repeats requests, follows proxies, and prints what a server
// says after its answer. One exchange over one connection can be read and believed.
package exchange

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"voucherswitch/domain/voucher"
)

const (
	defaultMaxAnswer = 1 << 20
	defaultKeepFor   = 4 * time.Second // under the five seconds after which many servers hang up
	defaultServeFor  = 5 * time.Minute
	defaultBodyFor   = 5 * time.Second
	maxKept          = 64
	headRoom         = 512      // bytes that the head of a request takes
	roomAtOnce       = 16 << 10 // bytes, whatever length a peer tells
)

var (
	// ErrNothingSent proves that not one byte of the request left (lifecycle rule 5). After any other error some may
	// have.
	ErrNothingSent = errors.New("nothing was sent")

	errTooLong = errors.New("the answer is too long")
)

// Options describe a vendor's server.
type Options struct {
	URL       string        // the base path, such as https://vendor.example/suv/v1
	MaxAnswer int64         // bytes of an answer, its head included; 1 MiB if zero
	KeepFor   time.Duration // how long an unused connection is kept; 4 s if zero
	ServeFor  time.Duration // how old a kept connection grows, so that new certificates and addresses count; 5 m if zero
	BodyFor   time.Duration // how long a body may take after its head, so that none drips; 5 s if zero

	// TLS gives the terms of https for the next connection; the system's roots if nil.
	TLS func() *tls.Config
	// Dial opens a connection; that of a Guard which allows public addresses alone if nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Unreached is told why no connection was had; nobody is if nil.
	Unreached func(error)
}

// Terms are those of the next connection to host over TLS.
func (o Options) Terms(host string) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		config = o.TLS().Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	return config
}

// Client asks one server. It is safe for many at once.
type Client struct {
	Options
	base *url.URL
	kept chan *line
}

// New makes a client. It fails on a URL that is not an absolute http or https one.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("a provider's url must be an absolute http or https one")
	}
	base.Path = strings.TrimRight(base.Path, "/")
	base.User, base.RawQuery, base.Fragment = nil, "", ""
	if o.MaxAnswer == 0 {
		o.MaxAnswer = defaultMaxAnswer
	}
	if o.KeepFor == 0 {
		o.KeepFor = defaultKeepFor
	}
	if o.ServeFor == 0 {
		o.ServeFor = defaultServeFor
	}
	if o.BodyFor == 0 {
		o.BodyFor = defaultBodyFor
	}
	if o.Dial == nil {
		o.Dial = Guard{}.Dial
	}
	if o.Unreached == nil {
		o.Unreached = func(error) {}
	}
	return &Client{Options: o, base: base, kept: make(chan *line, maxKept)}, nil
}

// Request is what is asked.
type Request struct {
	Method string
	Path   string      // below the base path, escaped
	Header http.Header // besides User-Agent and Accept; never Idempotency-Key
	Body   []byte      // nil for none; its Content-Type stands in Header
	SendBy time.Time   // the first byte leaves before it, or never
}

// Answer is a status and a body; the body is nil where it did not arrive whole, the status zero where not even that
// much did.
type Answer struct {
	Status int
	Body   []byte
}

// IsError tells that the status is one of an error, which is known without its body (wire contract, Delivery to
// providers).
func (a Answer) IsError() bool { return a.Status >= http.StatusMultipleChoices }

// Failed is the outcome of a provision whose exchange did not end well: nothing sent, if err proves it; else the time
// was up, or the line broke.
func Failed(ctx context.Context, err error) voucher.Outcome {
	switch {
	case errors.Is(err, ErrNothingSent):
		return voucher.NothingSent()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return voucher.TimedOut()
	default:
		return voucher.Broken()
	}
}

// Do sends the request once and reads the answer until ctx ends. An error other than ErrNothingSent comes with the
// status where that much arrived.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	request, written, err := c.request(ctx, r)
	if err != nil {
		return Answer{}, ErrNothingSent
	}
	l := c.keptLine()
	if l == nil {
		if l, err = c.connect(ctx, r.SendBy); err != nil {
			c.Unreached(err)
			return Answer{}, ErrNothingSent
		}
	}
	calm := context.AfterFunc(ctx, l.interrupt)
	defer calm()
	if ctx.Err() != nil || !time.Now().Before(r.SendBy) {
		_ = l.Close()
		return Answer{}, ErrNothingSent
	}
	before := l.sent()
	if _, err := l.Write(written); err != nil {
		_ = l.Close()
		if l.sent() == before {
			err = ErrNothingSent
		}
		return Answer{}, err
	}
	got, reusable, err := c.read(ctx, l, request)
	if calm() && reusable && time.Since(l.born) < c.ServeFor {
		c.keep(l)
	} else {
		_ = l.Close()
	}
	return got, err
}

// request gives the request both as http knows it and as bytes, so that writing it is one call and nothing before that
// call can have sent any.
func (c *Client) request(ctx context.Context, r Request) (*http.Request, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, c.base.String()+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return nil, nil, err
	}
	if r.Header != nil {
		request.Header = r.Header.Clone()
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "voucherswitch")
	var written bytes.Buffer
	written.Grow(len(r.Body) + headRoom)
	err = request.Write(&written)
	return request, written.Bytes(), err
}

func (c *Client) read(ctx context.Context, l *line, request *http.Request) (got Answer, again bool, err error) {
	l.limited.N = c.MaxAnswer
	response, err := http.ReadResponse(l.reader, request)
	for err == nil && isInterim(response.StatusCode) {
		response, err = http.ReadResponse(l.reader, request)
	}
	if err != nil {
		return Answer{}, false, err
	}
	defer func() { _ = response.Body.Close() }()
	l.allow(ctx, c.BodyFor)
	body, err := readAll(response)
	if err == nil && l.limited.N == 0 {
		err = errTooLong
	}
	if err != nil {
		return Answer{Status: response.StatusCode}, false, err
	}
	return Answer{response.StatusCode, body}, reusable(response) && l.reader.Buffered() == 0, nil
}

// readAll reads a body, into no more room than it needs where its length is told.
func readAll(response *http.Response) ([]byte, error) {
	var body bytes.Buffer
	if told := response.ContentLength; told > 0 && told <= roomAtOnce {
		body.Grow(int(told) + bytes.MinRead)
	}
	_, err := body.ReadFrom(response.Body)
	return body.Bytes(), err
}

// reusable tells that another exchange may follow on the connection. After 101 the peer speaks another protocol.
func reusable(response *http.Response) bool {
	return !response.Close && response.StatusCode != http.StatusSwitchingProtocols
}

// isInterim tells a status that announces another one.
func isInterim(status int) bool { return status/100 == 1 && status != http.StatusSwitchingProtocols }

// connect opens a connection before sendBy. What TLS sends while shaking hands is no byte of the request.
func (c *Client) connect(ctx context.Context, sendBy time.Time) (*line, error) {
	ctx, cancel := context.WithDeadline(ctx, sendBy)
	defer cancel()
	port := c.base.Port()
	if port == "" {
		port = c.base.Scheme
	}
	dialled, err := c.Dial(ctx, "tcp", net.JoinHostPort(c.base.Hostname(), port))
	if err != nil {
		return nil, err
	}
	conn := &counted{Conn: dialled}
	if c.base.Scheme == "http" {
		return newLine(conn, conn), nil
	}
	secured := tls.Client(conn, c.Terms(c.base.Hostname()))
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return newLine(secured, conn), nil
}
