package http

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	nethttp "net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

// Lengths of query parameters, in characters (wire contract, Voucher and ChannelProductListing).
const (
	maxPrinted     = 40
	maxChannelName = 50
)

// lookupVoucher finds one of the channel's own vouchers; one that is in flight has no body yet.
func (a api) lookupVoucher(c echo.Context) error {
	if err := a.admit(c, ids{}); err != nil {
		return err
	}
	key, err := keyOf(c)
	if err != nil {
		return err
	}
	t, err := a.Switch.Find(c.Request().Context(), key)
	if err != nil {
		return refuse(err, t, ids{})
	}
	if t.State == voucher.Sending {
		return c.NoContent(nethttp.StatusAccepted)
	}
	response, ok := found(t)
	if !ok {
		return errors.New("a transaction without a voucher was found")
	}
	return send(c, nethttp.StatusOK, response)
}

// keyOf takes the look-up's parameters; others are not ours to judge. No complaint repeats a voucher code.
func keyOf(c echo.Context) (voucher.Key, error) {
	query, err := queryOf(c, map[string]int{
		"provisionRequestId": maxPrinted, "voucherSerialNumber": maxPrinted, "voucherCode": maxPrinted,
	})
	if err != nil {
		return voucher.Key{}, err
	}
	id, serial, code := query.Get("provisionRequestId"), query.Get("voucherSerialNumber"), query.Get("voucherCode")
	switch {
	case id == "" && serial == "" && code == "":
		return voucher.Key{}, malformed(ids{}, suvwire.FormatError{
			Field: "query",
			Msg:   "query must name at least one of provisionRequestId, voucherSerialNumber, voucherCode",
		})
	case id != "" && !suvwire.IsUUID(id):
		return voucher.Key{}, malformed(ids{}, suvwire.FormatError{
			Field: "provisionRequestId", Msg: "provisionRequestId " + suvwire.BadUUID,
		})
	}
	return voucher.Key{
		Channel: channelOf(c).ID, ID: voucher.NewTransactionID(id), SerialNumber: serial, Code: voucher.NewSecret(code),
	}, nil
}

// lookupProducts lists what is sold, with an ETag that changes when the listing does.
func (a api) lookupProducts(c echo.Context) error {
	if err := a.admit(c, ids{}); err != nil {
		return err
	}
	query, err := queryOf(c, map[string]int{"channelName": maxChannelName})
	if err != nil {
		return err
	}
	catalogue, err := a.Switch.Products(c.Request().Context(), query.Get("channelName"))
	if err != nil {
		return refuse(err, voucher.Transaction{}, ids{})
	}
	list := suvwire.ProductList{Products: []suvwire.Product{}}
	for _, product := range catalogue.Products {
		list.Products = append(list.Products, *suvwire.ProductOf(product))
	}
	body, err := suvwire.Encode(list)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(hash[:16]) + `"`
	c.Response().Header().Set("ETag", tag)
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	if names(c.Request().Header.Values("If-None-Match"), tag) {
		return c.NoContent(nethttp.StatusNotModified)
	}
	return c.JSONBlob(nethttp.StatusOK, body)
}

// names reports whether an If-None-Match header names the tag; a weak name counts (RFC 9110, section 13.1.2).
func names(header []string, tag string) bool {
	for name := range strings.SplitSeq(strings.Join(header, ","), ",") {
		if name = strings.TrimSpace(name); name == "*" || strings.TrimPrefix(name, "W/") == tag {
			return true
		}
	}
	return false
}

// queryOf reads the parameters of the given greatest lengths.
func queryOf(c echo.Context, lengths map[string]int) (url.Values, error) {
	query, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, malformed(ids{}, suvwire.FormatError{Field: "query", Msg: "query is not readable"})
	}
	for name, length := range lengths {
		for i, value := range query[name] {
			if i > 0 || !utf8.ValidString(value) || utf8.RuneCountInString(value) > length ||
				strings.ContainsFunc(value, unicode.IsControl) {
				return nil, malformed(ids{}, suvwire.FormatError{
					Field: name, Msg: name + " must be given once and be short printable text",
				})
			}
		}
	}
	return query, nil
}
