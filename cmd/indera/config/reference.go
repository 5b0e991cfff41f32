package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Reference returns every key with default and meaning as a Markdown table; it
// is kept in docs/configuration.md.
func Reference() string {
	var b strings.Builder
	b.WriteString("| key | type | default | meaning |\n|---|---|---|---|\n")
	writeSection(&b, reflect.TypeFor[Config](), "")
	return b.String()
}

func writeSection(b *strings.Builder, t reflect.Type, path string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("key") == ",squash" {
			writeSection(b, f.Type, path)
			continue
		}
		here := join(path, f.Tag.Get("key"))
		switch {
		case isSection(f.Type):
			writeSection(b, f.Type, here)
		case f.Type.Kind() == reflect.Slice && isSection(f.Type.Elem()):
			writeSection(b, f.Type.Elem(), here+"[]")
		default:
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", here, typeWord(f.Type), defaultWord(f), f.Tag.Get("doc"))
		}
	}
}

func defaultWord(f reflect.StructField) string {
	d := f.Tag.Get("default")
	switch {
	case d != "":
		return "`" + d + "`"
	case strings.HasPrefix(f.Tag.Get("validate"), "required,") || f.Tag.Get("validate") == "required":
		return "required"
	}
	return ""
}

func typeWord(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case t == reflect.TypeFor[Date]():
		return "date"
	case t == reflect.TypeFor[Decimal]():
		return "amount"
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() == reflect.Map:
		return "map"
	case t.Kind() == reflect.Bool:
		return "yes/no"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Float64:
		return "number"
	}
	return "text"
}
