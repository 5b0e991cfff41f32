package sandbox

func fredCreateContact(w *work, req *request) (reply, error) {
	c := req.body.(*fredContactCmd)
	o, err := w.fredNew("contact", c.id, c.auth, c.apply(fredData{}))
	if err != nil {
		return reply{}, err
	}
	if m := req.ext.mailing; m != nil {
		o.data.Mailing = m.addr
	}
	return w.fredCreated(o)
}

// fredCreated stores a new object and answers creData.
func (w *work) fredCreated(o *fredObject) (reply, error) {
	if err := w.fredSave(o); err != nil {
		return reply{}, err
	}
	x := newData(o.kind, fredNS(o.kind), "creData")
	x.el(fredKey(o.kind), o.id)
	x.el("crDate", fredTime(o.crDate))
	x.elIf("exDate", o.data.Expires)
	return x.reply(1000), nil
}

func fredUpdateContact(w *work, req *request) (reply, error) {
	c := req.body.(*fredContactCmd)
	o, err := w.fredOwn("contact", c.id)
	if err != nil {
		return reply{}, err
	}
	o.data = c.apply(o.data)
	if m := req.ext.mailing; m != nil {
		if m.remove {
			o.data.Mailing = nil
		}
		if m.addr != nil {
			o.data.Mailing = m.addr
		}
	}
	if c.auth != nil {
		if err := o.fredSetAuth(w, *c.auth); err != nil {
			return reply{}, err
		}
	}
	return w.fredChanged(o)
}

// fredSetAuth sets a code, or makes one where the client gives an empty one.
func (o *fredObject) fredSetAuth(w *work, code string) error {
	if code == "" {
		return o.newAuth(w)
	}
	if !hasLength(code, minAuthInfo, 300) {
		return refuse(2202, "want %d characters at least", minAuthInfo).at(fredNS(o.kind), "authInfo", "")
	}
	return o.setAuth(w, code)
}

// apply puts what the command says into the data.
func (c *fredContactCmd) apply(d fredData) fredData {
	set := func(field *string, v *string) {
		if v != nil {
			*field = *v
		}
	}
	set(&d.Name, c.name)
	set(&d.Org, c.org)
	if c.addr != nil {
		d.Addr = c.addr
	}
	set(&d.Voice, c.voice)
	set(&d.Fax, c.fax)
	set(&d.Email, c.email)
	set(&d.VAT, c.vat)
	set(&d.Ident, c.ident)
	set(&d.IdentType, c.identType)
	set(&d.Notify, c.notify)
	if c.disclose != nil {
		d.Disclose = c.disclose
	}
	return d
}
