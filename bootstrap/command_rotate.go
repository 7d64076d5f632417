package bootstrap

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"voucherswitch/adapters/keyring"
)

const (
	atKeyset = "Writes the file that keys.keyset_file names; run it as the user that the replicas run as.\n" +
		"Without --config it takes the data of `voucherswitch dev`."
	spread = "copy the file to every replica and restart one after the other"
)

// keyed is the number of a key.
func keyed(text string) (keyring.KeyID, error) {
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is no number of a key: see `voucherswitch keys list`", text)
	}
	return keyring.KeyID(id), nil
}

// onKeyset makes a command that changes the keyset's file and touches no database. change gives the next step, too.
func (s *shell) onKeyset(
	use, short, long string, change func(args []string, ring *keyring.Ring) (*keyring.Ring, string, error),
) *cobra.Command {
	var c choice
	command := s.commandOn(use, short, long+"\n"+atKeyset, func(_ context.Context, args []string) error {
		config, err := s.loadEither(&c)
		if err != nil {
			return err
		}
		path := config.Keys.KeysetFile
		ring, isTest, err := readKeyset(path)
		if err != nil {
			return err
		}
		ring, next, err := change(args, ring)
		if err == nil {
			err = writeKeyset(path, ring, isTest)
		}
		if err != nil {
			return err
		}
		s.say("next: back %s up, %s; then %s", path, spread, next)
		return nil
	})
	return c.addEither(command)
}

func (s *shell) keysAdd() *cobra.Command {
	return s.onKeyset("add", "Add a key to the keyset, which opens and does not seal yet",
		"The first step of a change of keys: every replica must know the new key before anybody seals with it.",
		func(_ []string, ring *keyring.Ring) (*keyring.Ring, string, error) {
			changed, id, err := ring.Add()
			s.print("%d", id)
			return changed, fmt.Sprintf("`voucherswitch keys promote %d`", id), err
		})
}

func (s *shell) keysPromote() *cobra.Command {
	return s.onKeyset("promote KEY", "Let another key of the keyset seal",
		"The second step, when every replica runs with the file that `keys add` wrote.",
		func(args []string, ring *keyring.Ring) (*keyring.Ring, string, error) {
			id, err := keyed(args[0])
			if err != nil || !slices.Contains(ring.Keys(), id) {
				return nil, "", fmt.Errorf("the keyset has no key %s: see `voucherswitch keys list`", args[0])
			}
			changed, err := ring.Promote(id)
			return changed, "`voucherswitch keys rotate`", err
		})
}

func (s *shell) keysRotate() *cobra.Command {
	return s.atDesk("rotate", "Seal all that is kept with the key that seals now",
		"The third step, when every replica runs with the file that `keys promote` wrote. Answers stay the same, byte by\n"+
			"byte. It may be cut off at any time and run again. On a database from before there were seals, it seals what\n"+
			"stands in clear.",
		func(ctx context.Context, d desk) error {
			r, err := d.store.Rotate(ctx, d.progress("sealing"))
			if err != nil {
				return err
			}
			if d.asJSON {
				err = d.printJSON(r)
			} else {
				d.print("%d sealed anew, %d do not open", r.Sealed, r.Unreadable)
			}
			if r.Unreadable > 0 {
				return fmt.Errorf("%d contents do not open and stay as they are, such as %q: the log of a replica that is "+
					"asked for one says why", r.Unreadable, r.Examples)
			}
			d.say("next: `voucherswitch keys list`, and `voucherswitch keys retire KEY` for what is not needed any more")
			return err
		})
}

func (s *shell) keysRetire() *cobra.Command {
	return s.atDesk("retire KEY", "Take a key that seals nothing any more out of the keyset",
		"The last step. It refuses while the key seals, or while anything is sealed with it.",
		func(ctx context.Context, d desk) error {
			id, err := keyed(d.args[0])
			if err != nil {
				return err
			}
			ring, isTest, err := readKeyset(d.keys.KeysetFile)
			if err != nil {
				return err
			}
			if err := d.store.Retire(ctx, id, d.progress("looking")); err != nil {
				return err
			}
			if slices.Contains(ring.Keys(), id) {
				if ring, err = ring.Retire(id); err == nil {
					err = writeKeyset(d.keys.KeysetFile, ring, isTest)
				}
			}
			if err != nil {
				return err
			}
			d.say("retired; next: %s, and keep the file from before as long as a backup of the database from before", spread)
			return d.listKeys(ctx)
		})
}

func (s *shell) keysList() *cobra.Command {
	return s.atDesk("list", "List the keys of the keyset and those in use", "It shows numbers, never a key.",
		func(ctx context.Context, d desk) error { return d.listKeys(ctx) })
}

// keyLine is a key as `keys list` prints it.
type keyLine struct {
	Key    keyring.KeyID `json:"key"`
	Seals  bool          `json:"seals"`  // by the file
	InUse  bool          `json:"in_use"` // by the database
	OnFile bool          `json:"on_file"`
}

// listKeys prints what the file and the database say; the key 0 is clear text, from before there were seals.
func (d desk) listKeys(ctx context.Context) error {
	ring, _, err := readKeyset(d.keys.KeysetFile)
	if err != nil {
		return err
	}
	used, err := d.store.KeysInUse(ctx)
	if err != nil {
		return err
	}
	lines, printed := []keyLine{}, []string(nil)
	all := slices.Concat(ring.Keys(), used)
	slices.Sort(all)
	for _, id := range slices.Compact(all) {
		l := keyLine{id, id == ring.Primary(), slices.Contains(used, id), slices.Contains(ring.Keys(), id)}
		lines = append(lines, l)
		printed = append(printed, fmt.Sprintf("%d\t%t\t%t\t%t", l.Key, l.Seals, l.InUse, l.OnFile))
	}
	if d.asJSON {
		return d.printJSON(lines)
	}
	d.table("KEY\tSEALS\tIN USE\tON FILE", printed)
	return nil
}

// progress shows people how far a long act is.
func (d desk) progress(what string) func(done, of int64) {
	if d.asJSON {
		return nil
	}
	bar := progressbar.NewOptions64(1, progressbar.OptionSetWriter(d.notes), progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(time.Second/2), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionOnCompletion(func() { d.say("") }))
	return func(done, of int64) {
		bar.ChangeMax64(of)
		_ = bar.Set64(done)
	}
}
