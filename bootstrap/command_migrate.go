package bootstrap

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"voucherswitch/adapters/gormstore"
)

func (s *shell) migrate() *cobra.Command {
	var c choice
	var asJSON bool
	up := s.command("up", "Bring the database's tables up to this program's version",
		"Stop the switch first; the data stays. `serve` refuses any other version than its own.",
		func(ctx context.Context) error { return s.migrateUp(ctx, &c) })
	status := s.command("status", "Show the version of the database's tables",
		"Changes nothing.",
		func(ctx context.Context) error { return s.migrateStatus(ctx, &c, asJSON) })
	status.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return s.group("migrate", "Prepare the database", c.addFile(up), c.addFile(status))
}

func (s *shell) migrateUp(ctx context.Context, c *choice) error {
	config, err := s.load(c)
	if err != nil {
		return err
	}
	release, err := config.holdDatabase()
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	return reading(ctx, config, func(store *gormstore.Store) error {
		if err := store.Migrate(ctx); err != nil {
			return err
		}
		s.say("the database is up to date; next: `voucherswitch serve --config FILE`")
		return nil
	})
}

func (s *shell) migrateStatus(ctx context.Context, c *choice, asJSON bool) error {
	config, err := s.load(c)
	if err != nil {
		return err
	}
	if err := exists(config); err != nil {
		return err
	}
	return reading(ctx, config, func(store *gormstore.Store) error {
		have, need, err := store.Schema(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			return s.printJSON(struct {
				Have int64 `json:"have"`
				Need int64 `json:"need"`
			}{have, need})
		}
		s.print("the database has version %d, this program needs version %d", have, need)
		if err := differs(have, need); err != nil {
			s.say("next: %v", err)
		}
		return nil
	})
}

// checkSchema refuses tables of another version than the program's.
func checkSchema(ctx context.Context, store *gormstore.Store) error {
	have, need, err := store.Schema(ctx)
	if err != nil {
		return err
	}
	return differs(have, need)
}

func differs(have, need int64) error {
	switch {
	case have < need:
		return fmt.Errorf("the database's tables are of version %d, older than %d: run `voucherswitch migrate up`, or "+
			"set database.migrate", have, need)
	case have > need:
		return fmt.Errorf("the database's tables are of version %d, newer than %d: run a newer voucherswitch", have, need)
	}
	return nil
}

// reading opens the database for a command that needs no keys.
func reading(ctx context.Context, config Config, work func(*gormstore.Store) error) error {
	keys, err := noKeys()
	if err != nil {
		return err
	}
	store, err := config.openDatabase(ctx, keys)
	if err != nil {
		return err
	}
	return errors.Join(work(store), store.Close())
}
