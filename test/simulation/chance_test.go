package simulation

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// seed makes whatever is left to chance, from who asks and what for.
type seed uint64

// draw is a number that is the seed's for these words.
func (s seed) draw(words ...string) uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037) ^ uint64(s)*0x9e3779b97f4a7c15
	for _, word := range words {
		for i := range len(word) {
			h = (h ^ uint64(word[i])) * prime
		}
		h = (h ^ 0xff) * prime // words end
	}
	h ^= h >> 30
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 27
	h *= 0x94d049bb133111eb
	return h ^ h>>31
}

// part is a number in [0, 1).
func (s seed) part(words ...string) float64 { return float64(s.draw(words...)>>11) / (1 << 53) }

// between is a duration from least to below most, to the nanosecond, so that no two are the same.
func (s seed) between(least, most time.Duration, words ...string) time.Duration {
	return least + time.Duration(s.draw(words...)%uint64(most-least))
}

// stream is the stream of numbers of one actor, which draws them one after the other.
func (s seed) stream(words ...string) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(s), s.draw(words...)))
}

// uuid is an id that is the seed's for these words.
func (s seed) uuid(words ...string) string {
	a, b := s.draw(append(words, "a")...), s.draw(append(words, "b")...)
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

// digits are a code of that many.
func (s seed) digits(count int64, words ...string) string {
	limit := uint64(1)
	for range count {
		limit *= 10
	}
	return fmt.Sprintf("%0*d", int(count), s.draw(words...)%limit)
}

// instant tells the simulated present among the words of a draw.
func instant() string { return fmt.Sprint(time.Now().UnixNano()) }
