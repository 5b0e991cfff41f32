package epp

import "strings"

// Command is one EPP command: a typed struct of this package or of a dialect.
type Command interface {
	// Describe names the command for transcripts and statistics.
	Describe() Description
	// EncodeCommand writes the command element, for example <check>…</check>.
	EncodeCommand(e *Encoder)
}

// ProtocolCommand is a command of an extension of the protocol: it stands in the
// place of <command> and carries the clTRID itself (RFC 5730 §2.7.1). Extensions do not
// go with it.
type ProtocolCommand interface {
	Command
	// EncodeProtocol writes the child of the frame's <extension>.
	EncodeProtocol(e *Encoder, clTRID string)
}

// Description names a command. It holds no secret and no contact data.
type Description struct {
	Verb   string // "check", "create", … or "login"
	Kind   string // "domain", "host", "contact"; "" for session commands
	Object string // name or id; several are joined by a comma
	Op     string // of a transfer or poll, for example "request"; else ""
}

// ReadOnly reports whether repeating the command does no harm.
func (d Description) ReadOnly() bool {
	switch d.Verb {
	case "check", "info", "hello":
		return true
	case "transfer":
		return d.Op == string(TransferQuery)
	case "poll":
		return d.Op == pollReq
	}
	return false
}

func (d Description) String() string {
	s := d.Verb
	if d.Kind != "" {
		s = d.Kind + ":" + d.Verb
	}
	if d.Op != "" {
		s += " " + d.Op
	}
	if d.Object != "" {
		s += " " + d.Object
	}
	return s
}

// Extension is one child of a command's extension element (RFC 5730 §2.7.3).
type Extension interface {
	EncodeExtension(e *Encoder)
}

// Codec encodes commands for one set of object namespaces and decodes the
// answers. The zero value speaks the RFC namespaces.
type Codec struct{ Objects Objects }

func (c Codec) objects() Objects {
	if c.Objects == (Objects{}) {
		return Standard
	}
	return c.Objects
}

// Encode returns the frame of a command. clTRID has 3 to 64 characters
// (RFC 5730 §2.5). The extension precedes clTRID, as the schema demands.
// Error: *InvalidError.
func (c Codec) Encode(cmd Command, clTRID string, extensions ...Extension) ([]byte, error) {
	e := &Encoder{Objects: c.objects()}
	if p, ok := cmd.(ProtocolCommand); ok {
		return e.protocol(p, clTRID, len(extensions) > 0)
	}
	return e.frame(func() {
		e.Start("command")
		cmd.EncodeCommand(e)
		if len(extensions) > 0 {
			e.Start("extension")
			for _, x := range extensions {
				x.EncodeExtension(e)
			}
			e.End("extension")
		}
		e.token("clTRID", clTRID, 3, 64)
		e.Text("clTRID", clTRID)
		e.End("command")
	})
}

func (e *Encoder) protocol(cmd ProtocolCommand, clTRID string, extended bool) ([]byte, error) {
	return e.frame(func() {
		if extended {
			e.Fail("extension", "a command of a protocol extension takes none")
		}
		e.token("clTRID", clTRID, 3, 64)
		e.Start("extension")
		cmd.EncodeProtocol(e, clTRID)
		e.End("extension")
	})
}

// EncodeHello returns the frame of <hello/>, which carries no clTRID; its
// answer is a greeting (RFC 5730 §2.3).
func EncodeHello() ([]byte, error) {
	e := &Encoder{}
	return e.frame(func() { e.Empty("hello") })
}

// Object writes a command on an object:
// <create><domain:create xmlns:domain="…">…</domain:create></create>. Attributes
// belong to the verb.
func (e *Encoder) Object(verb, prefix, namespace string, body func(), attrs ...Attr) {
	e.Start(verb, attrs...)
	e.Within(prefix, namespace, verb, body)
	e.End(verb)
}

// Within writes one namespaced element around body, or an empty one without it:
// <fee:create xmlns:fee="…">…</fee:create>.
func (e *Encoder) Within(prefix, namespace, local string, body func(), attrs ...Attr) {
	name := prefix + ":" + local
	attrs = append([]Attr{{"xmlns:" + prefix, e.Objects.Own(namespace)}}, attrs...)
	if body == nil {
		e.Empty(name, attrs...)
		return
	}
	e.Start(name, attrs...)
	body()
	e.End(name)
}

func (e *Encoder) object(verb, prefix, namespace string, body func()) {
	e.Object(verb, prefix, namespace, body)
}

func describe(verb, kind string, objects ...string) Description {
	return Description{Verb: verb, Kind: kind, Object: strings.Join(objects, ",")}
}
