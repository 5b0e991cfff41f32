package config

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// delimiter of koanf's flat keys; keys of people never hold it.
const delimiter = "\x1f"

// Load reads a YAML file, refuses what it does not know, fills in defaults and
// checks every rule. Relative paths count from the folder of the file. All
// mistakes are reported at once, one line each.
func Load(path string) (*Config, error) {
	k := koanf.New(delimiter)
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if problems := unknownKeys(k.Raw(), reflect.TypeFor[Config](), ""); len(problems) > 0 {
		return nil, inFile(path, problems)
	}
	var c Config
	err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{DecoderConfig: decoder(&c)})
	if err != nil {
		return nil, inFile(path, decodeProblems(err))
	}
	base, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("finding the folder of %s: %w", path, err)
	}
	c.resolve(base)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &c, nil
}

// Finish fills in defaults and checks every rule; Load calls it, and so does
// who builds a Config in code.
func (c *Config) Finish() error {
	if err := setDefaults(reflect.ValueOf(c).Elem()); err != nil {
		return err
	}
	if problems := c.problems(); len(problems) > 0 {
		return problemList(problems)
	}
	return nil
}

// problemList is an error with one line per problem.
type problemList []string

// Error joins the lines.
func (p problemList) Error() string {
	if len(p) == 1 {
		return p[0]
	}
	return fmt.Sprintf("%d problems:\n  %s", len(p), strings.Join(p, "\n  "))
}

func inFile(path string, problems []string) error {
	return fmt.Errorf("%s: %w", path, problemList(problems))
}

func decoder(result any) *mapstructure.DecoderConfig {
	return &mapstructure.DecoderConfig{
		TagName: "key",
		Result:  result,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			decodeDecimal, decodeDate, decodeRoles,
			decodeDuration, decodePrefix,
			mapstructure.TextUnmarshallerHookFunc(),
		),
		MatchName: func(key, field string) bool { return key == field },
	}
}

// decodeDecimal takes 12.00 with and without quotes: the shortest form of the
// parsed number is the number as written.
func decodeDecimal(_, to reflect.Type, v any) (any, error) {
	if to != reflect.TypeFor[Decimal]() {
		return v, nil
	}
	switch n := v.(type) {
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64), nil
	case int:
		return strconv.Itoa(n), nil
	}
	return v, nil
}

// decodeDate takes a day with and without quotes: YAML has a type of its own.
func decodeDate(_, to reflect.Type, v any) (any, error) {
	if t, ok := v.(time.Time); ok && to == reflect.TypeFor[Date]() {
		return Date{t.UTC()}, nil
	}
	return v, nil
}

func decodeRoles(from, to reflect.Type, v any) (any, error) {
	if to == reflect.TypeFor[[]Role]() && from.Kind() == reflect.String {
		return ParseRoles(v.(string)), nil
	}
	return v, nil
}

func decodeDuration(from, to reflect.Type, v any) (any, error) {
	if to != reflect.TypeFor[time.Duration]() {
		return v, nil
	}
	if from.Kind() != reflect.String {
		return nil, fmt.Errorf("%v has no unit: want a duration like 30s or 5m", v)
	}
	d, err := time.ParseDuration(v.(string))
	if err != nil {
		return nil, fmt.Errorf("%q is no duration like 30s or 5m", v)
	}
	return d, nil
}

// decodePrefix takes a network or a single address.
func decodePrefix(from, to reflect.Type, v any) (any, error) {
	if to != reflect.TypeFor[netip.Prefix]() || from.Kind() != reflect.String {
		return v, nil
	}
	s := v.(string)
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, fmt.Errorf("%q is neither an address nor a network", s)
	}
	return p, nil
}

// ParseRoles splits "web,worker". Unknown roles are kept: validation names them.
func ParseRoles(list string) []Role {
	var out []Role
	for _, r := range strings.Split(list, ",") {
		if r = strings.TrimSpace(r); r != "" {
			out = append(out, Role(r))
		}
	}
	return out
}

func decodeProblems(err error) []string {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []string{err.Error()}
	}
	var out []string
	for _, e := range joined.Unwrap() {
		out = append(out, e.Error())
	}
	return out
}

// eachField calls fn for every field of a struct value, squashed structs opened.
func eachField(v reflect.Value, fn func(f reflect.StructField, v reflect.Value) error) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Tag.Get("key") == ",squash" {
			if err := eachField(v.Field(i), fn); err != nil {
				return err
			}
			continue
		}
		if err := fn(f, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// setDefaults gives every absent value its default, in lists too.
func setDefaults(v reflect.Value) error {
	return eachField(v, func(f reflect.StructField, v reflect.Value) error {
		switch {
		case isSection(v.Type()):
			return setDefaults(v)
		case v.Kind() == reflect.Slice && isSection(v.Type().Elem()):
			for i := range v.Len() {
				if err := setDefaults(v.Index(i)); err != nil {
					return err
				}
			}
		case v.IsZero() && f.Tag.Get("default") != "":
			return setDefault(v, f.Tag.Get("default"))
		}
		return nil
	})
}

func setDefault(v reflect.Value, text string) error {
	var in any = text
	switch {
	case v.Kind() == reflect.Slice:
		in = strings.Split(text, ",")
	case v.Kind() == reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("default %q: %w", text, err)
		}
		in = n
	case v.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("default %q: %w", text, err)
		}
		in = n
	}
	d, err := mapstructure.NewDecoder(decoder(v.Addr().Interface()))
	if err != nil {
		return fmt.Errorf("default %q: %w", text, err)
	}
	return d.Decode(in)
}

// isSection reports whether a type is a struct of ours that has keys.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Tag.Get("key") != ""
}

// resolve makes file names absolute.
func (c *Config) resolve(base string) {
	resolveFiles(reflect.ValueOf(c).Elem(), base)
}

func resolveFiles(v reflect.Value, base string) {
	// The callback returns no error, so neither does the walk.
	_ = eachField(v, func(f reflect.StructField, v reflect.Value) error {
		switch {
		case isSection(v.Type()):
			resolveFiles(v, base)
		case v.Kind() == reflect.Slice && isSection(v.Type().Elem()):
			for i := range v.Len() {
				resolveFiles(v.Index(i), base)
			}
		case f.Tag.Get("file") != "" && v.String() != "" && !filepath.IsAbs(v.String()):
			v.SetString(filepath.Join(base, v.String()))
		}
		return nil
	})
}
