package bootstrap

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"voucherswitch/adapters/gormstore"
	"voucherswitch/adapters/http"
	"voucherswitch/application"
	"voucherswitch/domain/voucher"
)

const (
	most      = 10_000 // rows of a list
	fewest    = 20
	besideAll = "Works while replicas run; give it their configuration. Without --config it takes the data of\n" +
		"`voucherswitch dev`."
)

// desk is where an operator's command works: on the database, beside all that run on it.
type desk struct {
	*shell
	application.Desk
	store  *gormstore.Store
	keys   Keys
	args   []string
	asJSON bool
}

func (d desk) transaction() voucher.TransactionID {
	return voucher.TransactionID(strings.ToLower(d.args[0])) // ids are kept in lower case
}

// atDesk makes a command of the operators. A command that writes needs the database's own key.
func (s *shell) atDesk(use, short, long string, work func(context.Context, desk) error) *cobra.Command {
	var c choice
	var asJSON bool
	command := s.commandOn(use, short, strings.TrimSpace(long+"\n"+besideAll),
		func(ctx context.Context, args []string) error {
			config, err := s.loadEither(&c)
			if err == nil {
				err = exists(config)
			}
			if err != nil {
				return err
			}
			return s.open(ctx, config, func(d desk) error {
				d.args, d.asJSON = args, asJSON
				return work(ctx, d)
			})
		})
	command.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c.addEither(command)
}

// addEither lets a command be about a configuration's data or, without one, about dev's.
func (c *choice) addEither(command *cobra.Command) *cobra.Command {
	command.Flags().StringVar(&c.data, "data", defaultData, "`DIR` of `voucherswitch dev`")
	_ = command.MarkFlagDirname("data")
	c.addFile(command)
	command.MarkFlagsMutuallyExclusive("data", "config")
	return command
}

func (s *shell) loadEither(c *choice) (Config, error) {
	if c.file != "" {
		c.data = ""
	}
	return s.load(c)
}

func (s *shell) open(ctx context.Context, config Config, work func(desk) error) error {
	keys, err := config.Keys.forStore()
	if err != nil {
		return err
	}
	store, err := config.openDatabase(ctx, keys)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	if err := checkSchema(ctx, store); err != nil {
		return err
	}
	if err := store.CheckKeys(ctx); err != nil {
		return err
	}
	acts := application.New(application.Parts{
		Journal: store, Queue: store, Records: store, Render: http.Render,
		Clock: time.Now, NewID: newID, Log: s.log(config.Log), AdviceLease: config.adviceLease(),
	})
	return work(desk{shell: s, Desk: application.Desk{Switch: acts}, store: store, keys: config.Keys})
}

// signing adds the flags of an act; it needs both.
func (s *shell) signing(command *cobra.Command, by *voucher.Signature) *cobra.Command {
	for _, variable := range s.environment {
		if name, ok := strings.CutPrefix(variable, "USER="); ok {
			by.Operator = name
		}
	}
	command.Flags().StringVar(&by.Operator, "by", by.Operator, "your `NAME`; it stands in the history")
	command.Flags().StringVar(&by.Reason, "reason", "", "why, for the history")
	_ = command.MarkFlagRequired("reason")
	if by.Operator == "" {
		_ = command.MarkFlagRequired("by")
	}
	return command
}

// table prints rows under a heading; cells are parted by tabs.
func (s *shell) table(heading string, rows []string) {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, row := range append([]string{heading}, rows...) {
		_, _ = fmt.Fprintln(table, row)
	}
	_ = table.Flush()
}

// acted says what an act came to.
func (d desk) acted(t voucher.Transaction, next string) error {
	if d.asJSON {
		return d.printJSON(transactionOf(t))
	}
	d.print("%s %s", t.ID, t.State)
	d.say("next: %s", next)
	return nil
}

func limiting(command *cobra.Command, limit *int) *cobra.Command {
	command.Flags().IntVar(limit, "limit", fewest, fmt.Sprintf("`ROWS` at most, up to %d", most))
	return command
}

// within keeps a limit between one and most.
func within(limit int) int { return max(1, min(limit, most)) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
