// Package voucher is the lifecycle of a voucher's provision: a transaction as a value, what can happen to it, and the
// one table that decides. It has no clock, no context, no I/O and no format.
package voucher
