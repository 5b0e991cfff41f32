package console

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/session"
)

// MaxRaw bounds a frame that a person writes, in octets.
const MaxRaw = 1 << 20

// rawVerbs are what a frame of a person's own may ask for. Logging in and out is
// the pool's.
var rawVerbs = []string{"check", "info", "poll", "transfer", "create", "update", "renew", "delete"}

// raw sends a frame of a person's own.
func (c *Console) raw(ctx context.Context, args []string, answer Answer) (Answer, error) {
	if len(args) != 1 {
		return answer, wrong("usage: raw FILE")
	}
	if c.opt.ReadFile == nil {
		return answer, wrong("frames from files can't be taken here")
	}
	doc, err := c.opt.ReadFile(args[0])
	if err != nil {
		return answer, wrong("%v", err)
	}
	r, err := parseRaw(doc, c.opt.Objects)
	if err != nil {
		return answer, err
	}
	if r.hello {
		return c.hello(ctx, nil, answer)
	}
	return c.exchange(ctx, answer, session.Request{Command: r, ClTRID: r.clTRID, Frame: r.frame}, Act{})
}

// rawCommand is a frame that is sent as it was written.
type rawCommand struct {
	hello  bool
	desc   epp.Description
	clTRID string
	frame  []byte
}

// Describe names the command.
func (r rawCommand) Describe() epp.Description { return r.desc }

// EncodeCommand is never called: the frame is there already.
func (r rawCommand) EncodeCommand(e *epp.Encoder) { e.Fail("command", "a frame of its own") }

// parseRaw looks that a document is one EPP command that may be sent, and gives
// it a clTRID where it has none. Error: *UsageError.
func parseRaw(doc []byte, objects epp.Objects) (rawCommand, error) {
	doc = bytes.TrimSpace(bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf")))
	if len(doc) > MaxRaw {
		return rawCommand{}, wrong("a frame has at most %d octets here", MaxRaw)
	}
	root, err := epp.ParseElement(doc)
	if err != nil {
		return rawCommand{}, wrong("the frame can't be sent: %v", err)
	}
	if !root.Is(epp.Namespace, "epp") || len(root.Children) != 1 {
		return rawCommand{}, wrong("the frame can't be sent: one epp element of %s is wanted, with one child", epp.Namespace)
	}
	if root.Child(epp.Namespace, "hello") != nil {
		return rawCommand{hello: true}, nil
	}
	cmd := root.Child(epp.Namespace, "command")
	if cmd == nil || len(cmd.Children) == 0 {
		return rawCommand{}, wrong("the frame can't be sent: it holds neither a command nor hello")
	}
	verb := cmd.Children[0]
	if verb.Space != epp.Namespace || !slices.Contains(rawVerbs, verb.Local) {
		return rawCommand{}, wrong("the frame can't be sent: %q is not among %s", verb.Local, strings.Join(rawVerbs, ", "))
	}
	for _, more := range cmd.Children[1:] {
		if !more.Is(epp.Namespace, "extension") && !more.Is(epp.Namespace, "clTRID") {
			return rawCommand{}, wrong("the frame can't be sent: %q stands beside %s", more.Local, verb.Local)
		}
	}
	r := rawCommand{desc: describeRaw(verb, objects), frame: doc}
	r.clTRID = cmd.ChildValue(epp.Namespace, "clTRID")
	switch n := len(r.clTRID); {
	case cmd.Child(epp.Namespace, "clTRID") == nil:
		r.clTRID = session.NewClTRID()
		if r.frame = withClTRID(doc, cmd, r.clTRID); !carries(r.frame, r.clTRID) {
			return rawCommand{}, wrong("the frame can't be sent: write a clTRID into it")
		}
	case n < 3 || n > 64:
		return rawCommand{}, wrong("the frame can't be sent: a clTRID has 3 to 64 characters")
	}
	return r, nil
}

// describeRaw names a command by its elements.
func describeRaw(verb *epp.Element, objects epp.Objects) epp.Description {
	d := epp.Description{Verb: verb.Local, Op: verb.Attr("op")}
	if verb.Local == "poll" {
		d.Object = verb.Attr("msgID")
		return d
	}
	if len(verb.Children) == 0 {
		return d
	}
	object := verb.Children[0]
	switch object.Space {
	case objects.Domain:
		d.Kind = "domain"
	case objects.Host:
		d.Kind = "host"
	case objects.Contact:
		d.Kind = "contact"
	default:
		d.Kind = "other"
	}
	key := "name"
	if d.Kind == "contact" {
		key = "id"
	}
	names := object.ChildValues(object.Space, key)
	if d.Kind == "other" && len(names) == 0 {
		names = object.ChildValues(object.Space, "id")
	}
	d.Object = strings.Join(names, ",")
	return d
}

// withClTRID puts a clTRID at the end of the command, where the schema wants it,
// with the prefix that the command is written with.
func withClTRID(doc []byte, cmd *epp.Element, id string) []byte {
	end := bytes.Index(doc, cmd.Raw) + bytes.LastIndex(cmd.Raw, []byte("</"))
	prefix := ""
	if name, _, ok := strings.Cut(rawName(cmd.Raw), ":"); ok {
		prefix = name + ":"
	}
	return fmt.Appendf(nil, "%s<%sclTRID>%s</%sclTRID>%s", doc[:end], prefix, id, prefix, doc[end:])
}

func carries(frame []byte, clTRID string) bool {
	root, err := epp.ParseElement(frame)
	return err == nil && root.Child(epp.Namespace, "command").ChildValue(epp.Namespace, "clTRID") == clTRID
}

// rawName returns prefix:local of the first tag of an element.
func rawName(raw []byte) string {
	tok, err := xml.NewDecoder(bytes.NewReader(raw)).RawToken()
	if err != nil {
		return "" // the element was read before
	}
	start, ok := tok.(xml.StartElement)
	if !ok || start.Name.Space == "" {
		return ""
	}
	return start.Name.Space + ":" + start.Name.Local
}
