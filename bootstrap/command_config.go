package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (s *shell) config() *cobra.Command {
	return s.group("config", "Check or show a configuration", s.configCheck(), s.configPrint())
}

func (s *shell) configCheck() *cobra.Command {
	var c choice
	var asJSON bool
	command := s.command("check", "Check a configuration and list every error at once",
		"An unknown key is an error, and the nearest valid key is named.",
		func(context.Context) error {
			flags, err := c.flags()
			if err != nil {
				return err
			}
			_, warnings, wrong := Load(Sources{File: c.file, Environment: s.environment, Flags: flags})
			if asJSON {
				found := struct {
					Errors   Problems `json:"errors"`
					Warnings Problems `json:"warnings"`
				}{append(Problems{}, wrong...), append(Problems{}, warnings...)}
				if err := s.printJSON(found); err != nil {
					return err
				}
			} else {
				for _, w := range warnings {
					s.say("warning: %s", w)
				}
			}
			if len(wrong) > 0 {
				return wrong
			}
			s.say("the configuration is good; next: `voucherswitch migrate up --config FILE`, then `voucherswitch serve`")
			return nil
		})
	command.Flags().BoolVar(&asJSON, "json", false, "print errors and warnings as JSON")
	return c.addFile(command)
}

func (s *shell) configPrint() *cobra.Command {
	var c choice
	var asJSON bool
	command := s.command("print", "Show every key, its value and where that came from",
		"Secrets are left out.",
		func(context.Context) error {
			config, err := s.load(&c)
			if asJSON {
				return errors.Join(s.printJSON(config.Entries()), err)
			}
			table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, e := range config.Entries() {
				_, _ = fmt.Fprintf(table, "%s\t%s\t# %s\n", e.Key, e.Value, e.Origin)
			}
			_ = table.Flush()
			s.say("next: `voucherswitch config check`; any key can be set with --set KEY=VALUE")
			return err
		})
	command.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	command.Flags().StringVar(&c.data, "data", "", "show the development world of this `DIR` instead")
	return c.addFile(command)
}

func (s *shell) channel() *cobra.Command {
	return s.group("channel", "Make credentials for channels", s.channelAdd())
}

func (s *shell) channelAdd() *cobra.Command {
	var file, id, name string
	var asJSON bool
	command := s.command("add", "Make a secret for a channel and show it once",
		"Only the secret's hash goes into the configuration; nothing is written anywhere.",
		func(context.Context) error {
			keys, err := s.isFree(file, id)
			if err != nil {
				return err
			}
			pepper, err := keys.pepper()
			if err != nil {
				return Problems{{"keys.pepper_file", err.Error()}}
			}
			secret, hash := newChannelSecret(pepper)
			if asJSON {
				return s.printJSON(struct {
					ID         string `json:"id"`
					Secret     string `json:"secret"`
					SecretHash string `json:"secret_hash"`
				}{id, secret, hash})
			}
			s.say("The channel's password, shown this once; give it to the channel over a safe way:\n")
			s.print("%s", secret)
			s.say("\nAdd this to the configuration, name who settles, then `voucherswitch config check --config FILE`:\n")
			s.print("channels:\n  - id: %q\n    name: %q\n    messaging: single # or dual", id, name)
			s.print("    secret_hash: %q\n    settlement_entity: {id: \"\", name: \"\"}", hash)
			return nil
		})
	command.Flags().StringVar(&id, "id", "", "the channel's institution `ID`: its user name and client.id")
	command.Flags().StringVar(&name, "name", "", "the channel's `NAME`")
	command.Flags().StringVar(&file, "config", "",
		"configuration `FILE` that must not have this channel yet, and whose pepper is used")
	command.Flags().BoolVar(&asJSON, "json", false, "print id, secret and secret_hash as JSON")
	_ = command.MarkFlagRequired("id")
	_ = command.MarkFlagRequired("name")
	return command
}

// isFree reads only the channels, and gives the keys: the file may still have errors elsewhere.
func (s *shell) isFree(file, id string) (Keys, error) {
	if file == "" {
		return Keys{}, nil
	}
	config, _, wrong := Load(Sources{File: file})
	for _, channel := range config.Channels {
		if channel.ID == id {
			return Keys{}, Problems{{"--id", "the configuration has channel " + id + " already; to change its secret, put the " +
				"new hash beside the old one into secret_hashes"}}
		}
	}
	if len(config.Channels) == 0 && len(wrong) > 0 && len(wrong[0].Key) == 0 {
		return Keys{}, wrong
	}
	return config.Keys, nil
}

// release is the version that the Makefile links in; empty where Go built alone, and knows what it built from.
var release string

func (s *shell) version() *cobra.Command {
	var asJSON bool
	command := s.command("version", "Show which build this is", "Next: `voucherswitch dev`.",
		func(context.Context) error {
			build := struct {
				Version  string `json:"version"`
				Revision string `json:"revision"`
				Go       string `json:"go"`
			}{Version: "unknown"}
			if info, ok := debug.ReadBuildInfo(); ok {
				build.Version, build.Go = info.Main.Version, info.GoVersion
				for _, setting := range info.Settings {
					if setting.Key == "vcs.revision" {
						build.Revision = setting.Value
					}
				}
			}
			if release != "" {
				build.Version = release
			}
			if asJSON {
				return s.printJSON(build)
			}
			s.print("voucherswitch %s %s %s", build.Version, build.Revision, build.Go)
			return nil
		})
	command.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return command
}
