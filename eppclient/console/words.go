package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
)

// word is a first word of a line and what follows from it.
type word struct {
	name  string
	usage string
	help  string
	write bool // some of its forms have an effect
	// build reads the words after the first and makes the command; nil where the
	// word is no command of EPP.
	build func(c *Console, args []string) (epp.Command, error)
	run   func(c *Console, ctx context.Context, args []string, answer Answer) (Answer, error)
}

// words returns all first words in the order of the help.
func words() []word {
	command := func(name, usage, help string, write bool, build func(*Console, []string) (epp.Command, error)) word {
		return word{name, usage, help, write, build, func(c *Console, ctx context.Context, args []string, answer Answer) (Answer, error) {
			cmd, err := build(c, args)
			if err != nil {
				return answer, err
			}
			if ack, ok := cmd.(epp.PollAck); ok {
				return c.acknowledge(ctx, ack, answer)
			}
			return c.exchange(ctx, answer, session.Request{Command: cmd}, Act{})
		}}
	}
	return []word{
		command("check", "check [domain|host|contact] NAME…", "whether names can be had; without a kind: domains", false, check),
		command("info", "info [domain|host|contact] NAME [auth]", "all that the registry tells; auth asks for the transfer code, unseen", false, info),
		command("transfer", "transfer query|request|approve|reject|cancel [domain|contact] NAME [years=N] [auth]", "how a transfer stands; the other forms change it", true, transfer),
		command("poll", "poll [ack ID]", "the oldest message; ack takes it off the queue", true, poll),
		{"raw", "raw FILE", "sends a frame from a file, after looking that it is well-formed", true, nil, (*Console).raw},
		{"hello", "hello", "asks for a greeting", false, nil, (*Console).hello},
		{"greeting", "greeting", "the greeting that is known, without asking", false, nil, (*Console).greeting},
		{"capabilities", "capabilities", "what the account can do with this registry", false, nil, (*Console).capabilities},
		command("renew", "renew NAME from=YYYY-MM-DD [years=N]", "renews a domain that now ends on that day; costs money", true, renew),
		command("status", "status add|remove NAME STATUS…", "sets or takes off client statuses of a domain", true, status),
		command("delete", "delete domain|host|contact NAME", "deletes an object", true, remove),
		{"help", "help [COMMAND]", "this list", false, nil, (*Console).help},
	}
}

func find(name string) (word, bool) {
	for _, w := range words() {
		if w.name == strings.ToLower(name) {
			return w, true
		}
	}
	return word{}, false
}

// kinds of objects, as typed and as EPP calls them.
var kinds = []string{"domain", "host", "contact"}

// kindOf takes the kind off the words; without one it is a domain.
func kindOf(args []string) (kind string, rest []string) {
	if len(args) > 0 && slices.Contains(kinds, strings.ToLower(args[0])) {
		return strings.ToLower(args[0]), args[1:]
	}
	return "domain", args
}

// named makes the names that are sent of those typed.
func (c *Console) named(kind string, typed ...string) ([]string, error) {
	out := slices.Clone(typed)
	if kind == "contact" || c.opt.Name == nil {
		return out, nil
	}
	for i, n := range typed {
		var err error
		if out[i], err = c.opt.Name(n); err != nil {
			return nil, wrong("%s: %v", n, err)
		}
	}
	return out, nil
}

// one is named for exactly one name.
func (c *Console) one(kind, usage string, args []string) (string, error) {
	if len(args) != 1 {
		return "", wrong("usage: %s", usage)
	}
	names, err := c.named(kind, args[0])
	if err != nil {
		return "", err
	}
	return names[0], nil
}

// secret takes a closing "auth" off the words and asks for the code. A code is
// never typed on the line, which is shown and remembered.
func (c *Console) secret(args []string, what string) (rest []string, code epp.Secret, err error) {
	for _, a := range args {
		if low := strings.ToLower(a); strings.HasPrefix(low, "auth=") || strings.HasPrefix(low, "pw=") {
			return nil, "", wrong("a code is not typed on the line, where it could be seen: end the line with auth, and it is asked for")
		}
	}
	if len(args) == 0 || strings.ToLower(args[len(args)-1]) != "auth" {
		return args, "", nil
	}
	if c.opt.Secret == nil {
		return nil, "", wrong("a transfer code can't be taken here")
	}
	code, err = c.opt.Secret(what)
	if err != nil {
		return nil, "", wrong("asking for the code: %v", err)
	}
	return args[:len(args)-1], code, nil
}

// number takes "name=value" off the words; def where it is absent.
func number(args []string, name string, def int) (rest []string, n int, err error) {
	n = def
	for _, a := range args {
		value, ok := strings.CutPrefix(strings.ToLower(a), name+"=")
		if !ok {
			rest = append(rest, a)
			continue
		}
		if n, err = strconv.Atoi(value); err != nil || n < 1 || n > 99 {
			return nil, 0, wrong("%s: a number from 1 to 99", name)
		}
	}
	return rest, n, nil
}

func check(c *Console, args []string) (epp.Command, error) {
	kind, args := kindOf(args)
	if len(args) == 0 {
		return nil, wrong("usage: %s", usageOf("check"))
	}
	names, err := c.named(kind, args...)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "host":
		return epp.HostCheck{Names: names}, nil
	case "contact":
		return epp.ContactCheck{IDs: names}, nil
	}
	return epp.DomainCheck{Names: names}, nil
}

func info(c *Console, args []string) (epp.Command, error) {
	kind, args := kindOf(args)
	args, code, err := c.secret(args, "transfer code")
	if err != nil {
		return nil, err
	}
	name, err := c.one(kind, usageOf("info"), args)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "host":
		if code != "" {
			return nil, wrong("a host has no code")
		}
		return epp.HostInfo{Name: name}, nil
	case "contact":
		return epp.ContactInfo{ID: name, AuthInfo: code}, nil
	}
	return epp.DomainInfo{Name: name, AuthInfo: code}, nil
}

// transferOps are the second words of transfer.
var transferOps = []epp.TransferOp{epp.TransferQuery, epp.TransferRequest, epp.TransferApprove, epp.TransferReject, epp.TransferCancel}

func transfer(c *Console, args []string) (epp.Command, error) {
	if len(args) == 0 || !slices.Contains(transferOps, epp.TransferOp(strings.ToLower(args[0]))) {
		return nil, wrong("usage: %s", usageOf("transfer"))
	}
	op := epp.TransferOp(strings.ToLower(args[0]))
	kind, args := kindOf(args[1:])
	if kind == "host" {
		return nil, wrong("hosts are not transferred: they go with their domain")
	}
	if op != epp.TransferQuery && !c.opt.Write {
		return nil, &ReadOnlyError{What: "transfer " + string(op)}
	}
	args, code, err := c.secret(args, "transfer code")
	if err != nil {
		return nil, err
	}
	args, years, err := number(args, "years", 0)
	if err != nil {
		return nil, err
	}
	name, err := c.one(kind, usageOf("transfer"), args)
	if err != nil {
		return nil, err
	}
	if kind == "contact" {
		return epp.ContactTransfer{Op: op, ID: name, AuthInfo: code}, nil
	}
	return epp.DomainTransfer{Op: op, Name: name, AuthInfo: code, Period: period(years)}, nil
}

func period(years int) epp.Period {
	if years == 0 {
		return epp.Period{}
	}
	return epp.Period{Value: years, Unit: "y"}
}

func poll(_ *Console, args []string) (epp.Command, error) {
	switch {
	case len(args) == 0:
		return epp.PollRequest{}, nil
	case len(args) == 2 && strings.ToLower(args[0]) == "ack":
		return epp.PollAck{MessageID: args[1]}, nil
	}
	return nil, wrong("usage: %s", usageOf("poll"))
}

func renew(c *Console, args []string) (epp.Command, error) {
	args, years, err := number(args, "years", 1)
	if err != nil {
		return nil, err
	}
	from := ""
	var rest []string
	for _, a := range args {
		if value, ok := strings.CutPrefix(strings.ToLower(a), "from="); ok {
			from = value
			continue
		}
		rest = append(rest, a)
	}
	if _, err := time.Parse(time.DateOnly, from); err != nil {
		return nil, wrong("usage: %s; from is the day on which the domain now ends, so that it is not renewed twice", usageOf("renew"))
	}
	name, err := c.one("domain", usageOf("renew"), rest)
	if err != nil {
		return nil, err
	}
	return epp.DomainRenew{Name: name, CurExpDate: from, Period: period(years)}, nil
}

func status(c *Console, args []string) (epp.Command, error) {
	if len(args) < 3 {
		return nil, wrong("usage: %s", usageOf("status"))
	}
	name, err := c.one("domain", usageOf("status"), args[1:2])
	if err != nil {
		return nil, err
	}
	var items epp.DomainItems
	for _, s := range args[2:] {
		items.Statuses = append(items.Statuses, epp.Status{Value: s})
	}
	switch strings.ToLower(args[0]) {
	case "add":
		return epp.DomainUpdate{Name: name, Add: items}, nil
	case "remove":
		return epp.DomainUpdate{Name: name, Rem: items}, nil
	}
	return nil, wrong("usage: %s", usageOf("status"))
}

func remove(c *Console, args []string) (epp.Command, error) {
	if len(args) != 2 || !slices.Contains(kinds, strings.ToLower(args[0])) {
		return nil, wrong("usage: %s", usageOf("delete"))
	}
	kind, args := kindOf(args)
	name, err := c.one(kind, usageOf("delete"), args)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "host":
		return epp.HostDelete{Name: name}, nil
	case "contact":
		return epp.ContactDelete{ID: name}, nil
	}
	return epp.DomainDelete{Name: name}, nil
}

func usageOf(name string) string {
	w, _ := find(name)
	return w.usage
}

// acknowledge takes the oldest message off the queue, after it was read once
// more: the evidence holds it, because there is no way to see it again.
func (c *Console) acknowledge(ctx context.Context, ack epp.PollAck, answer Answer) (Answer, error) {
	if !c.opt.Write {
		return answer, &ReadOnlyError{What: ack.Describe().String()}
	}
	look, err := c.exchange(ctx, answer, session.Request{Command: epp.PollRequest{}}, Act{})
	if err != nil || !look.OK() {
		return look, err
	}
	if look.Code == epp.CodeNoMessages {
		return look, wrong("no message waits: nothing was acknowledged")
	}
	id, err := messageID(look.Response)
	if err != nil {
		return look, err
	}
	if id != ack.MessageID {
		return look, wrong("the oldest message is %s, not %s: nothing was acknowledged", id, ack.MessageID)
	}
	return c.exchange(ctx, answer, session.Request{Command: ack}, Act{Message: look.Response})
}

func messageID(frame []byte) (string, error) {
	resp, err := epp.Codec{}.Decode(frame)
	if err != nil {
		return "", fmt.Errorf("reading the message: %w", err)
	}
	if resp.MsgQ == nil || resp.MsgQ.ID == "" {
		return "", errors.New("the registry showed a message without an id: nothing was acknowledged")
	}
	return resp.MsgQ.ID, nil
}

func (c *Console) hello(ctx context.Context, args []string, answer Answer) (Answer, error) {
	if len(args) > 0 {
		return answer, wrong("usage: hello")
	}
	out, err := epp.EncodeHello()
	if err != nil {
		return answer, fmt.Errorf("writing hello: %w", err)
	}
	answer.Request = out
	start := time.Now()
	g, err := c.opt.Pool.Hello(ctx, pool.Bulk)
	answer.Took = time.Since(start)
	if err != nil {
		return answer, err
	}
	return answer.greeted(g), nil
}

func (c *Console) greeting(ctx context.Context, args []string, answer Answer) (Answer, error) {
	if len(args) > 0 {
		return answer, wrong("usage: greeting")
	}
	g, ok := c.opt.Pool.Greeting()
	if !ok {
		return c.hello(ctx, nil, answer) // no session was open yet
	}
	return answer.greeted(g), nil
}

func (a Answer) greeted(g epp.Greeting) Answer {
	a.Response = g.Raw
	a.Facts = []Fact{{"server", g.ServerID}, {"its time", g.ServerDate.Raw}, {"versions", strings.Join(g.Versions, " ")}, {"languages", strings.Join(g.Langs, " ")}}
	for _, uri := range g.Objects {
		a.Facts = append(a.Facts, Fact{"object", uri})
	}
	for _, uri := range g.Extensions {
		a.Facts = append(a.Facts, Fact{"extension", uri})
	}
	return a
}

func (c *Console) capabilities(ctx context.Context, args []string, answer Answer) (Answer, error) {
	if len(args) > 0 {
		return answer, wrong("usage: capabilities")
	}
	if _, ok := c.opt.Pool.Greeting(); !ok {
		if _, err := c.opt.Pool.Hello(ctx, pool.Bulk); err != nil {
			return answer, err // without a greeting they would be what we hope for
		}
	}
	if c.opt.Facts != nil {
		answer.Facts = c.opt.Facts()
	}
	return answer, nil
}

func (c *Console) help(_ context.Context, args []string, answer Answer) (Answer, error) {
	for _, w := range words() {
		if len(args) == 1 && w.name != strings.ToLower(args[0]) {
			continue
		}
		text := w.help
		if w.write && !c.opt.Write {
			text += " (what changes something is refused here)"
		}
		answer.Facts = append(answer.Facts, Fact{w.usage, text})
	}
	if answer.Facts == nil {
		return answer, wrong("%q is no command; help lists them", args[0])
	}
	return answer, nil
}
