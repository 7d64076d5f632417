package suvwire

import (
	"strconv"
)

// member finds an object's member by its exact name; 0 if there is none.
func (t *tree) member(place int32, name string) int32 {
	for child := t.nodes[place].first; child != 0; child = t.nodes[child].next {
		if t.nodes[child].name == name {
			return child
		}
	}
	return 0
}

// rootUUID gives a top-level member that is a well-formed UUID, else nothing. It serves on a half-read tree too.
func (t *tree) rootUUID(name string) string {
	if len(t.nodes) == 0 {
		return ""
	}
	child := t.member(0, name)
	if child == 0 || t.nodes[child].kind != textNode || !IsUUID(t.nodes[child].text) {
		return ""
	}
	return t.nodes[child].text
}

// path spells a node's place in the message, as in thirdPartyIdentifiers[0].transactionIdentifier.
func (t *tree) path(place int32) string {
	if place == 0 {
		return ""
	}
	parent := t.nodes[place].parent
	if t.nodes[parent].kind == listNode {
		index := 0
		for child := t.nodes[parent].first; child != place; child = t.nodes[child].next {
			index++
		}
		return t.path(parent) + "[" + strconv.Itoa(index) + "]"
	}
	return t.pathOf(parent, t.nodes[place].name)
}

// pathOf spells the place of a member that an object has or lacks. A name is the sender's text, so it is cut short
// and may not bring line breaks into a log.
func (t *tree) pathOf(object int32, name string) string {
	name = cut(name, maxValue)
	if hasControl(name) {
		name = strconv.Quote(name)
	}
	if object == 0 {
		return name
	}
	return t.path(object) + "." + name
}
