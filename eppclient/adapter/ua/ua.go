// Package ua is the dialect of Hostmaster.ua, the registry of .UA and its public
// domains (com.ua, kyiv.ua, …): the RFCs in namespaces of its own, a licence number
// for names directly below .ua, restores without a report, no transfer of contacts,
// and the balance of a contract. What its documents leave open is a quirk.
package ua

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/uaepp"
	"github.com/indera/indera/registrar"
)

// FieldLicence is the name in DomainCreate.Fields of the number of the trademark
// certificate.
const FieldLicence = "licence"

// Dialect is the dialect of .UA.
var Dialect = rfc.Dialect{
	Name: "ua", About: "Hostmaster.ua: .UA and its public domains", Mappings: uaepp.Mappings(), Objects: uaepp.Objects,
	PasswordMax: uaepp.PasswordMax,
	Prepare: func(settings map[string]string) (rfc.Open, error) {
		d, quirks, err := prepare(settings)
		if err != nil {
			return nil, err
		}
		return func(cfg rfc.Config) (registrar.Registry, error) {
			cfg.Quirks, cfg.Hooks = quirks, d.hooks()
			if cfg.ContactModel != registrar.ContactsRequired {
				cfg.ContactModel = registrar.ContactsRequired // a registrant is mandatory
			}
			inner, err := rfc.New(cfg)
			if err != nil {
				return nil, err
			}
			return &adapter{Adapter: inner}, nil
		}, nil
	},
}

// defaults are the quirks of every dialect as .UA has them.
var defaults = map[string]string{
	"auth_info": "empty", // the registry ignores it at create
	"restore":   string(registrar.RestoreRequest),
}

// quirks are the settings of this dialect.
type quirks struct {
	contract     string   // number of the contract whose balance is asked; "" = no balance
	currency     string   // of its amounts
	licenceZones []string // zones directly below which a name needs a licence
	deleteInUse  bool     // a host is deleted although names use it
}

func prepare(settings map[string]string) (quirks, rfc.Quirks, error) {
	all := maps.Clone(defaults)
	maps.Copy(all, settings)
	q := quirks{currency: "UAH", licenceZones: []string{"ua"}}
	common, err := rfc.ParseQuirks(all, q.take)
	return q, common, err
}

var (
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
	zonePattern     = regexp.MustCompile(`^([a-z0-9-]+\.)*ua$`)
)

// take reads one setting of this dialect's own.
func (q *quirks) take(name, value string) (known bool, err error) {
	switch name {
	case "contract":
		q.contract = value
		if value == "" || len(value) > 255 {
			return true, errors.New("want the number of the contract, at most 255 characters")
		}
	case "currency":
		if q.currency = value; !currencyPattern.MatchString(value) {
			return true, fmt.Errorf("%q is no currency of three capitals", value)
		}
	case "licence_zones":
		q.licenceZones = nil
		if value == "none" {
			return true, nil
		}
		for zone := range strings.SplitSeq(value, ",") {
			if zone = strings.TrimSpace(zone); !zonePattern.MatchString(zone) {
				return true, fmt.Errorf("%q is no zone of .ua", zone)
			}
			q.licenceZones = append(q.licenceZones, zone)
		}
	case "delete_hosts_in_use":
		if value != "on" && value != "off" {
			return true, fmt.Errorf("%q is neither on nor off", value)
		}
		q.deleteInUse = value == "on"
	default:
		return false, nil
	}
	return true, nil
}

func (q quirks) hooks() rfc.Hooks {
	h := rfc.Hooks{
		Dialect: "ua", Mappings: uaepp.Mappings(), Objects: uaepp.Objects, Create: q.create, Extend: q.extend,
		Capabilities: func(caps registrar.Capabilities) registrar.Capabilities {
			caps.TransferContacts = false
			if slices.Contains(caps.Extensions, uaepp.Namespace) && len(q.licenceZones) > 0 {
				caps.Fields = []string{FieldLicence}
			}
			caps.Balance = caps.Balance && slices.Contains(caps.Extensions, uaepp.BalanceNamespace)
			return caps
		},
	}
	if q.contract != "" {
		h.Balance = q.balance
	}
	return h
}

// namePattern is what the registry takes as a name: one or two labels below .ua.
var namePattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,2}ua$`)

// create adds the licence number where the zone asks for one. Without it the registry
// would refuse the name only after a frame; elsewhere a number would be lost in silence.
func (q quirks) create(uses epp.Services, d registrar.DomainCreate, _ *epp.DomainCreate) ([]epp.Extension, error) {
	if !namePattern.MatchString(d.Name) {
		return nil, fmt.Errorf("%s is no name that .ua can hold", d.Name)
	}
	if d.Registrant == "" {
		return nil, errors.New("a name of .ua needs a registrant")
	}
	_, zone, _ := strings.Cut(d.Name, ".")
	licence, needs := d.Fields[FieldLicence], slices.Contains(q.licenceZones, zone)
	switch {
	case needs && licence == "":
		return nil, fmt.Errorf("a name directly below .%s needs the number of a trademark certificate", zone)
	case !needs && licence != "":
		return nil, fmt.Errorf("a name below .%s takes no licence number", zone)
	case !needs:
		return nil, nil
	case !uses.Has(uaepp.Namespace):
		return nil, errors.New("the registry does not offer the extension that carries licence numbers")
	}
	return []epp.Extension{uaepp.LicenceCreate{Licence: licence}}, nil
}

// extend confirms the deletion of a host in use, if the settings say so: it changes
// names of other registrars, too.
func (q quirks) extend(uses epp.Services, cmd epp.Command) ([]epp.Extension, error) {
	if _, is := cmd.(epp.HostDelete); is && q.deleteInUse && uses.Has(uaepp.Namespace) {
		return []epp.Extension{uaepp.DeleteNS{}}, nil
	}
	return nil, nil
}
