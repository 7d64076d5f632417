package gormstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to this program's version, by one process at a time.
func (s *Store) Migrate(ctx context.Context) (err error) {
	pool, err := s.writer.DB()
	if err != nil {
		return err
	}
	if s.lock != nil { // held by us: goose would note its first version before it asks for a lock
		locker, err := s.lock()
		if err == nil {
			err = locker.Lock(ctx, pool)
		}
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, locker.Unlock(ctx, pool)) }()
	}
	if err := s.beginVersions(ctx, pool); err != nil {
		return err
	}
	return s.migrateUp(ctx, pool)
}

// migrateUp notes a step that was made and not noted, by a migrator that was killed between the two.
func (s *Store) migrateUp(ctx context.Context, pool *sql.DB) error {
	migrator, err := s.migrator(pool)
	if err != nil {
		return err
	}
	var broken *goose.PartialError
	_, err = migrator.Up(ctx)
	for errors.As(err, &broken) && s.isMade != nil && s.isMade(broken.Err) {
		versions, fault := database.NewStore(s.goose, goose.DefaultTablename)
		if fault == nil {
			fault = versions.Insert(ctx, pool, database.InsertRequest{Version: broken.Failed.Source.Version})
		}
		if fault != nil {
			return errors.Join(err, fault)
		}
		_, err = migrator.Up(ctx)
	}
	return err
}

// beginVersions notes the first version where only the empty table was made: by a migrator that was killed then, or
// that lost its INSERT to a change of tables by another Galera node. Goose would refuse such a table for ever.
func (s *Store) beginVersions(ctx context.Context, pool *sql.DB) error {
	versions, err := database.NewStore(s.goose, goose.DefaultTablename)
	if err != nil {
		return err
	}
	_, err = s.version(ctx, versions, pool)
	if errors.Is(err, database.ErrVersionNotFound) {
		err = versions.Insert(ctx, pool, database.InsertRequest{Version: 0})
	}
	return err
}

// version is that of the tables, 0 if there are none; database.ErrVersionNotFound if none was ever noted.
func (s *Store) version(ctx context.Context, versions database.Store, pool *sql.DB) (int64, error) {
	tables, err := s.writer.WithContext(ctx).Migrator().GetTables()
	if err != nil || !slices.Contains(tables, versions.Tablename()) {
		return 0, err
	}
	return versions.GetLatestVersion(ctx, pool)
}

// Schema tells which version the tables have, 0 if there are none yet, and which one this program needs. It changes
// nothing.
func (s *Store) Schema(ctx context.Context) (have, need int64, err error) {
	pool, err := s.writer.DB()
	if err != nil {
		return 0, 0, err
	}
	migrator, err := s.migrator(pool)
	if err != nil {
		return 0, 0, err
	}
	steps := migrator.ListSources()
	need = steps[len(steps)-1].Version
	versions, err := database.NewStore(s.goose, goose.DefaultTablename)
	if err != nil {
		return 0, need, err
	}
	have, err = s.version(ctx, versions, pool)
	if errors.Is(err, database.ErrVersionNotFound) {
		return 0, need, nil
	}
	return have, need, err
}

func (s *Store) migrator(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, s.folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.goose, pool, files,
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
}
