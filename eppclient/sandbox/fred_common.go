package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

func fredCheck(w *work, req *request) (reply, error) {
	if err := w.checkBatch(req); err != nil {
		return reply{}, err
	}
	var out []checked
	for _, id := range req.keys {
		why, err := w.fredWhyNot(req.object, id)
		if err != nil {
			return reply{}, err
		}
		out = append(out, checked{id, why})
	}
	return encodeCheck(req.object, fredNS(req.object), fredKey(req.object), out), nil
}

// fredWhyNot says why an id can't be created, "" when it can.
func (w *work) fredWhyNot(kind, id string) (string, error) {
	if kind == "domain" {
		if _, bad := w.reg.fredRegistrable(id); bad != nil {
			return "not applicable: " + bad.reason, nil
		}
	} else if !fredHandle.MatchString(id) || len(id) > 30 {
		return "invalid format.", nil
	}
	o, err := w.fredFind(kind, id)
	switch {
	case err != nil:
		return "", err
	case o != nil:
		return "already registered.", nil
	case kind == "domain" && w.reg.reserved[id]:
		return "blacklisted.", nil
	}
	return "", nil
}

// fredRegistrable finds the zone of a name: one label below it, or one digit a label
// below an ENUM zone.
func (r *registry) fredRegistrable(name string) (*TLD, *refusal) {
	if !validHostname(name, 2) {
		return nil, refuse(2005, "not a domain name").at(nsFredDomain, "name", name)
	}
	tld := r.tldOf(name)
	if tld == nil || r.tlds[name] != nil {
		return nil, refuse(2306, "zone not served here").at(nsFredDomain, "name", name)
	}
	label := strings.TrimSuffix(name, "."+tld.Name)
	if tld.enum() {
		for _, digit := range strings.Split(label, ".") {
			if len(digit) != 1 || digit[0] < '0' || digit[0] > '9' {
				return nil, refuse(2306, "not a telephone number").at(nsFredDomain, "name", name)
			}
		}
		return tld, nil
	}
	if strings.Contains(label, ".") || !tld.takesLabel(label) {
		return nil, refuse(2306, "not a name of the zone").at(nsFredDomain, "name", name)
	}
	return tld, nil
}

// enum reports whether names of the zone are telephone numbers (RFC 6116).
func (t *TLD) enum() bool { return strings.HasSuffix(t.Name, ".e164.arpa") }

// fredInfo shows an object. A given code must be right (2202); it is never shown.
func fredInfo(w *work, req *request) (reply, error) {
	c := req.body.(*fredRef)
	o, err := w.fredGet(req.object, c.id)
	if err != nil {
		return reply{}, err
	}
	if c.auth != nil && !o.opens(w, c.auth) {
		return reply{}, (&refusal{code: 2202}).at(fredNS(o.kind), "authInfo", "")
	}
	linked, err := w.fredLinked(o.kind, o.id)
	if err != nil {
		return reply{}, err
	}
	x := newData(o.kind, fredNS(o.kind), "infData")
	o.show(x, linked, o.sponsor == w.clientID || c.auth != nil)
	out := x.reply(1000)
	switch {
	case o.kind == "domain" && o.data.Validated != "" && w.uses(nsEnumval):
		e := newData("enumval", nsEnumval, "infData")
		e.el("valExDate", o.data.Validated)
		e.el("publish", map[bool]string{true: "true", false: "false"}[o.data.Publish])
		out.extensions = append(out.extensions, e.reply(1000).resData)
	case o.data.Mailing != nil && w.uses(nsExtraAddr):
		e := newData("extra-addr", nsExtraAddr, "infData")
		e.start("extra-addr:mailing")
		e.fredAddr(*o.data.Mailing)
		e.end("extra-addr:mailing")
		out.extensions = append(out.extensions, e.reply(1000).resData)
	}
	return out, nil
}

var fredTexts = map[string]string{
	"ok": "Object is without restrictions", "linked": "Has relation to other records in the registry", "expired": "Domain expired",
	"outzone": "The domain isn't generated in the zone", "notValidated": "Domain is not validated",
}

func (o *fredObject) statuses(linked bool) []string {
	var out []string
	add := func(when bool, s string) {
		if when && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	add(linked && o.kind != "domain", "linked")
	add(o.data.Stage >= fredExpired, "expired")
	add(o.data.Stage >= fredOutzone, "outzone")
	add(o.data.ValStage == 2, "notValidated")
	add(o.data.ValStage == 2, "outzone")
	add(len(out) == 0, "ok")
	return out
}

// show writes infData; all says that the reader may see what the holder hides.
func (o *fredObject) show(x *objectWriter, linked, all bool) {
	d := o.data
	x.el(fredKey(o.kind), o.id)
	x.el("roid", o.roid)
	for _, s := range o.statuses(linked) {
		x.el("status", fredTexts[s], "s", s)
	}
	switch o.kind {
	case "contact":
		o.showContact(x, all)
		return
	case "domain":
		x.el("registrant", d.Registrant)
		x.list("admin", d.Admins)
		x.elIf("nsset", d.Nsset)
		x.elIf("keyset", d.Keyset)
	}
	o.showHistory(x)
	switch o.kind {
	case "nsset":
		for _, s := range d.Servers {
			x.start("nsset:ns")
			x.el("name", s.Name)
			x.list("addr", s.Addrs)
			x.end("nsset:ns")
		}
		x.list("tech", d.Techs)
		x.el("reportlevel", strconv.Itoa(d.Level))
	case "keyset":
		for _, k := range d.Keys {
			f := strings.Fields(k)
			x.start("keyset:dnskey")
			x.el("flags", f[0])
			x.el("protocol", f[1])
			x.el("alg", f[2])
			x.el("pubKey", f[3])
			x.end("keyset:dnskey")
		}
		x.list("tech", d.Techs)
	}
}

func (w *objectWriter) list(name string, values []string) {
	for _, v := range values {
		w.el(name, v)
	}
}

func (o *fredObject) showHistory(x *objectWriter) {
	x.el("clID", o.sponsor)
	x.el("crID", o.crID)
	x.el("crDate", fredTime(o.crDate))
	x.elIf("upID", o.upID)
	x.elIf("upDate", fredTime(o.upDate))
	x.elIf("exDate", o.data.Expires)
	x.elIf("trDate", fredTime(o.trDate))
}

// fredTime writes an instant in local time with its offset, as FRED does.
func fredTime(stored string) string {
	t, err := parseStored(stored)
	if err != nil { // "" = never
		return ""
	}
	return t.In(time.FixedZone("", 3600)).Format("2006-01-02T15:04:05-07:00")
}

func (o *fredObject) showContact(x *objectWriter, all bool) {
	d := o.data
	visible := func(item, value string) string {
		if !all && d.Disclose != nil && slices.Contains(d.Disclose.Items, item) != d.Disclose.Flag {
			return ""
		}
		return value
	}
	x.start("contact:postalInfo")
	x.el("name", d.Name)
	x.elIf("org", d.Org)
	if d.Addr != nil && visible("addr", "x") != "" {
		x.fredAddr(*d.Addr)
	}
	x.end("contact:postalInfo")
	x.elIf("voice", visible("voice", d.Voice))
	x.elIf("fax", visible("fax", d.Fax))
	x.elIf("email", visible("email", d.Email))
	o.showHistory(x)
	if d.Disclose != nil && all {
		x.start("contact:disclose", "flag", map[bool]string{true: "1", false: "0"}[d.Disclose.Flag])
		for _, item := range d.Disclose.Items {
			x.empty("contact:" + item)
		}
		x.end("contact:disclose")
	}
	x.elIf("vat", visible("vat", d.VAT))
	if v := visible("ident", d.Ident); v != "" {
		x.el("ident", v, "type", d.IdentType)
	}
	x.elIf("notifyEmail", visible("notifyEmail", d.Notify))
}

func (w *objectWriter) fredAddr(a fredAddr) {
	w.start(w.prefix + "addr")
	w.list("street", a.Street)
	w.el("city", a.City)
	w.elIf("sp", a.SP)
	w.el("pc", a.PC)
	w.el("cc", a.CC)
	w.end(w.prefix + "addr")
}

// fredDelete deletes an object at once. What others use stays (2305).
func fredDelete(w *work, req *request) (reply, error) {
	o, err := w.fredOwn(req.object, req.keys[0])
	if err != nil {
		return reply{}, err
	}
	linked, err := w.fredLinked(o.kind, o.id)
	if err != nil {
		return reply{}, err
	}
	if linked {
		return reply{}, refuse(2305, "in use").at(fredNS(o.kind), fredKey(o.kind), o.id)
	}
	return reply{code: 1000}, w.fredDrop(o)
}

// fredTransfer moves an object at once, with its own code, or for a domain with that of
// its registrant or of an admin contact. The loser is told; the code is a new one.
func fredTransfer(w *work, req *request) (reply, error) {
	if req.op != "request" {
		return reply{}, refuse(2102, "transfers are requested and nothing else").at(nsEPP, "transfer", "")
	}
	c := req.body.(*fredRef)
	o, err := w.fredGet(req.object, c.id)
	switch {
	case err != nil:
		return reply{}, err
	case o.sponsor == w.clientID:
		return reply{}, refuse(2106, "it is yours").at(fredNS(o.kind), fredKey(o.kind), o.id)
	}
	right := o.opens(w, c.auth)
	if o.kind == "domain" {
		for _, id := range append([]string{o.data.Registrant}, o.data.Admins...) {
			k, err := w.fredFind("contact", id)
			if err != nil {
				return reply{}, err
			}
			right = right || k != nil && k.opens(w, c.auth)
		}
	}
	if !right {
		return reply{}, (&refusal{code: 2202}).at(fredNS(o.kind), "authInfo", "")
	}
	loser := o.sponsor
	o.sponsor, o.trDate = w.clientID, w.now
	if err := o.newAuth(w); err != nil {
		return reply{}, err
	}
	if err := w.fredSave(o); err != nil {
		return reply{}, err
	}
	x := newData(o.kind, fredNS(o.kind), "trnData")
	x.el(fredKey(o.kind), o.id)
	x.el("trDate", fredTime(o.trDate))
	x.el("clID", w.clientID)
	return reply{code: 1000}, w.fredTell(loser, "Transfer of an object.", fredNS(o.kind), x)
}
