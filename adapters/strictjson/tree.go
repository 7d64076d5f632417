package strictjson

import (
	"strconv"
	"sync"
)

const maxName = 64 // characters of a name that are shown

// spare are slices of nodes of trees that were released.
var spare = sync.Pool{New: func() any { return new([]Node) }}

// keptNodes bounds what a released tree leaves for others.
const keptNodes = 1024

// Release gives the tree's nodes to the next one. Texts that were taken from it stay good; the tree must not be used
// again.
func (t *Tree) Release() {
	if cap(t.Nodes) == 0 || cap(t.Nodes) > keptNodes {
		return
	}
	clear(t.Nodes)
	nodes := t.Nodes[:0]
	t.Nodes = nil
	spare.Put(&nodes)
}

// Member finds an object's member by its exact name; 0 if there is none.
func (t *Tree) Member(place int32, name string) int32 {
	for child := t.Nodes[place].First; child != 0; child = t.Nodes[child].Next {
		if t.Nodes[child].Name == name {
			return child
		}
	}
	return 0
}

// Path spells a node's place in the message, as in thirdPartyIdentifiers[0].transactionIdentifier.
func (t *Tree) Path(place int32) string {
	if place == 0 {
		return ""
	}
	parent := t.Nodes[place].Parent
	if t.Nodes[parent].Kind == ListNode {
		index := 0
		for child := t.Nodes[parent].First; child != place; child = t.Nodes[child].Next {
			index++
		}
		return t.Path(parent) + "[" + strconv.Itoa(index) + "]"
	}
	return t.PathOf(parent, t.Nodes[place].Name)
}

// PathOf spells the place of a member that an object has or lacks. A name is the sender's text, so it is cut short,
// may not bring line breaks into a log, and is seen even if it is empty.
func (t *Tree) PathOf(object int32, name string) string {
	name = Cut(name, maxName)
	if name == "" || hasControl(name) {
		name = strconv.Quote(name)
	}
	if object == 0 {
		return name
	}
	return t.Path(object) + "." + name
}

// Cut shortens text to at most limit characters.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for i := range text {
		if limit == 0 {
			return text[:i]
		}
		limit--
	}
	return text
}

func hasControl(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] == 0x7f {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || 'A' <= c && c <= 'F' || 'a' <= c && c <= 'f' }
