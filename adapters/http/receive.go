package http

import (
	"bytes"
	"errors"
	"mime"
	nethttp "net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"voucherswitch/adapters/suvwire"
)

// roomAtOnce is how much is set aside for a body, in bytes, whatever length its sender tells.
const roomAtOnce = 16 << 10

// receive reads a message: media type, size, format. It also gives the body as it came, for a provider sees all of it.
// A message takes from the channel's rate whether it can be read or not, for reading is what it costs.
func receive[M any](
	a api, c echo.Context, decode func([]byte) (*M, *suvwire.FormatErrors), named func(*M) ids,
) (*M, []byte, error) {
	if !speaksJSON(c.Request().Header) {
		return nil, nil, misshapen(nethttp.StatusUnsupportedMediaType, "the body must be application/json in UTF-8")
	}
	body, err := a.read(c)
	if err != nil {
		return nil, nil, err
	}
	message, broken := decode(body)
	if broken != nil {
		of := ids{broken.ID, broken.RequestID}
		if err := a.admit(c, of); err != nil {
			return nil, nil, err
		}
		return nil, nil, malformed(of, broken.List...)
	}
	return message, body, a.admit(c, named(message))
}

func (a api) read(c echo.Context) ([]byte, error) {
	request := c.Request()
	tooLarge := misshapen(nethttp.StatusRequestEntityTooLarge, "the body is over the limit")
	if request.ContentLength > a.MaxBody {
		return nil, tooLarge
	}
	var body bytes.Buffer
	if told := request.ContentLength; told > 0 {
		body.Grow(int(min(told, roomAtOnce)) + bytes.MinRead)
	}
	_, err := body.ReadFrom(nethttp.MaxBytesReader(c.Response().Writer, request.Body, a.MaxBody))
	if limit := (*nethttp.MaxBytesError)(nil); errors.As(err, &limit) {
		return nil, tooLarge
	}
	if err != nil {
		return nil, misshapen(nethttp.StatusBadRequest, "the body was cut off")
	}
	return body.Bytes(), nil
}

// speaksJSON reports whether the body is plain JSON in UTF-8, the only form the interface knows.
func speaksJSON(header nethttp.Header) bool {
	media, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset, named := parameters["charset"]
	encoding := header.Get("Content-Encoding")
	return err == nil && media == "application/json" && (!named || strings.EqualFold(charset, "utf-8")) &&
		(encoding == "" || strings.EqualFold(encoding, "identity"))
}

// vouch compares the user name with the message's client: the last check of a message (wire contract, Authentication).
func vouch(c echo.Context, client suvwire.Institution, of ids) error {
	if client.ID == string(channelOf(c).ID) {
		return nil
	}
	return foreign(client, of)
}

// admit sheds load; what is shed leaves no trace (lifecycle S27).
func (a api) admit(c echo.Context, of ids) error {
	if a.Draining != nil && a.Draining() {
		return draining(of)
	}
	if a.Limit != nil {
		if wait := a.Limit(channelOf(c).ID); wait > 0 {
			return limited(wait, "the channel sends more than its rate allows", of)
		}
	}
	return nil
}
