// Package voucher is the lifecycle of one voucher's provision, from a channel's wish to the sale that stands or is
// undone. It has no clock, no context, no I/O and no format: time and ids come in as arguments.
//
// What happens is a Fact: a channel orders, confirms or reverses; a provider approves, declines or leaves a doubt; a
// lease lapses; an operator finds out. A verb of Transaction takes the fact, asks the one table below and returns a
// Decision: the next Transaction, one Move, and what the channel is told instead of yes. The move carries everything
// that must become durable together: the voucher, the advice that enters the queue, the one that leaves it or is due
// now, the case that opens or closes, the answer to be sent again. A journal writes it whole or not at all, and only
// upon the version it was decided from. A transaction is its moves, replayed.
//
// A voucher is bearer money, so doubt never ends as failure. What may have been issued is reversed until the provider
// has settled it; where no message can, a person gets a case. The settle rule guards the race that loses vouchers: a
// reversal that overtakes its provision is acknowledged, or not found, before the voucher is issued. Its answer is
// final only if the provision could take no effect any more when the reversal was sent (the horizon), if the approval
// had been recorded by then, or if the provider remembers reversals. And "not found" never outweighs a recorded
// approval.
//
// What a channel may sell in a day can be limited. The opening move reserves the price, for a journal to refuse, and
// the move to Declined, NotSent or Reversed gives it back: once, since no way leads out of these.
//
// In the table, stay is a harmless repeat: nothing is written, the kept answer stands. Noted is a move to the same
// state. Evidence is a voucher kept, sealed. The advice that is settled or due now is the one in the queue; a case is
// opened unless it is said to be closed; refused is what the channel is told instead of yes.
//
// The table, printed from the code:
//
//	(absent)     ordered              → Sending
//	             confirm              refused: not found
//	             reverse              → Barred, refused: not found
//
//	Sending      ordered              refused: duplicate
//	             approved             the switch confirms: → Provisioned, evidence, own confirmation queued
//	                                  else → Provisioned, evidence
//	             declined             → Declined
//	             not sent             → NotSent
//	             in doubt             takes reversals: → Reversing, reversal queued
//	                                  else → Parked, case
//	             lease lapsed         takes reversals: → Reversing, reversal queued
//	                                  else → Parked, case
//	             confirm              refused: undecided
//	             reverse              takes reversals: → Reversing, reversal queued for lease's end
//	                                  else → Parked, case
//
//	Provisioned  ordered              refused: duplicate
//	             approved             stay
//	             second voucher       noted, evidence, case
//	             in doubt             stay
//	             lease lapsed         stay
//	             confirm              wants confirmations: → Confirmed, confirmation queued, advice settled
//	                                  else → Confirmed, advice settled
//	             confirm on behalf    the switch confirms: → Confirmed
//	                                  else never
//	             reverse              takes reversals: → Reversing, reversal queued, advice settled
//	                                  else → Parked, advice settled, case
//	             case closed          noted
//
//	Declined     ordered              refused: duplicate
//	             approved             approval recorded: stay
//	                                  else noted, evidence, case
//	             second voucher       noted, evidence, case
//	             declined             stay
//	             not sent             stay
//	             in doubt             stay
//	             lease lapsed         stay
//	             confirm              refused: not found
//	             reverse              noted
//	             reversal settled     stay
//	             reversal refused     stay
//	             case closed          noted
//
//	NotSent      ordered              refused: duplicate
//	             approved             approval recorded: stay
//	                                  else noted, evidence, case
//	             second voucher       noted, evidence, case
//	             declined             stay
//	             not sent             stay
//	             in doubt             stay
//	             lease lapsed         stay
//	             confirm              refused: not found
//	             reverse              noted
//	             reversal settled     stay
//	             reversal refused     stay
//	             case closed          noted
//
//	Confirmed    ordered              refused: duplicate
//	             approved             approval recorded: stay
//	                                  else noted, evidence
//	             second voucher       noted, evidence, case
//	             in doubt             stay
//	             lease lapsed         stay
//	             confirm              channel reversed: refused: already reversed
//	                                  else stay
//	             confirm on behalf    stay
//	             reverse              channel reversed: noted
//	                                  else refused: already confirmed
//	             reversal settled     noted, case
//	             reversal refused     noted, case
//	             confirmation settled noted, advice settled
//	             confirmation refused noted, advice settled, case
//	             case closed          noted
//	             hastened             noted, due now
//
//	Reversing    ordered              refused: duplicate
//	             approved             approval recorded: stay
//	                                  else noted, evidence, due now
//	             second voucher       noted, evidence, case
//	             declined             no approval recorded: → Reversed, advice settled
//	                                  else never
//	             not sent             no approval recorded: → Reversed, advice settled
//	                                  else never
//	             in doubt             noted, due now
//	             lease lapsed         noted, due now
//	             confirm              refused: already reversed
//	             confirm on behalf    stay
//	             reverse              noted
//	             reversal settled     → Reversed, advice settled
//	             reversal refused     → Parked, advice settled, case
//	             case closed          noted
//	             hastened             noted, due now
//
//	Reversed     ordered              refused: duplicate
//	             approved             approval recorded: stay
//	                                  settled by a 2xx: noted, evidence
//	                                  else noted, evidence, case
//	             second voucher       noted, evidence, case
//	             declined             stay
//	             not sent             stay
//	             in doubt             stay
//	             lease lapsed         stay
//	             confirm              refused: already reversed
//	             confirm on behalf    stay
//	             reverse              noted
//	             reversal settled     stay
//	             reversal refused     stay
//	             case closed          noted
//
//	Parked       ordered              refused: duplicate
//	             approved             approval recorded: stay
//	                                  else noted, evidence
//	             second voucher       noted, evidence, case
//	             declined             no approval recorded: → Declined, case closed
//	                                  else stay
//	             not sent             no approval recorded: → Declined, case closed
//	                                  else stay
//	             in doubt             stay
//	             lease lapsed         stay
//	             confirm              channel reversed: refused: already reversed
//	                                  else refused: status unknown
//	             confirm on behalf    stay
//	             reverse              noted
//	             reversal settled     → Reversed, case closed
//	             reversal refused     stay
//	             found issued         → Confirmed, case closed
//	             found undone         → Reversed, case closed
//	             case closed          noted
//
//	Barred       ordered              refused: already reversed
//	             approved             approval recorded: stay
//	                                  else noted, evidence, case
//	             second voucher       noted, evidence, case
//	             in doubt             stay
//	             lease lapsed         stay
//	             confirm              refused: not found
//	             reverse              noted, refused: not found
//	             case closed          noted
//
// A fact that a state does not list is impossible there: a bug of ours, or a provider that contradicts itself.
package voucher
