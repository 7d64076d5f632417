package exchange

import (
	"slices"
	"testing"
)

func TestARuleThatOthersHideIsNamed(t *testing.T) {
	for _, c := range []struct {
		rules Rules[int]
		names []string
	}{
		{Rules[int]{On(208, 208, 1), On(200, 299, 2)}, nil},
		{Rules[int]{On(200, 299, 2), On(208, 208, 1)}, []string{"On(208, 208, 1)"}},
		{Rules[int]{On(400, 450, 1), On(451, 499, 2), On(440, 460, 3)}, []string{"On(440, 460, 3)"}},
		{Rules[int]{On(400, 450, 1), On(440, 460, 3)}, nil},
		{Rules[int]{On(299, 200, 1)}, []string{"On(299, 200, 1)"}},
	} {
		if got := c.rules.Unreachable(); !slices.Equal(got, c.names) {
			t.Errorf("%v: %v, want %v", c.rules, got, c.names)
		}
	}
}
