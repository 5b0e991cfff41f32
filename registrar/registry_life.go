package registrar

import "log/slog"

// Result codes of RFC 5730 §3 that the daily life of a name meets.
const (
	codeInvalidAuthInfo  = 2202
	codeStatusProhibits  = 2304
	codeAssociationLinks = 2305
)

// Secret is text that must not be shown: it prints, logs and encodes as dots.
type Secret string

const hidden = "••••••••"

// String hides the text.
func (s Secret) String() string { return hidden }

// GoString hides the text from %#v.
func (s Secret) GoString() string { return hidden }

// LogValue hides the text from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the text from JSON and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// DomainUpdate asks for a change of a name. Zero fields change nothing.
type DomainUpdate struct {
	Name        string
	AddStatuses []string // client* statuses (RFC 5731 §2.3)
	RemStatuses []string
	Registrant  string // handle of the new registrant
	AddContacts ContactHandles
	RemContacts ContactHandles
	// TransferCode sets the code; a pointer to "" unsets it (RFC 9154 §5.2).
	TransferCode *Secret
}

// ContactUpdate asks for new data of a contact object.
type ContactUpdate struct {
	Handle  string
	Contact ContactVersion
	// TransferCode sets the code; a pointer to "" unsets it; nil keeps it.
	TransferCode *Secret
}

// HostUpdate asks for other addresses, another name, or both.
type HostUpdate struct {
	Name    string
	Current []string // addresses as the registry has them now
	Want    []string
	NewName string // "" = keep
}
