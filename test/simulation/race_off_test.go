//go:build !race

package simulation

const (
	shortForm = 1300 // seeds, so that 150,000 sales are made in memory and on SQLite, 20,000 of them there
	repeated  = 60   // seeds that are run twice
)
