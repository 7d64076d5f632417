package strictjson

import (
	"strings"
	"testing"
)

func TestTheReaderBoundsTheMembersOfAnObject(t *testing.T) {
	object := func(members int) []byte {
		var body strings.Builder
		for i := range members {
			body.WriteString(`,"` + strings.Repeat("a", i+1) + `":0`)
		}
		return []byte(`{` + body.String()[1:] + `}`)
	}
	if _, broken := Parse(object(maxMembers)); broken != nil {
		t.Error(broken)
	}
	if _, broken := Parse(object(maxMembers + 1)); broken == nil {
		t.Error("no bound")
	}
}

func TestTheReaderAccepts(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"every escape", `"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\uD83D\uDE00"`, "\"\\/\b\f\n\r\tAé€😀"},
		{"text around escapes", `"né\u0041b"`, "néAb"},
		{"white space", " \t\r\n\"a\" \n", "a"},
		{"an escaped replacement character", `"\ufffd"`, "\ufffd"},
		{"a zero", `0`, "0"},
		{"a full number", `-10.250E+07`, "-10.250E+07"},
		{"the greatest depth", strings.Repeat("[", 16) + strings.Repeat("]", 16), ""},
		{"the longest array", `[` + strings.Repeat("0,", 999) + `0]`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree, broken := Parse([]byte(test.body))
			if broken != nil {
				t.Fatal(broken)
			}
			if got := tree.Nodes[0].Text; got != test.want {
				t.Errorf("read %q", got)
			}
		})
	}
}
