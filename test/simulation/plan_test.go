package simulation

import (
	"fmt"
	"strings"
	"time"
)

// kind is a kind of fault, or of what a channel may do to a sale.
type kind string

// The kinds, by what fails. Rates are by message, commit, sale or second, as it reads.
const (
	requestLost     kind = "request-lost" // between switch and provider
	requestDelayed  kind = "request-delayed"
	requestReplayed kind = "request-replayed" // by a proxy in between
	requestReset    kind = "request-reset"
	answerLost      kind = "answer-lost"
	answerDelayed   kind = "answer-delayed"
	answerDoubled   kind = "answer-doubled"
	answerReset     kind = "answer-reset"
	providerAway    kind = "provider-away" // it refuses connections for seconds
	dialFails       kind = "dial-fails"

	declines       kind = "provider-declines"
	fails          kind = "provider-fails"                // 5xx
	issuesSilently kind = "provider-issues-then-silent"   // or answers too late
	staysSilent    kind = "provider-silent"               // and issues nothing
	issuesLate     kind = "provider-silent-then-issues"   // within its longest processing time
	issuesAfter404 kind = "provider-not-found-then-issue" // to the reversal
	garbles        kind = "provider-garbles"
	hangsUp        kind = "provider-hangs-up"
	refusesAdvices kind = "provider-refuses-reversals"
	failsAdvices   kind = "provider-fails-advices"
	deniesSales    kind = "provider-denies-its-sale" // not found, to a reversal of what it has issued and we have recorded

	commitLost       kind = "commit-lost"
	commitUnanswered kind = "commit-unanswered"
	commitDelayed    kind = "commit-delayed"
	commitHangs      kind = "commit-hangs" // until its caller gives up
	databaseAway     kind = "database-away"
	databaseFails    kind = "database-fails" // one call
	claimUnanswered  kind = "claim-unanswered"

	replicaDies kind = "replica-dies"
	clockJumps  kind = "clock-jumps"

	channelHangsUp   kind = "channel-hangs-up"
	channelDoubles   kind = "channel-doubles"
	channelRetries   kind = "channel-retries"
	reversesEarly    kind = "channel-reverses-in-flight"
	reversesFirst    kind = "channel-reverses-first"
	reverses         kind = "channel-reverses"
	reversesAgain    kind = "channel-reverses-with-another-id"
	confirms         kind = "channel-confirms"
	orderedElsewise  kind = "channel-orders-another-sale"
	strangerAsks     kind = "stranger-asks"
	answerUnheard    kind = "channel-line-breaks"
	channelForgets   kind = "channel-dies"
	confirmsReversed kind = "channel-confirms-and-reverses"
)

var moods = map[kind][]int64{
	declines: {4001, 4002, 4003}, fails: {5000, 5003, 5004}, issuesSilently: {6001, 6003}, staysSilent: {6002},
	issuesAfter404: {6004}, garbles: {7001, 7002, 7003, 7004}, hangsUp: {8001}, refusesAdvices: {9001},
	failsAdvices: {9002},
}

// kinds are all, each with the greatest rate that a seed may draw for it.
var kinds = []struct {
	kind kind
	most float64
}{
	{requestLost, 0.1}, {requestDelayed, 0.3}, {requestReplayed, 0.1}, {requestReset, 0.1}, {answerLost, 0.1},
	{answerDelayed, 0.2}, {answerDoubled, 0.1}, {answerReset, 0.1}, {providerAway, 0.5}, {dialFails, 0.1},
	{declines, 0.2}, {fails, 0.2}, {issuesSilently, 0.2}, {staysSilent, 0.2}, {issuesLate, 0.2}, {issuesAfter404, 0.2},
	{garbles, 0.2}, {hangsUp, 0.2}, {refusesAdvices, 0.1}, {failsAdvices, 0.2}, {deniesSales, 0.2},
	{commitLost, 0.1}, {commitUnanswered, 0.1}, {commitDelayed, 0.1}, {commitHangs, 0.05}, {databaseAway, 0.5}, {databaseFails, 0.1},
	{claimUnanswered, 0.1}, {replicaDies, 0.5}, {clockJumps, 0.5},
	{channelHangsUp, 0.3}, {channelDoubles, 0.2}, {channelRetries, 0.8}, {reversesEarly, 0.2}, {reversesFirst, 0.1},
	{reverses, 0.5}, {reversesAgain, 0.3}, {confirms, 0.5}, {orderedElsewise, 0.2}, {strangerAsks, 0.2},
	{answerUnheard, 0.1}, {channelForgets, 0.2}, {confirmsReversed, 0.3},
}

// plan is what a seed says of one run.
type plan struct {
	seed
	sales    []int // their numbers
	replicas int
	onDisk   bool // SQLite, else in memory
	rates    map[kind]float64
	window   time.Duration // in which a sale may be reversed before the switch confirms it
	tripping bool          // breakers open as usual, else never
	defect   defect
}

// planOf draws a plan: some of the kinds of fault, each at a rate of its own, so that each run is a storm of its own.
func planOf(number uint64) plan {
	p := plan{seed: seed(number), rates: map[kind]float64{}}
	r := p.stream("plan")
	p.onDisk = number%6 == 0
	for i := range perSeed {
		p.sales = append(p.sales, i)
	}
	p.replicas = 2 + r.IntN(3)
	p.window = time.Duration(30+r.IntN(90)) * time.Second
	p.tripping = r.IntN(4) == 0
	for _, k := range kinds {
		chosen, rate := r.IntN(2) == 0, k.most*r.Float64()
		if chosen {
			p.rates[k.kind] = rate
		}
	}
	return p
}

// perSeed is how many sales a seed has.
const perSeed = 120

// span is the time over which the sales begin.
const span = time.Minute

// command is what runs the plan again.
func (p plan) command() string {
	var b strings.Builder
	fmt.Fprintf(&b, "go test ./test/simulation -run TestSimulation -seed %d", uint64(p.seed))
	whole := planOf(uint64(p.seed))
	var without []string
	for _, k := range kinds {
		if _, had := whole.rates[k.kind]; had && p.rates[k.kind] == 0 {
			without = append(without, string(k.kind))
		}
	}
	if len(without) > 0 {
		b.WriteString(" -without " + strings.Join(without, ","))
	}
	if len(p.sales) < len(whole.sales) {
		b.WriteString(" -sales " + strings.Trim(strings.ReplaceAll(fmt.Sprint(p.sales), " ", ","), "[]"))
	}
	return b.String() + " -v"
}

// storming are the kinds of the plan, for a reader.
func (p plan) storming() string {
	var names []string
	for _, k := range kinds {
		if rate := p.rates[k.kind]; rate > 0 {
			names = append(names, fmt.Sprintf("%s %.0f %%", k.kind, 100*rate))
		}
	}
	return strings.Join(names, ", ")
}
