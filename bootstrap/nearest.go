package bootstrap

import (
	"reflect"
	"strconv"
	"strings"
)

// nearest is the valid key that a wrong one was most likely meant to be. Numbers of list items are kept.
func nearest(wrong string) string {
	parts := strings.Split(wrong, ".")
	best, least := "", len(wrong)+1
	for _, key := range validKeys(reflect.TypeFor[Config](), "") {
		candidate := strings.Split(key, ".")
		for i := range candidate {
			if candidate[i] == anItem && i < len(parts) && isNumber(parts[i]) {
				candidate[i] = parts[i]
			}
		}
		key = strings.Join(candidate, ".")
		far := min(distance(wrong, key), 1+distance(parts[len(parts)-1], candidate[len(candidate)-1]))
		if far < least {
			best, least = key, far
		}
	}
	return best
}

const anItem = "N"

func isNumber(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}

// validKeys lists every key of the configuration, groups before their members; N stands for a list item's number.
func validKeys(t reflect.Type, path string) []string {
	switch {
	case t == secretType:
		return nil
	case t.Kind() == reflect.Pointer:
		return validKeys(t.Elem(), path)
	case t.Kind() == reflect.Slice:
		return validKeys(t.Elem(), join(path, anItem))
	case t.Kind() != reflect.Struct:
		return nil
	}
	var keys []string
	for i := range t.NumField() {
		if key := keyOf(t.Field(i)); key != "" {
			keys = append(keys, join(path, key))
			keys = append(keys, validKeys(t.Field(i).Type, join(path, key))...)
		}
	}
	return keys
}

// distance counts the letters to insert, drop or change between two texts.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
