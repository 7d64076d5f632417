package strictjson

import (
	"errors"
	"strconv"
)

var errNoObject = errors.New("body must be an object")

// Object is a JSON object whose members are being taken. Members of no interest pass; the first that is not what it
// should be is what Err tells, so that a shape is read in one go and judged once.
type Object struct {
	tree  *Tree
	place int32 // none if below zero
	err   *error
}

// Open reads a whole body, which must be an object.
func Open(body []byte) Object {
	tree, broken := Parse(body)
	var err error
	switch {
	case broken != nil:
		err = broken
	case tree.Nodes[0].Kind != ObjectNode:
		err = errNoObject
	default:
		return Object{tree, 0, &err}
	}
	return Object{tree, -1, &err}
}

// Err is the first thing that was wrong, nil if nothing was. It holds no value.
func (o Object) Err() error { return *o.err }

// Has tells that a member is there and not null.
func (o Object) Has(name string) bool {
	child := o.find(name)
	return child != 0 && o.tree.Nodes[child].Kind != NullNode
}

// Text takes a string, empty if it is absent or null.
func (o Object) Text(name string) string {
	return o.take(name, TextNode)
}

// Whole takes a number without fraction or exponent, zero if it is absent or null.
func (o Object) Whole(name string) int64 {
	text := o.take(name, NumberNode)
	if text == "" {
		return 0
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		o.complain(name, "must be a whole number of 64 bits")
	}
	return number
}

// Object takes an object, one without members if it is absent or null.
func (o Object) Object(name string) Object {
	o.take(name, ObjectNode)
	child := o.find(name)
	if child == 0 || o.tree.Nodes[child].Kind != ObjectNode {
		child = -1
	}
	return Object{o.tree, child, o.err}
}

func (o Object) find(name string) int32 {
	if o.place < 0 {
		return 0
	}
	return o.tree.Member(o.place, name)
}

func (o Object) take(name string, kind Kind) string {
	if !o.Has(name) {
		return ""
	}
	n := o.tree.Nodes[o.find(name)]
	if n.Kind != kind {
		o.complain(name, "is of another kind")
		return ""
	}
	return n.Text
}

func (o Object) complain(name, reason string) {
	if *o.err == nil {
		*o.err = &Broken{o.tree.PathOf(o.place, name), reason}
	}
}
