package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
)

// A node has a line to each network, and a line can be cut: its packets are then lost without a word, as in a
// partition, where a closed port would answer.
const (
	peers   = "peers"   // the nodes among themselves
	clients = "clients" // the nodes and the replicas
)

var subnets = map[string]string{peers: "10.77.0.", clients: "10.88.0."}

// ground makes the inner world: its own /proc and /run, and the two networks.
func ground() error {
	for _, m := range []struct {
		source, target, kind string
		flags                uintptr
	}{
		{"none", "/", "", syscall.MS_REC | syscall.MS_PRIVATE},
		{"proc", "/proc", "proc", 0},
		{"tmpfs", "/run", "tmpfs", 0},
	} {
		if err := syscall.Mount(m.source, m.target, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if err := ip("link set lo up"); err != nil {
		return err
	}
	for _, network := range []string{peers, clients} {
		if err := ip("link add %[1]s type bridge; link set %[1]s up", network); err != nil {
			return err
		}
	}
	return ip("addr add %s254/24 dev %s", subnets[clients], clients)
}

// connect gives a node its own network namespace, with a line to each network.
func (n *node) connect() error {
	if err := ip("netns add %[1]s; -n %[1]s link set lo up", n.name); err != nil {
		return err
	}
	for network, subnet := range subnets {
		line := n.line(network)
		err := ip("link add %[1]s type veth peer name %[2]s netns %[3]s; link set %[1]s master %[2]s up;"+
			"-n %[3]s addr add %[4]s%[5]d/24 dev %[2]s; -n %[3]s link set %[2]s up",
			line, network, n.name, subnet, n.number)
		if err != nil {
			return err
		}
	}
	return nil
}

func (n *node) line(network string) string { return fmt.Sprintf("%s%d", network, n.number) }

func (n *node) cut(networks ...string) error {
	for _, network := range networks {
		if err := ip("link set %s nomaster", n.line(network)); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) mend(networks ...string) error {
	for _, network := range networks {
		if err := ip("link set %s master %s", n.line(network), network); err != nil {
			return err
		}
	}
	return nil
}

// ip runs commands of iproute2, separated by semicolons.
func ip(format string, values ...any) error {
	for command := range strings.SplitSeq(fmt.Sprintf(format, values...), ";") {
		//nolint:gosec // the words are this program's own
		out, err := exec.CommandContext(context.Background(), "ip", strings.Fields(command)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", command, err, out)
		}
	}
	return nil
}
