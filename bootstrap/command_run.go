package bootstrap

import (
	"context"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

const defaultData = "./data"

func (s *shell) dev() *cobra.Command {
	var c choice
	command := s.command("dev", "Run everything in one process, to try it out",
		"A SQLite file, five simulated providers and their products, and any channel with the password \"password\".\n"+
			"Needs nothing installed, listens on this machine only, and prints commands to paste.",
		func(ctx context.Context) error {
			config, err := s.load(&c)
			if err != nil {
				return err
			}
			return Run(ctx, config, Options{Dev: true, Log: s.log(config.Log), Ready: func(at Addresses) {
				banner(s.out, config, at, time.Now())
			}})
		})
	command.Flags().StringVar(&c.data, "data", defaultData, "`DIR` that everything is kept in")
	_ = command.MarkFlagDirname("data")
	return c.addListen(c.addSet(command), listenFlag{flag: "listen", key: "http.listen"},
		listenFlag{flag: "admin-listen", key: "admin.listen"},
		listenFlag{flag: "simulator-listen", key: "simulator.listen"})
}

func (s *shell) serve() *cobra.Command {
	var c choice
	command := s.command("serve", "Run the switch",
		"Every key may also come from the environment: VOUCHERSWITCH_HTTP__LISTEN is http.listen. A signal (TERM or INT)\n"+
			"stops it when all that it accepted is finished; a second one stops it at once.",
		func(ctx context.Context) error {
			config, err := s.load(&c)
			if err != nil {
				return err
			}
			return Run(ctx, config, Options{Log: s.log(config.Log), Ready: func(at Addresses) {
				s.say("serving channels on %s; ready at http://%s/readyz", at.HTTP, at.Admin)
			}})
		})
	return c.addListen(c.addFile(command), listenFlag{flag: "listen", key: "http.listen"},
		listenFlag{flag: "admin-listen", key: "admin.listen"})
}

func (s *shell) simulate() *cobra.Command {
	var listen, ledger string
	command := s.command("simulate", "Run the provider simulator alone",
		"It speaks SUV as the providers plain, stellr, netcare and dual, at /PROVIDER/suv/v1, and a wire of its own as\n"+
			"the provider kiosk, at /kiosk/oauth/token and /kiosk/v2/vouchers. Books and moods are the same.\n\n"+moods,
		func(ctx context.Context) error {
			return simulateAlone(ctx, listen, ledger, func(address string) {
				s.say("the simulator's books: http://%s/ledger", address)
				s.say("in a configuration (next: `voucherswitch config check --config FILE`):")
				s.print("providers:")
				s.print("  - id: plain\n    url: %q\n    username: %q", simulatorURL(address, "plain", "suv"), simulatorUser)
				s.print("    password: %q\n    allow_insecure: true", simulatorPassword)
				s.print("    receivers: [{id: \"44444444\", name: \"MobiTalk\"}]")
				s.print("    capabilities: {retries: true, reversals: true, confirmations: true, client_codes: true}")
			})
		})
	command.Flags().StringVar(&listen, "listen", "127.0.0.1:8082", "`ADDR` to listen on, host:port")
	command.Flags().StringVar(&ledger, "ledger", filepath.Join(defaultData, "simulator-ledger.jsonl"),
		"`FILE` that keeps what was issued")
	return command
}
