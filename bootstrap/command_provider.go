package bootstrap

import (
	"context"

	"github.com/spf13/cobra"

	"voucherswitch/bootstrap/scaffold"
)

func (s *shell) provider() *cobra.Command {
	return s.group("provider", "Add a provider, or try one out", s.providerNew(), s.providerCheck())
}

func (s *shell) providerNew() *cobra.Command {
	var folder string
	command := s.commandOn("new NAME", "Make the adapter of a provider with a wire of its own, in a checkout",
		"It copies the worked example adapters/providers/quokka under the new name, without the facts of its vendor, and\n"+
			"registers it. What it makes compiles; its tests name each fact that is missing, with its file and line.\n"+
			"Nothing is overwritten. docs/adding-a-provider.md walks through the rest.",
		func(_ context.Context, args []string) error {
			name := args[0]
			made, err := scaffold.New(folder, name)
			if err != nil {
				return err
			}
			for _, file := range made.Files {
				s.print("made     %s", file)
			}
			for _, file := range made.Changed {
				s.print("changed  %s", file)
			}
			s.say("\n%d facts of the vendor's document are missing. Next:", made.Facts)
			s.say("  1. go test ./adapters/providers/%s\n     names each with its file and line: fill them in", name)
			s.say("  2. UPDATE_DOC=1 go test ./test/contract\n     prints what each answer means into docs/providers.md: " +
				"hold it against the vendor's document")
			s.say("  3. go test ./adapters/providers/%s ./test/contract ./test/architecture", name)
			s.say("  4. put the provider into a configuration, with adapter: %s, and try it at the vendor's sandbox:", name)
			s.say("     voucherswitch provider check --config FILE ID")
			s.say("docs/adding-a-provider.md goes through this with a vendor's document at hand.")
			return nil
		})
	command.Flags().StringVar(&folder, "dir", ".", "root `DIR` of the checkout")
	_ = command.MarkFlagDirname("dir")
	return command
}
