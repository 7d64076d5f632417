package gormstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

const (
	dialWithin   = 3 * time.Second
	answerWithin = longest
	connections  = 64 // of one process
	writers      = 16 // of them
	commits      = 2  // while one waits for the disk, the other goes on; more at a time make smaller batches
	connectedFor = 3 * time.Minute
	restingFor   = 10 * time.Second // shorter than the wait_timeout that we set
	defaultPort  = ":3306"
	tolerated    = time.Second // between the database's clock and this machine's
)

// The numbers of the server's errors.
const (
	duplicateKey    = 1062
	duplicateColumn = 1060
	deadlock        = 1213 // on Galera a lost certification, too
	lockWaitTimeout = 1205
	recordChanged   = 1020
	notPrepared     = 1047 // a Galera node without a majority
)

// lost are the numbers of a race that was lost and left nothing. The last row is TiDB's: a conflict that only its
// commit found, or a change of tables under way.
var lost = []uint16{
	deadlock, lockWaitTimeout, recordChanged,
	8002, 8005, 8022, 8028, 9007,
}

// bugs are what no waiting mends: a statement, a value or a right that is wrong.
var bugs = []uint16{
	1044, 1048, 1054, 1064, 1136, 1142, 1143, 1146, 1264, 1265, 1292, 1364, 1366, 1406, 1452, 1644, 3819, 4025,
}

// mysqlDialect is a server that many replicas share: MySQL, MariaDB, or an engine that speaks as they do.
func mysqlDialect() dialect {
	return dialect{
		goose:  goose.DialectMySQL,
		folder: "migrations/mysql",
		dial:   dialMySQL,
		now: func() clause.Expr {
			return clause.Expr{SQL: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"}
		},
		lock: migrationLock,
		contents: contents{
			ofMove: "c.place = m.place", place: "place", columns: "place, kind, body", byPlace: true,
			values: func(place int64, r contentRow) []any { return []any{place, r.Kind, r.Body} },
		},
		commits:  commits,
		isTaken:  func(err error) bool { return isNumbered(err, duplicateKey) },
		isLost:   func(err error) bool { return isNumbered(err, lost...) },
		isLocked: func(err error) bool { return isNumbered(err, lockWaitTimeout) },
		isBug:    func(err error) bool { return isNumbered(err, bugs...) },
		isAway:   isAway,
		isMade:   func(err error) bool { return isNumbered(err, duplicateColumn) },
		inspect:  inspectMySQL,
	}
}

func isNumbered(err error, numbers ...uint16) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && slices.Contains(numbers, e.Number)
}

// isAway tells an error that is not a server's word on a statement: of the line, of the time, or of a node that refuses
// all of them.
func isAway(err error) bool {
	var line net.Error
	return errors.As(err, &line) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, context.DeadlineExceeded) || isNumbered(err, notPrepared)
}

// migrationLock is held by one process at a time, and lapses a few seconds after its holder was killed.
func migrationLock() (lock.Locker, error) {
	return lock.NewMySQLTableLocker(lock.WithTableLockTimeout(time.Second, 300),
		lock.WithTableLeaseDuration(10*time.Second), lock.WithTableHeartbeatInterval(2*time.Second))
}

// dialMySQL makes two pools: each connection of a writer prepares the statements of a batch, which are many, and a
// server holds so many prepared ones and no more.
func dialMySQL(address string, commits int) (writer, reader *gorm.DB, err error) {
	config, err := mysqlConfig(address)
	if err != nil {
		return nil, nil, err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, nil, err
	}
	if writer, err = gormOver(connector, max(writers, commits)); err == nil {
		reader, err = gormOver(connector, connections-writers)
	}
	return writer, reader, err
}

func gormOver(connector driver.Connector, connections int) (*gorm.DB, error) {
	pool := sql.OpenDB(session{connector})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxLifetime(connectedFor)
	pool.SetConnMaxIdleTime(restingFor)
	db, err := gorm.Open(gormmysql.New(gormmysql.Config{Conn: pool, SkipInitializeWithVersion: true}), prepared())
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

var tlsOptions = []string{"true", "false", "preferred", "skip-verify"}

// mysqlConfig reads "//USER:PASSWORD@HOST:PORT/NAME?tls=true". No error repeats the address: it holds the password.
func mysqlConfig(address string) (*mysql.Config, error) {
	u, err := url.Parse("mysql:" + address)
	if err != nil || u.Hostname() == "" || u.User.Username() == "" || len(u.Path) < 2 {
		return nil, errors.New("want mysql://USER:PASSWORD@HOST:PORT/NAME, with special characters as in an URL")
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", u.Host, u.Path[1:]
	if u.Port() == "" {
		config.Addr += defaultPort
	}
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	for name, values := range u.Query() {
		if name != "tls" || !slices.Contains(tlsOptions, values[0]) { // it may be a part of a password that was not escaped
			return nil, errors.New("a MySQL address has one option: tls=true, false, preferred or skip-verify")
		}
		config.TLSConfig = values[0]
	}
	config.Collation = "utf8mb4_bin"
	config.Loc, config.ParseTime = time.UTC, true
	config.ClientFoundRows, config.RejectReadOnly = true, true
	config.Timeout, config.ReadTimeout, config.WriteTimeout = dialWithin, answerWithin, answerWithin
	config.Params = map[string]string{
		"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "innodb_lock_wait_timeout": "3",
		"wait_timeout": "30", // a replica that vanished without a word keeps its locks no longer
	}
	config.Logger = &mysql.NopLogger{} // the driver's prints addresses; every error comes back to us anyway
	return config, nil
}

// inspectMySQL holds the server's settings against what the promises need.
func inspectMySQL(ctx context.Context, s *Store) (wrong, doubtful []string, err error) {
	set, err := s.variables(ctx, "innodb_flush_log_at_trx_commit", "log_bin", "sync_binlog", "read_only")
	if err != nil {
		return nil, nil, err
	}
	if v := set["innodb_flush_log_at_trx_commit"]; v != "1" {
		wrong = append(wrong, "innodb_flush_log_at_trx_commit is "+v+": a crash loses acknowledged vouchers; set it to 1")
	}
	if v := set["sync_binlog"]; set["log_bin"] == "ON" && v != "1" {
		doubtful = append(doubtful, "sync_binlog is "+v+": a power cut may lose acknowledged vouchers; set it to 1")
	}
	offset, err := s.clockOffset(ctx)
	if err != nil {
		return nil, nil, err
	}
	if offset.Abs() > tolerated {
		doubtful = append(doubtful, fmt.Sprintf("its clock is %s ahead of this machine's (behind, if negative): no rule "+
			"needs them equal, but people and logs do; let NTP set both", offset.Round(time.Millisecond)))
	}
	if set["read_only"] == "ON" {
		wrong = append(wrong, "the server is read-only: name the one that takes writes")
	}
	var engines []string
	err = s.reader.WithContext(ctx).Raw(`SELECT DISTINCT engine FROM information_schema.tables
		WHERE table_schema = DATABASE() AND table_name IN ('moves', 'contents', 'advices', 'cases', 'watermarks',
			'seals', 'fingerprints', 'assortments', 'takings', 'anchors')`).
		Scan(&engines).Error
	for _, engine := range engines {
		if !strings.EqualFold(engine, "InnoDB") {
			wrong = append(wrong, "a table's engine is "+engine+": only InnoDB keeps the promises")
		}
	}
	return wrong, doubtful, err
}

// clockOffset is how far the database's clock is ahead of this process's, to the length of one question.
func (s *Store) clockOffset(ctx context.Context) (time.Duration, error) {
	asked := time.Now()
	now, err := s.Now(ctx)
	heard := time.Now()
	return now.Sub(asked.Add(heard.Sub(asked) / 2)), err
}

// variables are the server's settings by name; one that it does not know is empty.
func (s *Store) variables(ctx context.Context, names ...string) (map[string]string, error) {
	var rows []struct {
		Name  string `gorm:"column:Variable_name"`
		Value string `gorm:"column:Value"`
	}
	err := s.reader.WithContext(ctx).Raw("SHOW GLOBAL VARIABLES WHERE variable_name IN ?", names).Scan(&rows).Error
	set := make(map[string]string, len(rows))
	for _, r := range rows {
		set[strings.ToLower(r.Name)] = r.Value
	}
	return set, err
}
