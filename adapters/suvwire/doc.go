// Package suvwire is the Single Use Vouchers wire: the shapes of every message of the wire contract, a strict reader
// for them, and the contract's format rules. The channel API, the SUV provider client and the provider simulator
// share it, so that all three agree on what a well-formed message is.
//
// A body goes through two steps. The strict reader (adapters/strictjson) turns bytes into a flat tree of nodes and
// refuses what encoding/json would let pass: duplicate names, trailing data, bad UTF-8, deep nesting. Then one
// function for each model (bind_*.go) takes the model's fields from the tree in the contract's order and gathers what
// breaks a rule. The order of those functions is the order in which violations are reported; the order of the struct
// fields is the order in which bytes are written.
package suvwire
