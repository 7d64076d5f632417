package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"voucherswitch/adapters/keyring"
)

func (s *shell) keys() *cobra.Command {
	return s.group("keys", "Make the keys that protect what is kept, and change them", s.keysInit(),
		s.keysList(), s.keysAdd(), s.keysPromote(), s.keysRotate(), s.keysRetire())
}

func (s *shell) keysInit() *cobra.Command {
	var asJSON bool
	command := s.commandOn("init DIR", "Make key files",
		"A keyset that seals vouchers and messages, a key for the index of codes and serial numbers and the links of the\n"+
			"history, one that signs its hours, and a pepper for the channels' secrets: in clear, for their owner only to\n"+
			"read. No file that exists is touched. All replicas of a switch use copies of the same files.",
		func(_ context.Context, args []string) error {
			made, err := makeKeys(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return s.printJSON(made)
			}
			s.say("Add this to the configuration, then `voucherswitch config check --config FILE`:\n")
			s.print("keys:\n  keyset_file: %q\n  index_key_file: %q\n  anchor_key_file: %q\n  pepper_file: %q",
				made.KeysetFile, made.IndexKeyFile, made.AnchorKeyFile, made.PepperFile)
			s.say("\nBack all four up now, apart from the database: without the keyset no voucher can be read again,\n" +
				"without the index key none is found, without the anchor key the history cannot be shown to be\n" +
				"what was written, without the pepper no channel is known.")
			return nil
		})
	command.Flags().BoolVar(&asJSON, "json", false, "print the files' names as JSON")
	return command
}

// keyFiles are the files of a folder of keys.
type keyFiles struct {
	KeysetFile    string `json:"keyset_file"`
	IndexKeyFile  string `json:"index_key_file"`
	AnchorKeyFile string `json:"anchor_key_file"`
	PepperFile    string `json:"pepper_file"`
}

// makeKeys writes the files of a new installation into a folder that has none of them.
func makeKeys(folder string) (made keyFiles, err error) {
	if folder, err = filepath.Abs(folder); err != nil {
		return made, err
	}
	in := func(name string) string { return filepath.Join(folder, name) }
	made = keyFiles{in("keyset.json"), in("index.key"), in("anchor.key"), in("pepper.key")}
	for _, path := range []string{made.KeysetFile, made.IndexKeyFile, made.AnchorKeyFile, made.PepperFile} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return made, fmt.Errorf("%s exists: no key is overwritten, for what it protects would be lost", path)
		}
	}
	ring, err := keyring.New()
	if err != nil {
		return made, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return made, err
	}
	return made, errors.Join(writeKeyset(made.KeysetFile, ring, false),
		writeDurably(made.IndexKeyFile, keyText()), writeDurably(made.AnchorKeyFile, keyText()),
		writeDurably(made.PepperFile, keyText()))
}
