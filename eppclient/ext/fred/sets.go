package fred

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// Limits of nsset-1.2 and keyset-1.3.
const (
	MaxNameServers = 10
	MaxKeys        = 10
	maxTechs       = 10
	maxReportLevel = 10
)

// NameServer is one server of a set. It has addresses if and only if its name lies in
// a zone of the registry.
type NameServer struct {
	Name      string
	Addresses []string
}

// NssetCreate provisions a name server set.
type NssetCreate struct {
	ID          string
	Servers     []NameServer // 1-10, the registry usually wants two
	Techs       []string     // contacts, at least one
	AuthInfo    epp.Secret   // "" = the registry makes one
	ReportLevel *int         // of technical tests, 0-10
}

// Describe names the command.
func (c NssetCreate) Describe() epp.Description { return Nsset.describe("create", c.ID) }

// EncodeCommand writes <create>.
func (c NssetCreate) EncodeCommand(e *epp.Encoder) {
	Nsset.object(e, "create", func() {
		Nsset.newHandle(e, c.ID)
		if len(c.Servers) == 0 {
			e.Fail("nsset:ns", "required")
		}
		servers(e, c.Servers)
		techs(e, "nsset:tech", c.Techs, -1)
		Nsset.optionalAuthInfo(e, c.AuthInfo)
		level(e, "nsset:reportlevel", c.ReportLevel)
	})
}

func techs(e *epp.Encoder, name string, list []string, max int) {
	if len(list) == 0 || max >= 0 && len(list) > max {
		e.Fail(name, "too few or too many")
	}
	handles(e, name, list)
}

func servers(e *epp.Encoder, list []NameServer) {
	if len(list) > MaxNameServers {
		e.Fail("nsset:ns", "more than %d", MaxNameServers)
	}
	for _, s := range list {
		e.Start("nsset:ns")
		e.Token("nsset:name", s.Name, 1, 255)
		for _, a := range s.Addresses {
			e.Token("nsset:addr", a, 3, 45)
		}
		e.End("nsset:ns")
	}
}

func level(e *epp.Encoder, name string, v *int) {
	if v != nil {
		e.Int(name, int64(*v), 0, maxReportLevel)
	}
}

// NssetUpdate changes a name server set. A server whose addresses change is removed
// and added in one command.
type NssetUpdate struct {
	ID          string
	Add         []NameServer
	AddTechs    []string
	Rem         []string // names
	RemTechs    []string
	AuthInfo    *epp.Secret
	ReportLevel *int
}

// Describe names the command.
func (c NssetUpdate) Describe() epp.Description { return Nsset.describe("update", c.ID) }

// EncodeCommand writes <update>.
func (c NssetUpdate) EncodeCommand(e *epp.Encoder) {
	Nsset.object(e, "update", func() {
		Nsset.id(e, c.ID)
		if len(c.Add)+len(c.AddTechs) > 0 {
			e.Start("nsset:add")
			servers(e, c.Add)
			handles(e, "nsset:tech", c.AddTechs)
			e.End("nsset:add")
		}
		if len(c.Rem)+len(c.RemTechs) > 0 {
			if len(c.Rem) > MaxNameServers {
				e.Fail("nsset:name", "more than %d", MaxNameServers)
			}
			e.Start("nsset:rem")
			for _, name := range c.Rem {
				e.Token("nsset:name", name, 1, 255)
			}
			handles(e, "nsset:tech", c.RemTechs)
			e.End("nsset:rem")
		}
		if c.AuthInfo != nil || c.ReportLevel != nil {
			e.Start("nsset:chg")
			if c.AuthInfo != nil {
				Nsset.authInfo(e, *c.AuthInfo)
			}
			level(e, "nsset:reportlevel", c.ReportLevel)
			e.End("nsset:chg")
		}
	})
}

// NssetInfoData is what a registry says of a name server set.
type NssetInfoData struct {
	Record
	Servers     []NameServer
	Techs       []string
	ReportLevel int
}

// NssetInfo reads the answer to an info. Error: *epp.MissingError.
func NssetInfo(r *epp.Response) (NssetInfoData, error) {
	el, err := r.Data(NssetNamespace, "infData")
	if err != nil {
		return NssetInfoData{}, err
	}
	return nssetInfo(el), nil
}

func nssetInfo(el *epp.Element) NssetInfoData {
	out := NssetInfoData{Record: record(el, Nsset), Techs: el.ChildValues(NssetNamespace, "tech")}
	for _, ns := range el.All(NssetNamespace, "ns") {
		out.Servers = append(out.Servers, NameServer{
			Name: ns.ChildValue(NssetNamespace, "name"), Addresses: ns.ChildValues(NssetNamespace, "addr"),
		})
	}
	if n, err := strconv.Atoi(el.ChildValue(NssetNamespace, "reportlevel")); err == nil {
		out.ReportLevel = n // unreadable: 0, tests report nothing
	}
	return out
}

// Key is a DNSKEY record (RFC 4034 §2).
type Key struct {
	Flags     uint16 // 0, 256 or 257
	Protocol  uint8  // 3
	Algorithm uint8
	PublicKey string // base64 without blanks
}

// KeysetCreate provisions a key set.
type KeysetCreate struct {
	ID       string
	Keys     []Key    // 0-10
	Techs    []string // contacts, 1-10
	AuthInfo epp.Secret
}

// Describe names the command.
func (c KeysetCreate) Describe() epp.Description { return Keyset.describe("create", c.ID) }

// EncodeCommand writes <create>.
func (c KeysetCreate) EncodeCommand(e *epp.Encoder) {
	Keyset.object(e, "create", func() {
		Keyset.newHandle(e, c.ID)
		keys(e, c.Keys)
		techs(e, "keyset:tech", c.Techs, maxTechs)
		Keyset.optionalAuthInfo(e, c.AuthInfo)
	})
}

func keys(e *epp.Encoder, list []Key) {
	if len(list) > MaxKeys {
		e.Fail("keyset:dnskey", "more than %d", MaxKeys)
	}
	for _, k := range list {
		if b, err := base64.StdEncoding.DecodeString(k.PublicKey); err != nil || len(b) == 0 {
			e.Fail("keyset:pubKey", "is no base64")
		}
		e.Start("keyset:dnskey")
		e.Int("keyset:flags", int64(k.Flags), 0, 65535)
		e.Int("keyset:protocol", int64(k.Protocol), 0, 255)
		e.Int("keyset:alg", int64(k.Algorithm), 0, 255)
		e.Base64("keyset:pubKey", k.PublicKey)
		e.End("keyset:dnskey")
	}
}

// KeysetUpdate changes a key set.
type KeysetUpdate struct {
	ID                 string
	Add, Rem           []Key
	AddTechs, RemTechs []string
	AuthInfo           *epp.Secret
}

// Describe names the command.
func (c KeysetUpdate) Describe() epp.Description { return Keyset.describe("update", c.ID) }

// EncodeCommand writes <update>.
func (c KeysetUpdate) EncodeCommand(e *epp.Encoder) {
	part := func(name string, list []Key, techs []string) {
		if len(list)+len(techs) == 0 {
			return
		}
		e.Start(name)
		keys(e, list)
		handles(e, "keyset:tech", techs)
		e.End(name)
	}
	Keyset.object(e, "update", func() {
		Keyset.id(e, c.ID)
		part("keyset:add", c.Add, c.AddTechs)
		part("keyset:rem", c.Rem, c.RemTechs)
		if c.AuthInfo != nil {
			e.Start("keyset:chg")
			Keyset.authInfo(e, *c.AuthInfo)
			e.End("keyset:chg")
		}
	})
}

// KeysetInfoData is what a registry says of a key set.
type KeysetInfoData struct {
	Record
	Keys       []Key
	Unreadable int // entries that nobody could read
	Techs      []string
}

// KeysetInfo reads the answer to an info. Error: *epp.MissingError.
func KeysetInfo(r *epp.Response) (KeysetInfoData, error) {
	el, err := r.Data(KeysetNamespace, "infData")
	if err != nil {
		return KeysetInfoData{}, err
	}
	return keysetInfo(el), nil
}

func keysetInfo(el *epp.Element) KeysetInfoData {
	out := KeysetInfoData{Record: record(el, Keyset), Techs: el.ChildValues(KeysetNamespace, "tech")}
	for _, k := range el.All(KeysetNamespace, "dnskey") {
		if key, ok := readKey(k); ok {
			out.Keys = append(out.Keys, key)
		} else {
			out.Unreadable++
		}
	}
	return out
}

func readKey(el *epp.Element) (Key, bool) {
	number := func(local string, bits int) (uint64, bool) {
		n, err := strconv.ParseUint(el.ChildValue(KeysetNamespace, local), 10, bits)
		return n, err == nil
	}
	flags, ok1 := number("flags", 16)
	protocol, ok2 := number("protocol", 8)
	alg, ok3 := number("alg", 8)
	key := strings.Join(strings.Fields(el.ChildValue(KeysetNamespace, "pubKey")), "")
	b, err := base64.StdEncoding.DecodeString(key)
	k := Key{Flags: uint16(flags), Protocol: uint8(protocol), Algorithm: uint8(alg), PublicKey: key}
	return k, ok1 && ok2 && ok3 && err == nil && len(b) > 0
}
