package strictjson

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"voucherswitch/test/fuzzing"
)

// FuzzParse: a body is read if and only if it is strict JSON by another reader's word; what is read is what that reader
// reads.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e+3,"\u20ac\ud83d\ude00",true,false,null,{}]}`, `{"a":1,"\u0061":2}`, `"\ud800"`, `"\ud800\u0041"`,
		"{\"a\":\"\x01\"}", `{"a":01}`, `{"a":1.}`, `[1,]`, `{"A":1,"a":2}`, `{} {}`, "\ufeff{}", "\xff", `"\u00e"`,
		strings.Repeat("[", 16) + strings.Repeat("]", 16), strings.Repeat("[", 17) + strings.Repeat("]", 17),
		strings.Repeat(`{"a":`, 17), "[" + strings.Repeat("0,", 999) + "0]", "[" + strings.Repeat("0,", 1000) + "0]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, broken := Parse(body)
		flaw := fuzzing.Flaw(body, fuzzing.Elements)
		if (broken == nil) != (flaw == "") {
			t.Fatalf("refused: %v; by another reader: %q", broken, flaw)
		}
		if broken == nil && !reflect.DeepEqual(tree.valueAt(0), fuzzing.Value(body)) {
			t.Errorf("read %v, want %v", tree.valueAt(0), fuzzing.Value(body))
		}
	})
}

// valueAt is a node as encoding/json would give it.
func (t *Tree) valueAt(place int32) any {
	n := t.Nodes[place]
	switch n.Kind {
	case NullNode:
		return nil
	case BooleanNode:
		return n.Text == "true"
	case NumberNode:
		return json.Number(n.Text)
	case TextNode:
		return n.Text
	case ListNode:
		list := []any{}
		for child := n.First; child != 0; child = t.Nodes[child].Next {
			list = append(list, t.valueAt(child))
		}
		return list
	case ObjectNode:
		object := map[string]any{}
		for child := n.First; child != 0; child = t.Nodes[child].Next {
			object[t.Nodes[child].Name] = t.valueAt(child)
		}
		return object
	default:
		panic("a node of no kind")
	}
}

// FuzzObject: what an object gives without an error is what another reader finds under that very name, and no error
// shows a value.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{"text":"a","whole":7,"inner":{"text":"b"}}`, `{"Text":"a"}`, `{"whole":1e3}`, `{"inner":[]}`, `[]`, `{"text":null}`,
		`{"whole":9223372036854775808}`, `{"text":"` + fuzzing.Canary + `","text":1}`, `{"text":["` + fuzzing.Canary + `"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o := Open(body)
		text, whole, inner := o.Text("text"), o.Whole("whole"), o.Object("inner").Text("text")
		if err := o.Err(); err != nil {
			if value := fuzzing.Canary; strings.Contains(err.Error(), value) && !namesIt(body, value) {
				t.Errorf("a value shows in %v", err)
			}
			return
		}
		value := fuzzing.Value(body)
		for name, c := range map[string]struct{ got, want any }{
			"text":  {text, fuzzing.Member(value, "text")},
			"inner": {inner, fuzzing.Member(value, "inner", "text")},
		} {
			if c.got != c.want && (c.got != "" || c.want != nil) {
				t.Errorf("%s: %q, want %v", name, c.got, c.want)
			}
		}
		if number, ok := fuzzing.Member(value, "whole").(json.Number); ok {
			if want, err := number.Int64(); err != nil || want != whole {
				t.Errorf("whole: %d, want %s", whole, number)
			}
		}
	})
}

// namesIt tells that the canary may stand in a name, which errors do repeat.
func namesIt(body []byte, canary string) bool {
	return !strings.Contains(string(body), `"`+canary+`"`) || strings.Contains(string(body), canary+`":`)
}
