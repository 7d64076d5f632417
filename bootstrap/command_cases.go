package bootstrap

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"voucherswitch/domain/voucher"
)

func (s *shell) cases() *cobra.Command {
	return s.group("cases", "What waits for a person: list and close", s.listCases(), s.closeCase())
}

// openCase is a case as `cases list --json` prints it.
type openCase struct {
	Transaction string    `json:"transaction"`
	Version     int       `json:"version"`
	Question    string    `json:"question"`
	OpenedAt    time.Time `json:"opened_at"`
}

func caseOf(c voucher.Case) openCase {
	return openCase{string(c.Transaction), c.Version, string(c.Question), c.OpenedAt}
}

func (s *shell) listCases() *cobra.Command {
	var limit int
	return limiting(s.atDesk("list", "List open cases, the oldest first", "",
		func(ctx context.Context, d desk) error {
			open, err := d.store.OpenCases(ctx, within(limit))
			if err != nil {
				return err
			}
			rows, printed := []openCase{}, []string(nil)
			for _, c := range open {
				rows = append(rows, caseOf(c))
				printed = append(printed, fmt.Sprintf("%s\t%s\t%d\t%s", stamp(c.OpenedAt), c.Transaction, c.Version, c.Question))
			}
			if d.asJSON {
				return d.printJSON(rows)
			}
			if len(open) == 0 {
				d.say("no open cases; nothing to do")
				return nil
			}
			d.table("OPENED\tTRANSACTION\tVERSION\tQUESTION", printed)
			d.say("next: `voucherswitch transactions show TRANSACTION`, ask its provider, then `transactions resolve` " +
				"if it is parked, else `cases close`")
			return nil
		}), &limit)
}

func (s *shell) closeCase() *cobra.Command {
	var by voucher.Signature
	return s.signing(s.atDesk("close TRANSACTION VERSION", "Close the case that a transaction's move opened",
		"It changes nothing else: a parked transaction stays parked until it is resolved.",
		func(ctx context.Context, d desk) error {
			version, err := strconv.Atoi(d.args[1])
			if err != nil {
				return fmt.Errorf("the version must be a number, as `cases list` shows it: %w", err)
			}
			t, err := d.CloseCase(ctx, d.transaction(), version, by)
			if err != nil {
				return err
			}
			return d.acted(t, "`voucherswitch cases list`")
		}), &by)
}
