// Command smoke executes the commands of a document as a reader would, and compares what they print.
//
// Each fenced sh block stands below a comment that says what becomes of it:
//
//	<!-- run: start -->        started in the background, until its readiness address answers; stopped at the end
//	<!-- run: expect 201 -->   run in one shell, in order; its output must contain each word
//	<!-- run: ci -->           run by .ci/run itself, which must contain the line
//
// A block without such a comment fails: nobody would know that it works.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

const (
	readyURL = "http://127.0.0.1:8081/readyz"
	patience = 5 * time.Minute // the first start compiles
	marker   = "@@ end of block"
)

type block struct {
	line    int
	verb    string
	expect  []string
	command string
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: smoke DOCUMENT.md")
		os.Exit(2)
	}
	if err := smoke(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "smoke:", err)
		os.Exit(1)
	}
}

func smoke(path string) error {
	document, err := os.ReadFile(path) //nolint:gosec // the document is the argument
	if err != nil {
		return err
	}
	blocks, err := parse(string(document))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var story []block
	for _, b := range blocks {
		switch b.verb {
		case "start":
			stop, err := start(b)
			if err != nil {
				return fmt.Errorf("%s:%d: %w", path, b.line, err)
			}
			defer stop()
		case "ci":
			if err := runsInCI(b); err != nil {
				return fmt.Errorf("%s:%d: %w", path, b.line, err)
			}
		case "expect":
			story = append(story, b)
		}
	}
	passed, err := tell(story)
	fmt.Printf("%d passed, %d failed\n", passed, len(story)-passed)
	return err
}

var run = regexp.MustCompile(`^<!-- run: (start|expect|ci)(.*) -->$`)

// parse finds the sh blocks and what is said of each.
func parse(document string) ([]block, error) {
	var blocks []block
	var told *block
	inside := false
	for i, line := range strings.Split(document, "\n") {
		switch said := run.FindStringSubmatch(line); {
		case said != nil:
			told = &block{verb: said[1], expect: strings.Fields(said[2])}
		case line == "```sh" && told == nil:
			return nil, fmt.Errorf("line %d: no comment says what becomes of this block", i+1)
		case line == "```sh":
			inside, told.line = true, i+1
		case inside && line == "```":
			blocks, told, inside = append(blocks, *told), nil, false
		case inside:
			told.command += line + "\n"
		}
	}
	if len(blocks) == 0 {
		return nil, errors.New("no command found")
	}
	return blocks, nil
}

func start(b block) (stop func(), err error) {
	fmt.Printf("starting: %s", b.command)
	cmd := exec.Command("bash", "-c", b.command) //nolint:gosec,noctx // the document's own command, stopped below
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		select {
		case <-ended:
			return nil, fmt.Errorf("it ended before it was ready: %s", cmd.ProcessState)
		default:
		}
		if ready() {
			return stop, nil
		}
	}
	stop()
	return nil, fmt.Errorf("not ready after %s", patience)
}

func ready() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, readyURL, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func runsInCI(b block) error {
	script, err := os.ReadFile(".ci/run")
	if err != nil {
		return err
	}
	for line := range strings.Lines(b.command) {
		if !bytes.Contains(script, []byte(line)) {
			return fmt.Errorf(".ci/run does not run %q", strings.TrimSpace(line))
		}
	}
	return nil
}

// tell runs the story in one shell, as a reader would paste it, and compares what each block prints.
func tell(story []block) (passed int, err error) {
	var script strings.Builder
	for _, b := range story {
		fmt.Fprintf(&script, "%s\necho; echo '%s'\n", b.command, marker)
	}
	shell := exec.Command("bash", "-u") //nolint:noctx // every command in it has a time-out of its own
	shell.Stdin, shell.Stderr = strings.NewReader(script.String()), os.Stderr
	printed, err := shell.Output()
	parts := strings.Split(string(printed), marker)
	for i, b := range story {
		got := ""
		if i < len(parts) {
			got = strings.TrimSpace(parts[i])
		}
		fmt.Printf("--- line %d: %s%s\n", b.line, b.command, got)
		if missing := lacks(got, b.expect); missing != "" {
			err = errors.Join(err, fmt.Errorf("line %d: the output lacks %q", b.line, missing))
			continue
		}
		passed++
	}
	return passed, err
}

func lacks(text string, words []string) string {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return word
		}
	}
	return ""
}
