// Package secdns is the DNS security extension of EPP (RFC 5910): DS records
// and keys of a domain. A server offers either the dsData or the keyData
// interface; using the other one is answered 2306.
package secdns

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// Namespace is the extension's URI.
const Namespace = "urn:ietf:params:xml:ns:secDNS-1.1"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "secDNS", Reference: "RFC 5910",
	Adds: "DS records or keys at create and update, maxSigLife, urgent updates",
}

// DS is one delegation signer record (RFC 4034 §5).
type DS struct {
	KeyTag     uint16
	Algorithm  uint8
	DigestType uint8
	Digest     string // hexadecimal, upper case when it was read
	// Key is for the server's own checking only and no part of the record's
	// identity (RFC 5910 §4.1). May be nil.
	Key *Key
}

// Same reports whether two records are equal in all four values.
func (d DS) Same(other DS) bool {
	return d.KeyTag == other.KeyTag && d.Algorithm == other.Algorithm &&
		d.DigestType == other.DigestType && strings.EqualFold(d.Digest, other.Digest)
}

// Key is one DNSKEY record (RFC 4034 §2).
type Key struct {
	Flags     uint16
	Protocol  uint8 // 3
	Algorithm uint8
	PublicKey string // base64 without blanks
}

// Data is what a domain has: records or keys, never both.
type Data struct {
	MaxSigLife int // seconds; 0 = not given
	DS         []DS
	Keys       []Key
}

// Empty reports whether there is neither record nor key.
func (d Data) Empty() bool { return len(d.DS)+len(d.Keys) == 0 }

// Create goes with a domain create (RFC 5910 §5.2.1).
type Create struct{ Data }

// EncodeExtension implements epp.Extension.
func (c Create) EncodeExtension(e *epp.Encoder) {
	e.Within("secDNS", Namespace, "create", func() { encodeData(e, c.Data) })
}

// Update goes with a domain update (RFC 5910 §5.2.5). The server removes first,
// then adds, all or nothing.
type Update struct {
	Urgent     bool // higher priority; 2102 where unsupported
	RemoveAll  bool // instead of Remove
	Remove     Data // without MaxSigLife; values as the registry has them
	Add        Data // without MaxSigLife
	MaxSigLife int  // new value; 0 = keep; 2102 where unsupported
}

// Empty reports whether the update changes nothing: it must not be sent then.
func (u Update) Empty() bool {
	return !u.RemoveAll && u.Remove.Empty() && u.Add.Empty() && u.MaxSigLife == 0
}

// EncodeExtension implements epp.Extension.
func (u Update) EncodeExtension(e *epp.Encoder) {
	if u.Empty() {
		e.Fail("secDNS:update", "changes nothing")
	}
	if u.RemoveAll && !u.Remove.Empty() {
		e.Fail("secDNS:rem", "all and single ones at once")
	}
	if u.Remove.MaxSigLife != 0 || u.Add.MaxSigLife != 0 {
		e.Fail("secDNS:maxSigLife", "belongs into chg")
	}
	var urgent []epp.Attr
	if u.Urgent {
		urgent = append(urgent, epp.A("urgent", epp.True))
	}
	e.Within("secDNS", Namespace, "update", func() {
		if u.RemoveAll || !u.Remove.Empty() {
			e.Start("secDNS:rem")
			if u.RemoveAll {
				e.Text("secDNS:all", "true")
			} else {
				encodeData(e, u.Remove)
			}
			e.End("secDNS:rem")
		}
		if !u.Add.Empty() {
			e.Start("secDNS:add")
			encodeData(e, u.Add)
			e.End("secDNS:add")
		}
		if u.MaxSigLife != 0 {
			e.Start("secDNS:chg")
			e.Int("secDNS:maxSigLife", int64(u.MaxSigLife), 1, math.MaxInt32)
			e.End("secDNS:chg")
		}
	}, urgent...)
}

func encodeData(e *epp.Encoder, d Data) {
	if len(d.DS) > 0 && len(d.Keys) > 0 {
		e.Fail("secDNS:dsData", "records and keys cannot be mixed")
	}
	if d.Empty() {
		e.Fail("secDNS:dsData", "required")
	}
	if d.MaxSigLife != 0 {
		e.Int("secDNS:maxSigLife", int64(d.MaxSigLife), 1, math.MaxInt32)
	}
	for _, ds := range d.DS {
		encodeDS(e, ds)
	}
	for _, key := range d.Keys {
		encodeKey(e, key)
	}
}

func encodeDS(e *epp.Encoder, d DS) {
	if b, err := hex.DecodeString(d.Digest); err != nil || len(b) == 0 {
		e.Fail("secDNS:digest", "is not hexadecimal")
	}
	e.Start("secDNS:dsData")
	e.Text("secDNS:keyTag", strconv.Itoa(int(d.KeyTag)))
	e.Text("secDNS:alg", strconv.Itoa(int(d.Algorithm)))
	e.Text("secDNS:digestType", strconv.Itoa(int(d.DigestType)))
	e.Text("secDNS:digest", d.Digest)
	if d.Key != nil {
		encodeKey(e, *d.Key)
	}
	e.End("secDNS:dsData")
}

func encodeKey(e *epp.Encoder, k Key) {
	if b, err := base64.StdEncoding.DecodeString(k.PublicKey); err != nil || len(b) == 0 {
		e.Fail("secDNS:pubKey", "is not base64")
	}
	e.Start("secDNS:keyData")
	e.Text("secDNS:flags", strconv.Itoa(int(k.Flags)))
	e.Text("secDNS:protocol", strconv.Itoa(int(k.Protocol)))
	e.Text("secDNS:alg", strconv.Itoa(int(k.Algorithm)))
	e.Text("secDNS:pubKey", k.PublicKey)
	e.End("secDNS:keyData")
}

// Info reads what an info answers; ok is false when the server said nothing of
// DNSSEC, which for a domain of ours in a session with this extension means that
// it has none. Entries that are unreadable are left out and counted in skipped:
// with one of them a difference must not be computed.
func Info(r *epp.Response) (data Data, skipped int, ok bool) {
	el := r.Extension(Namespace, "infData")
	if el == nil {
		return Data{}, 0, false
	}
	data.MaxSigLife = max(0, number(el.Child(Namespace, "maxSigLife"), math.MaxInt32))
	for _, c := range el.All(Namespace, "dsData") {
		ds, good := decodeDS(c)
		if !good {
			skipped++
			continue
		}
		data.DS = append(data.DS, ds)
	}
	for _, c := range el.All(Namespace, "keyData") {
		key, good := decodeKey(c)
		if !good {
			skipped++
			continue
		}
		data.Keys = append(data.Keys, key)
	}
	return data, skipped, true
}

func decodeDS(el *epp.Element) (DS, bool) {
	tag := number(el.Child(Namespace, "keyTag"), math.MaxUint16)
	alg := number(el.Child(Namespace, "alg"), math.MaxUint8)
	kind := number(el.Child(Namespace, "digestType"), math.MaxUint8)
	digest := strings.ToUpper(strings.Join(strings.Fields(el.ChildValue(Namespace, "digest")), ""))
	if tag < 0 || alg < 0 || kind < 0 || digest == "" {
		return DS{}, false
	}
	if _, err := hex.DecodeString(digest); err != nil {
		return DS{}, false
	}
	ds := DS{KeyTag: uint16(tag), Algorithm: uint8(alg), DigestType: uint8(kind), Digest: digest}
	if k := el.Child(Namespace, "keyData"); k != nil {
		if key, ok := decodeKey(k); ok {
			ds.Key = &key
		}
	}
	return ds, true
}

func decodeKey(el *epp.Element) (Key, bool) {
	flags := number(el.Child(Namespace, "flags"), math.MaxUint16)
	protocol := number(el.Child(Namespace, "protocol"), math.MaxUint8)
	alg := number(el.Child(Namespace, "alg"), math.MaxUint8)
	pub := strings.Join(strings.Fields(el.ChildValue(Namespace, "pubKey")), "")
	if flags < 0 || protocol < 0 || alg < 0 || pub == "" {
		return Key{}, false
	}
	if _, err := base64.StdEncoding.DecodeString(pub); err != nil {
		return Key{}, false
	}
	return Key{Flags: uint16(flags), Protocol: uint8(protocol), Algorithm: uint8(alg), PublicKey: pub}, true
}

// number reads 0 to limit; -1 for an absent element and for what is none.
func number(el *epp.Element, limit int) int {
	n, err := strconv.Atoi(el.Value())
	if err != nil || n < 0 || n > limit {
		return -1
	}
	return n
}

// Difference returns the update that turns have, freshly read, into want. Adding
// what is there and removing what is not fails the whole command, so it names
// only what differs. A switch between records and keys removes everything first
// (RFC 5910 §4).
func Difference(have, want Data) Update {
	u := Update{}
	if len(have.DS) > 0 && len(want.Keys) > 0 || len(have.Keys) > 0 && len(want.DS) > 0 {
		u.RemoveAll, u.Add = true, Data{DS: want.DS, Keys: want.Keys}
	} else {
		u.Remove = Data{DS: missing(have.DS, want.DS, DS.Same), Keys: missing(have.Keys, want.Keys, sameKey)}
		u.Add = Data{DS: missing(want.DS, have.DS, DS.Same), Keys: missing(want.Keys, have.Keys, sameKey)}
	}
	if want.MaxSigLife != 0 && want.MaxSigLife != have.MaxSigLife {
		u.MaxSigLife = want.MaxSigLife
	}
	return u
}

func sameKey(a, b Key) bool { return a == b }

// missing returns what of list is not in other.
func missing[T any](list, other []T, same func(T, T) bool) []T {
	var out []T
	for _, item := range list {
		found := false
		for _, o := range other {
			found = found || same(item, o)
		}
		if !found {
			out = append(out, item)
		}
	}
	return out
}
