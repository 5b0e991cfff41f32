package registrar

import "strings"

// OwnerEngine marks a name that this engine may change at the registry. Other
// owner systems are "mirror(<system>)"; nothing here acts on those.
const OwnerEngine = "engine"

// CodeOtherOwner is the code of the error by which the engine refuses to act on
// a name of another owner system.
const CodeOtherOwner = "other_owner_system"

// CodeNotProved is the code of the error by which the engine refuses to act on a
// name that came from a file and that its registry has not shown as ours yet.
const CodeNotProved = "not_proved"

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

// Unproved reports whether the name is only a file's claim so far: its registry
// was not asked yet, or has not shown it as ours.
func (d Domain) Unproved() bool { return d.OwnerSystem == OwnerImport }

// mayOwn is the one place that decides whether the engine may act on a name at
// all: nil when it is the owner system, else KindProhibited.
func mayOwn(d Domain) error {
	if d.OwnerSystem == OwnerEngine {
		return nil
	}
	if system := d.Mirrored(); system != "" {
		return Errorf(KindProhibited, CodeOtherOwner, "%s is managed in %s; change it there.", d.UName, SystemTitle(system))
	}
	if d.Unproved() {
		return Errorf(KindProhibited, CodeNotProved, "%s was brought in from a file and is not proved at its registry yet, so nothing can be changed. Ask the registrar to prove it: the file is brought in once more with verification.", d.UName)
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
