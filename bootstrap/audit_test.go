package bootstrap

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"voucherswitch/adapters/gormstore"
)

// audited is what `audit verify` says of a data folder.
func audited(t *testing.T, data string, more ...string) (code int, found gormstore.Audit, notes string) {
	t.Helper()
	code, out, notes := do(append([]string{"audit", "verify", "--json", "--data", data}, more...)...)
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatalf("%d %v: %s%s", code, err, out, notes)
	}
	return code, found, notes
}

// tampered changes a database as somebody can who may write the file.
func tampered(t *testing.T, data string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "voucherswitch.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		_, failed := db.ExecContext(t.Context(), statement)
		err = errors.Join(err, failed)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAnAuditNamesTheFirstRowThatIsNotWhatWasWritten(t *testing.T) {
	data, id := t.TempDir(), uuid.NewString()
	r := startDev(t, data)
	status, body := ask(t, "POST", r.api()+"/vouchers", "22222222", devPassword, saleOf(id, "44444444", 10000))
	if status != http.StatusCreated {
		t.Fatalf("%d: %s", status, body)
	}
	eventually(t, 10*time.Second, "the hour before is anchored", func() bool {
		return strings.Contains(r.notes.String(), "the history is anchored")
	})
	code, found, notes := audited(t, data) // beside the process that sells
	if code != exitDone || found.Moves != 2 || found.Anchors != 1 || found.Unanchored != 2 || found.Wrong > 0 {
		t.Fatalf("%d %+v: %s", code, found, notes)
	}
	r.stop()
	tampered(t, data, "DROP TRIGGER moves_are_appended", "UPDATE moves SET state = 'declined' WHERE version = 2")
	code, found, notes = audited(t, data)
	if code != exitTampered || found.Wrong != 1 || string(found.Findings[0].Transaction) != id ||
		found.Findings[0].Version != 2 || !strings.Contains(notes, id+"/2: the move was edited") {
		t.Errorf("%d %+v: %s", code, found, notes)
	}
	code, out, _ := do("audit", "verify", "--data", data)
	if code != exitTampered || !strings.Contains(out, id+"/2: the move was edited") {
		t.Errorf("to people: %d %s", code, out)
	}
}

func TestKeptAnchorsAndLinesOfALogShowACut(t *testing.T) {
	data := t.TempDir()
	r := startDev(t, data)
	eventually(t, 10*time.Second, "the hour before is anchored", func() bool {
		return strings.Contains(r.notes.String(), "the history is anchored")
	})
	r.stop()
	code, kept, notes := do("audit", "anchors", "--json", "--data", data)
	if code != exitDone {
		t.Fatalf("%d: %s", code, notes)
	}
	files := map[string]string{
		"what was printed": write(t, filepath.Join(data, "anchors.json"), kept),
		"the log":          write(t, filepath.Join(data, "log"), r.notes.String()),
	}
	for what, file := range files {
		if code, found, notes := audited(t, data, "--anchors", file); code != exitDone || found.Anchors != 1 {
			t.Errorf("%s: %d %+v %s", what, code, found, notes)
		}
	}
	tampered(t, data, "DROP TRIGGER anchors_are_kept", "DELETE FROM anchors")
	if code, found, notes := audited(t, data); code != exitDone || found.Anchors != 0 {
		t.Errorf("without copies: %d %+v %s", code, found, notes)
	}
	for what, file := range files {
		code, found, notes := audited(t, data, "--anchors", file)
		if code != exitTampered || found.Wrong != 1 || found.Findings[0].Anchor != 1 || found.Findings[0].Closes.IsZero() {
			t.Errorf("%s: %d %+v %s", what, code, found, notes)
		}
	}
}

// A file from which nothing can be taken is no proof, and so no success.
func TestWhatIsNoAnchorIsRefusedWhereAnchorsWereKept(t *testing.T) {
	data := t.TempDir()
	r := startDev(t, data)
	eventually(t, 10*time.Second, "the hour before is anchored", func() bool {
		return strings.Contains(r.notes.String(), "the history is anchored")
	})
	r.stop()
	_, kept, _ := do("audit", "anchors", "--json", "--data", data)
	for what, text := range map[string]string{
		"nothing": "nothing\n", "none": "[]", "something else": `[{"moves": 1}]`, "cut off": kept[:len(kept)/2],
		"without a number":    strings.Replace(kept, `"number": 1`, `"number": 0`, 1),
		"without a signature": strings.Replace(kept, `"signature"`, `"autograph"`, 1),
		"half a signature":    strings.Replace(kept, `"signature": "`, `"signature": "00`, 1),
	} {
		file := write(t, filepath.Join(data, "kept"), text)
		if code, _, notes := do("audit", "verify", "--data", data, "--anchors", file); code != exitFailed ||
			!strings.Contains(notes, "holds no anchors") {
			t.Errorf("%s: %d %s", what, code, notes)
		}
	}
}

// Some keep all of a log in one line.
func TestAnchorsAreToldApartInALineThatHoldsMany(t *testing.T) {
	text := ""
	for _, number := range []string{"1", "2"} {
		text += "msg=anchored number=" + number + " closes=2026-11-24T0" + number + ":00:00Z signature=" +
			strings.Repeat(number, 128) + " "
	}
	kept, err := loggedAnchors([]byte(text))
	if err != nil || len(kept) != 2 || kept[0].Number != 1 || kept[1].Number != 2 || kept[0].Closes.Hour() != 1 ||
		kept[0].Signature.String() != strings.Repeat("1", 128) {
		t.Errorf("%+v, %v", kept, err)
	}
}
