package mysqlproxy_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"voucherswitch/test/mariadb"
	"voucherswitch/test/mysqlproxy"
)

func TestMain(m *testing.M) { os.Exit(mariadb.Run(m)) }

// table opens an empty table through a proxy, and the same table besides.
func table(t *testing.T) (p *mysqlproxy.Proxy, through, direct *sql.DB) {
	t.Helper()
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	before, rest, _ := strings.Cut(dsn, "@")
	upstream, name, _ := strings.Cut(rest, "/")
	p, err := mysqlproxy.Start(upstream)
	if err != nil {
		t.Fatal(err)
	}
	through, direct = mariadb.Open(t, before+"@"+p.Address()+"/"+name), mariadb.Open(t, dsn)
	t.Cleanup(func() {
		_, _, _ = through.Close(), direct.Close(), p.Close()
	})
	if _, err := direct.ExecContext(t.Context(), "CREATE TABLE a (b INT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	return p, through, direct
}

func rows(t *testing.T, db *sql.DB) (count int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM a").Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// inserted writes a row in a transaction and gives what the commit answers.
func inserted(t *testing.T, db *sql.DB, number int) error {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err == nil {
		_, err = tx.ExecContext(t.Context(), "INSERT INTO a VALUES (?)", number)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tx.Commit()
}

func always(cut mysqlproxy.Cut, wait time.Duration) mysqlproxy.Rule {
	return func(int) (mysqlproxy.Cut, time.Duration) { return cut, wait }
}

func TestEachCutDoesWhatItsNameSays(t *testing.T) {
	const wait = 300 * time.Millisecond
	for _, c := range []struct {
		cut         mysqlproxy.Cut
		answered    bool
		there, soon int
	}{
		{mysqlproxy.None, true, 1, 1}, {mysqlproxy.Unsent, false, 0, 0}, {mysqlproxy.Unanswered, false, 1, 1},
		{mysqlproxy.Halved, false, 1, 1}, {mysqlproxy.Delayed, true, 1, 1}, {mysqlproxy.Late, false, 0, 1},
	} {
		t.Run(c.cut.String(), func(t *testing.T) {
			p, through, direct := table(t)
			p.Follow(always(c.cut, wait))
			began := time.Now()
			err := inserted(t, through, 1)
			took := time.Since(began)
			if (err == nil) != c.answered {
				t.Errorf("answered %v", err)
			}
			if got := rows(t, direct); got != c.there {
				t.Errorf("%d rows, want %d", got, c.there)
			}
			if c.cut == mysqlproxy.Delayed && took < wait || c.cut != mysqlproxy.Delayed && took >= wait {
				t.Errorf("answered after %s", took)
			}
			for deadline := time.Now().Add(10 * time.Second); p.Tally()[c.cut] == 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("counted %v", p.Tally())
				}
			}
			if got := rows(t, direct); got != c.soon {
				t.Errorf("%d rows in the end, want %d", got, c.soon)
			}
			p.Follow(nil)
			if err := inserted(t, through, 2); err != nil || rows(t, through) != c.soon+1 {
				t.Errorf("the next one: %v", err)
			}
		})
	}
}

func TestACommitIsKnownHoweverItIsSent(t *testing.T) {
	p, through, direct := table(t)
	conn, err := through.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	do := func(statement string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	commit, err := conn.PrepareContext(t.Context(), "commit")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = commit.Close() }()
	do("BEGIN")
	do("INSERT INTO a VALUES (1)")
	do(" Commit ; ")
	do("BEGIN")
	do("INSERT INTO a VALUES (2)")
	if _, err := commit.ExecContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	do("SELECT 'COMMIT'")
	if got := p.Tally(); got[mysqlproxy.None] != 2 || rows(t, direct) != 2 {
		t.Errorf("counted %v", got)
	}
}

func TestAProxyThatIsClosedKeepsNothing(t *testing.T) {
	mariadb.Address(t) // whose server is not the proxy's
	before := goleak.IgnoreCurrent()
	p, through, direct := table(t)
	p.Follow(always(mysqlproxy.Late, time.Hour))
	if err := inserted(t, through, 1); err == nil {
		t.Error("a commit that comes too late is answered")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_ = direct.PingContext(ctx)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	_, _ = through.Close(), direct.Close()
	goleak.VerifyNone(t, before)
}
