package bootstrap

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

const (
	byDefault = "default"
	redacted  = "(secret)"
)

// Entry is one key of a configuration as it stands, for people: secrets are left out.
type Entry struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

// Entries are all keys, in the order of the documentation.
func (c Config) Entries() []Entry {
	var entries []Entry
	walk(reflect.ValueOf(c), "", false, func(key string, value reflect.Value, secret bool) {
		text := fmt.Sprint(value.Interface())
		switch {
		case value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0:
			if value.Kind() != reflect.Bool && value.Kind() != reflect.Int && value.Kind() != reflect.Float64 &&
				value.Type() != durationType {
				text = ""
			}
		case secret || hasPassword(text):
			text = redacted
		case value.Type() == durationType:
			text = shortDuration(time.Duration(value.Int()))
		}
		entries = append(entries, Entry{key, text, c.Origin(key)})
	})
	return entries
}

// shortDuration leaves out the zero minutes and seconds that Duration.String writes.
func shortDuration(d time.Duration) string {
	text := d.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}

// hasPassword reports that a connection string or an address may hold credentials.
func hasPassword(text string) bool { return strings.Contains(text, "@") }

// Origin says where a key's value came from: its own layer, or that of the group or list around it.
func (c Config) Origin(key string) string {
	for {
		if origin, ok := c.origins[key]; ok {
			return origin
		}
		at := strings.LastIndexByte(key, '.')
		if at < 0 {
			return byDefault
		}
		key = key[:at]
	}
}
