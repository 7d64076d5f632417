package suvwire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzDecodeProvisionRequest(f *testing.F) {
	for _, name := range []string{"provision-request.json", "provision-request-typical.json", "basic-reversal.json"} {
		f.Add([]byte(sample(f, name)))
	}
	f.Add([]byte(`{"id":"\ud83d\ude00","a":[1e9,-0,true,null,{}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		request, refused := DecodeProvisionRequest(body)
		if (request == nil) == (refused == nil) {
			t.Fatal("neither or both")
		}
		if refused != nil {
			if len(refused.List) == 0 || len(refused.List) > 2*maxFormatErrors {
				t.Fatalf("%d violations", len(refused.List))
			}
			return
		}
		written, err := Encode(request)
		if err != nil {
			t.Fatal(err)
		}
		again, refused := DecodeProvisionRequest(written)
		if refused != nil {
			t.Fatal(refused)
		}
		if diff := cmp.Diff(request, again); diff != "" {
			t.Error(diff)
		}
	})
}

func BenchmarkDecodeProvisionRequest(b *testing.B) {
	for _, name := range []string{"provision-request-typical.json", "provision-request.json"} {
		body := []byte(sample(b, name))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, refused := DecodeProvisionRequest(body); refused != nil {
					b.Fatal(refused)
				}
			}
		})
	}
}

func BenchmarkEncodeProvisionRequest(b *testing.B) {
	request, refused := DecodeProvisionRequest([]byte(sample(b, "provision-request-typical.json")))
	if refused != nil {
		b.Fatal(refused)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(request); err != nil {
			b.Fatal(err)
		}
	}
}
