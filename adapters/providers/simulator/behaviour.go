package simulator

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"voucherswitch/adapters/suvwire"
)

// Mood names how a provider behaves towards one transaction: four digits, or "refuse".
type Mood string

const (
	moodApprove        Mood = "0000"
	moodFoundTooLate   Mood = "6004"
	moodRefuseReversal Mood = "9001"
	moodFailAdvices    Mood = "9002"
	moodRefuse         Mood = "refuse" // by rule only
)

// failedAdvices is how many advices mood 9002 answers with an error.
const failedAdvices = 3

// behaviour is what a mood does with a provision: whether the voucher is issued first, and how it is answered.
type behaviour struct {
	issues bool
	answer func(*Simulator, *exchange)
}

// behaviours is the table of moods in the operation's guide; refuse is no behaviour, it closes the listener.
//
//exhaustive:ignore
var behaviours = map[Mood]behaviour{
	moodApprove:        {true, (*Simulator).approve},
	"4001":             {false, decline(http.StatusNotFound, suvwire.DoNotHonour)},
	"4002":             {false, decline(http.StatusNotFound, suvwire.InsufficientFunds)},
	"4003":             {false, decline(http.StatusBadRequest, suvwire.InvalidAmount)},
	"5000":             {false, decline(http.StatusInternalServerError, suvwire.GeneralError)},
	"5003":             {false, decline(http.StatusServiceUnavailable, suvwire.UpstreamUnavailable)},
	"5004":             {false, decline(http.StatusGatewayTimeout, suvwire.UpstreamUnavailable)},
	"6001":             {true, (*Simulator).hang},
	"6002":             {false, (*Simulator).hang},
	"6003":             {true, (*Simulator).approveLate},
	moodFoundTooLate:   {false, (*Simulator).hang},
	"7001":             {true, (*Simulator).garble},
	"7002":             {true, (*Simulator).cutOff},
	"7003":             {true, (*Simulator).mistake},
	"7004":             {true, (*Simulator).drip},
	"8001":             {false, (*Simulator).reset},
	moodRefuseReversal: {true, (*Simulator).approve},
	moodFailAdvices:    {true, (*Simulator).approve},
}

// moodOf reads the last four digits of an amount in minor units.
func moodOf(amount int64) Mood {
	mood := Mood(fmt.Sprintf("%04d", amount%10000))
	if _, known := behaviours[mood]; known {
		return mood
	}
	return moodApprove
}

// isKnown tells a mood that exists, refuse included.
func isKnown(mood Mood) bool {
	_, known := behaviours[mood]
	return known || mood == moodRefuse
}

func decline(status int, errorType suvwire.ErrorType) func(*Simulator, *exchange) {
	return func(_ *Simulator, x *exchange) {
		x.refuse(x, verdict{status, errorType, "the simulator was told to answer so", x.entry.Mood})
	}
}

func (s *Simulator) approve(x *exchange) { write(x.w, http.StatusCreated, x.approval(x.id)) }

func (s *Simulator) approveLate(x *exchange) {
	x.pause(s.Delay)
	s.approve(x)
}

// hang answers nothing until the caller has gone.
func (s *Simulator) hang(x *exchange) {
	_ = http.NewResponseController(x.w).SetReadDeadline(time.Time{}) // it would end the request, and so the silence
	<-x.r.Context().Done()
	panic(http.ErrAbortHandler)
}

func (s *Simulator) garble(x *exchange) {
	writeBody(x.w, http.StatusOK, []byte("<html>it works</html>"))
}

func (s *Simulator) cutOff(x *exchange) {
	body := encoded(x.approval(x.id))
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	writeBody(x.w, http.StatusOK, body[:len(body)/2])
	_ = http.NewResponseController(x.w).Flush()
	panic(http.ErrAbortHandler)
}

func (s *Simulator) mistake(x *exchange) {
	write(x.w, http.StatusOK, x.approval("00000000-0000-4000-8000-000000000000"))
}

func (s *Simulator) drip(x *exchange) {
	body, control := encoded(x.approval(x.id)), http.NewResponseController(x.w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	writeBody(x.w, http.StatusOK, nil)
	for i := range body {
		_, _ = x.w.Write(body[i : i+1])
		_ = control.Flush()
		x.pause(s.Drip)
	}
}

func (s *Simulator) reset(x *exchange) {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// pause waits, and gives up when the caller has gone.
func (x *exchange) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-x.r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}
