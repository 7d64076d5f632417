package simulator

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/money"
)

// The wire of Kiosk Digital, at /{provider}: docs/providers.md shows it.

const tokenLife = 10 * time.Minute

func (s *Simulator) serveKiosk() {
	const vouchers = "/{provider}/v2/vouchers"
	s.routes.Handle("POST /{provider}/oauth/token", s.provider(refuseKiosk, anybody, s.grantKiosk))
	s.routes.Handle("POST "+vouchers, s.provider(refuseKiosk, byToken, s.generateKiosk))
	s.routes.Handle("PATCH "+vouchers+"/{reference}", s.provider(refuseKiosk, byToken, s.changeKiosk))
}

// anybody may ask for a token; the request itself tells who does.
func anybody(*Simulator, *exchange) bool { return true }

func (s *Simulator) grantKiosk(x *exchange) {
	var m struct {
		Type   string `json:"grant_type"`
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	known := x.decode(&m) && m.Type == "client_credentials"
	if !known || !same(m.ID, x.profile.Username) || !same(m.Secret, x.profile.Password.Reveal()) {
		x.refuse(x, stranger)
		return
	}
	write(x.w, http.StatusOK, map[string]any{
		"access_token": x.token(s.Clock().Add(tokenLife)), "token_type": "Bearer", "expires_in": tokenLife / time.Second,
	})
}

// token is signed and not kept, so that it outlives a restart. It reads as the time of its end and the signature.
func (x *exchange) token(until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 10)
	sign := hmac.New(sha256.New, []byte(x.profile.Password.Reveal()))
	_, _ = sign.Write([]byte(string(x.profile.Provider.ID) + " " + end))
	return end + "." + hex.EncodeToString(sign.Sum(nil))
}

func byToken(s *Simulator, x *exchange) bool {
	shown := strings.TrimPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	end, _, _ := strings.Cut(shown, ".")
	seconds, err := strconv.ParseInt(end, 10, 64)
	until := time.Unix(seconds, 0)
	return err == nil && same(shown, x.token(until)) && s.Clock().Before(until)
}

type kioskSum struct {
	Value    string `json:"value"`
	Currency string `json:"currency"`
}

type kioskVoucher struct {
	VoucherID string    `json:"voucherId"`
	Reference string    `json:"clientReference"`
	SKU       string    `json:"sku,omitempty"`
	Amount    *kioskSum `json:"amount,omitempty"`
	Status    string    `json:"status"`
	PIN       string    `json:"pin,omitempty"`
	Serial    string    `json:"serialNumber,omitempty"`
	Expires   string    `json:"expires,omitempty"`
}

func (s *Simulator) generateKiosk(x *exchange) {
	var m struct {
		Reference string   `json:"clientReference"`
		SKU       string   `json:"sku"`
		Amount    kioskSum `json:"amount"`
		MSISDN    string   `json:"msisdn"`
	}
	if !x.decode(&m) || !suvwire.IsUUID(m.Reference) {
		x.refuse(x, verdict{http.StatusBadRequest, suvwire.FormatErrorType, "the message breaks the format", ""})
		return
	}
	currency, _ := money.CurrencyOf(m.Amount.Currency)
	amount, err := money.ParseDecimal(m.Amount.Value, currency)
	switch {
	case !slices.Contains(x.profile.SKUs, m.SKU):
		x.refuse(x, verdict{http.StatusUnprocessableEntity, suvwire.RoutingError, "there is no such sku", ""})
		return
	case err != nil || amount.Minor == 0:
		x.refuse(x, verdict{http.StatusUnprocessableEntity, suvwire.InvalidAmount, "that is no amount", ""})
		return
	}
	x.id, x.approval = m.Reference, func(id string) any {
		return kioskVoucher{
			VoucherID: x.entry.reference(), Reference: id, SKU: m.SKU, Amount: &m.Amount, Status: "GENERATED",
			PIN: x.entry.Code, Serial: x.entry.Serial, Expires: x.entry.Expiry,
		}
	}
	s.sell(x, order{amount: amount})
}

func (s *Simulator) changeKiosk(x *exchange) {
	var m struct {
		Status    string `json:"status"`
		RequestID string `json:"requestId"`
		Reason    string `json:"reason"`
	}
	x.id = x.r.PathValue("reference")
	wellFormed := x.decode(&m) && suvwire.IsUUID(m.RequestID) && suvwire.IsUUID(x.id)
	accept := func() {
		write(x.w, http.StatusOK, kioskVoucher{VoucherID: x.entry.reference(), Reference: x.id, Status: m.Status})
	}
	switch {
	case wellFormed && m.Status == "REVERSED":
		s.reverse(x, accept)
	case wellFormed && m.Status == "CONFIRMED":
		s.confirm(x, accept)
	default:
		x.refuse(x, verdict{http.StatusBadRequest, suvwire.FormatErrorType, "the message breaks the format", ""})
	}
}

// decode takes the body's own fields and no others.
func (x *exchange) decode(into any) bool {
	decoder := json.NewDecoder(bytes.NewReader(x.body))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into) == nil
}

// kioskNo is how Kiosk Digital says a reason; status 0 leaves the one that the reason has elsewhere.
type kioskNo struct {
	code   string
	status int
}

//exhaustive:ignore
var kioskNos = map[suvwire.ErrorType]kioskNo{
	suvwire.FormatErrorType:         {"KD-1001", 0},
	suvwire.AuthenticationError:     {"KD-1002", 0},
	suvwire.RoutingError:            {"KD-1004", 0},
	suvwire.DuplicateRecord:         {"KD-1009", http.StatusConflict},
	suvwire.InvalidAmount:           {"KD-1020", http.StatusUnprocessableEntity},
	suvwire.InsufficientFunds:       {"KD-1042", http.StatusPaymentRequired},
	suvwire.DoNotHonour:             {"KD-1099", http.StatusUnprocessableEntity},
	suvwire.UnableToLocateRecord:    {"KD-2004", 0},
	suvwire.VoucherAlreadyConfirmed: {"KD-2010", http.StatusConflict},
	suvwire.VoucherAlreadyReversed:  {"KD-2011", http.StatusConflict},
	suvwire.VoucherAlreadyRedeemed:  {"KD-2012", http.StatusConflict},
	suvwire.GeneralError:            {"KD-9000", 0},
	suvwire.UpstreamUnavailable:     {"KD-9003", 0},
}

func refuseKiosk(x *exchange, says verdict) {
	no, known := kioskNos[says.errorType]
	if !known {
		no.code = "KD-9999"
	}
	if no.status == 0 {
		no.status = says.status
	}
	write(x.w, no.status, map[string]string{"code": no.code, "message": says.text})
}
