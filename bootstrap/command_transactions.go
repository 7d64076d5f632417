package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"voucherswitch/domain/voucher"
)

func (s *shell) transactions() *cobra.Command {
	return s.group("transactions", "Sales and their histories: list, show, resolve",
		s.listTransactions(), s.showTransaction(), s.resolveTransaction())
}

// transaction is one as `transactions --json` prints it. It holds no voucher and no channel's message.
type transaction struct {
	ID       string     `json:"transaction"`
	State    string     `json:"state"`
	Version  int        `json:"version"`
	Channel  string     `json:"channel"`
	Provider string     `json:"provider,omitempty"`
	OpenedAt time.Time  `json:"opened_at,omitzero"`
	Horizon  time.Time  `json:"horizon,omitzero"` // from then on its provision can take no effect
	Cases    []openCase `json:"cases,omitempty"`
	History  []line     `json:"history,omitempty"`
}

// line is one move of a history.
type line struct {
	Version  int       `json:"version"`
	At       time.Time `json:"at"`
	Fact     string    `json:"fact"`
	State    string    `json:"state"`
	By       string    `json:"by"`
	Reason   string    `json:"reason,omitempty"`
	Queues   string    `json:"queues,omitempty"`
	Settles  string    `json:"settles,omitempty"`
	Question string    `json:"question,omitempty"`
	Closes   int       `json:"closes,omitempty"`
}

func transactionOf(t voucher.Transaction) transaction {
	shown := transaction{
		ID: string(t.ID), State: t.State.String(), Version: t.Version, Channel: string(t.Owner),
		Provider: string(t.Terms().Provider), OpenedAt: t.OpenedAt, Horizon: t.Horizon,
	}
	for _, c := range t.Cases {
		shown.Cases = append(shown.Cases, caseOf(c))
	}
	return shown
}

func lineOf(m voucher.Move) line {
	l := line{
		Version: m.Version, At: m.At, Fact: m.Fact.String(), State: m.State.String(), By: m.By, Reason: m.Reason,
		Settles: string(m.Settles), Question: string(m.Opens), Closes: m.Closes,
	}
	if m.Queues != nil {
		l.Queues = m.Queues.Kind.String() + " " + string(m.Queues.ID)
	}
	return l
}

func (s *shell) listTransactions() *cobra.Command {
	var limit int
	return limiting(s.atDesk("list", "List the youngest sales", "",
		func(ctx context.Context, d desk) error {
			recent, err := d.store.Recent(ctx, within(limit))
			if err != nil && len(recent) == 0 {
				return err
			}
			rows, printed := []transaction{}, []string(nil)
			for _, t := range recent {
				rows = append(rows, transactionOf(t))
				printed = append(printed, fmt.Sprintf("%s\t%s\t%s\t%s\t%s",
					stamp(t.OpenedAt), t.ID, t.State, t.Owner, t.Terms().Provider))
			}
			if d.asJSON {
				return errors.Join(err, d.printJSON(rows))
			}
			d.table("OPENED\tTRANSACTION\tSTATE\tCHANNEL\tPROVIDER", printed)
			d.say("next: `voucherswitch transactions show TRANSACTION`")
			return err
		}), &limit)
}

func (s *shell) showTransaction() *cobra.Command {
	return s.atDesk("show TRANSACTION", "Show a transaction and its history",
		"It shows no voucher: only the channel that sold it may see that.",
		func(ctx context.Context, d desk) error {
			moves, err := d.store.History(ctx, d.transaction())
			if err != nil {
				return err
			}
			t, err := voucher.Replay(moves)
			if err != nil {
				return err
			}
			shown, printed := transactionOf(t), []string(nil)
			for _, m := range moves {
				l := lineOf(m)
				shown.History = append(shown.History, l)
				printed = append(printed, fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s", l.Version, stamp(l.At), l.Fact, l.State, l.By,
					noteOf(l)))
			}
			if d.asJSON {
				return d.printJSON(shown)
			}
			d.print("%s %s, sold by %s at %s\n", t.ID, t.State, t.Owner, t.Terms().Provider)
			d.table("VERSION\tAT\tFACT\tSTATE\tBY\tNOTE", printed)
			d.say("next: %s", nextOf(t))
			return nil
		})
}

// noteOf is what a line of history says besides.
func noteOf(l line) string {
	switch {
	case l.Question != "":
		return "case: " + l.Question
	case l.Reason != "":
		return l.Reason
	case l.Queues != "":
		return "queues " + l.Queues
	case l.Settles != "":
		return "settles " + l.Settles
	default:
		return ""
	}
}

// nextOf is what an operator can do about a transaction.
func nextOf(t voucher.Transaction) string {
	switch {
	case t.State == voucher.Parked:
		return "ask " + string(t.Terms().Provider) + " what became of it, then `voucherswitch transactions resolve`"
	case len(t.Cases) > 0:
		return fmt.Sprintf("answer its case, then `voucherswitch cases close %s %d`", t.ID, t.Cases[0].Version)
	case t.Open != nil:
		return "`voucherswitch advices show " + string(t.ID) + "`"
	default:
		return "nothing; no message and no person is waited for"
	}
}

func (s *shell) resolveTransaction() *cobra.Command {
	var by voucher.Signature
	var issued, undone bool
	command := s.atDesk("resolve TRANSACTION", "End a parked transaction by what its provider says",
		"It must be known from the provider whether the voucher stands. Nothing is sent, and what the channel was told\n"+
			"stays. It is refused while the provider may still act.",
		func(ctx context.Context, d desk) error {
			t, err := d.Resolve(ctx, d.transaction(), issued, by)
			if err != nil {
				return err
			}
			return d.acted(t, "`voucherswitch cases list`")
		})
	command.Flags().BoolVar(&issued, "issued", false, "the voucher was issued and stands")
	command.Flags().BoolVar(&undone, "undone", false, "no voucher was issued, or it is undone")
	command.MarkFlagsMutuallyExclusive("issued", "undone")
	command.MarkFlagsOneRequired("issued", "undone")
	command.PreRunE = func(c *cobra.Command, _ []string) error {
		if issued == undone { // --issued=false and the like
			return errors.New("say --issued or --undone")
		}
		return nil
	}
	return s.signing(command, &by)
}
