package epp

// HostCheck asks which hosts can be provisioned (RFC 5732 §3.1.1).
type HostCheck struct{ Names []string }

// Describe names the command.
func (c HostCheck) Describe() Description { return describe("check", "host", c.Names...) }

// EncodeCommand writes <check>.
func (c HostCheck) EncodeCommand(e *Encoder) {
	e.object("check", "host", e.Objects.Host, func() {
		if len(c.Names) == 0 {
			e.Fail("host:name", "required")
		}
		for _, name := range c.Names {
			e.label("host:name", name)
		}
	})
}

// HostInfo asks for a host (RFC 5732 §3.1.2).
type HostInfo struct{ Name string }

// Describe names the command.
func (c HostInfo) Describe() Description { return describe("info", "host", c.Name) }

// EncodeCommand writes <info>.
func (c HostInfo) EncodeCommand(e *Encoder) {
	e.object("info", "host", e.Objects.Host, func() { e.label("host:name", c.Name) })
}

// HostCreate provisions a host (RFC 5732 §3.2.1). Addresses only for hosts
// under a zone of the registry.
type HostCreate struct {
	Name      string
	Addresses []Address
}

// Describe names the command.
func (c HostCreate) Describe() Description { return describe("create", "host", c.Name) }

// EncodeCommand writes <create>.
func (c HostCreate) EncodeCommand(e *Encoder) {
	e.object("create", "host", e.Objects.Host, func() {
		e.label("host:name", c.Name)
		e.addresses(c.Addresses)
	})
}

// HostUpdate changes a host (RFC 5732 §3.2.5).
type HostUpdate struct {
	Name    string
	Add     HostItems
	Rem     HostItems
	NewName string // "" = keep
}

// HostItems is what an update adds or removes.
type HostItems struct {
	Addresses []Address
	Statuses  []Status
}

// Describe names the command.
func (c HostUpdate) Describe() Description { return describe("update", "host", c.Name) }

// EncodeCommand writes <update>.
func (c HostUpdate) EncodeCommand(e *Encoder) {
	e.object("update", "host", e.Objects.Host, func() {
		e.label("host:name", c.Name)
		e.hostItems("host:add", c.Add)
		e.hostItems("host:rem", c.Rem)
		if c.NewName != "" {
			e.Start("host:chg")
			e.label("host:name", c.NewName)
			e.End("host:chg")
		}
	})
}

// HostDelete deletes a host (RFC 5732 §3.2.2).
type HostDelete struct{ Name string }

// Describe names the command.
func (c HostDelete) Describe() Description { return describe("delete", "host", c.Name) }

// EncodeCommand writes <delete>.
func (c HostDelete) EncodeCommand(e *Encoder) {
	e.object("delete", "host", e.Objects.Host, func() { e.label("host:name", c.Name) })
}

func (e *Encoder) hostItems(name string, i HostItems) {
	if len(i.Addresses) == 0 && len(i.Statuses) == 0 {
		return
	}
	e.Start(name)
	e.addresses(i.Addresses)
	e.statuses("host", i.Statuses, 7)
	e.End(name)
}

func (e *Encoder) addresses(addresses []Address) {
	for _, a := range addresses {
		e.address("host:addr", a)
	}
}
