package bootstrap

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"voucherswitch/adapters/gormstore"
)

// errTampered has an exit code of its own.
var errTampered = errors.New("the history is not what was written")

func (s *shell) audit() *cobra.Command {
	return s.group("audit", "Show that the history is what was written", s.verifyHistory(), s.listAnchors())
}

func (s *shell) verifyHistory() *cobra.Command {
	var keptIn string
	command := s.atDesk("verify", "Hold the whole history against its links and signatures",
		"It reads every move and content, and names the first ones that are not what was written. It changes nothing, and\n"+
			"needs no right but SELECT. What was cut off at the end shows only against copies of the anchors that were kept\n"+
			"elsewhere: lines of a replica's log, or what `voucherswitch audit anchors --json` printed.\n\n"+
			"Exit code 3: the history is not what was written.",
		func(ctx context.Context, d desk) error {
			kept, err := keptAnchors(keptIn)
			if err != nil {
				return err
			}
			found, err := d.store.Verify(ctx, kept, d.progress("verifying"))
			if err != nil {
				return err
			}
			return d.audited(found)
		})
	command.Flags().StringVar(&keptIn, "anchors", "", "`FILE` with anchors that were kept")
	_ = command.MarkFlagFilename("anchors")
	return command
}

// audited says what an audit found.
func (d desk) audited(found gormstore.Audit) error {
	if d.asJSON {
		if err := d.printJSON(found); err != nil {
			return err
		}
	} else {
		d.print("%d transactions, %d moves: %d from before there were links, %d not anchored yet", found.Transactions,
			found.Moves, found.Unlinked, found.Unanchored)
		d.print("%d anchors, until %s", found.Anchors, stamp(found.AnchoredTo))
		for _, f := range found.Findings {
			d.print("%s", f)
		}
	}
	if found.Wrong > 0 {
		return fmt.Errorf("%w: %d findings, the first is %s; docs/audit.md tells what to do", errTampered, found.Wrong,
			found.Findings[0])
	}
	d.say("the history is what was written; next: keep what `voucherswitch audit anchors --json` prints elsewhere")
	return nil
}

func (s *shell) listAnchors() *cobra.Command {
	return s.atDesk("anchors", "List the anchors, each the signature of an hour of the history",
		"Keep them apart from the database: what is cut off its end shows only against them. After a time without a\n"+
			"replica one anchor closes several hours.",
		func(ctx context.Context, d desk) error {
			anchors, err := d.store.Anchors(ctx)
			if err != nil {
				return err
			}
			if d.asJSON {
				return d.printJSON(append([]gormstore.Anchor{}, anchors...))
			}
			var printed []string
			for _, a := range anchors {
				printed = append(printed, fmt.Sprintf("%d\t%s\t%s\t%d\t%.16s...", a.Number, stamp(a.Opens), stamp(a.Closes),
					a.Moves, a.Signature))
			}
			d.table("NUMBER\tOPENS\tCLOSES\tMOVES\tSIGNATURE", printed)
			d.say("next: `voucherswitch audit verify`")
			return nil
		})
}

// logged is the line of an anchor in a log.
var logged = regexp.MustCompile(`\bnumber=(\d+)\b.*?\bcloses=(\S+).*?\bsignature=([0-9a-f]{128})\b`)

// keptAnchors reads copies of anchors: JSON as `audit anchors` prints it, or lines of a log. A signature covers all of
// its anchor.
func keptAnchors(path string) (kept []gormstore.Anchor, err error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		err = json.Unmarshal(text, &kept)
	} else {
		kept, err = loggedAnchors(text)
	}
	isNone := func(a gormstore.Anchor) bool { return a.Number < 1 || len(a.Signature) != ed25519.SignatureSize }
	switch {
	case err != nil:
	case len(kept) == 0:
		err = errors.New("it has none")
	case slices.ContainsFunc(kept, isNone):
		err = errors.New("one has no number or no signature")
	}
	if err != nil {
		return nil, fmt.Errorf("%s holds no anchors: %w", path, err)
	}
	return kept, nil
}

func loggedAnchors(text []byte) (kept []gormstore.Anchor, err error) {
	for _, line := range logged.FindAllSubmatch(text, -1) {
		var a gormstore.Anchor
		var failures [3]error
		a.Number, failures[0] = strconv.ParseInt(string(line[1]), 10, 64)
		a.Closes, failures[1] = time.Parse(time.RFC3339, string(line[2]))
		failures[2] = a.Signature.UnmarshalText(line[3])
		if err := errors.Join(failures[:]...); err != nil {
			return nil, err
		}
		kept = append(kept, a)
	}
	return kept, nil
}
