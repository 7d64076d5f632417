package suvwire

import "testing"

// Time is as the machine is; what is allocated is as the code is.
func TestAMessageIsReadAndWrittenWithFewAllocations(t *testing.T) {
	body := []byte(sample(t, "provision-request-typical.json"))
	message, refused := DecodeProvisionRequest(body)
	if refused != nil {
		t.Fatal(refused)
	}
	for _, c := range []struct {
		name string
		does func()
		most float64
	}{
		{"read", func() { DecodeProvisionRequest(body) }, 40},
		{"written", func() { _, _ = Encode(message) }, 8},
	} {
		if got := testing.AllocsPerRun(100, c.does); got > c.most {
			t.Errorf("%s: %v allocations, at most %v", c.name, got, c.most)
		}
	}
}
