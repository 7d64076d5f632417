package bootstrap

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	koanfmaps "github.com/knadh/koanf/maps"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"
)

const environmentPrefix = "VOUCHERSWITCH_"

// Setting is one key given outside a file. An item of a list is named by its id or its number: providers.stellr.url.
type Setting struct {
	Key, Value string
	Origin     string // as `config print` shows it
}

// Sources are what a configuration is read from, each going before those above it.
type Sources struct {
	World       []byte    // the development world, in YAML; nil in production
	Folder      string    // that everything of the development world is kept in
	File        string    // a path; empty for none
	Environment []string  // as os.Environ gives it
	Flags       []Setting // what the command line says
}

// Load reads a configuration, checks it, and reports every error at once; without errors it is complete. Warnings are
// for people and stop nothing.
func Load(from Sources) (config Config, warnings, errors Problems) {
	tree := koanf.New(".")
	config.origins = map[string]string{}
	add := func(source map[string]any, origin string) {
		for key := range leaves(source) {
			config.origins[key] = origin
		}
		_ = tree.Load(confmap.Provider(source, ""), nil)
	}
	var world []Setting
	if from.World != nil {
		add(errors.parse(from.World, devOrigin), devOrigin)
		world = devSettings(from.Folder, devOrigin)
	}
	if from.File != "" {
		text, err := os.ReadFile(from.File)
		if err != nil {
			errors.add("", "%v; name the configuration with --config FILE", err)
			return config, nil, errors
		}
		add(errors.parse(text, from.File), "file "+from.File)
	}
	for _, s := range slices.Concat(world, environment(from.Environment), from.Flags) {
		key := errors.resolve(tree, s.Key)
		if key != "" {
			add(koanfmaps.Unflatten(map[string]any{key: s.Value}, "."), s.Origin)
		}
	}
	setDefaults(reflect.ValueOf(&config).Elem())
	errors.decode(reflect.ValueOf(&config).Elem(), tree.Raw(), "")
	config.complete()
	check := checker{Config: config, dev: from.World != nil, files: map[string]bool{}}
	check.all()
	return config, check.warnings, slices.Concat(errors, check.errors)
}

// parse reads YAML. Its lists of groups become maps of numbered items, so that a later layer can set one key of one
// item.
func (p *Problems) parse(text []byte, name string) map[string]any {
	tree, err := yaml.Parser().Unmarshal(text)
	if err != nil {
		p.add("", "%s is not readable YAML: %v", name, err)
		return nil
	}
	koanfmaps.IntfaceKeysToStrings(tree)
	for key, value := range tree {
		tree[key] = indexed(value)
	}
	return tree
}

func indexed(node any) any {
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			n[key] = indexed(value)
		}
	case []any:
		numbered := map[string]any{}
		for i, item := range n {
			numbered[strconv.Itoa(i)] = indexed(item)
			if _, group := item.(map[string]any); !group {
				return n
			}
		}
		if len(numbered) > 0 {
			return numbered
		}
	}
	return node
}

// leaves are the values by their full keys.
func leaves(source map[string]any) map[string]any {
	flat, _ := koanfmaps.Flatten(source, nil, ".")
	return flat
}

// environment picks the program's own variables: VOUCHERSWITCH_HTTP__LISTEN is http.listen.
func environment(all []string) []Setting {
	var own []Setting
	for _, entry := range slices.Sorted(slices.Values(all)) {
		name, value, _ := strings.Cut(entry, "=")
		if key, ok := strings.CutPrefix(name, environmentPrefix); ok {
			key = strings.ToLower(strings.ReplaceAll(key, "__", "."))
			own = append(own, Setting{key, value, "environment " + name})
		}
	}
	return own
}

// resolve turns the ids of list items in a key into their numbers; empty, with a problem, if there is no such item.
func (p *Problems) resolve(tree *koanf.Koanf, key string) string {
	parts := strings.Split(key, ".")
	for i, list := 1, ""; i < len(parts); i++ {
		list = join(list, parts[i-1])
		if t := typeAt(parts[:i]); t == nil || t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct {
			continue
		}
		items, _ := tree.Get(list).(map[string]any)
		number, ok := itemNumber(items, parts[i])
		if !ok {
			p.add(key, "%s has no item %q; it has: %s", list, parts[i], strings.Join(itemIDs(items), ", "))
			return ""
		}
		parts[i] = number
	}
	return strings.Join(parts, ".")
}

// typeAt is the type of a key, nil if there is no such key.
func typeAt(parts []string) reflect.Type {
	t := reflect.TypeFor[Config]()
	for _, part := range parts {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() == reflect.Slice {
			t = t.Elem()
			continue
		}
		if t.Kind() != reflect.Struct {
			return nil
		}
		at := slices.Index(fieldKeys(t), part)
		if at < 0 {
			return nil
		}
		t = fieldByKey(t, part)
	}
	return t
}

func fieldByKey(t reflect.Type, key string) reflect.Type {
	for i := range t.NumField() {
		if keyOf(t.Field(i)) == key {
			return t.Field(i).Type
		}
	}
	return nil
}

// itemNumber finds an item by its id, else by its number; the number after the last makes a new item.
func itemNumber(items map[string]any, name string) (string, bool) {
	for number, item := range items {
		group, _ := item.(map[string]any)
		if id, ok := group["id"].(string); ok && strings.EqualFold(id, name) {
			return number, true
		}
	}
	number, err := strconv.Atoi(name)
	return name, err == nil && number >= 0 && number <= len(items) && strconv.Itoa(number) == name
}

func itemIDs(items map[string]any) []string {
	var ids []string
	for item := range maps.Values(items) {
		group, _ := item.(map[string]any)
		if id, ok := group["id"].(string); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
