package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

// Host is a name server below a name of the account.
type Host struct {
	Name      string     `json:"name" example:"ns1.brand.shop"`
	Addresses []string   `json:"addresses" nullable:"false" doc:"Glue: IPv4 and IPv6."`
	CreatedAt time.Time  `json:"created_at"`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
}

func hostOf(h registrar.Host) Host {
	return Host{Name: h.Name, Addresses: list(h.Addresses), CreatedAt: h.CreatedAt, ChangedAt: h.ChangedAt}
}

// HostList is all hosts below a name.
type HostList struct {
	Hosts []Host `json:"hosts" nullable:"false" doc:"By name."`
}

// HostRequest sets a host.
type HostRequest struct {
	Addresses []string `json:"addresses" minItems:"1" maxItems:"13" nullable:"false" doc:"All addresses of the host; public ones only."`
	Name      string   `json:"name,omitempty" maxLength:"255" doc:"New name below the same domain; refused while any name uses the host."`
}

// HostPath is a host in a path.
type HostPath struct {
	Host string `path:"host" maxLength:"255" example:"ns1.brand.shop" doc:"Host name below the domain."`
}

type hostsOutput struct{ Body HostList }

type hostInput struct {
	NamePath
	HostPath
}

type hostOutput struct{ Body Host }

type setHostInput struct {
	KeyHeader
	NamePath
	HostPath
	Body HostRequest
}

type deleteHostInput struct {
	KeyHeader
	NamePath
	HostPath
}

var hostFields = fieldPaths{"name": "path.name", "host": "path.host"}

func (s *server) hosts(ctx context.Context, in *NamePath) (*hostsOutput, error) {
	hosts, err := s.opt.Engine.Hosts(ctx, sessionOf(ctx).token.CustomerID, in.Name)
	if err != nil {
		return nil, s.problem(ctx, err, hostFields)
	}
	out := &hostsOutput{Body: HostList{Hosts: make([]Host, 0, len(hosts))}}
	for _, h := range hosts {
		out.Body.Hosts = append(out.Body.Hosts, hostOf(h))
	}
	return out, nil
}

func (s *server) host(ctx context.Context, in *hostInput) (*hostOutput, error) {
	h, err := s.opt.Engine.HostOf(ctx, sessionOf(ctx).token.CustomerID, in.Name, in.Host)
	if err != nil {
		return nil, s.problem(ctx, err, hostFields)
	}
	return &hostOutput{Body: hostOf(h)}, nil
}

func (s *server) setHost(ctx context.Context, in *setHostInput) (*operationAnswer, error) {
	who := sessionOf(ctx)
	op, err := s.opt.Engine.SetHost(ctx, who.actor(), who.token.CustomerID, registrar.HostRequest{
		Domain: in.Name, Host: in.Host, Addresses: in.Body.Addresses, NewName: in.Body.Name, Key: in.key(ctx),
	})
	if err != nil {
		return nil, s.problem(ctx, err, hostFields)
	}
	return s.answerOperation(ctx, op)
}

func (s *server) deleteHost(ctx context.Context, in *deleteHostInput) (*operationAnswer, error) {
	who := sessionOf(ctx)
	op, err := s.opt.Engine.DeleteHost(ctx, who.actor(), who.token.CustomerID, in.Name, in.Host, in.key(ctx))
	if err != nil {
		return nil, s.problem(ctx, err, hostFields)
	}
	return s.answerOperation(ctx, op)
}

func exampleHost() Host {
	return Host{Name: "ns1.brand.shop", Addresses: []string{"192.0.2.1", "2001:db8::1"}, CreatedAt: exampleTime}
}

func exampleHostOperation(kind, verb string) Operation {
	op := exampleOperation()
	op.Kind, op.OrderID, op.Commands = kind, "", []Command{{verb, "ns1.brand.shop", "done", 1000}}
	return op
}

func (s *server) hostsOp() huma.Operation {
	op := huma.Operation{
		OperationID: "list-hosts", Method: http.MethodGet, Path: "/domains/{name}/hosts", Summary: "List hosts below a domain",
		Description: "The name servers below the name that exist at the registry, or are on their way there.",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Hosts"}, Errors: []int{401, 403, 404, 429, 503},
	}
	return withExamples(op, nil, HostList{Hosts: []Host{exampleHost()}})
}

func (s *server) hostOp() huma.Operation {
	op := huma.Operation{
		OperationID: "get-host", Method: http.MethodGet, Path: "/domains/{name}/hosts/{host}", Summary: "Show a host",
		Description: "One name server below the name, with its addresses (glue).",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Hosts"}, Errors: []int{401, 403, 404, 429, 503},
	}
	return withExamples(op, nil, exampleHost())
}

func (s *server) setHostOp() huma.Operation {
	op := huma.Operation{
		OperationID: "set-host", Method: http.MethodPut, Path: "/domains/{name}/hosts/{host}", Summary: "Create or change a host",
		Description: "Sets a name server below the domain with its addresses (glue). Afterwards any name can use it as a name server. It costs nothing.",
		Security:    needs(registrar.ScopeDomainsWrite), Tags: []string{"Hosts"}, DefaultStatus: http.StatusOK, Errors: changeErrors,
	}
	return withExamples(op, HostRequest{Addresses: []string{"192.0.2.1", "2001:db8::1"}}, exampleHostOperation("host", "host:create"))
}

func (s *server) deleteHostOp() huma.Operation {
	op := huma.Operation{
		OperationID: "delete-host", Method: http.MethodDelete, Path: "/domains/{name}/hosts/{host}", Summary: "Delete a host",
		Description: "Refused while any name uses it as a name server (host_in_use).",
		Security:    needs(registrar.ScopeDomainsWrite), Tags: []string{"Hosts"}, DefaultStatus: http.StatusOK, Errors: changeErrors,
	}
	return withExamples(op, nil, exampleHostOperation("host_delete", "host:delete"))
}
