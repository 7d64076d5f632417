//go:build !race

package simulation

const (
	shortForm = 300 // seeds
	repeated  = 60  // seeds that are run twice
)
