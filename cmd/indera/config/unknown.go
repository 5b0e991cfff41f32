package config

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// unknownKeys lists keys of a document that the configuration does not know,
// with what was probably meant.
func unknownKeys(doc map[string]any, t reflect.Type, path string) []string {
	known := keysOf(t)
	var out []string
	for key, value := range doc {
		here := join(path, key)
		ft, ok := known[key]
		if !ok {
			out = append(out, fmt.Sprintf("unknown key %s%s", here, hint(key, known)))
			continue
		}
		out = append(out, unknownIn(value, ft, here)...)
	}
	sort.Strings(out)
	return out
}

func unknownIn(value any, t reflect.Type, path string) []string {
	if isSection(t) {
		if sub, ok := value.(map[string]any); ok {
			return unknownKeys(sub, t, path)
		}
		return nil
	}
	list, ok := value.([]any)
	if !ok || t.Kind() != reflect.Slice {
		return nil
	}
	var out []string
	for i, item := range list {
		out = append(out, unknownIn(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))...)
	}
	return out
}

// keysOf returns the keys of a section with their types.
func keysOf(t reflect.Type) map[string]reflect.Type {
	out := make(map[string]reflect.Type)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("key") == ",squash" {
			for k, ft := range keysOf(f.Type) {
				out[k] = ft
			}
			continue
		}
		out[f.Tag.Get("key")] = f.Type
	}
	return out
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// hint says what the writer of an unknown key may have meant.
func hint(key string, known map[string]reflect.Type) string {
	if _, ok := known["password_file"]; ok && strings.Contains(key, "pass") {
		return ": secrets are not written here; use password_file or password_env"
	}
	best, distance := "", 1+len(key)/3
	for k := range known {
		if d := editDistance(key, k); d < distance || d == distance && best != "" && k < best {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %s?", best)
}

// editDistance counts the insertions, deletions and replacements between two words.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
