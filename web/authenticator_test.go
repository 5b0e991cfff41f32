package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"github.com/indera/indera/web"
)

// site is where the houses of passkey tests are reached.
func site(o *web.Options) {
	o.Hosts = []string{"127.0.0.1"}
	o.PublicURL = strings.Replace(o.PublicURL, "127.0.0.1", "localhost", 1)
}

// authenticator is a security key in software, with the browser around it. Its
// fields are what an attacker would bend.
type authenticator struct {
	h        *house
	key      *ecdsa.PrivateKey
	id       []byte
	handle   []byte
	count    uint32
	verifies bool   // tells that it verified the person
	origin   string // "" = that of the site
	rpID     string // "" = localhost
}

func (h *house) authenticator() *authenticator {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	h.must(err)
	id := make([]byte, 32)
	_, err = rand.Read(id)
	h.must(err)
	return &authenticator{h: h, key: key, id: id, verifies: true}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *authenticator) client(kind, challenge string) []byte {
	origin := a.origin
	if origin == "" {
		origin = strings.Replace(a.h.url, "127.0.0.1", "localhost", 1)
	}
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false})
	a.h.must(err)
	return b
}

// data is the authenticator data (WebAuthn §6.1) with the flags UP, UV and more.
func (a *authenticator) data(flags byte) []byte {
	rp := a.rpID
	if rp == "" {
		rp = "localhost"
	}
	hash := sha256.Sum256([]byte(rp))
	if a.verifies {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(hash[:], flags|0x01), a.count)
}

// create answers navigator.credentials.create.
func (a *authenticator) create(options creation) string {
	h := a.h
	handle, err := base64.RawURLEncoding.DecodeString(options.User.ID)
	h.must(err)
	a.handle = handle
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	h.must(err)
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	h.must(err)
	data := append(a.data(0x40), make([]byte, 16)...) // attested credential data, AAGUID zero
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	h.must(err)
	return a.answer(map[string]any{"clientDataJSON": b64(a.client("webauthn.create", options.Challenge)), "attestationObject": b64(object), "transports": []string{"usb"}})
}

// get answers navigator.credentials.get.
func (a *authenticator) get(options request) string {
	client, data := a.client("webauthn.get", options.Challenge), a.data(0)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	a.h.must(err)
	return a.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(a.handle)})
}

func (a *authenticator) answer(response map[string]any) string {
	b, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	a.h.must(err)
	return string(b)
}

// creation and request are what the server asks for.
type creation struct {
	Challenge          string
	RP                 struct{ ID, Name string }
	User               struct{ ID, Name string }
	ExcludeCredentials []struct{ ID string }
}

type request struct {
	Challenge        string
	RPID             string `json:"rpId"`
	UserVerification string
	AllowCredentials []struct{ ID string }
}

// begin asks for a challenge.
func begin[T creation | request](p *person, path string) T {
	p.h.t.Helper()
	res := p.post(path, nil).is(http.StatusOK)
	var options T
	p.h.must(json.Unmarshal([]byte(res.Body), &options))
	return options
}

// keep adds a passkey to the account of who is signed in.
func (p *person) keep(a *authenticator, name string) answer { return p.keepAt("", a, name) }

func (p *person) keepAt(door string, a *authenticator, name string) answer {
	p.h.t.Helper()
	a.count++
	path := door + "/security/passkeys"
	return p.post(path, url.Values{"name": {name}, "passkey": {a.create(begin[creation](p, path+"/begin"))}})
}

// enterBy signs in by a passkey alone.
func (p *person) enterBy(a *authenticator) answer { return p.enterAt("", a) }

func (p *person) enterAt(door string, a *authenticator) answer {
	p.h.t.Helper()
	return p.answers(a, door+"/sign-in/passkey")
}

// answers asks for a challenge and answers it.
func (p *person) answers(a *authenticator, path string) answer {
	p.h.t.Helper()
	a.count++
	return p.post(path, url.Values{"passkey": {a.get(begin[request](p, path+"/begin"))}})
}
