package epp

import (
	"fmt"
	"strconv"
	"strings"
)

// Response is the answer to a command (RFC 5730 §2.6).
type Response struct {
	Results    []Result // at least one
	MsgQ       *MsgQ    // hint that messages wait; nil when absent
	ResData    []*Element
	Extensions []*Element // all of them, known or not
	ClTRID     string     // "" when the server left it out
	SvTRID     string
	// Raw is the frame as received. It may hold secrets: not for logs.
	Raw     []byte
	objects Objects
}

// Result is one outcome. A success has exactly one.
type Result struct {
	Code      int
	Message   string // in the session's language; never decide by it
	Values    []*Element
	ExtValues []ExtValue
}

// ExtValue is an offending value with the server's reason. In a success it
// carries data of a namespace not logged in with (RFC 9038 §3), not an error.
type ExtValue struct {
	Value  *Element
	Reason string
}

// MsgQ tells about the message queue (RFC 5730 §2.6).
type MsgQ struct {
	Count int
	ID    string
	Date  Time
	Msg   string
}

// ResultError is a refusal: the server's answer with a 2xxx code.
type ResultError struct {
	Code    int
	Message string
	Reasons []string // extValue reasons, for support
	ClTRID  string
	SvTRID  string
}

func (e *ResultError) Error() string {
	s := fmt.Sprintf("server answered %d %s", e.Code, e.Message)
	if len(e.Reasons) > 0 {
		s += " (" + strings.Join(e.Reasons, "; ") + ")"
	}
	return s
}

// Decode reads a response frame. Errors: *SyntaxError; *MissingError when it
// is no response or carries no readable result, so that nothing can be said of
// the command's outcome.
func (c Codec) Decode(frame []byte) (*Response, error) {
	root, err := parse(frame)
	if err != nil {
		return nil, err
	}
	c.objects().rename(root)
	r := root.Child(Namespace, "response")
	if !root.Is(Namespace, "epp") || r == nil {
		return nil, &MissingError{Element: "response"}
	}
	trID := r.Child(Namespace, "trID")
	resp := &Response{
		ClTRID:  trID.ChildValue(Namespace, "clTRID"),
		SvTRID:  trID.ChildValue(Namespace, "svTRID"),
		MsgQ:    decodeMsgQ(r.Child(Namespace, "msgQ")),
		Raw:     frame,
		objects: c.objects(),
	}
	for _, el := range r.All(Namespace, "result") {
		code, err := strconv.Atoi(el.Attr("code"))
		if err != nil || code < 1000 || code > 2999 {
			return nil, &MissingError{Element: "result with a code"}
		}
		resp.Results = append(resp.Results, decodeResult(code, el))
	}
	if len(resp.Results) == 0 {
		return nil, &MissingError{Element: "result"}
	}
	if el := r.Child(Namespace, "resData"); el != nil {
		resp.ResData = el.Children
	}
	for _, el := range r.All(Namespace, "extension") {
		resp.Extensions = append(resp.Extensions, el.Children...)
	}
	return resp, nil
}

func decodeResult(code int, el *Element) Result {
	res := Result{Code: code, Message: el.ChildValue(Namespace, "msg")}
	res.Values = append(res.Values, el.All(Namespace, "value")...)
	for _, x := range el.All(Namespace, "extValue") {
		res.ExtValues = append(res.ExtValues, ExtValue{
			Value:  x.Child(Namespace, "value"),
			Reason: x.ChildValue(Namespace, "reason"),
		})
	}
	return res
}

func decodeMsgQ(el *Element) *MsgQ {
	if el == nil {
		return nil
	}
	count, err := strconv.Atoi(el.Attr("count"))
	if err != nil {
		count = 0 // only a hint (RFC 5730 §2.6): the poll itself tells
	}
	return &MsgQ{
		Count: count,
		ID:    el.Attr("id"),
		Date:  ParseTime(el.ChildValue(Namespace, "qDate")),
		Msg:   el.Child(Namespace, "msg").Mixed(),
	}
}

// Code returns the code of the first result.
func (r *Response) Code() int { return r.Results[0].Code }

// Err returns nil for a success, else a *ResultError.
func (r *Response) Err() error {
	// Success and failure never mix (RFC 5730 §2.6); if a server does mix them,
	// the failure counts, because nobody can build on such a success.
	for _, res := range r.Results {
		if Success(res.Code) {
			continue
		}
		return &ResultError{
			Code: res.Code, Message: res.Message, Reasons: r.reasons(),
			ClTRID: r.ClTRID, SvTRID: r.SvTRID,
		}
	}
	return nil
}

func (r *Response) reasons() []string {
	var out []string
	for _, res := range r.Results {
		for _, x := range res.ExtValues {
			if x.Reason != "" {
				out = append(out, x.Reason)
			}
		}
	}
	return out
}

// Unhandled returns the data that a success carries for namespaces the session
// did not log in with (RFC 9038 §3).
func (r *Response) Unhandled() []*Element {
	var out []*Element
	for _, res := range r.Results {
		if !Success(res.Code) {
			continue
		}
		for _, x := range res.ExtValues {
			if x.Value != nil {
				out = append(out, x.Value.Children...)
			}
		}
	}
	return out
}

// Data returns the resData element of this name, also when the server moved it
// because the session did not log in with its namespace (RFC 9038 §3.1). Error:
// *MissingError.
func (r *Response) Data(space, local string) (*Element, error) {
	if el := find(r.ResData, space, local); el != nil {
		return el, nil
	}
	if el := find(r.Unhandled(), space, local); el != nil {
		return el, nil
	}
	return nil, &MissingError{Element: local}
}

// Extension returns the extension element of this name, or nil. It may have
// been moved as Data says (RFC 9038 §3.2).
func (r *Response) Extension(space, local string) *Element {
	if el := find(r.Extensions, space, local); el != nil {
		return el
	}
	return find(r.Unhandled(), space, local)
}

// Objects returns the object namespaces the response was read with.
func (r *Response) Objects() Objects { return r.objects }

func find(list []*Element, space, local string) *Element {
	for _, el := range list {
		if el.Is(space, local) {
			return el
		}
	}
	return nil
}
