package rfc

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/registrar"
)

// Quirks is what differs between servers that all follow the RFCs. Zero values
// mean the default in brackets.
type Quirks struct {
	HostModel      registrar.HostModel // [hostObj]
	PostalTypes    []string            // of "int" and "loc", the preferred first [int, loc]
	MinYears       int                 // [1]
	MaxYears       int                 // [10]
	MinNameServers int                 // [0]
	MaxNameServers int                 // [13]
	// EmptyAuthInfo sends an empty password at create, as RFC 9154 §5 wants it
	// where the registry follows it; otherwise a random one is made.
	EmptyAuthInfo  bool
	AuthInfoLength int // characters, at least 22 [24]
	// AddGrace is how long after a registration a deletion is free of charge
	// (RFC 3915 §3.1); plain EPP does not tell it [0: never].
	AddGrace time.Duration
	SecDNS   registrar.SecDNSForm   // what the server takes, which no greeting tells [ds]
	Restore  registrar.RestoreStyle // [report]
	// TransferImmediate says that a request with the right code moves a name at once.
	TransferImmediate bool
	NoMessages        bool // the queue must not be read, for example while another system serves the account
	// ReservedWords in the reason of a check mean that nobody can register the
	// name the ordinary way. The reason is free text in the session's language:
	// there is no code for it (RFC 5731 §3.1.1).
	ReservedWords []string
}

var reservedWords = []string{
	"reserved", "premium", "prohibited", "blocked", "restricted", "invalid", "not served", "not allowed", "fee required",
}

func (q Quirks) withDefaults() (Quirks, error) {
	if q.HostModel == "" {
		q.HostModel = registrar.HostObjects
	}
	if len(q.PostalTypes) == 0 {
		q.PostalTypes = []string{epp.PostalInt, epp.PostalLoc}
	}
	if q.MinYears == 0 {
		q.MinYears = 1
	}
	if q.MaxYears == 0 {
		q.MaxYears = 10
	}
	if q.MaxNameServers == 0 {
		q.MaxNameServers = 13
	}
	if q.AuthInfoLength == 0 {
		q.AuthInfoLength = defaultAuthInfoLength
	}
	if len(q.ReservedWords) == 0 {
		q.ReservedWords = reservedWords
	}
	if q.SecDNS == "" {
		q.SecDNS = registrar.SecDNSDS
	}
	if q.Restore == "" {
		q.Restore = registrar.RestoreReports
	}
	return q, q.check()
}

func (q Quirks) check() error {
	switch {
	case q.HostModel != registrar.HostObjects && q.HostModel != registrar.HostAttributes:
		return fmt.Errorf("host_model %q is neither hostObj nor hostAttr", q.HostModel)
	case slices.ContainsFunc(q.PostalTypes, func(t string) bool { return t != epp.PostalInt && t != epp.PostalLoc }):
		return fmt.Errorf("postal_types %q holds something else than int and loc", q.PostalTypes)
	case q.MinYears < 1 || q.MaxYears > 99 || q.MinYears > q.MaxYears:
		return errors.New("min_years and max_years must lie within 1 and 99")
	case q.MinNameServers < 0 || q.MinNameServers > q.MaxNameServers:
		return errors.New("min_name_servers must lie within 0 and max_name_servers")
	case q.AuthInfoLength < minAuthInfoLength || q.AuthInfoLength > 80:
		return fmt.Errorf("auth_info_length must lie within %d and 80", minAuthInfoLength)
	case q.SecDNS != registrar.SecDNSDS && q.SecDNS != registrar.SecDNSKey:
		return fmt.Errorf("secdns %q is neither ds nor key", q.SecDNS)
	case q.Restore != registrar.RestoreRequest && q.Restore != registrar.RestoreReports:
		return fmt.Errorf("restore %q is neither request nor report", q.Restore)
	case q.AddGrace < 0:
		return errors.New("add_grace must not be negative")
	}
	return nil
}

// ParseQuirks reads quirks from a configuration file. Unknown names are
// errors.
//
//	host_model        hostObj | hostAttr
//	postal_types      int,loc | loc,int | int | loc
//	min_years, max_years, min_name_servers, max_name_servers
//	auth_info         generate | empty
//	auth_info_length  characters
//	reserved_words    comma-separated
//	add_grace         duration, for example 120h
//	secdns            ds | key
//	restore           report | request
//	transfer          pending | immediate
//	poll              on | off
//
// Names of a dialect's own are given to own first, which says whether it knows
// them.
func ParseQuirks(settings map[string]string, own ...func(name, value string) (known bool, err error)) (Quirks, error) {
	var q Quirks
	numbers := map[string]*int{
		"min_years": &q.MinYears, "max_years": &q.MaxYears, "auth_info_length": &q.AuthInfoLength,
		"min_name_servers": &q.MinNameServers, "max_name_servers": &q.MaxNameServers,
	}
	for name, value := range settings {
		if known, err := dialectQuirk(own, name, value); err != nil {
			return Quirks{}, fmt.Errorf("quirk %s: %w", name, err)
		} else if known {
			continue
		}
		if n, ok := numbers[name]; ok {
			v, err := strconv.Atoi(value)
			if err != nil {
				return Quirks{}, fmt.Errorf("quirk %s: %q is no number", name, value)
			}
			*n = v
			continue
		}
		switch name {
		case "host_model":
			q.HostModel = registrar.HostModel(value)
		case "postal_types":
			q.PostalTypes = list(value)
		case "reserved_words":
			q.ReservedWords = list(value)
		case "add_grace":
			grace, err := time.ParseDuration(value)
			if err != nil {
				return Quirks{}, fmt.Errorf("quirk add_grace: %q is no duration", value)
			}
			q.AddGrace = grace
		case "auth_info":
			if value != "generate" && value != "empty" {
				return Quirks{}, fmt.Errorf("quirk auth_info: %q is neither generate nor empty", value)
			}
			q.EmptyAuthInfo = value == "empty"
		case "secdns":
			q.SecDNS = registrar.SecDNSForm(value)
		case "restore":
			q.Restore = registrar.RestoreStyle(value)
		case "transfer":
			if value != "pending" && value != "immediate" {
				return Quirks{}, fmt.Errorf("quirk transfer: %q is neither pending nor immediate", value)
			}
			q.TransferImmediate = value == "immediate"
		case "poll":
			if value != "on" && value != "off" {
				return Quirks{}, fmt.Errorf("quirk poll: %q is neither on nor off", value)
			}
			q.NoMessages = value == "off"
		default:
			return Quirks{}, fmt.Errorf("unknown quirk %q", name)
		}
	}
	return q.withDefaults()
}

func dialectQuirk(own []func(name, value string) (bool, error), name, value string) (known bool, err error) {
	for _, f := range own {
		if known, err = f(name, value); known || err != nil {
			return known, err
		}
	}
	return false, nil
}

func list(value string) []string {
	var out []string
	for _, item := range strings.Split(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// classify judges one check answer.
func (q Quirks) classify(item epp.CheckItem) registrar.Availability {
	if item.Available {
		return registrar.Available
	}
	reason := strings.ToLower(item.Reason)
	for _, word := range q.ReservedWords {
		if strings.Contains(reason, strings.ToLower(word)) {
			return registrar.Reserved
		}
	}
	return registrar.Registered
}
