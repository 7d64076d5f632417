package contract

import (
	"fmt"
	"reflect"
	"time"

	"voucherswitch/domain/voucher"
)

// The parties of every sample.
const (
	shop      voucher.ChannelID  = "22222222"
	otherShop voucher.ChannelID  = "33333333"
	vendor    voucher.ProviderID = "vendor"
	lease                        = 13 * time.Second
	horizon                      = 31 * time.Second
	window                       = 15 * time.Minute
)

// FullMove is a first move with every field filled that a journal keeps, so that a field of the domain that an
// adapter does not map is found by the suite, and not in production.
func FullMove() voucher.Move {
	var m voucher.Move
	new(filler).fill(reflect.ValueOf(&m).Elem())
	m.Transaction, m.Version, m.At = "00000000-0000-7000-8000-0000000000ff", 1, time.Time{}
	m.Opening.Order.ID, m.Opening.SendBy = m.Transaction, time.Time{}
	m.Opening.Order.Channel.Limits = nil
	for i := range m.Opening.Reservations {
		m.Opening.Reservations[i].Most = 1 << 60 // which nobody reaches
	}
	m.Outcome.Approval = voucher.Approval{}
	for _, a := range []*voucher.Advice{m.Advice, m.Queues} {
		a.Transaction, a.Claim = m.Transaction, voucher.Claim{}
	}
	return m
}

// attempt is a full attempt at a provider that can do everything but remember reversals, for a channel that confirms.
func (b *bench) attempt(changes ...func(*voucher.Attempt)) voucher.Attempt {
	a := *FullMove().Opening
	a.Order.ID, a.Order.Channel.ID, a.Reservations = voucher.TransactionID(b.uuid()), shop, nil
	a.Terms = voucher.Terms{
		Provider: vendor, Messaging: voucher.DualMessaging, ReversalWindow: window, Lease: lease, Horizon: horizon,
		Capabilities: voucher.Capabilities{Retries: true, Reversals: true, Confirmations: true, ClientCodes: true},
	}
	for _, change := range changes {
		change(&a)
	}
	return a
}

// open writes the intent of a new attempt.
func (b *bench) open(changes ...func(*voucher.Attempt)) voucher.Transaction {
	b.t.Helper()
	return b.write(voucher.Open(b.attempt(changes...)))
}

// sell opens a transaction and records the voucher of that serial number; its code is the number turned into one.
func (b *bench) sell(serial string, changes ...func(*voucher.Attempt)) voucher.Transaction {
	b.t.Helper()
	return b.write(b.open(changes...).Record(approved(serial), b.draft()))
}

// doubt opens a transaction whose outcome is in doubt, so that a reversal of the switch's own is due at once.
func (b *bench) doubt(changes ...func(*voucher.Attempt)) voucher.Transaction {
	b.t.Helper()
	return b.write(b.open(changes...).Record(voucher.Broken(), b.draft()))
}

// park opens a transaction that only a person can end.
func (b *bench) park() voucher.Transaction {
	b.t.Helper()
	return b.doubt(withoutReversals)
}

func withoutReversals(a *voucher.Attempt) { a.Terms.Capabilities.Reversals = false }

func singleMessaging(a *voucher.Attempt) { a.Terms.Messaging = voucher.SingleMessaging }

func byOtherShop(a *voucher.Attempt) { a.Order.Channel.ID = otherShop }

// codeOf is the code of the sample voucher with that serial number.
func codeOf(serial string) voucher.Secret { return voucher.NewSecret("code of " + serial) }

func approved(serial string) voucher.Outcome {
	approval := *FullMove().Approval
	approval.Voucher.SerialNumber, approval.Voucher.Code = serial, codeOf(serial)
	return voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: approval}
}

func declined() voucher.Outcome {
	return voucher.DeclinedOrInDoubt(true, FullMove().Outcome.Decline)
}

// advice is a channel's full advice about a transaction.
func (b *bench) advice(kind voucher.AdviceKind, t voucher.Transaction) voucher.Advice {
	a := *FullMove().Advice
	a.ID, a.Kind, a.Transaction, a.Channel = voucher.AdviceID(b.uuid()), kind, t.ID, t.Owner
	a.Provider, a.Due = "", voucher.Due{}
	return a
}

func (b *bench) reversal(t voucher.Transaction) voucher.Advice { return b.advice(voucher.Reversal, t) }

func (b *bench) confirmation(t voucher.Transaction) voucher.Advice {
	return b.advice(voucher.Confirmation, t)
}

// answered is the decision after the provider's final answer to the open advice.
func answered(t voucher.Transaction, kind voucher.AdviceOutcomeKind) voucher.Decision {
	said := *FullMove().Response
	said.Kind = kind
	d, _ := t.Advised(*t.Open, voucher.Sent{AfterHorizon: true, Approved: t.Approval != nil}, said)
	return d
}

// filler gives every field a value of its own; an enumeration gets its second value, which every one of them has.
type filler struct{ count int }

func (f *filler) fill(v reflect.Value) {
	f.count++
	switch v.Interface().(type) {
	case voucher.Secret:
		v.Set(reflect.ValueOf(voucher.NewSecret(fmt.Sprintf("secret %d é\x00\xff", f.count))))
		return
	case voucher.Question:
		v.SetString(string(voucher.SecondVoucher))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, f.count*1000, time.UTC)))
		return
	case time.Duration:
		v.SetInt(int64(f.count) * int64(time.Millisecond))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
		if v.Type().PkgPath() == "" {
			v.SetInt(int64(f.count))
		}
	case reflect.Float64:
		v.SetFloat(float64(f.count) + 0.25)
	case reflect.String:
		text := fmt.Sprintf("text %d", f.count)
		switch v.Interface().(type) {
		case voucher.TransactionID, voucher.AdviceID: // UUIDs by the wire contract
		default:
			text += " é"
		}
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	default:
		panic("the samples know no " + v.Type().String())
	}
}
