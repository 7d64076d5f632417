package contract

import (
	"time"

	"voucherswitch/domain/voucher"
)

func bySerial(channel voucher.ChannelID, serial string) voucher.Key {
	return voucher.Key{Channel: channel, SerialNumber: serial}
}

func byCode(channel voucher.ChannelID, serial string) voucher.Key {
	return voucher.Key{Channel: channel, Code: codeOf(serial)}
}

var byVoucher = []promise{
	{"a channel finds its own by serial number, by code, or by both", func(b *bench) {
		want := b.sell("1")
		b.sell("2")
		both := voucher.Key{Channel: shop, SerialNumber: "1", Code: codeOf("1")}
		for _, key := range []voucher.Key{bySerial(shop, "1"), byCode(shop, "1"), both} {
			b.equal(want, b.find(key))
		}
	}},
	{"serial number and code must belong to one voucher", func(b *bench) {
		b.sell("1")
		b.sell("2")
		b.lacks(voucher.Key{Channel: shop, SerialNumber: "1", Code: codeOf("2")})
		b.lacks(bySerial(shop, "3"))
		b.lacks(byCode(shop, "3"))
		b.lacks(bySerial(shop, codeOf("1").Reveal()))
	}},
	{"another channel's voucher is not found", func(b *bench) {
		theirs := b.sell("1", byOtherShop)
		b.lacks(bySerial(shop, "1"))
		b.lacks(byCode(shop, "1"))
		b.equal(theirs, b.find(bySerial(otherShop, "1")))
	}},
	{"by id and channel only the channel's own is found", func(b *bench) {
		theirs := b.sell("1", byOtherShop)
		b.lacks(voucher.Key{Channel: shop, ID: theirs.ID})
		b.equal(theirs, b.find(voucher.Key{Channel: otherShop, ID: theirs.ID}))
		b.equal(theirs, b.find(voucher.ByID(theirs.ID)))
	}},
	{"a key that names nothing finds nothing", func(b *bench) {
		b.sell("1")
		b.lacks(voucher.Key{Channel: shop})
		b.lacks(voucher.Key{})
	}},
	{"a voucher that is mere evidence is not found", func(b *bench) {
		t := b.doubt()
		b.write(t.Record(approved("1"), b.draft()))
		b.lacks(bySerial(shop, "1"))
		b.lacks(byCode(shop, "1"))
	}},
	{"what was Provisioned once is found ever after", func(b *bench) {
		t := b.sell("1")
		t = b.write(t.Reverse(b.reversal(t)))
		t = b.write(answered(t, voucher.AdviceAcknowledged))
		b.equal(t, b.find(byCode(shop, "1")))
	}},
	{"of several the youngest is found", func(b *bench) {
		b.sell("1")
		b.clock.advance(time.Hour)
		youngest := b.sell("1")
		b.clock.advance(time.Hour)
		b.sell("1", byOtherShop)
		b.equal(youngest, b.find(bySerial(shop, "1")))
		b.equal(youngest, b.find(byCode(shop, "1")))
	}},
}

var overdue = []promise{
	{"a lease that has not ended is not overdue", func(b *bench) {
		t := b.open()
		b.clock.advance(lease - time.Microsecond)
		b.sameList(nil, b.overdue(10))
		b.clock.advance(time.Microsecond)
		b.sameList([]voucher.TransactionID{t.ID}, b.overdue(10))
	}},
	{"the oldest come first, up to the limit", func(b *bench) {
		long := b.open(func(a *voucher.Attempt) { a.Terms.Lease = 2 * lease })
		first, second := b.open(), b.open()
		b.clock.advance(time.Minute)
		b.sameList([]voucher.TransactionID{first.ID, second.ID, long.ID}, b.overdue(10))
		b.sameList([]voucher.TransactionID{first.ID, second.ID}, b.overdue(2))
	}},
	{"what is decided is never overdue", func(b *bench) {
		for _, h := range histories {
			h.tell(b)
		}
		b.clock.advance(24 * time.Hour)
		b.sameList(nil, b.overdue(100))
	}},
	{"what is left undecided for days stays overdue, whatever is decided around it", func(b *bench) {
		before, left := b.open(), b.open()
		b.write(before.Record(declined(), b.draft()))
		for range 70 {
			b.sell("1")
			b.clock.advance(24 * time.Hour)
			b.sameList([]voucher.TransactionID{left.ID}, b.overdue(10))
		}
		b.write(left.Lapse(b.draft()))
		b.sameList(nil, b.overdue(10))
	}},
	{"an intent is found after long quiet with many passes", func(b *bench) {
		for range 100 {
			b.clock.advance(time.Hour)
			b.sameList(nil, b.overdue(10))
		}
		t := b.open()
		b.clock.advance(lease)
		b.sameList([]voucher.TransactionID{t.ID}, b.overdue(10))
	}},
	{"an intent that arrives with a time of minutes ago is found, if not by the next pass", func(b *bench) {
		b.sell("1")
		for range 100 {
			b.clock.advance(time.Hour)
			b.sameList(nil, b.overdue(10))
		}
		b.clock.advance(-9 * time.Minute)
		t := b.open()
		b.clock.advance(9 * time.Minute)
		var found []voucher.TransactionID
		for passes := 0; passes < 40 && found == nil; passes++ {
			b.clock.advance(time.Minute)
			found = b.overdue(10)
		}
		b.sameList([]voucher.TransactionID{t.ID}, found)
	}},
	{"an intent is found after a clock that ran ahead was set right", func(b *bench) {
		b.sell("1")
		b.clock.advance(24 * time.Hour)
		for range 100 {
			b.sameList(nil, b.overdue(10))
		}
		b.clock.advance(-24 * time.Hour)
		t := b.open()
		b.clock.advance(lease)
		b.sameList([]voucher.TransactionID{t.ID}, b.overdue(10))
	}},
}
