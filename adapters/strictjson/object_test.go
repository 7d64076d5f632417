package strictjson

import "testing"

func TestAnObjectGivesItsMembersByTheirExactNames(t *testing.T) {
	o := Open([]byte(`{"text": "a", "Text": "b", "whole": -7, "none": null, "inner": {"text": "c"}, "more": [true]}`))
	for name, want := range map[string]string{"text": "a", "Text": "b", "TEXT": "", "none": "", "absent": ""} {
		if got := o.Text(name); got != want || o.Has(name) != (want != "") {
			t.Errorf("%s: %q, there: %v; want %q", name, got, o.Has(name), want)
		}
	}
	if o.Whole("whole") != -7 || o.Whole("none") != 0 || o.Object("inner").Text("text") != "c" {
		t.Error("a member is not what it is")
	}
	if none := o.Object("absent").Object("deeper"); none.Text("text") != "" || none.Has("text") {
		t.Error("an absent object has members")
	}
	if o.Err() != nil {
		t.Error(o.Err())
	}
}

func TestAnObjectTellsWhatIsWrongFirstAndNoValue(t *testing.T) {
	for body, want := range map[string]string{
		`{"text": 7, "whole": "8"}`:                  "text is of another kind",
		`{"whole": 7.0}`:                             "whole must be a whole number of 64 bits",
		`{"whole": 9223372036854775808}`:             "whole must be a whole number of 64 bits",
		`{"inner": "secret"}`:                        "inner is of another kind",
		`{"inner": {"text": {"pin": "secret"}}}`:     "inner.text is of another kind",
		`{"inner": {"text": "a", "text": "secret"}}`: "inner.text may not appear more than once",
		`["secret"]`:                                 "body must be an object",
		`{"text": "secret"`:                          "body is not readable JSON: comma or end expected at byte 17",
		"":                                           "body is not readable JSON: unexpected end at byte 0",
	} {
		o := Open([]byte(body))
		_, _, _ = o.Text("text"), o.Whole("whole"), o.Object("inner").Text("text")
		if err := o.Err(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}
