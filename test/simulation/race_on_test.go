//go:build race

package simulation

// With the race detector a seed takes some eight times as long, so that fewer are run.
const (
	shortForm = 16
	repeated  = 4
)
