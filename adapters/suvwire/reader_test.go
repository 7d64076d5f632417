package suvwire

import (
	"strings"
	"testing"
)

func TestTheReaderRefuses(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"an empty body", ``, "body is not readable JSON: unexpected end at byte 0"},
		{"a body that is no object", `[]`, "body must be an object"},
		{"a null body", `null`, "body must be an object"},
		{"trailing data", `{}{}`, "body is not readable JSON: data after the end at byte 2"},
		{"a byte order mark", "\xef\xbb\xbf{}", "body is not readable JSON: value expected at byte 0"},
		{"bad UTF-8", "{\"a\":\"\xff\"}", "body is not readable JSON: invalid UTF-8 at byte 0"},
		{"a surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", "body is not readable JSON: invalid UTF-8 at byte 0"},
		{"a lone high surrogate", `{"a":"\ud83d"}`, "body is not readable JSON: lone surrogate at byte 6"},
		{"a lone low surrogate", `{"a":"\ude00"}`, "body is not readable JSON: lone surrogate at byte 6"},
		{"a high surrogate before another", `{"a":"\ud83d\ud83d"}`, "body is not readable JSON: lone surrogate at byte 6"},
		{"a high surrogate before a letter", `{"a":"\ud83dx\ude00"}`, "body is not readable JSON: lone surrogate at byte 6"},
		{"a duplicate name", `{"a":1,"a":2}`, "a may not appear more than once"},
		{"a duplicate name in disguise", `{"a":1,"\u0061":2}`, "a may not appear more than once"},
		{"a duplicate name deep inside", `{"b":[{"a":1,"a":2}]}`, ".a may not appear more than once"},
		{"a duplicate name below an array", `[{"a":1,"a":2}]`, "[0].a may not appear more than once"},
		{"a raw line break in a string", "{\"a\":\"\n\"}", "body is not readable JSON: raw control character at byte 6"},
		{"a raw control after an escape", "{\"a\":\"\\n\x01\"}", "body is not readable JSON: raw control character at byte 8"},
		{"an unknown escape", `{"a":"\x"}`, "body is not readable JSON: malformed escape at byte 6"},
		{"a short escape", `{"a":"\u12"}`, "body is not readable JSON: malformed escape at byte 6"},
		{"an open string", `{"a":"b`, "body is not readable JSON: unexpected end at byte 7"},
		{"an open escape", `{"a":"\`, "body is not readable JSON: unexpected end at byte 6"},
		{"an open object", `{"a":1`, "body is not readable JSON: comma or end expected at byte 6"},
		{"a trailing comma", `{"a":1,}`, "body is not readable JSON: property name expected at byte 7"},
		{"a trailing comma in an array", `{"a":[1,]}`, "body is not readable JSON: value expected at byte 8"},
		{"a missing comma", `{"a":1 "b":2}`, "body is not readable JSON: comma or end expected at byte 7"},
		{"a missing colon", `{"a" 1}`, "body is not readable JSON: colon expected at byte 5"},
		{"an unquoted name", `{a:1}`, "body is not readable JSON: property name expected at byte 1"},
		{"a misspelt literal", `{"a":nul}`, "body is not readable JSON: value expected at byte 5"},
		{"a literal with a tail", `{"a":nullx}`, "body is not readable JSON: comma or end expected at byte 9"},
		{"not a number", `{"a":NaN}`, "body is not readable JSON: value expected at byte 5"},
		{"a leading zero", `{"a":01}`, "body is not readable JSON: malformed number at byte 7"},
		{"a leading zero after a minus", `{"a":-01}`, "body is not readable JSON: malformed number at byte 8"},
		{"a leading plus", `{"a":+1}`, "body is not readable JSON: value expected at byte 5"},
		{"a bare minus", `{"a":-}`, "body is not readable JSON: malformed number at byte 6"},
		{"a bare point", `{"a":1.}`, "body is not readable JSON: malformed number at byte 7"},
		{"a bare exponent", `{"a":1e}`, "body is not readable JSON: malformed number at byte 7"},
		{"deep nesting", `{"a":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`,
			"body is not readable JSON: nested too deeply at byte 20"},
		{"very deep nesting", strings.Repeat(`[`, 1e6), "body is not readable JSON: nested too deeply at byte 16"},
		{"a long array", `{"a":[` + strings.Repeat("0,", 1000) + `0]}`,
			"body is not readable JSON: too many members or elements at byte 2005"},
	} {
		t.Run(test.name, func(t *testing.T) {
			message, refused := DecodeProvisionRequest([]byte(test.body))
			got := strings.Join(messages(refused), ";")
			if message != nil || !strings.HasSuffix(got, test.want) || len(got)-len(test.want) > len("b[0]") {
				t.Errorf("said %q", got)
			}
		})
	}
}
