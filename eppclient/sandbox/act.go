package sandbox

import (
	"context"
	"errors"
	"fmt"
)

// Act is an EPP command given for an account without a session: what another
// registrar does, for example ask for a transfer. All that the server offers is
// taken as chosen.
type Act struct {
	Account string `json:"account"`
	XML     string `json:"xml"` // a whole frame with a command on an object, or a poll
}

// Acted is the answer.
type Acted struct {
	Code int    `json:"code"`
	XML  string `json:"xml"`
}

// Act executes a command. Refusals are answers; errors are ErrNotFound for an
// unknown account, ErrInvalid for a frame that holds no such command, and what the
// database says.
func (s *Server) Act(ctx context.Context, a Act) (Acted, error) {
	if _, known := s.accounts[a.Account]; !known {
		return Acted{}, fmt.Errorf("account %q: %w", a.Account, ErrNotFound)
	}
	r, svTRID := s.registry, s.registry.newSvTRID()
	env, bad := r.decodeFrame([]byte(a.XML))
	if bad == nil && (env.hello || !isObjectVerb(env.verb)) {
		return Acted{}, fmt.Errorf("%w: not a command on an object", ErrInvalid)
	}
	who := caller{clientID: a.Account, objects: r.objectURIs(), extensions: r.extensionURIs()}
	var req *request
	if bad == nil {
		req, bad = r.decodeRequest(env, who)
	}
	if bad != nil {
		return Acted{Code: bad.code, XML: string(encodeRefusal(bad, env.clTRID, svTRID))}, nil
	}
	req.frame = []byte(a.XML)
	out, err := r.execute(ctx, who, env.clTRID, svTRID, req)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return Acted{Code: refused.code, XML: string(encodeRefusal(refused, env.clTRID, svTRID))}, nil
	case err != nil:
		return Acted{}, err
	}
	return Acted{Code: out.code, XML: string(encodeReply(out, env.clTRID, svTRID))}, nil
}
