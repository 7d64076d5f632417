package strictjson

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of a readable body. The widest model has some 25 fields, so the bound on members also keeps the search for
// duplicate names cheap.
const (
	maxDepth    = 16
	maxElements = 1000
	maxMembers  = 100
)

// Kind tells what a value is.
type Kind uint8

// The kinds of value.
const (
	NullNode Kind = iota
	BooleanNode
	NumberNode
	TextNode
	ListNode
	ObjectNode
)

// Node is one JSON value. Nodes name each other by their place in Tree.Nodes; the root has place 0, and as a child
// or sibling 0 means none.
type Node struct {
	Name   string // as a member of an object
	Text   string // a string's characters, else the literal
	Parent int32
	First  int32 // child
	Next   int32 // sibling
	Kind   Kind
}

// Tree is a body as it is being read: a flat slice of nodes, cheap to make and to drop.
type Tree struct {
	Nodes    []Node
	source   string
	at       int
	elements int // that a list may have
}

// Broken says why a body is not strict JSON. It repeats names, cut short, and no values.
type Broken struct {
	Path   string // of what is wrong; "body" where the whole body is
	Reason string // goes on where the path ends
}

// Error is one line for people.
func (b *Broken) Error() string { return b.Path + " " + b.Reason }

// Parse reads a whole body strictly. On an error the tree holds what was read up to there.
func Parse(body []byte) (*Tree, *Broken) { return ParseLong(body, maxElements) }

// ParseLong is Parse for lists of as many elements.
func ParseLong(body []byte, elements int) (*Tree, *Broken) {
	t := &Tree{source: string(body), elements: elements, Nodes: *spare.Get().(*[]Node)}
	if !utf8.ValidString(t.source) {
		return t, t.broken("invalid UTF-8")
	}
	if _, broken := t.value(0, 0, "", 1); broken != nil {
		return t, broken
	}
	t.space()
	if t.at < len(t.source) {
		return t, t.broken("data after the end")
	}
	return t, nil
}

func (t *Tree) broken(reason string) *Broken {
	return &Broken{Path: "body", Reason: "is not readable JSON: " + reason + " at byte " + strconv.Itoa(t.at)}
}

// value reads one value as the child of parent that follows last. It is attached before it is read, so that a path
// can be told from within it.
func (t *Tree) value(parent, last int32, name string, depth int) (int32, *Broken) {
	place := int32(len(t.Nodes))
	t.Nodes = append(t.Nodes, Node{Parent: parent, Name: name})
	if last == 0 {
		t.Nodes[parent].First = place
	} else {
		t.Nodes[last].Next = place
	}
	var broken *Broken
	switch c := t.peek(); {
	case c == '{':
		broken = t.object(place, depth)
	case c == '[':
		broken = t.list(place, depth)
	case c == '"':
		t.Nodes[place].Kind = TextNode
		t.Nodes[place].Text, broken = t.text()
	case c == '-' || isDigit(c):
		broken = t.number(place)
	default:
		broken = t.word(place)
	}
	return place, broken
}

func (t *Tree) object(place int32, depth int) *Broken {
	t.Nodes[place].Kind = ObjectNode
	last := int32(0)
	for count := 0; ; count++ {
		more, broken := t.follows(count, maxMembers, depth, '}')
		if !more {
			return broken
		}
		if t.peek() != '"' {
			return t.broken("property name expected")
		}
		name, broken := t.text()
		if broken != nil {
			return broken
		}
		if twin := t.Member(place, name); twin != 0 {
			return &Broken{Path: t.Path(twin), Reason: "may not appear more than once"}
		}
		if t.peek() != ':' {
			return t.broken("colon expected")
		}
		t.at++
		if last, broken = t.value(place, last, name, depth+1); broken != nil {
			return broken
		}
	}
}

func (t *Tree) list(place int32, depth int) *Broken {
	t.Nodes[place].Kind = ListNode
	last := int32(0)
	for count := 0; ; count++ {
		more, broken := t.follows(count, t.elements, depth, ']')
		if !more {
			return broken
		}
		if last, broken = t.value(place, last, "", depth+1); broken != nil {
			return broken
		}
	}
}

// follows moves to the next member or element, over the opening bracket or a comma; false at the end or an error.
func (t *Tree) follows(count, limit, depth int, end byte) (bool, *Broken) {
	if depth > maxDepth {
		return false, t.broken("nested too deeply")
	}
	if count == 0 {
		t.at++
	}
	c := t.peek()
	if c == end {
		t.at++
		return false, nil
	}
	if count == limit {
		return false, t.broken("too many members or elements")
	}
	if count == 0 {
		return true, nil
	}
	if c != ',' {
		return false, t.broken("comma or end expected")
	}
	t.at++
	return true, nil
}

// number reads by the grammar of RFC 8259: no leading zeros, no bare point, no plus sign.
func (t *Tree) number(place int32) *Broken {
	start := t.at
	if t.source[t.at] == '-' {
		t.at++
	}
	leadingZero := t.at < len(t.source) && t.source[t.at] == '0'
	if whole := t.digits(); whole == 0 || leadingZero && whole > 1 {
		return t.broken("malformed number")
	}
	if t.at < len(t.source) && t.source[t.at] == '.' {
		t.at++
		if t.digits() == 0 {
			return t.broken("malformed number")
		}
	}
	if t.at < len(t.source) && t.source[t.at]|' ' == 'e' {
		t.at++
		if t.at < len(t.source) && (t.source[t.at] == '+' || t.source[t.at] == '-') {
			t.at++
		}
		if t.digits() == 0 {
			return t.broken("malformed number")
		}
	}
	t.Nodes[place].Kind, t.Nodes[place].Text = NumberNode, t.source[start:t.at]
	return nil
}

func (t *Tree) digits() int {
	start := t.at
	for t.at < len(t.source) && isDigit(t.source[t.at]) {
		t.at++
	}
	return t.at - start
}

func (t *Tree) word(place int32) *Broken {
	rest, kind, word := t.source[t.at:], NullNode, "null"
	switch {
	case strings.HasPrefix(rest, "true"):
		kind, word = BooleanNode, "true"
	case strings.HasPrefix(rest, "false"):
		kind, word = BooleanNode, "false"
	case strings.HasPrefix(rest, "null"):
	case rest == "":
		return t.broken("unexpected end")
	default:
		return t.broken("value expected")
	}
	t.Nodes[place].Kind, t.Nodes[place].Text = kind, word
	t.at += len(word)
	return nil
}

// text reads a string; one without escapes is a piece of the source and costs nothing.
func (t *Tree) text() (string, *Broken) {
	t.at++
	start := t.at
	for ; t.at < len(t.source); t.at++ {
		switch c := t.source[t.at]; {
		case c == '"':
			text := t.source[start:t.at]
			t.at++
			return text, nil
		case c == '\\':
			return t.escapedText(start)
		case c < ' ':
			return "", t.broken("raw control character")
		}
	}
	return "", t.broken("unexpected end")
}

func (t *Tree) escapedText(start int) (string, *Broken) {
	var text strings.Builder
	text.WriteString(t.source[start:t.at])
	for t.at < len(t.source) {
		c := t.source[t.at]
		switch {
		case c == '"':
			t.at++
			return text.String(), nil
		case c < ' ':
			return "", t.broken("raw control character")
		case c != '\\':
			text.WriteByte(c)
			t.at++
		default:
			character, broken := t.escape()
			if broken != nil {
				return "", broken
			}
			text.WriteRune(character)
		}
	}
	return "", t.broken("unexpected end")
}

const (
	escapeLetters   = `"\/bfnrt`
	escapedLiterals = "\"\\/\b\f\n\r\t"
)

func (t *Tree) escape() (rune, *Broken) {
	rest := t.source[t.at+1:]
	if rest == "" {
		return 0, t.broken("unexpected end")
	}
	if i := strings.IndexByte(escapeLetters, rest[0]); i >= 0 {
		t.at += 2
		return rune(escapedLiterals[i]), nil
	}
	high, ok := codeUnit(t.source[t.at:])
	if !ok {
		return 0, t.broken("malformed escape")
	}
	if !utf16.IsSurrogate(high) {
		t.at += 6
		return high, nil
	}
	low, _ := codeUnit(t.source[t.at+6:])
	pair := utf16.DecodeRune(high, low)
	if pair == utf8.RuneError {
		return 0, t.broken("lone surrogate")
	}
	t.at += 12
	return pair, nil
}

// codeUnit reads an escape such as \u0041.
func codeUnit(source string) (rune, bool) {
	if len(source) < 6 || source[0] != '\\' || source[1] != 'u' {
		return 0, false
	}
	unit := rune(0)
	for _, c := range []byte(source[2:6]) {
		if !isHex(c) {
			return 0, false
		}
		digit := c & 0x0f
		if c >= 'A' {
			digit += 9
		}
		unit = unit<<4 | rune(digit)
	}
	return unit, true
}

func (t *Tree) space() {
	for t.at < len(t.source) {
		switch t.source[t.at] {
		case ' ', '\t', '\n', '\r':
			t.at++
		default:
			return
		}
	}
}

// peek gives the next byte after white space; 0, which begins nothing, at the end.
func (t *Tree) peek() byte {
	t.space()
	if t.at == len(t.source) {
		return 0
	}
	return t.source[t.at]
}
