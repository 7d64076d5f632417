package bootstrap

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"voucherswitch/domain/voucher"
)

// Problem is one thing wrong with a key of the configuration, and what to do about it. It never holds a secret.
type Problem struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// String is one line for people.
func (p Problem) String() string {
	if p.Key == "" {
		return p.Text
	}
	return p.Key + ": " + p.Text
}

// Problems is every error of a configuration at once.
type Problems []Problem

// Error lists them, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = "  " + one.String()
	}
	return "the configuration has errors:\n" + strings.Join(lines, "\n")
}

func (p *Problems) add(key, format string, args ...any) {
	*p = append(*p, Problem{key, fmt.Sprintf(format, args...)})
}

var (
	durationType    = reflect.TypeFor[time.Duration]()
	secretType      = reflect.TypeFor[voucher.Secret]()
	institutionType = reflect.TypeFor[Institution]()
)

// keyOf is a field's key; empty for a field that is none.
func keyOf(f reflect.StructField) string { return f.Tag.Get("koanf") }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// decode fills a Config, or a part of it, from nested maps, and gathers what does not fit.
func (p *Problems) decode(into reflect.Value, node any, path string) {
	if node == nil {
		return
	}
	switch {
	case into.Type() == durationType:
		p.decodeDuration(into, node, path)
	case into.Type() == secretType:
		if text, ok := p.text(node, path); ok {
			into.Set(reflect.ValueOf(voucher.NewSecret(text)))
		}
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		setDefaults(into.Elem())
		p.decode(into.Elem(), node, path)
	case into.Kind() == reflect.Struct:
		p.decodeStruct(into, node, path)
	case into.Kind() == reflect.Slice:
		p.decodeList(into, node, path)
	case into.Kind() == reflect.Map:
		p.decodeTexts(into, node, path)
	case into.Kind() == reflect.String:
		if text, ok := p.text(node, path); ok {
			into.SetString(text)
		}
	default:
		p.decodeScalar(into, node, path)
	}
}

func (p *Problems) decodeStruct(into reflect.Value, node any, path string) {
	if id, ok := node.(string); ok && into.Type() == institutionType {
		into.FieldByName("ID").SetString(id)
		return
	}
	keys, ok := node.(map[string]any)
	if !ok {
		p.add(path, "takes keys, not a value: %s", strings.Join(fieldKeys(into.Type()), ", "))
		return
	}
	known := map[string]reflect.Value{}
	for i := range into.NumField() {
		if key := keyOf(into.Type().Field(i)); key != "" {
			known[key] = into.Field(i)
		}
	}
	for _, key := range sortedKeys(keys) {
		if field, ok := known[key]; ok {
			p.decode(field, keys[key], join(path, key))
		} else {
			p.add(join(path, key), "there is no such key; the nearest is %s", nearest(join(path, key)))
		}
	}
}

func fieldKeys(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key := keyOf(t.Field(i)); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// decodeList takes a list, a text of values with commas between, or the map of numbered items that indexed makes.
func (p *Problems) decodeList(into reflect.Value, node any, path string) {
	var items []any
	switch n := node.(type) {
	case []any:
		items = n
	case string:
		for item := range strings.SplitSeq(n, ",") {
			items = append(items, strings.TrimSpace(item))
		}
	case map[string]any:
		for i := range len(n) {
			item, ok := n[strconv.Itoa(i)]
			if !ok {
				p.add(path, "is a list: name its items by id, or by number from 0 to %d", len(n)-1)
				return
			}
			items = append(items, item)
		}
	default:
		p.add(path, "is a list: write [a, b]")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(items), len(items)))
	for i, item := range items {
		setDefaults(into.Index(i))
		p.decode(into.Index(i), item, join(path, strconv.Itoa(i)))
	}
}

// decodeTexts takes texts under keys that the configuration chooses.
func (p *Problems) decodeTexts(into reflect.Value, node any, path string) {
	keys, ok := node.(map[string]any)
	if !ok {
		p.add(path, "takes keys with a text each: write {a: \"b\"}")
		return
	}
	texts := map[string]string{}
	for _, key := range sortedKeys(keys) {
		if text, ok := p.text(keys[key], join(path, key)); ok && text != "" {
			texts[key] = text
		} else if ok {
			p.add(join(path, key), "must not be empty")
		}
	}
	into.Set(reflect.ValueOf(texts))
}

func (p *Problems) text(node any, path string) (string, bool) {
	text, ok := node.(string)
	if !ok {
		p.add(path, "must be a text: write it in quotes")
	}
	return text, ok
}

func (p *Problems) decodeDuration(into reflect.Value, node any, path string) {
	text, _ := node.(string)
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		p.add(path, "must be a duration with its unit, such as 10s, 500ms or 15m")
		return
	}
	into.SetInt(int64(d))
}

func (p *Problems) decodeScalar(into reflect.Value, node any, path string) {
	text := fmt.Sprint(node)
	switch {
	case into.Kind() == reflect.Bool:
		value, err := strconv.ParseBool(text)
		if err != nil {
			p.add(path, "must be true or false")
		}
		into.SetBool(value)
	case into.CanInt():
		value, err := strconv.Atoi(text)
		if err != nil || value < 0 {
			p.add(path, "must be a whole number, 0 or more")
		}
		into.SetInt(int64(value))
	case into.CanFloat():
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || value < 0 || math.IsInf(value, 0) || math.IsNaN(value) {
			p.add(path, "must be a number, 0 or more")
		}
		into.SetFloat(value)
	default:
		panic("bootstrap: a key of a kind that decode does not know: " + path)
	}
}

// setDefaults fills a value from the default tags below it. Items of lists and optional parts get theirs when they
// come into being.
func setDefaults(v reflect.Value) {
	if v.Kind() != reflect.Struct || v.Type() == secretType {
		return
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if keyOf(field) == "" {
			continue
		}
		if text, ok := field.Tag.Lookup("default"); ok {
			var none Problems
			none.decode(v.Field(i), text, field.Name)
		} else {
			setDefaults(v.Field(i))
		}
	}
}

// walk visits every key below v that holds a value, in the order of the fields.
func walk(v reflect.Value, path string, secret bool, visit func(key string, value reflect.Value, secret bool)) {
	switch {
	case v.Type() == secretType:
		visit(path, v, true)
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), path, secret, visit)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if key := keyOf(field); key != "" {
				walk(v.Field(i), join(path, key), field.Tag.Get("secret") != "", visit)
			}
		}
	case v.Kind() == reflect.Map && v.Len() > 0:
		for _, key := range slices.SortedFunc(slices.Values(v.MapKeys()), byText) {
			walk(v.MapIndex(key), join(path, key.String()), secret, visit)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			walk(v.Index(i), join(path, strconv.Itoa(i)), secret, visit)
		}
	default:
		visit(path, v, secret)
	}
}

func byText(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
