package gormstore

import (
	"context"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to this program's version.
func (s *Store) Migrate(ctx context.Context) error {
	migrator, err := s.migrator()
	if err != nil {
		return err
	}
	_, err = migrator.Up(ctx)
	return err
}

// Schema tells which version the tables have, 0 if there are none yet, and which one this program needs.
func (s *Store) Schema(ctx context.Context) (have, need int64, err error) {
	migrator, err := s.migrator()
	if err != nil {
		return 0, 0, err
	}
	return migrator.GetVersions(ctx)
}

func (s *Store) migrator() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, s.folder)
	if err != nil {
		return nil, err
	}
	pool, err := s.writer.DB()
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true),
	}
	if s.lock != nil {
		locker, err := s.lock()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithLocker(locker))
	}
	return goose.NewProvider(s.goose, pool, files, options...)
}
