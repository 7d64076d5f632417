package suv

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// errNothingSent proves that not one byte of the request left (lifecycle rule 5). After any other error some may have.
var errNothingSent = errors.New("nothing was sent")

var errTooLong = errors.New("the answer is too long")

// answer is a status and a body; the body is nil where it did not arrive whole.
type answer struct {
	status int
	body   []byte
}

// exchange posts once and reads the answer until ctx ends. The first byte leaves before sendBy or never. An error
// other than errNothingSent comes with the status where that much arrived.
func (c *Client) exchange(ctx context.Context, path string, body []byte, sendBy time.Time) (answer, error) {
	request, written, err := c.request(ctx, path, body)
	if err != nil {
		return answer{}, errNothingSent
	}
	l := c.keptLine()
	if l == nil {
		if l, err = c.connect(ctx, sendBy); err != nil {
			return answer{}, errNothingSent
		}
	}
	calm := context.AfterFunc(ctx, l.interrupt)
	defer calm()
	if ctx.Err() != nil || !time.Now().Before(sendBy) {
		_ = l.Close()
		return answer{}, errNothingSent
	}
	if _, err := l.Write(written); err != nil {
		_ = l.Close()
		return answer{}, err
	}
	got, reusable, err := c.read(l, request)
	if calm() && reusable {
		c.keep(l)
	} else {
		_ = l.Close()
	}
	return got, err
}

// request gives the request both as http knows it and as bytes, so that writing it is one call and nothing before that
// call can have sent any.
func (c *Client) request(ctx context.Context, path string, body []byte) (*http.Request, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.SetBasicAuth(c.Username, c.Password.Reveal())
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "voucherswitch")
	var written bytes.Buffer
	err = request.Write(&written)
	return request, written.Bytes(), err
}

func (c *Client) read(l *line, request *http.Request) (got answer, again bool, err error) {
	limited := &io.LimitedReader{R: l, N: c.MaxAnswer}
	reader := bufio.NewReader(limited)
	response, err := http.ReadResponse(reader, request)
	for err == nil && isInterim(response.StatusCode) {
		response, err = http.ReadResponse(reader, request)
	}
	if err != nil {
		return answer{}, false, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && limited.N == 0 {
		err = errTooLong
	}
	if err != nil {
		return answer{status: response.StatusCode}, false, err
	}
	return answer{response.StatusCode, body}, reusable(response) && reader.Buffered() == 0, nil
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
	conn, err := c.Dial(ctx, "tcp", net.JoinHostPort(c.base.Hostname(), port))
	if err != nil || c.base.Scheme == "http" {
		return newLine(conn), err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS != nil {
		config = c.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = c.base.Hostname()
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return newLine(secured), nil
}
