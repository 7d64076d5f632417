package gormstore

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
)

var keyed = &Store{key: testKey, ring: testRing}

func TestAMoveSurvivesItsRows(t *testing.T) {
	bare := contract.FullMove()
	bare.Opening, bare.Outcome, bare.Approval, bare.Advice, bare.Response, bare.Queues = nil, nil, nil, nil, nil, nil
	bare.Answer = voucher.Answer{Status: 404}
	same := contract.FullMove()
	same.Queues.ID, same.Queues.Message = same.Advice.ID, same.Advice.Message
	for name, want := range map[string]voucher.Move{
		"every field":                    contract.FullMove(),
		"hardly a field":                 bare,
		"an advice is queued as it came": same,
	} {
		t.Run(name, func(t *testing.T) {
			want.At = time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)
			w, err := keyed.rowOf(want)
			if err != nil {
				t.Fatal(err)
			}
			w.At = want.At.UnixMicro()
			got, err := w.move(w.contents)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(want, got) {
				t.Errorf("(-want +got)\n%s", cmp.Diff(want, got))
			}
		})
	}
}

func TestAnAdviceQueuedAsItCameIsKeptOnce(t *testing.T) {
	v := contract.FullMove()
	v.Queues.ID, v.Queues.Message = v.Advice.ID, v.Advice.Message
	w, err := keyed.rowOf(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range w.contents {
		if c.Kind == queuedMessage {
			t.Error("the message is kept twice")
		}
	}
}

// The file is a payload as the first version wrote it, with a field that no version knows.
func TestAnOldPayloadReadsAsEver(t *testing.T) {
	old, err := os.ReadFile(filepath.Join("testdata", "payload.json"))
	if err != nil {
		t.Fatal(err)
	}
	row := moveRow{TransactionID: "1", Version: 1, Fact: "ordered", State: "sending", Payload: old}
	v, err := row.move(nil)
	if err != nil {
		t.Fatal(err)
	}
	var m mapper
	again, err := json.Marshal(m.payloadOf(v))
	if err != nil || m.err != nil {
		t.Fatal(err, m.err)
	}
	var before, after map[string]any
	if json.Unmarshal(old, &before) != nil || json.Unmarshal(again, &after) != nil {
		t.Fatal("no JSON")
	}
	delete(before, "fromTheFuture")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("(-old +now)\n%s", diff)
	}
}

func TestARowThatCannotBeReadIsOurFault(t *testing.T) {
	good := moveRow{TransactionID: "1", Version: 1, Fact: "ordered", State: "sending", Payload: []byte("{}")}
	if _, err := good.move(nil); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*moveRow) []contentRow{
		"a fact of the future":  func(r *moveRow) []contentRow { r.Fact = "teleported"; return nil },
		"a state of the future": func(r *moveRow) []contentRow { r.State = "floating"; return nil },
		"a payload cut short":   func(r *moveRow) []contentRow { r.Payload = []byte(`{"opens"`); return nil },
		"a code in the payload": func(r *moveRow) []contentRow { r.Payload = []byte(`{"opens":"?"}`); return nil },
		"a content of the future": func(*moveRow) []contentRow {
			return []contentRow{{Kind: "song", Body: []byte("x")}}
		},
		"a broken approval": func(*moveRow) []contentRow {
			return []contentRow{{Kind: approvalBody, Body: []byte(`{"voucher":"1234 secret"`)}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			row := good
			_, err := row.move(spoil(&row))
			if !fault.Is(err, fault.Internal) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want an internal fault without a secret", err)
			}
		})
	}
}

func TestAValueWithoutACodeIsNotWritten(t *testing.T) {
	for name, spoil := range map[string]func(*voucher.Move){
		"fact":     func(v *voucher.Move) { v.Fact = 99 },
		"state":    func(v *voucher.Move) { v.State = voucher.Absent },
		"question": func(v *voucher.Move) { v.Opens = "why?" },
		"advice":   func(v *voucher.Move) { v.Queues.Kind = 99 },
		"outcome":  func(v *voucher.Move) { v.Outcome.Kind = 99 },
	} {
		t.Run(name, func(t *testing.T) {
			v := contract.FullMove()
			spoil(&v)
			if err := keyed.Append(context.Background(), voucher.Decision{Move: v}); !fault.Is(err, fault.Internal) {
				t.Errorf("got %v, want an internal fault", err)
			}
		})
	}
}

// named counts the values that have a name.
func named(name func(int) string) (count int) {
	defer func() { _ = recover() }()
	for ; ; count++ {
		name(count)
	}
}

func TestEveryFactAndStateHasACodeOfItsOwn(t *testing.T) {
	facts := named(func(n int) string { return voucher.Fact(n).String() })
	states := named(func(n int) string { return voucher.State(n).String() }) - 1 // no move leads to Absent
	want := []int{facts, states, facts, states}
	got := []int{len(factCodes), len(stateCodes), len(factsOf), len(statesOf)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSecretsStandInContentsAlone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	v := contract.FullMove()
	v.State, v.Opens = voucher.Provisioned, voucher.SecondVoucher
	if err := s.Append(context.Background(), voucher.Decision{Move: v}); err != nil {
		t.Fatal(err)
	}
	secrets := []voucher.Secret{
		v.Opening.Order.Message, v.Opening.Order.Code, v.Advice.Message, v.Queues.Message, v.Answer.Body,
		v.Approval.Voucher.Code, v.Approval.Voucher.PIN.Value, v.Approval.Voucher.PIN.AccountNumber,
		v.Approval.Slip.Lines[1].Text, v.Approval.Slip.Lines[1].BarcodeData,
	}
	for _, table := range []string{"moves", "advices", "cases", "watermarks"} {
		var rows []map[string]any
		if err := s.reader.Raw("SELECT * FROM " + table).Scan(&rows).Error; err != nil || len(rows) == 0 {
			t.Fatalf("%s: %d rows, %v", table, len(rows), err)
		}
		for column, value := range rows[0] {
			text, ok := value.([]byte)
			if !ok {
				text, _ = json.Marshal(value)
			}
			for _, secret := range secrets {
				if bytes.Contains(text, []byte(secret.Reveal()[:9])) || bytes.Contains(text, []byte(v.Approval.Voucher.SerialNumber)) {
					t.Errorf("%s.%s holds a secret", table, column)
				}
			}
		}
	}
}
