package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
)

// holds are the modules that a binary was linked from, by name, with their versions; Go's own library is "std".
func holds(info *debug.BuildInfo) map[string]string {
	held := map[string]string{"std": info.GoVersion}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		held[module.Path] = module.Version
	}
	return held
}

// bill is what is read of a bill of materials in CycloneDX's JSON.
type bill struct {
	Format     string `json:"bomFormat"`
	Version    string `json:"specVersion"`
	Components []struct{ Type, Name, Version, PURL string }
}

// compare holds a bill of materials against modules. It fails on a text that is no such bill, on a module that the bill
// lacks or gives another version, and on a component that the binary does not hold.
func compare(held map[string]string, text []byte) error {
	var b bill
	if err := json.Unmarshal(text, &b); err != nil {
		return err
	}
	if b.Format != "CycloneDX" || b.Version == "" {
		return errors.New("is no bill of materials of CycloneDX")
	}
	var wrong []error
	left := maps.Clone(held)
	for _, c := range b.Components {
		name, version := c.Name, c.Version
		switch {
		case left[name] == "":
			wrong = append(wrong, fmt.Errorf("names %s %s, which the binary does not hold", name, version))
		case left[name] != version && left[name] != "go"+strings.TrimPrefix(version, "v"):
			wrong = append(wrong, fmt.Errorf("names %s %s, the binary holds %s", name, version, left[name]))
		case c.Type != "library" || !strings.HasPrefix(c.PURL, "pkg:golang/"+name+"@"):
			wrong = append(wrong, fmt.Errorf("names %s as %s, %s", name, c.Type, c.PURL))
		}
		delete(left, name)
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		wrong = append(wrong, fmt.Errorf("lacks %s %s", name, left[name]))
	}
	return errors.Join(wrong...)
}
