package bootstrap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes of every command.
const (
	exitDone = iota
	exitFailed
	exitUsage
	exitTampered
)

const exitCodes = "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."

// Main runs the command line and gives the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 a history
// that was changed. It ends gracefully when ctx does. Data goes to out, everything for people and logs to notes.
func Main(ctx context.Context, args, environment []string, out, notes io.Writer) int {
	shell := &shell{environment: environment, out: out, notes: notes}
	root := shell.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(notes)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	_, _ = fmt.Fprintln(notes, "Error:", err)
	var wrong Problems
	var failure failed
	if errors.Is(err, errTampered) {
		return exitTampered
	}
	if errors.As(err, &failure) && !errors.As(err, &wrong) {
		return exitFailed
	}
	return exitUsage
}

// failed marks an error of a command's work, apart from those of its usage.
type failed struct{ error }

// Unwrap gives the error itself.
func (f failed) Unwrap() error { return f.error }

// shell is what every command stands in.
type shell struct {
	environment []string
	out, notes  io.Writer
}

func (s *shell) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "voucherswitch",
		Short: "Sells vouchers of many providers to many channels, each exactly once",
		Long: "Voucher Switch stands between channels that sell vouchers and providers that issue them.\n" +
			"Start with `voucherswitch dev`.\n\n" + exitCodes,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.AddCommand(s.dev(), s.serve(), s.simulate(), s.migrate(), s.transactions(), s.advices(), s.cases(),
		s.audit(), s.keys(), s.config(), s.channel(), s.provider(), s.bench(), s.version())
	return root
}

// command makes one without arguments; its work's errors are told from those of its usage.
func (s *shell) command(use, short, long string, work func(context.Context) error) *cobra.Command {
	return s.commandOn(use, short, long, func(ctx context.Context, _ []string) error { return work(ctx) })
}

// commandOn makes a command that takes as many arguments as use names after the first word.
func (s *shell) commandOn(use, short, long string, work func(context.Context, []string) error) *cobra.Command {
	wanted := cobra.NoArgs
	if names := len(strings.Fields(use)) - 1; names > 0 {
		wanted = cobra.ExactArgs(names)
	}
	return &cobra.Command{
		Use: use, Short: short, Long: short + ".\n\n" + long + "\n\n" + exitCodes, Args: wanted,
		RunE: func(c *cobra.Command, args []string) error {
			if err := work(c.Context(), args); err != nil {
				return failed{err}
			}
			return nil
		},
	}
}

// group is a command that only holds others.
func (s *shell) group(use, short string, commands ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return fmt.Errorf("say which: see `%s --help`", c.CommandPath())
	}}
	group.AddCommand(commands...)
	return group
}

func (s *shell) say(format string, args ...any) { _, _ = fmt.Fprintf(s.notes, format+"\n", args...) }

func (s *shell) print(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

func (s *shell) printJSON(value any) error {
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func (s *shell) log(l Log) *slog.Logger {
	level, _ := l.level() // info, where it cannot be read: config check has said so
	return slog.New(slog.NewTextHandler(s.notes, &slog.HandlerOptions{Level: level}))
}

// choice is what the command line says about the configuration.
type choice struct {
	file, data string
	sets       []string
	listens    []listenFlag
}

// listenFlag is a flag of its own for a key that is often set.
type listenFlag struct{ flag, key, value string }

func (c *choice) addFile(command *cobra.Command) *cobra.Command {
	command.Flags().StringVar(&c.file, "config", "", "configuration `FILE`, in YAML")
	_ = command.MarkFlagFilename("config", "yaml", "yml")
	return c.addSet(command)
}

func (c *choice) addSet(command *cobra.Command) *cobra.Command {
	command.Flags().StringArrayVar(&c.sets, "set", nil,
		"any other `key=value`, such as timing.reversal_wait=1s or providers.ID.timeout=5s; may be repeated")
	return command
}

func (c *choice) addListen(command *cobra.Command, flags ...listenFlag) *cobra.Command {
	c.listens = flags
	for i := range c.listens {
		f := &c.listens[i]
		command.Flags().StringVar(&f.value, f.flag, "", "`ADDR` to listen on, host:port (sets "+f.key+")")
	}
	return command
}

// flags are the settings that the command line gives.
func (c *choice) flags() ([]Setting, error) {
	var settings []Setting
	for _, f := range c.listens {
		if f.value != "" {
			settings = append(settings, Setting{f.key, f.value, "flag --" + f.flag})
		}
	}
	for _, set := range c.sets {
		key, value, ok := strings.Cut(set, "=")
		if !ok {
			return nil, Problems{{"--set " + key, "must be key=value"}}
		}
		settings = append(settings, Setting{key, value, "flag --set"})
	}
	return settings, nil
}

// load reads the configuration that the command line chose, and says its warnings. With a data folder it is the
// development world's.
func (s *shell) load(c *choice) (Config, error) {
	flags, err := c.flags()
	if err != nil {
		return Config{}, err
	}
	from := Sources{File: c.file, Environment: s.environment, Flags: flags}
	if c.data != "" {
		from.World, from.Folder = devWorld, c.data
	}
	if c.data != "" && c.data != defaultData {
		from.Flags = slices.Concat(devSettings(c.data, "flag --data"), flags)
	}
	config, warnings, wrong := Load(from)
	for _, w := range warnings {
		s.say("warning: %s", w)
	}
	if len(wrong) > 0 {
		return config, wrong
	}
	return config, nil
}
