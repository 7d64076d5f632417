// Command supply checks what a release is made of:
//
//	supply sbom BINARY SBOM    the bill of materials names every module that the binary holds, and no other
//	supply twice BINARY        a copy of this tree in another folder, built with an empty cache, has the same bytes
package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "sbom":
		err = sbom(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "twice":
		err = twice(os.Args[2])
	default:
		fmt.Fprintln(os.Stderr, "usage: supply sbom BINARY SBOM | supply twice BINARY")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "supply:", err)
		os.Exit(1)
	}
}

func sbom(binary, path string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	held := holds(info)
	if err := compare(held, text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Printf("%s names the %d modules of %s\n", path, len(held), binary)
	return nil
}

// twice builds elsewhere what stands here, as the Makefile does, and compares. Nothing is shared but the modules.
func twice(binary string) error {
	away, err := os.MkdirTemp("", "supply-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(away) }()
	copied := filepath.Join(away, "another", "folder")
	if err := copyTree(".", copied); err != nil {
		return err
	}
	build := exec.Command("make", "build") //nolint:noctx // it ends by itself
	build.Dir, build.Stdout, build.Stderr = copied, os.Stdout, os.Stderr
	build.Env = append(os.Environ(), "GOCACHE="+filepath.Join(away, "cache"))
	if err := build.Run(); err != nil {
		return err
	}
	here, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	there, err := os.ReadFile(filepath.Join(copied, binary))
	if err != nil {
		return err
	}
	if !bytes.Equal(here, there) {
		return fmt.Errorf("%s has %d bytes, SHA-256 %x; built again in another folder %d bytes, SHA-256 %x",
			binary, len(here), sha256.Sum256(here), len(there), sha256.Sum256(there))
	}
	fmt.Printf("%s is reproduced, %d bytes, SHA-256 %x\n", binary, len(here), sha256.Sum256(here))
	return nil
}

// copyTree copies what is built from: not what was built, kept or recorded.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains([]string{".git", "bin", "data"}, path) && entry.IsDir():
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, path), 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), text, 0o644)
	})
}
