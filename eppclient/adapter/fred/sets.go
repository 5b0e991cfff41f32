package fred

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fred"
	"github.com/indera/indera/registrar"
)

// job is one call of the port that may take several commands. The caller's hook runs
// before the first of them, and the last one carries its clTRID.
type job struct {
	*Adapter
	send registrar.Send
	ran  bool
}

func (a *Adapter) begin(send registrar.Send) *job {
	j := &job{Adapter: a, send: send}
	if hook := send.BeforeSend; hook != nil {
		j.send.BeforeSend = func(ctx context.Context) error {
			if j.ran {
				return nil
			}
			err := hook(ctx)
			j.ran = err == nil
			return err
		}
	}
	return j
}

const maxClTRID = 64 // RFC 5730 §4 trIDStringType

// further is what accompanies a command before the last one, for example with clTRID
// "I-17-NS0".
func (j *job) further(suffix string) registrar.Send {
	send := j.send
	if len(send.ClTRID)+len(suffix) >= maxClTRID {
		send.ClTRID = digest(send.ClTRID)
	}
	send.ClTRID += "-" + suffix
	return send
}

// digest is 80 bits in capitals and digits.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return base32.StdEncoding.EncodeToString(sum[:])[:16]
}

// tries is how many handles are tried for one set: the first is taken by something
// else only when somebody changed a set of ours by hand.
const tries = 4

// make finds or makes the set of a handle. same asks for it: whether it is ours and
// holds what it should; 2303 says that it is not there.
func (j *job) make(ctx context.Context, label, handle string, same func(id string) (bool, error), create func(id string) epp.Command) (string, error) {
	for n := range tries {
		id := handle
		if n > 0 {
			id = fmt.Sprintf("%s-%d", handle, n)
		}
		ok, err := same(id)
		if registrar.ResultCode(err) == registrar.CodeObjectDoesNotExist {
			_, _, err = j.Transform(ctx, j.further(fmt.Sprintf("%s%d", label, n)), create(id))
			if err == nil {
				return id, nil
			}
			if registrar.ResultCode(err) != registrar.CodeObjectExists {
				return "", setRefused(id, err)
			}
			ok, err = same(id) // somebody of ours was faster
		}
		if err != nil {
			return "", before(setRefused(id, err))
		}
		if ok {
			return id, nil
		}
	}
	return "", setRefused(handle, &registrar.ResultError{Code: registrar.CodeObjectExists, Msg: "all handles are taken", ClTRID: j.send.ClTRID})
}

// setRefused keeps codes about a set from being taken for words about the name: 2302
// and 2303 become 2306.
func setRefused(id string, err error) error {
	code := registrar.ResultCode(err)
	if code == 0 {
		return err
	}
	out := &registrar.ResultError{Code: code, Msg: fmt.Sprintf("set %s: %v", id, err)}
	if code == registrar.CodeObjectExists || code == registrar.CodeObjectDoesNotExist {
		out.Code = codePolicy
	}
	return out
}

const codePolicy = 2306 // RFC 5730 §3

// ensureNsset returns the handle of the set of ours that holds these servers.
func (j *job) ensureNsset(ctx context.Context, servers []fred.NameServer, tech string) (string, error) {
	servers = tidy(servers)
	same := func(id string) (bool, error) {
		have, err := j.nsset(ctx, id)
		return err == nil && have.Sponsor == j.clientID && sameTech(have.Techs, tech) && serverText(tidy(have.Servers)) == serverText(servers), err
	}
	handle := j.own.prefix + "-NS-" + digest(j.clientID, strings.ToUpper(tech), serverText(servers))
	return j.make(ctx, "NS", handle, same, func(id string) epp.Command {
		return fred.NssetCreate{ID: id, Servers: servers, Techs: []string{tech}}
	})
}

// ensureKeyset returns the handle of the set of ours that holds these keys.
func (j *job) ensureKeyset(ctx context.Context, keys []fred.Key, tech string) (string, error) {
	same := func(id string) (bool, error) {
		have, err := j.keyset(ctx, id)
		return err == nil && have.Sponsor == j.clientID && have.Unreadable == 0 && sameTech(have.Techs, tech) && keyText(have.Keys) == keyText(keys), err
	}
	handle := j.own.prefix + "-KS-" + digest(j.clientID, strings.ToUpper(tech), keyText(keys))
	return j.make(ctx, "KS", handle, same, func(id string) epp.Command {
		return fred.KeysetCreate{ID: id, Keys: keys, Techs: []string{tech}}
	})
}

func sameTech(have []string, want string) bool {
	return len(have) == 1 && strings.EqualFold(have[0], want)
}

// tidy writes names and addresses in one form and order.
func tidy(servers []fred.NameServer) []fred.NameServer {
	var out []fred.NameServer
	for _, s := range servers {
		t := fred.NameServer{Name: hostKey(s.Name)}
		for _, addr := range s.Addresses {
			if ip, err := netip.ParseAddr(addr); err == nil {
				addr = ip.String()
			}
			t.Addresses = append(t.Addresses, addr)
		}
		slices.Sort(t.Addresses)
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b fred.NameServer) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(out, func(a, b fred.NameServer) bool { return a.Name == b.Name })
}

func serverText(servers []fred.NameServer) string {
	var lines []string
	for _, s := range servers {
		lines = append(lines, strings.Join(append([]string{s.Name}, s.Addresses...), " "))
	}
	return strings.Join(lines, "\n")
}

func keyText(keys []fred.Key) string {
	var lines []string
	for _, k := range keys {
		lines = append(lines, fmt.Sprint(k.Flags, k.Protocol, k.Algorithm, k.PublicKey))
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n")
}

func hostKey(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// servers lists hosts with the addresses that the present set has for them: the port
// names hosts only.
func servers(hosts []string, have *fred.NssetInfoData) []fred.NameServer {
	known := map[string][]string{}
	if have != nil {
		for _, s := range have.Servers {
			known[hostKey(s.Name)] = s.Addresses
		}
	}
	var out []fred.NameServer
	for _, h := range hosts {
		out = append(out, fred.NameServer{Name: h, Addresses: known[hostKey(h)]})
	}
	return tidy(out)
}

func keys(s registrar.SecDNS) []fred.Key {
	var out []fred.Key
	for _, k := range s.Keys {
		key := fred.Key{Flags: k.Flags, Protocol: k.Protocol, Algorithm: k.Algorithm, PublicKey: strings.Join(strings.Fields(k.PublicKey), "")}
		if !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}
