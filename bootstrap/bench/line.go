package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The ways in which a request may get no answer.
const (
	noConnection = "no connection"
	timedOut     = "time-out"
	brokenLine   = "broken line"
	neverSent    = "never sent" // no connection was free before the load was over
)

// mostBody bounds an answer's body, in bytes.
const mostBody = 1 << 20

// line is one kept connection, which one goroutine uses. It is no http.Client: that one's goroutines and copies cost a
// machine that it shares with the switch more than the switch's own share of a request may be.
type line struct {
	target *url.URL
	conn   net.Conn
	reader *bufio.Reader
	buffer []byte
	body   bytes.Buffer
	later  time.Duration // that the last answer asked to wait (Retry-After)
}

// exchange makes one request, once, and tells its status and errorType, or in trouble why there is none.
func (l *line) exchange(ctx context.Context, request []byte, within time.Duration) (status int, kind, trouble string) {
	if l.conn == nil {
		if err := l.dial(ctx, within); err != nil {
			return 0, "", noConnection
		}
	}
	status, keep, err := l.ask(request, within)
	if err != nil || !keep {
		l.hangUp()
	}
	if err != nil {
		if late := net.Error(nil); errors.As(err, &late) && late.Timeout() {
			return 0, "", timedOut
		}
		return 0, "", brokenLine
	}
	if status >= http.StatusBadRequest {
		kind = errorType(l.body.Bytes())
	}
	return status, kind, ""
}

func (l *line) dial(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	address := l.target.Host
	if l.target.Port() == "" {
		address = net.JoinHostPort(l.target.Hostname(), l.target.Scheme)
	}
	var err error
	if l.target.Scheme == "https" {
		l.conn, err = (&tls.Dialer{}).DialContext(ctx, "tcp", address)
	} else {
		l.conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		l.conn = nil
		return err
	}
	l.reader = bufio.NewReader(l.conn)
	return nil
}

func (l *line) ask(request []byte, within time.Duration) (status int, keep bool, err error) {
	if err := l.conn.SetDeadline(time.Now().Add(within)); err != nil {
		return 0, false, err
	}
	if _, err := l.conn.Write(request); err != nil {
		return 0, false, err
	}
	answer, err := http.ReadResponse(l.reader, nil)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = answer.Body.Close() }()
	l.later = 0
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		l.later = time.Duration(seconds) * time.Second
	}
	l.body.Reset()
	if _, err := l.body.ReadFrom(io.LimitReader(answer.Body, mostBody)); err != nil {
		return 0, false, err
	}
	return answer.StatusCode, !answer.Close && l.body.Len() < mostBody, nil
}

func (l *line) hangUp() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}

// errorType finds the one word of an ErrorDetail that is counted, without decoding the rest.
func errorType(body []byte) string {
	_, after, found := bytes.Cut(body, []byte(`"errorType"`))
	if !found {
		return ""
	}
	after = bytes.TrimLeft(after, ": \t\r\n")
	if len(after) == 0 || after[0] != '"' {
		return ""
	}
	word, _, _ := bytes.Cut(after[1:], []byte{'"'})
	return string(word[:min(len(word), 40)])
}
