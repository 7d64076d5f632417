package voucher

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "Canary-4711"

var hidden = NewSecret(canary)

// laden are values with a canary wherever a secret may stand.
func laden() map[string]any {
	v := Voucher{Code: hidden, PIN: PIN{Type: EncryptedPIN, Value: hidden, AccountNumber: hidden}, SerialNumber: "1"}
	yes := Approval{Voucher: v, Slip: Slip{Lines: []SlipLine{{Text: hidden, BarcodeData: hidden}}}}
	o := order(SingleMessaging)
	o.Code, o.Message = hidden, hidden
	asked := NewAttempt(o, provider(allAdvices), Product{}, timing, "our-reference")
	advice := channelAdvice(Transaction{}, Reversal)
	advice.Message = hidden
	opening := Open(asked)
	provisioned := opening.Next.Record(Outcome{Kind: OutcomeApproved, Approval: yes}, Draft{ID: "own"})
	provisioned = provisioned.Answering(Answer{Status: 201, Body: hidden})
	reversing := provisioned.Next.Reverse(advice)
	type unexported struct{ inner Secret }
	type holder struct {
		secret  Secret
		pointer *Secret
		voucher Voucher
		nested  unexported
		list    []Secret
		byName  map[string]Secret
		boxed   any
	}
	return map[string]any{
		"secret": hidden, "pointer": &hidden, "list": []Secret{hidden}, "map": map[string]Secret{"code": hidden},
		"voucher": v, "PIN": v.PIN, "approval": yes, "outcome": Outcome{Approval: yes}, "order": o, "attempt": asked,
		"advice": advice, "answer": Answer{Status: 201, Body: hidden}, "key": Key{Code: hidden},
		"opening": opening, "opening move": opening.Move, "approving decision": provisioned,
		"approving move": provisioned.Move, "transaction": provisioned.Next, "reversing move": reversing.Move,
		"reversing transaction": reversing.Next, "pointer to transaction": &reversing.Next,
		"refusal": Approve(asked, "other", yes),
		"unexported fields": holder{hidden, &hidden, v, unexported{hidden}, []Secret{hidden},
			map[string]Secret{"code": hidden}, hidden},
	}
}

// betrays reports whether the text shows the canary, plain or in one of fmt's spellings.
func betrays(text string) bool {
	spellings := []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("% x", canary),
		fmt.Sprintf("% X", canary), strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]")}
	for _, spelling := range spellings {
		if strings.Contains(text, spelling) {
			return true
		}
	}
	return false
}

func TestTheCanaryWouldBeSeen(test *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x"} {
		if !betrays(fmt.Sprintf(verb, struct{ open string }{canary})) {
			test.Errorf("%s of an open text passes as hidden", verb)
		}
	}
}

func TestNoVerbOfFmtPrintsASecret(test *testing.T) {
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%c", "%U", "%t", "%o", "%b", "%e",
		"%g", "%p", "%T", "%50v", "%.3s", "%-9q"}
	for name, value := range laden() {
		for _, verb := range verbs {
			if text := fmt.Sprintf(verb, value); betrays(text) {
				test.Errorf("%s of %s prints the secret: %s", verb, name, text)
			}
		}
		if betrays(fmt.Sprint(value)) || betrays(fmt.Errorf("failed: %v", value).Error()) {
			test.Errorf("%s is printed in clear", name)
		}
	}
}

func TestNoLogShowsASecret(test *testing.T) {
	for name, value := range laden() {
		var text strings.Builder
		for _, handler := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&text, nil)} {
			log := slog.New(handler).With("with", value)
			log.Info("logged", "value", value, slog.Group("group", "value", value))
		}
		if text.Len() == 0 || betrays(text.String()) {
			test.Errorf("%s is logged in clear: %s", name, text.String())
		}
	}
}

func TestASecretMarshalsAsAMask(test *testing.T) {
	var marshaler interface{ MarshalText() ([]byte, error) } = hidden
	text, err := marshaler.MarshalText()
	if err != nil || string(text) != mask {
		test.Errorf("got %q, %v", text, err)
	}
	if got := hidden.LogValue().String(); got != mask {
		test.Errorf("logged as %q", got)
	}
	if got := fmt.Sprint(hidden); got != mask {
		test.Errorf("printed as %q", got)
	}
}

func TestASecretOpensOnlyByReveal(test *testing.T) {
	if got := hidden.Reveal(); got != canary {
		test.Errorf("got %q", got)
	}
	if !NewSecret("").IsZero() || NewSecret("").Reveal() != "" || hidden.IsZero() {
		test.Error("the empty text is the zero secret, and no other is")
	}
	if !hidden.Equal(NewSecret(canary)) || hidden.Equal(NewSecret("canary-4711")) || hidden.Equal(Secret{}) {
		test.Error("secrets are equal when their texts are")
	}
}

func TestNoRefusalNamesASecret(test *testing.T) {
	for _, s := range situations {
		a := attempt(s.capabilities, s.messaging)
		t := reach(test, a, s.road...)
		for fact, verb := range verbs {
			err := verb(t, a).Refusal
			if err != nil && (strings.Contains(err.Error(), firstCode) || strings.Contains(err.Error(), anotherCode)) {
				test.Errorf("%s, %s: %v", t, Fact(fact), err)
			}
		}
	}
}
