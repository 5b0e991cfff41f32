package fred

import (
	"strconv"

	"github.com/indera/indera/eppclient/epp"
)

// extcommand writes <fred:extcommand> around a command.
func extcommand(e *epp.Encoder, clTRID string, body func()) {
	e.Within("fred", Namespace, "extcommand", func() {
		body()
		e.Token("fred:clTRID", clTRID, 3, 64)
	})
}

// protocolOnly is what a protocol extension answers when somebody asks for its
// <command>: there is none.
func protocolOnly(e *epp.Encoder, name string) {
	e.Fail(name, "is a command of a protocol extension")
}

// SendAuthInfo has the registry mail the transfer code of an object to its holder.
// Anybody may ask; the answer does not show the code.
type SendAuthInfo struct {
	Kind Kind
	ID   string
}

// Describe names the command.
func (c SendAuthInfo) Describe() epp.Description { return c.Kind.describe("sendAuthInfo", c.ID) }

// EncodeCommand refuses: there is no such <command>.
func (c SendAuthInfo) EncodeCommand(e *epp.Encoder) { protocolOnly(e, "fred:sendAuthInfo") }

// EncodeProtocol writes the command.
func (c SendAuthInfo) EncodeProtocol(e *epp.Encoder, clTRID string) {
	extcommand(e, clTRID, func() {
		if c.Kind.Namespace() == "" {
			e.Fail("fred:sendAuthInfo", "%q is no object of FRED", c.Kind)
			return
		}
		e.Start("fred:sendAuthInfo")
		e.Within(string(c.Kind), c.Kind.Namespace(), "sendAuthInfo", func() { c.Kind.id(e, c.ID) })
		e.End("fred:sendAuthInfo")
	})
}

// Test asks for a technical test of a name server set. The result comes as a message.
type Test struct {
	Nsset string
	Level *int     // 0-10; nil = the set's own
	Names []string // domains to test with; none = those that use the set
}

// Describe names the command.
func (c Test) Describe() epp.Description { return Nsset.describe("test", c.Nsset) }

// EncodeCommand refuses: there is no such <command>.
func (c Test) EncodeCommand(e *epp.Encoder) { protocolOnly(e, "fred:test") }

// EncodeProtocol writes the command.
func (c Test) EncodeProtocol(e *epp.Encoder, clTRID string) {
	extcommand(e, clTRID, func() {
		e.Start("fred:test")
		e.Within("nsset", NssetNamespace, "test", func() {
			Nsset.id(e, c.Nsset)
			level(e, "nsset:level", c.Level)
			for _, name := range c.Names {
				e.Token("nsset:name", name, 1, 255)
			}
		})
		e.End("fred:test")
	})
}

// CreditInfo asks for our credit, zone by zone.
type CreditInfo struct{}

// Describe names the command.
func (CreditInfo) Describe() epp.Description {
	return epp.Description{Verb: "creditInfo", Kind: "fred"}
}

// EncodeCommand refuses: there is no such <command>.
func (CreditInfo) EncodeCommand(e *epp.Encoder) { protocolOnly(e, "fred:creditInfo") }

// EncodeProtocol writes the command.
func (CreditInfo) EncodeProtocol(e *epp.Encoder, clTRID string) {
	extcommand(e, clTRID, func() { e.Empty("fred:creditInfo") })
}

// ListOp is what a list is of.
type ListOp string

// The lists: all of ours, or those that an object stands in.
const (
	ListDomains      ListOp = "listDomains"
	ListContacts     ListOp = "listContacts"
	ListNssets       ListOp = "listNssets"
	ListKeysets      ListOp = "listKeysets"
	DomainsByNsset   ListOp = "domainsByNsset"
	DomainsByKeyset  ListOp = "domainsByKeyset"
	DomainsByContact ListOp = "domainsByContact"
	NssetsByContact  ListOp = "nssetsByContact"
	KeysetsByContact ListOp = "keysetsByContact"
	NssetsByNs       ListOp = "nssetsByNs"
)

var listOps = map[ListOp]string{ // local name of the argument, "" = none
	ListDomains: "", ListContacts: "", ListNssets: "", ListKeysets: "",
	DomainsByNsset: "id", DomainsByKeyset: "id", DomainsByContact: "id", NssetsByContact: "id", KeysetsByContact: "id", NssetsByNs: "name",
}

// List has the registry make a list; the answer tells its length, and GetResults
// fetches it. The registry keeps one list for each registrar, whatever the session: a
// new one replaces it.
type List struct {
	Op  ListOp
	Arg string // handle, or host name for NssetsByNs; "" for lists of all
}

// Describe names the command.
func (c List) Describe() epp.Description {
	return epp.Description{Verb: string(c.Op), Kind: "fred", Object: c.Arg}
}

// EncodeCommand refuses: there is no such <command>.
func (c List) EncodeCommand(e *epp.Encoder) { protocolOnly(e, "fred:"+string(c.Op)) }

// EncodeProtocol writes the command.
func (c List) EncodeProtocol(e *epp.Encoder, clTRID string) {
	arg, known := listOps[c.Op]
	if !known || (arg == "") != (c.Arg == "") {
		e.Fail("fred:"+string(c.Op), "is no list, or lacks what it is by")
		return
	}
	extcommand(e, clTRID, func() {
		if arg == "" {
			e.Empty("fred:" + string(c.Op))
			return
		}
		e.Start("fred:" + string(c.Op))
		e.Token("fred:"+arg, c.Arg, 1, 255)
		e.End("fred:" + string(c.Op))
	})
}

// GetResults fetches the next part of the list; an empty one is the end.
type GetResults struct{}

// Describe names the command.
func (GetResults) Describe() epp.Description {
	return epp.Description{Verb: "getResults", Kind: "fred"}
}

// EncodeCommand refuses: there is no such <command>.
func (GetResults) EncodeCommand(e *epp.Encoder) { protocolOnly(e, "fred:getResults") }

// EncodeProtocol writes the command.
func (GetResults) EncodeProtocol(e *epp.Encoder, clTRID string) {
	extcommand(e, clTRID, func() { e.Empty("fred:getResults") })
}

// ListCount reads the answer to a List. Error: *epp.MissingError.
func ListCount(r *epp.Response) (int, error) {
	el, err := r.Data(Namespace, "infoResponse")
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(el.ChildValue(Namespace, "count"))
	if err != nil || n < 0 {
		return 0, &epp.MissingError{Element: "count"}
	}
	return n, nil
}

// Results reads the answer to a GetResults. Error: *epp.MissingError.
func Results(r *epp.Response) ([]string, error) {
	el, err := r.Data(Namespace, "resultsList")
	if err != nil {
		return nil, err
	}
	return el.ChildValues(Namespace, "item"), nil
}

// ZoneCredit is our credit for one zone, in the currency of the contract.
type ZoneCredit struct{ Zone, Credit string } // decimal number

// Credit reads the answer to a CreditInfo. Error: *epp.MissingError.
func Credit(r *epp.Response) ([]ZoneCredit, error) {
	el, err := r.Data(Namespace, "resCreditInfo")
	if err != nil {
		return nil, err
	}
	var out []ZoneCredit
	for _, z := range el.All(Namespace, "zoneCredit") {
		out = append(out, zoneCredit(z))
	}
	return out, nil
}

func zoneCredit(el *epp.Element) ZoneCredit {
	return ZoneCredit{Zone: el.ChildValue(Namespace, "zone"), Credit: el.ChildValue(Namespace, "credit")}
}
