package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// process is a program that can be killed and started again. What it prints is appended to its log.
type process struct {
	name    string
	log     string
	command *exec.Cmd
	ended   chan struct{}
}

func (p *process) start(arguments ...string) error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	p.command = exec.Command(arguments[0], arguments[1:]...) //nolint:gosec,noctx // our own; ends with this program
	p.command.Stdout, p.command.Stderr = log, log
	if err := p.command.Start(); err != nil {
		return err
	}
	command, ended := p.command, make(chan struct{})
	p.ended = ended
	go func() { _ = command.Wait(); close(ended) }()
	return nil
}

// kill is kill -9.
func (p *process) kill() { _ = p.end(syscall.SIGKILL, time.Minute) }

func (p *process) end(signal syscall.Signal, within time.Duration) error {
	_ = p.command.Process.Signal(signal)
	select {
	case <-p.ended:
		return nil
	case <-time.After(within):
		return fmt.Errorf("%s does not end within %s", p.name, within)
	}
}

var errEnded = errors.New("ended before its time")

// await asks a question again and again until nothing is wrong, or the process ends, or the time is up.
func (p *process) await(within time.Duration, question func() error) error {
	var wrong error
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if wrong = question(); wrong == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s %w:\n%s", p.name, errEnded, p.tail())
		default:
		}
	}
	return fmt.Errorf("%s is not ready within %s: %w\n%s", p.name, within, wrong, p.tail())
}

func (p *process) tail() string {
	text, _ := os.ReadFile(p.log)
	return string(text[max(0, len(text)-3000):])
}
