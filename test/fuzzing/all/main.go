// Command all runs every fuzz target of the module in turn, tells how many inputs each has had, and fails if one found
// anything. It finds the targets by itself.
package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

type target struct{ pkg, name string }

// result is what became of a target's run.
type result struct {
	target
	executions int64
	took       time.Duration
	found      bool
}

// String is a line of the results file.
func (r result) String() string {
	verdict := "nothing found"
	if r.found {
		verdict = "FOUND SOMETHING"
	}
	return fmt.Sprintf("%-42s %-22s %12d executions %6.0f s  %s",
		strings.TrimPrefix(r.pkg, "voucherswitch/"), r.name, r.executions, r.took.Seconds(), verdict)
}

type options struct {
	length   time.Duration
	parallel int
	only     *regexp.Regexp
	results  string
}

func main() {
	var o options
	var only string
	flag.DurationVar(&o.length, "time", 30*time.Second, "how long each target runs")
	flag.IntVar(&o.parallel, "parallel", 2, "workers of each target")
	flag.StringVar(&only, "only", ".", "regular expression of the targets to run, as package.Name")
	flag.StringVar(&o.results, "results", "", "file that a line for each target is appended to")
	flag.Parse()
	var err error
	if o.only, err = regexp.Compile(only); err == nil {
		err = run(context.Background(), o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	out := io.Writer(os.Stdout)
	if o.results != "" {
		file, err := os.OpenFile(o.results, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		out = io.MultiWriter(os.Stdout, file)
	}
	targets, err := list(ctx)
	if err != nil {
		return err
	}
	var total int64
	count, findings := 0, 0
	for _, t := range targets {
		if !o.only.MatchString(t.pkg + "." + t.name) {
			continue
		}
		r, err := fuzz(ctx, t, o)
		if err != nil {
			return err
		}
		total, count = total+r.executions, count+1
		if r.found {
			findings++
		}
		_, _ = fmt.Fprintln(out, r)
	}
	_, _ = fmt.Fprintf(out, "%d targets, %d executions\n", count, total)
	switch {
	case count == 0:
		return fmt.Errorf("no target is called %s", o.only)
	case findings > 0:
		return fmt.Errorf("%d targets found something: the inputs stand in testdata/fuzz beside them", findings)
	default:
		return nil
	}
}

// list asks the test binaries for their targets. They name them, and then the package that they were.
func list(ctx context.Context) (targets []target, err error) {
	text, err := exec.CommandContext(ctx, "go", "test", "-vet=off", "-list", "^Fuzz", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("the targets cannot be listed: %w\n%s", err, text)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "Fuzz"):
			names = append(names, fields[0])
		case len(fields) > 1 && fields[0] == "ok":
			for _, name := range names {
				targets = append(targets, target{fields[1], name})
			}
			names = nil
		}
	}
	return targets, nil
}

var executed = regexp.MustCompile(`execs: (\d+)`)

// fuzz runs one target. An interesting input is made smaller for a moment only, since the default of a minute each
// leaves no time for anything else.
func fuzz(ctx context.Context, t target, o options) (r result, err error) {
	r.target = t
	began := time.Now()
	//nolint:gosec // the names come from the module's own test binaries
	command := exec.CommandContext(ctx, "go", "test", "-vet=off", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime",
		o.length.String(), "-fuzzminimizetime", "10x", "-parallel", strconv.Itoa(o.parallel), t.pkg)
	command.Stderr = os.Stderr
	pipe, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		return r, err
	}
	var said bytes.Buffer
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		_, _ = fmt.Fprintln(&said, lines.Text())
		if match := executed.FindStringSubmatch(lines.Text()); match != nil {
			r.executions, _ = strconv.ParseInt(match[1], 10, 64)
		}
	}
	r.found, r.took = command.Wait() != nil, time.Since(began)
	if r.found {
		_, _ = os.Stdout.Write(said.Bytes())
	}
	return r, nil
}
