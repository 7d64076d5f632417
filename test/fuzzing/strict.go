// Package fuzzing holds the oracles of the fuzz targets: what must hold of any input, judged apart from the code that
// is being tried. It stands on encoding/json alone, so that a fault of our own reader cannot hide itself.
package fuzzing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of a strict body: JSON traps of the stack document, and what the wire contract can need.
const (
	maxDepth   = 16
	maxMembers = 100
	// Elements is how many a list may have, but a list of products.
	Elements = 1000
)

// Canary is a secret that tests put where vouchers' codes, PINs and passwords stand. It must never be seen in an error.
// It is made of what every field for a secret may hold: digits.
const Canary = "7319846205731984"

// Flaw says why a body is not strict JSON, empty if it is: bad UTF-8, no JSON, data after the end, a name twice in one
// object, half of a surrogate pair, too deep, too wide.
func Flaw(body []byte, elements int) string {
	switch {
	case !utf8.Valid(body):
		return "bad UTF-8"
	case !json.Valid(body):
		return "no JSON"
	case halfPair(body):
		return "half of a surrogate pair"
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return flawOf(decoder, elements, 1)
}

func flawOf(decoder *json.Decoder, elements, depth int) string {
	token, err := decoder.Token()
	if err != nil {
		return err.Error()
	}
	opening, ok := token.(json.Delim)
	if !ok {
		return ""
	}
	if depth > maxDepth {
		return "too deep"
	}
	names := map[string]bool{}
	for count := 1; decoder.More(); count++ {
		if opening == '{' {
			name, err := decoder.Token()
			text, _ := name.(string)
			if err != nil || names[text] {
				return fmt.Sprintf("the name %q twice", text)
			}
			names[text] = true
		}
		if opening == '{' && count > maxMembers || opening == '[' && count > elements {
			return "too wide"
		}
		if flaw := flawOf(decoder, elements, depth+1); flaw != "" {
			return flaw
		}
	}
	_, err = decoder.Token()
	if err != nil {
		return err.Error()
	}
	return ""
}

// halfPair tells that an escape names half of a surrogate pair, which encoding/json takes for a replacement character.
// In valid JSON a backslash stands in texts only.
func halfPair(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		high, ok := unit(body[i:])
		if !ok {
			continue
		}
		i += 4
		if !utf16.IsSurrogate(high) {
			continue
		}
		if i+2 > len(body) || body[i+1] != '\\' {
			return true
		}
		low, ok := unit(body[i+2:])
		if !ok || utf16.DecodeRune(high, low) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

func unit(escape []byte) (rune, bool) {
	var unit rune
	if len(escape) < 5 || escape[0] != 'u' {
		return 0, false
	}
	_, err := fmt.Sscanf(string(escape[1:5]), "%04x", &unit)
	return unit, err == nil
}

// Value is a JSON body as encoding/json reads it, numbers as they are written. It panics on what is no JSON.
func Value(body []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil && err != io.EOF {
		panic(err)
	}
	return value
}

// Member is a value inside objects, by its names; nil if it is not there.
func Member(value any, names ...string) any {
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// Names are the paths of every value that is there, lists' places left out: not null, and neither empty text, empty
// list nor empty object. A text stands there with its path, an equals sign and itself, too.
func Names(value any) map[string]bool {
	names := map[string]bool{}
	gather(names, "", value)
	return names
}

func gather(names map[string]bool, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, child := range v {
			gather(names, path+"."+name, child)
		}
	case []any:
		for _, child := range v {
			gather(names, path, child)
		}
	case nil:
	case string:
		if v != "" {
			names[path], names[path+"="+v] = true, true
		}
	default:
		names[path] = true
	}
}

// Edit changes one place of a body: at the offset, which wraps around, some bytes go and others come.
func Edit(body []byte, at uint16, cut uint8, insert []byte) []byte {
	from := int(at) % (len(body) + 1)
	to := min(len(body), from+int(cut))
	return append(append(bytes.Clone(body[:from]), insert...), body[to:]...)
}
