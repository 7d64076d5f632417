package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestEveryKindHasAName(t *testing.T) {
	for k := Internal; k <= Ambiguous; k++ {
		if k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
}

func TestAForeignErrorIsInternalAndItsTextStaysInside(t *testing.T) {
	err := errors.New("dial tcp: secret driver text")
	if KindOf(err) != Internal {
		t.Errorf("kind = %v, want internal", KindOf(err))
	}
	if Text(err) == err.Error() {
		t.Error("a foreign error's text reached the channel")
	}
}

func TestTheOutermostKindCountsAndTheCauseIsKept(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("context: %w", Wrap(Stale, cause, "moved"))
	if !Is(err, Stale) || !errors.Is(err, cause) || Text(err) != "moved" {
		t.Errorf("kind %v, text %q", KindOf(err), Text(err))
	}
	if Is(nil, Internal) {
		t.Error("nil is a fault")
	}
}
