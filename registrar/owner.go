package registrar

import "strings"

// OwnerEngine marks a name that this engine may change at the registry. Other
// owner systems are "mirror(<system>)"; nothing here acts on those.
const OwnerEngine = "engine"

// CodeOtherOwner is the code of the error by which the engine refuses to act on
// a name of another owner system.
const CodeOtherOwner = "other_owner_system"

// OwnerMirror returns the owner system of the names that a billing system
// manages, for example "mirror(fossbilling)".
func OwnerMirror(system string) string { return "mirror(" + system + ")" }

// Mirrored returns the billing system that manages the name, "" when this engine
// does.
func (d Domain) Mirrored() string {
	system, ok := strings.CutPrefix(d.OwnerSystem, "mirror(")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(system, ")")
}

// mayOwn is the one place that decides whether the engine may act on a name at
// all: nil when it is the owner system, else KindProhibited.
func mayOwn(d Domain) error {
	if d.OwnerSystem == OwnerEngine {
		return nil
	}
	if system := d.Mirrored(); system != "" {
		return Errorf(KindProhibited, CodeOtherOwner, "%s is managed in %s; change it there.", d.UName, SystemTitle(system))
	}
	return Errorf(KindProhibited, CodeOtherOwner, "%s is managed in another system.", d.UName)
}

// systemTitles are the billing systems by the names their makers give them.
var systemTitles = map[string]string{"fossbilling": "FOSSBilling", "whmcs": "WHMCS", "loom": "Loom"}

// SystemTitle returns the name of a billing system for people.
func SystemTitle(system string) string {
	if t := systemTitles[system]; t != "" {
		return t
	}
	return system
}
