package ports

import "time"

// Clock tells the time, with a monotonic reading.
type Clock func() time.Time

// NewID makes a new unique id, a UUID.
type NewID func() string

// Chance is a random number in [0, 1), for jitter.
type Chance func() float64
