package voucher

import "testing"

// decided are the two decisions of a voucher sold.
func decided(a Attempt) Decision {
	return Open(a).Next.Record(approval(firstCode), Draft{})
}

func BenchmarkDecide(b *testing.B) {
	a := attempt(Capabilities{Reversals: true}, DualMessaging)
	b.ReportAllocs()
	for b.Loop() {
		decided(a)
	}
}

// Time is as the machine is; what is allocated is as the code is.
func TestDecidingASaleAllocatesLittle(test *testing.T) {
	a := attempt(Capabilities{Reversals: true}, DualMessaging)
	if got, most := testing.AllocsPerRun(100, func() { decided(a) }), 8.0; got > most {
		test.Errorf("%v allocations, at most %v", got, most)
	}
}
