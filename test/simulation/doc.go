// Package simulation runs several replicas of the real switch, the real servers and clients between them, and the
// simulator's providers, in one bubble of simulated time: lines, journal, replicas, clocks and channels fail as a seed
// says, all of it drains, and an oracle joins the providers' books with the journal and with what channels were told.
//
// Everything hangs on two rules. Whatever is left to chance is a function of the seed, of who asks, what for, and when,
// and never of a shared stream. And whatever takes time takes a number of nanoseconds that nothing else takes. So it
// does not matter which of two goroutines the scheduler runs first, and a seed has one trace.
package simulation
