package model

import "voucherswitch/domain/voucher"

var answerNames = [...]string{"nothing", "yes", "no", "an error that does not tell", "garbage", "known already",
	"not found", "no answer in time", "not sent"}

// sell is the provider's way with the provision: at any moment until the horizon, or never. A provider says no only
// where nothing was issued, and yes only where it was; an error, garbage and a replay may stand for either. A provision
// that is lost is one that never arrives, and a lost answer one that nobody hears before the time-out.
func (m *machine) sell(w world) {
	if w.request != flying {
		return
	}
	x := w
	x.request = arrived
	if w.books == barred {
		x.answer = no
		m.emit(x, true, "the provider", "refuses the provision, as its reversal came first", "")
		return
	}
	x.books = issued
	for _, says := range m.bounds.doubts(yes, failing, garbage, replayed) {
		x.answer = says
		m.emit(x, says == yes, "the provider", "issues the voucher and says", answerNames[says])
	}
	x.books = w.books
	for _, says := range m.bounds.doubts(no, failing) {
		x.answer = says
		m.emit(x, false, "the provider", "issues nothing and says", answerNames[says])
	}
}

// advised is the provider's way with the advices that are on their way, awaited or not.
func (m *machine) advised(w world) {
	for n, l := range w.lanes {
		if l.at != advising || l.answer != silence {
			continue
		}
		kind, who := m.advices[l.advice].Kind, "the provider"
		for i, way := range m.ways(w, kind) {
			x := w
			x.books, x.lanes[n].answer = way.books, way.says
			m.emit(x, i == 0, who, "gets the "+kind.String()+" and says", answerNames[way.says])
		}
	}
	for _, kind := range []voucher.AdviceKind{voucher.Reversal, voucher.Confirmation} {
		if w.strays&strayOf(kind) == 0 {
			continue
		}
		for _, way := range m.ways(w, kind) {
			x := w
			x.books = way.books // it may come again, and may as well not: it stays on its way
			if x != w {
				m.emit(x, false, "the provider", "gets a delayed "+kind.String()+" and says, to nobody", answerNames[way.says])
			}
		}
	}
}

// way is what a provider may do with an advice: what its books say then, and what it says.
type way struct {
	books books
	says  answer
}

// ways are a provider's, the common one first. One that fails is one whose answer is lost: to the switch both are no
// answer, and TestEveryWireReadsTheModelsAnswersAlike shows it.
func (m *machine) ways(w world, kind voucher.AdviceKind) []way {
	if kind == voucher.Confirmation {
		return confirmationWays[w.books]
	}
	if w.books != nothing {
		return reversalWays[w.books]
	}
	switch {
	case m.profile.capabilities.RemembersReversals && !m.profile.forgets:
		return rememberingWays
	case m.profile.hasty:
		return hastyWays
	default:
		return plainWays
	}
}

var (
	plainWays       = []way{{nothing, unknown}}
	hastyWays       = []way{{nothing, yes}, {nothing, unknown}}
	rememberingWays = []way{{barred, unknown}, {barred, yes}}

	reversalWays = [...][]way{
		issued:    {{reversed, yes}, {issued, no}},
		reversed:  {{reversed, yes}},
		confirmed: {{confirmed, no}},
		barred:    {{barred, unknown}, {barred, yes}},
	}
	confirmationWays = [...][]way{
		nothing:   {{nothing, unknown}},
		issued:    {{confirmed, yes}, {issued, no}},
		reversed:  {{reversed, no}},
		confirmed: {{confirmed, yes}},
		barred:    {{barred, unknown}},
	}
)
