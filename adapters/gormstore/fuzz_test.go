package gormstore

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
	"voucherswitch/test/fuzzing"
)

// fuzzedContents are the kinds of content that a row may have.
var fuzzedContents = []string{orderMessage, orderCode, adviceMessage, queuedMessage, approvalBody, answerBody, "song"}

// FuzzRow: of a row of any bytes comes a move or an internal fault that shows nothing of a content; a move that comes of
// one is the very same after it was written and read again.
func FuzzRow(f *testing.F) {
	old, err := os.ReadFile(filepath.Join("testdata", "payload.json"))
	if err != nil {
		f.Fatal(err)
	}
	full, err := keyed.rowOf(contract.FullMove())
	if err != nil {
		f.Fatal(err)
	}
	for i := range fuzzedContents {
		f.Add("ordered", "sending", old, uint8(i), []byte(fuzzing.Canary))
	}
	for _, c := range full.contents {
		f.Add(full.Fact, full.State, full.Payload, uint8(slices.Index(fuzzedContents, c.Kind)), c.Body)
	}
	f.Add("ordered", "sending", []byte(`{"opens":"?","closes":-1}`), uint8(4), []byte(`{"voucher":{"code":"!"}}`))
	f.Fuzz(func(t *testing.T, fact, state string, payload []byte, kind uint8, body []byte) {
		row := moveRow{TransactionID: "1", Version: 1, Fact: fact, State: state, Payload: payload}
		contents := []contentRow{{"1", 1, fuzzedContents[int(kind)%len(fuzzedContents)], body}}
		v, err := row.move(contents)
		if err != nil {
			if !fault.Is(err, fault.Internal) || strings.Contains(err.Error(), fuzzing.Canary) &&
				!strings.Contains(fact+state+string(payload), fuzzing.Canary) {
				t.Errorf("got %v", err)
			}
			return
		}
		for _, a := range []*voucher.Advice{v.Advice, v.Queues} { // as we write it: in UTC, which ends with a year of four digits
			if a != nil {
				a.Due.At = a.Due.At.UTC()
			}
			if a != nil && (a.Due.At.Year() > 9999 || a.Due.At.Year() < 0) {
				return
			}
		}
		survives(t, v)
	})
}

// survives fails unless a move is the same after it was written and read.
func survives(t *testing.T, v voucher.Move) {
	t.Helper()
	w, err := keyed.rowOf(v)
	if err != nil {
		t.Fatalf("it was read and cannot be written: %v", err)
	}
	w.At = v.At.UnixMicro()
	again, err := w.move(w.contents)
	if err != nil {
		t.Fatalf("it was written and cannot be read: %v", err)
	}
	twice, err := keyed.rowOf(again)
	if err != nil || !slices.Equal(w.digest, twice.digest) {
		t.Errorf("it has another digest, %v", err)
	}
	if !reflect.DeepEqual(v, again) {
		t.Errorf("(-want +got)\n%s", cmp.Diff(v, again))
	}
}

// FuzzMove: every move that a decision can hold, with whatever texts, numbers and secrets, is the same after its row;
// and no two that differ have one digest.
func FuzzMove(f *testing.F) {
	f.Add([]byte(nil), []byte("a"))
	f.Add([]byte("\x01\x02\x03é\xff\x00"), []byte("\xff\xfe\xfd\x80"))
	f.Add([]byte(strings.Repeat("\x07ab\xff", 300)), []byte(strings.Repeat("\x00\x01", 300)))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a, b := moveOf(first), moveOf(second)
		survives(t, a)
		survives(t, b)
		one, err := keyed.rowOf(a)
		other, failed := keyed.rowOf(b)
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		if same := reflect.DeepEqual(a, b); same != slices.Equal(one.digest, other.digest) {
			t.Errorf("the same: %v; digests %x and %x", same, one.digest, other.digest)
		}
	})
}

// dice turns bytes into a move: each choice takes the next byte, and zero after the last.
type dice struct{ bytes []byte }

func (d *dice) next() byte {
	if len(d.bytes) == 0 {
		return 0
	}
	b := d.bytes[0]
	d.bytes = d.bytes[1:]
	return b
}

func (d *dice) number() int64 {
	var eight [8]byte
	for i := range int(d.next() % 9) {
		eight[i] = d.next()
	}
	return int64(binary.LittleEndian.Uint64(eight[:])) //nolint:gosec // any number will do
}

func (d *dice) text() string {
	text := make([]byte, d.next()%24)
	for i := range text {
		text[i] = d.next()
	}
	return string(text)
}

func moveOf(seed []byte) voucher.Move {
	d := &dice{seed}
	var v voucher.Move
	d.fill(reflect.ValueOf(&v).Elem())
	v.Transaction, v.Version, v.At = "1", 1, time.UnixMicro(0).UTC()
	v.State = pick(d, stateCodes)
	v.Approval, v.Opening = nil, nil
	if d.next()%2 == 0 {
		v.Opening = new(voucher.Attempt)
		d.fill(reflect.ValueOf(v.Opening).Elem())
		v.Opening.Order.ID, v.Opening.SendBy = v.Transaction, time.Time{}
		v.Opening.Order.Channel.Limits = nil // which are not kept with a transaction
	}
	if d.next()%2 == 0 {
		v.Approval = new(voucher.Approval)
		d.fill(reflect.ValueOf(v.Approval).Elem())
	}
	if v.Outcome != nil {
		v.Outcome.Approval = voucher.Approval{}
	}
	if v.Answer.Status == 0 {
		v.Answer = voucher.Answer{}
	}
	for _, a := range []*voucher.Advice{v.Advice, v.Queues} {
		if a != nil {
			a.Transaction, a.Claim = v.Transaction, voucher.Claim{}
		}
	}
	if v.Advice != nil && v.Queues != nil && v.Advice.ID == v.Queues.ID { // an advice that is queued as it came
		v.Queues.Message = v.Advice.Message
	}
	return v
}

// pick takes one of a table's values.
func pick[K comparable](d *dice, codes map[K]string) K {
	names := slices.Sorted(maps.Values(codes))
	return inverse(codes)[names[int(d.next())%len(names)]]
}

// fill fills a value with what the domain may hold there: texts are UTF-8, since what is read into the domain is;
// secrets are bytes; lists and maps are absent rather than empty.
func (d *dice) fill(v reflect.Value) {
	switch v.Interface().(type) {
	case voucher.Secret:
		v.Set(reflect.ValueOf(voucher.NewSecret(d.text())))
		return
	case voucher.Fact:
		v.Set(reflect.ValueOf(pick(d, factCodes)))
		return
	case voucher.State:
		return
	case voucher.ProviderID: // a provider that is listed has a name
		v.SetString("p" + strings.ToValidUTF8(d.text(), "é"))
		return
	case voucher.Question:
		v.Set(reflect.ValueOf(pick(d, questionCodes)))
		return
	case voucher.AdviceKind:
		v.Set(reflect.ValueOf(pick(d, adviceCodes)))
		return
	case voucher.Messaging:
		v.Set(reflect.ValueOf(pick(d, messagingCodes)))
		return
	case voucher.OutcomeKind:
		v.Set(reflect.ValueOf(pick(d, outcomeCodes)))
		return
	case voucher.Doubt:
		v.Set(reflect.ValueOf(pick(d, doubtCodes)))
		return
	case voucher.AdviceOutcomeKind:
		v.Set(reflect.ValueOf(pick(d, responseCodes)))
		return
	case time.Time:
		if at := d.number() % (1 << 50); at != 0 {
			v.Set(reflect.ValueOf(time.UnixMicro(at).UTC()))
		}
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(d.next()%2 == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(d.number())
	case reflect.Float64:
		if number := math.Float64frombits(uint64(d.number())); !math.IsNaN(number) && !math.IsInf(number, 0) { //nolint:gosec
			v.SetFloat(number)
		}
	case reflect.String:
		v.SetString(strings.ToValidUTF8(d.text(), "é"))
	case reflect.Pointer:
		if d.next()%2 == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			d.fill(v.Elem())
		}
	case reflect.Slice:
		if size := int(d.next() % 3); size > 0 {
			v.Set(reflect.MakeSlice(v.Type(), size, size))
			for i := range size {
				d.fill(v.Index(i))
			}
		}
	case reflect.Map:
		for range d.next() % 3 {
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			d.fill(key)
			d.fill(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			d.fill(v.Field(i))
		}
	default:
		panic("no dice for " + v.Type().String())
	}
}

// FuzzSeal: a content opens as what it was, at its own place and at no other.
func FuzzSeal(f *testing.F) {
	f.Add("1", 1, answerBody, []byte("x"), "1", 1, orderCode)
	f.Add("1", 2, answerBody, []byte("x"), "1", 1, answerBody)
	f.Add("1", 1, answerBody, []byte("x"), "2", 1, answerBody)
	f.Add("1/1", 1, "answer", []byte("x"), "1", 1, "1/answer")
	f.Fuzz(func(t *testing.T, id string, version int, kind string, body []byte, otherID string, other int, otherKind string) {
		sealed, err := keyed.sealed([]contentRow{{id, version, kind, body}})
		if err != nil {
			t.Fatal(err)
		}
		opened, err := keyed.unsealed(sealed[0])
		if err != nil || opened.Kind != kind || !slices.Equal(opened.Body, body) {
			t.Errorf("it opens as %q, %v", opened.Kind, err)
		}
		moved := contentRow{otherID, other, sealedKind + otherKind, sealed[0].Body}
		_, err = keyed.unsealed(moved)
		if same := id == otherID && version == other && kind == otherKind; same != (err == nil) {
			t.Errorf("moved from %q/%d/%q to %q/%d/%q it opens: %v", id, version, kind, otherID, other, otherKind, err)
		}
	})
}

// FuzzMySQLAddress: an address that is accepted connects as the user, with the password, that stand in it, and to
// nowhere but its host; no error repeats it.
func FuzzMySQLAddress(f *testing.F) {
	for _, address := range []string{
		"//user:" + fuzzing.Canary + "@host:3306/name", "//u:p%40ss@[::1]/n?tls=true", "//u:" + fuzzing.Canary + "@/n", "//u@h/n?a=b",
		"//u:" + fuzzing.Canary + "@h:99999999/n", "//u:" + fuzzing.Canary + "%zz@h/n", "u:p@tcp(h)/n", "//u:p@h/n/m?tls=false&tls=true",
		"//u:p@unix(/tmp/s)/n", "//u:p@h/n?tls=" + fuzzing.Canary, "//u:a@b/c?" + fuzzing.Canary + "@h/n", "//u:p@h/n?allowAllFiles=true",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		config, err := mysqlConfig(address)
		if err != nil {
			if strings.Contains(err.Error(), fuzzing.Canary) {
				t.Errorf("the password shows in %v", err)
			}
			return
		}
		u, err := url.Parse("mysql:" + address)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := u.User.Password()
		if config.User != u.User.Username() || config.Passwd != password || config.Net != "tcp" ||
			!strings.HasPrefix(config.Addr, u.Host) || "/"+config.DBName != u.Path || config.AllowAllFiles || config.MultiStatements ||
			!slices.Contains([]string{"", "true", "false", "preferred", "skip-verify"}, config.TLSConfig) {
			t.Errorf("%q connects as %s to %s %s", address, config.User, config.Net, config.Addr)
		}
		if raw, err := json.Marshal(config.Params); err != nil || !strings.Contains(string(raw), "sql_mode") {
			t.Errorf("the session has %s", raw)
		}
	})
}
