package house

import (
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/templates/mail"
)

var _ registrar.Letters = (*mail.Letters)(nil)

// TestEngineFindsItsLetters renders every mail that the engine writes, with
// the values it gives.
func TestEngineFindsItsLetters(t *testing.T) {
	letters, err := mail.New(mail.Sender{Registrar: "R", PortalURL: "https://p.example", AdminURL: "https://p.example/admin"})
	if err != nil {
		t.Fatal(err)
	}
	expires := time.Now()
	operation := map[string]any{
		"Customer": "C", "Domain": "d.example", "Kind": "register", "Failure": "F", "Operation": "op_1", "Order": "ord_1",
		"Charged": true, "ExpiresAt": &expires, "NameServers": []string{"ns1.example"},
	}
	wanted := map[string]map[string]any{
		"operation_failed":  operation,
		"needs_review":      {"Domain": "d.example", "Command": "cmd_1", "Note": "N"},
		"registry_no_funds": {"Registry": "a"},
	}
	for _, kind := range []registrar.EventKind{registrar.EventDomainRegistered, registrar.EventDomainRenewed, registrar.EventNameServersChanged} {
		wanted[strings.ReplaceAll(string(kind), ".", "_")] = operation
	}
	for name, data := range wanted {
		if _, _, _, err := letters.Render(name, "en", data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
