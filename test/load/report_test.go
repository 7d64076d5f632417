package main

import (
	"strings"
	"testing"
)

func TestAVerdictIsOfMediansAndOfTheRightDirection(t *testing.T) {
	b := book{"switch": {900, 20, 1000}, "floor": {500, 450, 9000}, "even": {1, 2, 3, 4}}
	for _, c := range []struct {
		g      goal
		passed bool
	}{
		{goal{"g", 1.8, true}, true}, {goal{"g", 1.81, true}, false},
		{goal{"g", 1.8, false}, true}, {goal{"g", 1.79, false}, false},
	} {
		var r report
		r.ratio("part", c.g, b, "switch", "floor", "a second")
		v := r.Verdicts[0]
		if v.Value != 1.8 || v.Passed != c.passed || (r.failed() == 0) != c.passed ||
			!strings.Contains(v.Figures, "900 switch / 500 floor") {
			t.Errorf("%+v: %+v", c.g, v)
		}
	}
	if got := b.median("even"); got != 2.5 {
		t.Errorf("the median of four is %g", got)
	}
	var r report
	if r.ratio("part", goal{"g", 1, true}, b, "switch", "nobody", ""); r.Verdicts[0].Passed {
		t.Error("a comparison with nobody is passed")
	}
	if r.ratio("part", goal{"g", 1, false}, b, "nobody", "floor", ""); r.Verdicts[1].Passed {
		t.Error("a contender without a score passed")
	}
}
