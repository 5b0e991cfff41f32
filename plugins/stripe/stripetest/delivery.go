package stripetest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Delivery is a webhook delivery that can be bent before it is sent.
type Delivery struct {
	Event   string // id
	Type    string
	Object  map[string]any
	Version string
	Live    bool
	Secret  string
	At      time.Time // of the signature
}

// Delivery returns a delivery about a session as it is now.
func (s *Server) Delivery(kind, sessionID string) Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := Delivery{Event: fmt.Sprintf("evt_%d_%s", len(s.made), kind), Type: kind, Version: Version, Secret: WebhookSecret, At: s.clock.Now()}
	if one, ok := s.sessions[sessionID]; ok {
		if d.Object = s.show(one, ""); strings.HasPrefix(kind, "charge.") || strings.HasPrefix(kind, "refund.") {
			d.Object = one.aboutReturn(kind)
		}
	}
	return d
}

// Body is the event as it is sent.
func (d Delivery) Body() []byte {
	b, err := json.Marshal(map[string]any{
		"id": d.Event, "object": "event", "api_version": d.Version, "type": d.Type, "livemode": d.Live, "created": d.At.Unix(),
		"data": map[string]any{"object": d.Object},
	})
	if err != nil {
		panic(err) // a test gave an object that JSON has no words for
	}
	return b
}

// Sign returns the value of Stripe-Signature for a body.
func Sign(body []byte, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// Signed returns header and body as they are sent.
func (d Delivery) Signed() (http.Header, []byte) {
	body := d.Body()
	return http.Header{"Stripe-Signature": {Sign(body, d.Secret, d.At)}, "Content-Type": {"application/json"}}, body
}

// Send delivers to an address and returns the status of the answer.
func (d Delivery) Send(to string) (int, error) {
	header, body := d.Signed()
	req, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
