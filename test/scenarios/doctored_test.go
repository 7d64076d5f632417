package scenarios

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
	"voucherswitch/test/mariadb"
)

// said is an answer with a voucher's code, or with an error type.
func said(status int, code, errorType string) answer {
	body := fmt.Sprintf(`{"errorType": %q}`, errorType)
	if code != "" {
		body = fmt.Sprintf(`{"voucher": {"code": %q}}`, code)
	}
	return answer{status: status, body: []byte(body)}
}

// TestVerdictSeesWhateverIsDoctored shows that the oracle can fail: each line doctors one thing in a sale that is right.
func TestVerdictSeesWhateverIsDoctored(t *testing.T) {
	t.Parallel()
	var (
		sold     = said(http.StatusOK, "1111", "")
		other    = said(http.StatusOK, "2222", "")
		unknown  = said(http.StatusNotFound, "", "UNABLE_TO_LOCATE_RECORD")
		undone   = said(http.StatusBadRequest, "", "VOUCHER_ALREADY_REVERSED")
		inFlight = said(http.StatusAccepted, "", "")
	)
	for name, c := range map[string]struct {
		doctor func(*story, *evidence)
		want   string
	}{
		"nothing": {func(*story, *evidence) {}, ""},
		"reversed": {func(told *story, e *evidence) {
			told.reversing, told.undone = true, time.Now()
			e.written.State, e.found, e.again = "reversed", undone, []answer{undone, undone}
		}, ""},
		"asked twice":              {func(_ *story, e *evidence) { e.written.Calls = 2 }, "asked 2 times"},
		"in flight for ever":       {func(_ *story, e *evidence) { e.found = inFlight }, "in flight"},
		"another voucher is shown": {func(_ *story, e *evidence) { e.found = other }, "the switch shows"},
		"a reversed one is shown":  {func(_ *story, e *evidence) { e.written.State = "reversed" }, "the switch shows"},
		"a voucher from nowhere":   {func(told *story, _ *evidence) { told.code = "2222" }, "never issued"},
		"a voucher that nobody has": {func(told *story, e *evidence) {
			told.code, told.final, told.approved, e.found = "", nil, false, unknown
		}, "does not answer for"},
		"a sale that is gone": {func(_ *story, e *evidence) {
			e.written.State, e.found = "reversed", undone
		}, "nobody reversed is gone"},
		"a confirmation that is not delivered": {func(told *story, _ *evidence) { told.confirmed = time.Now() }, "not confirmed"},
		"a reversal that is not delivered": {func(told *story, _ *evidence) {
			told.reversing, told.undone = true, time.Now()
		}, "the sale stands"},
		"a case without need":           {func(_ *story, e *evidence) { e.listed = true }, "a person is asked"},
		"not confirmed on behalf":       {func(_ *story, e *evidence) { e.onBehalf = true }, "nobody confirmed"},
		"one replica answers otherwise": {func(_ *story, e *evidence) { e.again[1] = other }, "replica 1"},
		"a refusal that becomes a sale": {func(told *story, _ *evidence) { told.approved = false }, "replica 0"},
	} {
		told := &story{receiver: plain, code: "1111", final: sold.body, approved: true}
		e := evidence{
			written: entry{State: "issued", Code: "1111", Calls: 1}, found: sold, again: []answer{sold, sold},
		}
		c.doctor(told, &e)
		if got := told.verdict(e); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestStoryHearsWhateverMustNotBeSaid shows the same of what a channel hears.
func TestStoryHearsWhateverMustNotBeSaid(t *testing.T) {
	t.Parallel()
	sold, again := said(http.StatusCreated, "1111", ""), said(http.StatusOK, "1111", "")
	declined := said(http.StatusNotFound, "", "DO_NOT_HONOUR")
	for name, c := range map[string]struct {
		answers []answer
		undone  bool
		want    string
	}{
		"a sale and its retry":        {[]answer{sold, again}, false, ""},
		"a decline and its retry":     {[]answer{declined, declined}, false, ""},
		"two vouchers":                {[]answer{sold, said(http.StatusOK, "2222", "")}, false, "two vouchers"},
		"a second creation":           {[]answer{sold, sold}, false, "created a second time"},
		"another decline":             {[]answer{declined, said(http.StatusNotFound, "", "INVALID_AMOUNT")}, false, "answered first"},
		"a sale after a decline":      {[]answer{declined, sold}, false, "answered first"},
		"a voucher after its undoing": {[]answer{again}, true, "after its reversal"},
	} {
		told := &story{}
		if c.undone {
			told.undo(answer{status: http.StatusAccepted}, time.Now())
		}
		for _, a := range c.answers {
			told.hear(http.MethodPost, "/vouchers", a, time.Now().Add(time.Millisecond))
		}
		if got := strings.Join(told.wrong, "\n"); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestAuditSeesWhateverIsDoctored plants each wrong in a database that is right.
func TestAuditSeesWhateverIsDoctored(t *testing.T) {
	t.Parallel()
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	w := deploy(t, 1, dsn, "2s")[0]
	request := sale(plain, 12000)
	w.channel().sold(t, request)
	db := mariadb.Open(t, dsn)
	t.Cleanup(func() { _ = db.Close() })
	exec := func(format string, values ...any) {
		t.Helper()
		if _, err := db.ExecContext(context.Background(), fmt.Sprintf(format, values...)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, 20*time.Second, func() string { return unsettled(t, db) }) // confirmed on behalf
	books, kept := w.ledger(t), keeper(t, w, dsn)
	if wrong := contradictions(t, db, kept, books); len(wrong) > 0 {
		t.Fatalf("nothing is doctored yet, and %q", wrong)
	}
	const others = "at, made_by, reason, owner, provider, lease_ends, horizon, serial_mark, code_mark, digest, payload"
	const like = "INSERT INTO moves (transaction_id, version, fact, state, " + others + `) SELECT '%s', %d, fact, '%s', ` + others +
		" FROM moves WHERE transaction_id = '%s' AND version = %d"
	exec(like, "hole", 1, "declined", request.id(), 1)
	exec(like, "hole", 3, "declined", request.id(), 2)
	exec(like, "sending", 1, "sending", request.id(), 1)
	exec(like, "reversing", 1, "reversing", request.id(), 1)
	exec(like, "parked", 1, "parked", request.id(), 1)
	exec(like, "twice", 1, "sending", request.id(), 1)
	exec(like, "twice", 2, "provisioned", request.id(), 2)
	exec(like, "twice", 3, "provisioned", request.id(), 2)
	exec("INSERT INTO contents VALUES (4711, 'answer', 'b')")
	for version, code := range []string{"a", "b"} {
		many := contract.FullMove()
		many.Transaction, many.Version, many.Queues = "many", version+1, nil
		many.Approval.Voucher.Code = voucher.NewSecret(code)
		if err := kept.Append(context.Background(), voucher.Decision{Move: many}); err != nil {
			t.Fatal(err)
		}
	}
	exec("INSERT INTO advices VALUES ('owed', 'advice', 1, 'nobody', 'reversal', 0, 0, 0, 0, 0)")
	late, early := books[request.id()], books[request.id()]
	late.AskedAt, early.AskedAt = late.AskedAt.Add(time.Hour), early.AskedAt.Add(-time.Hour)
	books["hole"], books["twice"], books["none"] = late, early, late
	told := unsettled(t, db) + "\n" + strings.Join(contradictions(t, db, kept, books), "\n")
	for _, want := range []string{
		"sending is still being sent", "reversing is still being reversed", "parked is parked and nobody is told",
		"owed has an advice to deliver", "owed has an advice that no move queued", "hole has versions that are not 1 to n",
		"twice was provisioned more than once", "many has two vouchers", "4711 has contents and no move",
		"hole was sent after its horizon", "twice was sent before its intent", "none was sent without an intent",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("nobody says that %s:\n%s", want, told)
		}
	}
}
