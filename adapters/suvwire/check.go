package suvwire

import (
	"encoding/json"
	"strconv"
	"strings"

	"voucherswitch/adapters/strictjson"
)

// Bounds of what is said about a malformed message.
const (
	maxFormatErrors = 100
	maxValue        = 64
)

type presence bool

const (
	required presence = true
	optional presence = false
)

// mark is what was found out about a node.
type mark struct {
	known  bool // the contract declares this member
	opened bool // an object whose members were looked for
}

// check gathers what is wrong with a message while its tree is bound to a Go value.
type check struct {
	*strictjson.Tree
	marks   []mark // by place
	missing []FormatError
	wrong   []FormatError
}

// complain repeats the value, unless it stands within a PIN.
func (c *check) complain(place int32, complaint, value string) {
	if len(c.wrong) == maxFormatErrors {
		return
	}
	path := c.Path(place)
	if strings.Contains(path, ".pin.") {
		value = ""
	}
	value = strictjson.Cut(value, maxValue)
	c.wrong = append(c.wrong, FormatError{Field: path, Msg: path + " " + complaint, Value: value})
}

// lack notes a required field that is not there.
func (c *check) lack(path string) {
	if len(c.missing) < maxFormatErrors {
		c.missing = append(c.missing, FormatError{Field: path, Msg: path + " may not be null"})
	}
}

// unknown lists the members that no model declares. Their values are not repeated: they may hold anything.
func (c *check) unknown() []FormatError {
	var list []FormatError
	for place := 1; place < len(c.Nodes) && len(list) < maxFormatErrors; place++ {
		if c.marks[c.Nodes[place].Parent].opened && !c.marks[place].known {
			path := c.Path(int32(place))
			list = append(list, FormatError{Field: path, Msg: path + " is not a known property"})
		}
	}
	return list
}

// object is a JSON object whose members are being taken.
type object struct {
	*check
	place int32
}

// open starts to take an object's members; whatever is not taken then is unknown.
func (c *check) open(place int32) (object, bool) {
	if c.Nodes[place].Kind != strictjson.ObjectNode {
		c.complain(place, "must be an object", "")
		return object{}, false
	}
	c.marks[place].opened = true
	return object{c, place}, true
}

// leaveUnread forgets that the object was opened: its form is not known, so no member can be called unknown.
func (o object) leaveUnread() { o.marks[o.place].opened = false }

// find takes a member, 0 if it is absent or null, which are the same.
func (o object) find(name string, need presence) int32 {
	child := o.Member(o.place, name)
	if child != 0 {
		o.marks[child].known = true
		if o.Nodes[child].Kind != strictjson.NullNode {
			return child
		}
	}
	if need == required {
		o.lack(o.PathOf(o.place, name))
	}
	return 0
}

// text takes a string without control characters.
func (o object) text(name string, need presence, check rule) string {
	child := o.find(name, need)
	if child == 0 {
		return ""
	}
	text, complaint := o.textAt(child, hasControl, check)
	if complaint != "" {
		o.complain(child, complaint, o.Nodes[child].Text)
	}
	return text
}

// secret takes a string that is never repeated in a complaint.
func (o object) secret(name string, need presence, check rule) Secret {
	child := o.find(name, need)
	if child == 0 {
		return Secret{}
	}
	text, complaint := o.textAt(child, hasControl, check)
	if complaint != "" {
		o.complain(child, complaint, "")
	}
	return NewSecret(text)
}

// prose takes text for people, which may run over several lines.
func (o object) prose(name string, need presence, check rule) string {
	child := o.find(name, need)
	if child == 0 {
		return ""
	}
	return o.proseAt(child, check)
}

// proseAt repeats no value in a complaint, since instructions and slip lines may spell out a code.
func (o object) proseAt(place int32, check rule) string {
	text, complaint := o.textAt(place, hasControlBesidesLayout, check)
	if complaint != "" {
		o.complain(place, complaint, "")
	}
	return text
}

// textAt accepts a number for a string, as the sender wrote it (wire contract, section 3).
func (o object) textAt(place int32, forbidden func(string) bool, check rule) (text, complaint string) {
	n := &o.Nodes[place]
	switch {
	case n.Kind != strictjson.TextNode && n.Kind != strictjson.NumberNode:
		return "", "must be a string"
	case forbidden(n.Text):
		return "", "may not contain control characters"
	default:
		return n.Text, check(n.Text)
	}
}

func (o object) whole(name string, need presence) *int64 {
	child := o.find(name, need)
	if child == 0 {
		return nil
	}
	n := &o.Nodes[child]
	number, err := strconv.ParseInt(n.Text, 10, 64)
	if n.Kind != strictjson.NumberNode || err != nil {
		o.complain(child, "must be a whole number of 64 bits", n.Text)
		return nil
	}
	return &number
}

func (o object) number(name string) json.Number {
	child := o.find(name, optional)
	if child == 0 {
		return ""
	}
	n := &o.Nodes[child]
	if _, err := strconv.ParseFloat(n.Text, 64); n.Kind != strictjson.NumberNode || err != nil {
		o.complain(child, "must be a number", n.Text)
		return ""
	}
	return json.Number(n.Text)
}

func (o object) boolean(name string) *bool {
	child := o.find(name, optional)
	if child == 0 {
		return nil
	}
	n := &o.Nodes[child]
	if n.Kind != strictjson.BooleanNode {
		o.complain(child, "must be true or false", n.Text)
		return nil
	}
	value := n.Text == "true"
	return &value
}

// must takes a required object.
func must[T any](o object, name string, bind func(object) T) (value T) {
	if child := o.find(name, required); child != 0 {
		if member, ok := o.open(child); ok {
			return bind(member)
		}
	}
	return value
}

// one takes an optional object.
func one[T any](o object, name string, bind func(object) T) *T {
	if child := o.find(name, optional); child != 0 {
		if member, ok := o.open(child); ok {
			value := bind(member)
			return &value
		}
	}
	return nil
}

// list takes an array of objects. An empty array is nil where it may be left out, and never nil where it may not.
func list[T any](o object, name string, need presence, bind func(object) T) []T {
	var values []T
	if need == required {
		values = []T{}
	}
	o.each(name, need, func(place int32) {
		if element, ok := o.open(place); ok {
			values = append(values, bind(element))
		}
	})
	return values
}

// paragraphs takes an optional array of texts for people.
func (o object) paragraphs(name string) (texts []string) {
	o.each(name, optional, func(place int32) { texts = append(texts, o.proseAt(place, anyText)) })
	return texts
}

func (o object) each(name string, need presence, visit func(place int32)) {
	place := o.find(name, need)
	if place == 0 {
		return
	}
	if o.Nodes[place].Kind != strictjson.ListNode {
		o.complain(place, "must be an array", "")
		return
	}
	for element := o.Nodes[place].First; element != 0; element = o.Nodes[element].Next {
		if o.Nodes[element].Kind == strictjson.NullNode {
			o.lack(o.Path(element))
			continue
		}
		visit(element)
	}
}
