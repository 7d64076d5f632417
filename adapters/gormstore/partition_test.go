package gormstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"

	"voucherswitch/domain/fault"
)

// cutOff is a node's connection that fails its first commit, and after that cannot even begin.
type cutOff struct {
	commit error
	begin  error
	begun  *int
}

func (c cutOff) Connect(context.Context) (driver.Conn, error) { return c, nil }
func (c cutOff) Driver() driver.Driver                        { return mysql.MySQLDriver{} }
func (c cutOff) Prepare(string) (driver.Stmt, error)          { return nil, errors.New("nothing to prepare") }
func (c cutOff) Close() error                                 { return nil }
func (c cutOff) Begin() (driver.Tx, error)                    { return nil, errors.New("BeginTx is there") }
func (c cutOff) Commit() error                                { return c.commit }
func (c cutOff) Rollback() error                              { return nil }

func (c cutOff) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	if *c.begun++; *c.begun > 1 && c.begin != nil {
		return nil, c.begin
	}
	return c, nil
}

func TestALostRaceThatNoLaterRunDecidesIsAmbiguous(t *testing.T) {
	refused := &mysql.MySQLError{Number: notPrepared}
	for name, c := range map[string]struct {
		commit, begin error
		want          fault.Kind
		runs          int
	}{
		"a race lost at the commit, then cut off": {&mysql.MySQLError{Number: deadlock}, refused, fault.Ambiguous, 2},
		"cut off during the commit": { // what Galera answers then
			&mysql.MySQLError{Number: 1180}, nil, fault.Ambiguous, 1},
		"every race lost at the commit": {&mysql.MySQLError{Number: deadlock}, nil, fault.Ambiguous, races},
	} {
		t.Run(name, func(t *testing.T) {
			begun := 0
			pool := sql.OpenDB(cutOff{commit: c.commit, begin: c.begin, begun: &begun})
			writer, err := gorm.Open(gormmysql.New(gormmysql.Config{Conn: pool, SkipInitializeWithVersion: true}), settings())
			if err != nil {
				t.Fatal(err)
			}
			s := &Store{dialect: mysqlDialect(), writer: writer}
			err = s.commit(context.Background(), func(*gorm.DB) error { return nil })
			if !fault.Is(s.fault(err), c.want) || begun != c.runs {
				t.Errorf("%v after %d runs, want %s after %d", err, begun, c.want, c.runs)
			}
		})
	}
}

func TestANodeWithoutAMajorityFailsABatchOnce(t *testing.T) {
	if refused := error(&mysql.MySQLError{Number: notPrepared}); !isAway(refused) || mysqlDialect().isLost(refused) {
		t.Error("a node that refuses everything would be asked for each decision of a batch")
	}
}

func TestATakenKeyThatCannotBeReadIsAmbiguous(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	appended(t, s, intent("1"))
	w := entryOf(t, s, intent("1")).written
	away, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.collision(away, w); !fault.Is(err, fault.Ambiguous) {
		t.Errorf("got %v: whose move it is, nobody knows", err)
	}
}
