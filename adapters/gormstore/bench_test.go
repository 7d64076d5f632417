package gormstore

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
)

// BenchmarkAppend measures an intent and its approval, each a durable commit, alone and with many at once.
func BenchmarkAppend(b *testing.B) {
	for _, parallel := range []int{1, 32} {
		b.Run(fmt.Sprint("parallel ", parallel), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "bench.db"), time.Now)
			var minted atomic.Int64
			b.SetParallelism(parallel)
			b.ResetTimer()
			b.RunParallel(func(turn *testing.PB) {
				for turn.Next() {
					intent := contract.FullMove()
					intent.Transaction = voucher.TransactionID(fmt.Sprintf("%036d", minted.Add(1)))
					intent.Queues = nil
					if err := s.Append(context.Background(), voucher.Decision{Move: intent}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkFind measures the replay of a transaction by its id.
func BenchmarkFind(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "bench.db"), time.Now)
	move := contract.FullMove()
	if err := s.Append(context.Background(), voucher.Decision{Move: move}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Find(context.Background(), voucher.ByID(move.Transaction)); err != nil {
			b.Fatal(err)
		}
	}
}
