package bootstrap

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

func (s *shell) advices() *cobra.Command {
	return s.group("advices", "Reversals and confirmations on their way to providers: list, show, retry now",
		s.listAdvices(), s.showAdvice(), s.retryAdvice())
}

// waitingAdvice is an advice as `advices list --json` prints it.
type waitingAdvice struct {
	Transaction string  `json:"transaction"`
	Advice      string  `json:"advice"`
	Provider    string  `json:"provider"`
	Kind        string  `json:"kind"`
	Attempts    int     `json:"attempts"`
	AgeSeconds  float64 `json:"age_seconds"`    // since it was due first; negative: not due yet
	DueIn       float64 `json:"due_in_seconds"` // until the next attempt; while one is under way: until it is given up
}

func adviceOf(w voucher.Waiting) waitingAdvice {
	return waitingAdvice{
		Transaction: string(w.Transaction), Advice: string(w.ID), Provider: string(w.Provider), Kind: w.Kind.String(),
		Attempts: w.Attempts, AgeSeconds: w.Age.Seconds(), DueIn: w.DueIn.Seconds(),
	}
}

func (s *shell) listAdvices() *cobra.Command {
	var limit int
	var provider string
	command := s.atDesk("list", "List advices that wait, the longest owed first", "",
		func(ctx context.Context, d desk) error {
			waiting, err := d.store.Waiting(ctx, voucher.Which{Provider: voucher.ProviderID(provider)}, within(limit))
			if err != nil {
				return err
			}
			return d.waiting(waiting)
		})
	command.Flags().StringVar(&provider, "provider", "", "only this provider's `ID`")
	return limiting(command, &limit)
}

func (d desk) waiting(waiting []voucher.Waiting) error {
	rows, printed := []waitingAdvice{}, []string(nil)
	for _, w := range waiting {
		rows = append(rows, adviceOf(w))
		printed = append(printed, fmt.Sprintf("%s\t%s\t%s\t%d\t%s\t%s", w.Transaction, w.Provider, w.Kind, w.Attempts,
			w.Age.Round(time.Second), max(w.DueIn, 0).Round(time.Second)))
	}
	if d.asJSON {
		return d.printJSON(rows)
	}
	if len(waiting) == 0 {
		d.say("no advice waits; nothing to do")
		return nil
	}
	d.table("TRANSACTION\tPROVIDER\tKIND\tATTEMPTS\tAGE\tNEXT ATTEMPT IN", printed)
	d.say("next: `voucherswitch advices retry TRANSACTION --reason WHY` tries one at once; a provider that answers " +
		"again gets all of its own by itself")
	return nil
}

func (s *shell) showAdvice() *cobra.Command {
	return s.atDesk("show TRANSACTION", "Show the advice of a transaction", "",
		func(ctx context.Context, d desk) error {
			waiting, err := d.store.Waiting(ctx, voucher.Which{Transaction: d.transaction()}, 1)
			if err == nil && len(waiting) == 0 {
				err = fault.New(fault.NotFound, "no advice of transaction %s waits", d.transaction())
			}
			if err != nil {
				return err
			}
			return d.waiting(waiting)
		})
}

func (s *shell) retryAdvice() *cobra.Command {
	var by voucher.Signature
	return s.signing(s.atDesk("retry TRANSACTION", "Try the advice of a transaction now",
		"A running replica sends it within a second, with the same id and body as ever.",
		func(ctx context.Context, d desk) error {
			t, err := d.Hasten(ctx, d.transaction(), by)
			if err != nil {
				return err
			}
			return d.acted(t, "`voucherswitch transactions show "+string(t.ID)+"` shows what came of it")
		}), &by)
}
