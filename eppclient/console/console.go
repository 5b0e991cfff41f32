// Package console lets a person speak to a registry in plain words, over the
// account's own session pool: "check example.shop", "info contact X", "poll".
// It looks only, unless writing was asked for; then each command with an effect
// is reported before it leaves and after it was answered. What it returns is
// masked: no password and no transfer code is ever in an answer.
package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/eppclient/transcript"
)

// Exchanger runs commands; *pool.Pool is one.
type Exchanger interface {
	Exchange(ctx context.Context, prio pool.Priority, req session.Request) (*epp.Response, error)
	Hello(ctx context.Context, prio pool.Priority) (epp.Greeting, error)
	Greeting() (g epp.Greeting, ok bool)
}

var _ Exchanger = (*pool.Pool)(nil)

// Options say whose console it is and what it may do.
type Options struct {
	Pool    Exchanger
	Objects epp.Objects // object namespaces of the account; zero = those of the RFCs
	// Write lets commands with an effect through. Evidence must be set then.
	Write    bool
	Evidence Evidence
	// Name turns a domain or host name as typed into the one sent; nil = as typed.
	Name func(typed string) (string, error)
	// ReadFile reads a frame for raw; nil = raw is refused.
	ReadFile func(path string) ([]byte, error)
	// Secret asks for a transfer code without showing it; nil = commands that need
	// one are refused.
	Secret func(what string) (epp.Secret, error)
	// Facts tells what the account can do, for the word capabilities.
	Facts func() []Fact
}

// Evidence keeps what a person did.
type Evidence interface {
	// Sending is called before the first byte leaves; its error stops the command.
	Sending(ctx context.Context, act Act) error
	// Sent tells what became of it.
	Sent(ctx context.Context, act Act, answer Answer, err error) error
}

// Act is one command with an effect.
type Act struct {
	epp.Description
	ClTRID  string
	Request []byte // masked
	Message []byte // masked; the message that an acknowledgement takes off the queue
}

// Fact is one line of a table.
type Fact struct{ Name, Value string }

// Answer is what came of one line.
type Answer struct {
	Line    string
	Said    []string // the answer in plain words
	Facts   []Fact
	Code    int // 0 where nothing was exchanged, and for a greeting
	Message string
	Reasons []string
	ClTRID  string
	SvTRID  string
	// Request and Response are masked frames; nil where there were none.
	Request, Response []byte
	Took              time.Duration
}

// OK reports whether the registry did what was asked, or nothing was asked of it.
func (a Answer) OK() bool { return a.Code == 0 || epp.Success(a.Code) }

// UsageError says what is wrong with a line; nothing was sent.
type UsageError struct{ Text string }

// Error returns the sentence.
func (e *UsageError) Error() string { return e.Text }

// ReadOnlyError says that a line has an effect and the console only looks.
type ReadOnlyError struct{ What string }

// Error returns the sentence.
func (e *ReadOnlyError) Error() string {
	return e.What + " changes something at the registry, and this console only looks: nothing was sent"
}

func wrong(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// Console runs lines. It is safe for concurrent use when its options are.
type Console struct{ opt Options }

// New returns a console.
func New(opt Options) (*Console, error) {
	if opt.Pool == nil {
		return nil, errors.New("console: a pool is required")
	}
	if opt.Write && opt.Evidence == nil {
		return nil, errors.New("console: writing without evidence is not possible")
	}
	if opt.Objects == (epp.Objects{}) {
		opt.Objects = epp.Standard
	}
	return &Console{opt}, nil
}

// maxLine bounds what one line may hold.
const maxLine = 4000

// Run runs one line. Errors: *UsageError, *ReadOnlyError, those of the pool, and
// those of Evidence. A refusal by the registry is an Answer, not an error; the
// answer has what was sent even where an error says that no reply came.
func (c *Console) Run(ctx context.Context, line string) (Answer, error) {
	answer := Answer{Line: strings.TrimSpace(line)}
	if len(line) > maxLine {
		return Answer{}, wrong("a line has at most %d characters", maxLine)
	}
	words := strings.Fields(line)
	if len(words) == 0 {
		return answer, wrong("type a command, or help")
	}
	w, ok := find(words[0])
	if !ok {
		return answer, wrong("%q is no command; help lists them", transcript.Printable(words[0]))
	}
	return w.run(c, ctx, words[1:], answer)
}

// Check says whether a line is one that Run would try, without sending anything.
// It reads no file and asks no secret.
func (c *Console) Check(line string) error {
	words := strings.Fields(line)
	if len(words) == 0 || len(line) > maxLine {
		return wrong("no command")
	}
	w, ok := find(words[0])
	if !ok {
		return wrong("%q is no command", transcript.Printable(words[0]))
	}
	if w.build == nil {
		return nil
	}
	quiet := Console{c.opt}
	quiet.opt.Secret = func(string) (epp.Secret, error) { return "", nil }
	_, err := w.build(&quiet, words[1:])
	return err
}

// exchange sends one command and fills the answer.
func (c *Console) exchange(ctx context.Context, answer Answer, req session.Request, act Act) (Answer, error) {
	act.Description = req.Command.Describe()
	if !act.ReadOnly() && !c.opt.Write {
		return answer, &ReadOnlyError{What: act.String()}
	}
	if req.ClTRID == "" {
		req.ClTRID = session.NewClTRID()
	}
	if req.Frame == nil {
		var err error
		if req.Frame, err = (epp.Codec{Objects: c.opt.Objects}).Encode(req.Command, req.ClTRID, req.Extensions...); err != nil {
			return answer, wrong("%v", err)
		}
	}
	masked, secrets := transcript.Secrets(req.Frame)
	answer.ClTRID, answer.Request = req.ClTRID, masked
	act.ClTRID, act.Request = req.ClTRID, masked
	if !act.ReadOnly() {
		req.BeforeSend = func(ctx context.Context) error { return c.opt.Evidence.Sending(ctx, act) }
	}
	start := time.Now()
	resp, err := c.opt.Pool.Exchange(ctx, pool.Bulk, req)
	answer.Took = time.Since(start)
	if resp != nil {
		answer.Code, answer.SvTRID = resp.Code(), resp.SvTRID
		answer.Response = transcript.MaskAnswer(resp.Raw, secrets)
		answer.tell(resp, c.opt.Objects)
	}
	var notSent *session.NotSent
	if !act.ReadOnly() && !(errors.As(err, &notSent) && !notSent.HookDone) {
		err = errors.Join(err, c.opt.Evidence.Sent(context.WithoutCancel(ctx), act, answer, err))
	}
	return answer, err
}

// tell puts the reply in plain words.
func (a *Answer) tell(resp *epp.Response, objects epp.Objects) {
	for _, r := range resp.Results {
		if a.Message == "" {
			a.Message = r.Message
		}
		for _, x := range r.ExtValues {
			if x.Reason != "" {
				a.Reasons = append(a.Reasons, x.Reason)
			}
		}
	}
	if !a.OK() {
		return
	}
	for space, key := range map[string]string{objects.Domain: "name", objects.Host: "name", objects.Contact: "id"} {
		if items, err := resp.CheckDataOf(space, key); err == nil { // else the answer is about something else
			a.checked(items)
		}
	}
	if t, err := resp.Data(objects.Domain, "trnData"); err == nil {
		a.Said = append(a.Said, fmt.Sprintf("transfer: %s, asked by %s, to be answered by %s", t.ChildValue(objects.Domain, "trStatus"),
			t.ChildValue(objects.Domain, "reID"), t.ChildValue(objects.Domain, "acID")))
	}
	if q := resp.MsgQ; q != nil && q.ID != "" {
		a.Said = append(a.Said, strings.TrimSuffix(fmt.Sprintf("message %s, %d in the queue: %s", q.ID, q.Count, q.Msg), ": "))
	}
}

func (a *Answer) checked(items epp.CheckResult) {
	for _, item := range items {
		said := item.Name + ": "
		switch {
		case item.Available:
			said += "available"
		case item.Reason != "":
			said += "not available (" + item.Reason + ")"
		default:
			said += "not available"
		}
		a.Said = append(a.Said, said)
	}
}
