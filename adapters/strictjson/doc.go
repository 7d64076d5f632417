// Package strictjson reads what a stranger wrote. It refuses what encoding/json would let pass (duplicate names,
// trailing data, bad UTF-8, deep nesting) and finds members by their exact names, where encoding/json takes "Amount"
// for "amount". A vendor's yes is money, so it must say one thing only.
//
// Parse gives the whole tree, for a reader that reports every violation; Open an Object, for one that only needs to
// know whether the body is what it should be.
package strictjson
