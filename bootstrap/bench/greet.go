package bench

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// devPassword lets anybody into a switch in development mode, and nobody into another.
const devPassword = "password" //nolint:gosec // documented

// Greet asks for the list of products, once or twice, before a load: whether the switch is there and knows the channel,
// and whether it is one in development mode, which sells no real vouchers. Only a channel with that mode's password
// makes it try another name.
func Greet(ctx context.Context, o Options) (isDev bool, err error) {
	if err := o.Check(); err != nil {
		return false, err
	}
	status, trouble, err := greet(ctx, o)
	switch {
	case err != nil:
		return false, err
	case trouble != "":
		return false, fmt.Errorf("there is no answer from %s: %s", o.URL, trouble)
	case status == http.StatusUnauthorized:
		return false, fmt.Errorf("the switch does not know channel %s with this password", o.Channel)
	case status != http.StatusOK:
		return false, fmt.Errorf("GET /products was answered %d: is %s a switch's channel interface?", status, o.URL)
	}
	if o.Password != devPassword {
		return false, nil
	}
	o.Channel = uuid.NewString()
	status, _, err = greet(ctx, o)
	return status == http.StatusOK, err
}

func greet(ctx context.Context, o Options) (status int, trouble string, err error) {
	u, err := o.target()
	if err != nil {
		return 0, "", err
	}
	credentials := base64.StdEncoding.EncodeToString([]byte(o.Channel + ":" + o.Password))
	l := line{target: u}
	defer l.hangUp()
	head := "GET " + strings.TrimSuffix(u.EscapedPath(), "/") + "/products HTTP/1.1\r\nHost: " + u.Host
	request := head + "\r\nAuthorization: Basic " + credentials + "\r\n\r\n"
	status, _, trouble = l.exchange(ctx, []byte(request), o.Timeout)
	return status, trouble, nil
}
