package mail

import (
	"io/fs"
	"strings"
	"testing"
	"time"
)

var sender = Sender{Registrar: "Example Registrar", PortalURL: "https://portal.example", AdminURL: "https://portal.example/admin", Sandbox: true}

func sample() map[string]any {
	expires := time.Date(2027, 11, 23, 8, 0, 0, 0, time.UTC)
	return map[string]any{
		"Customer": "Zoë <Ltd>", "Registrar": "registrar-x", "Until": "2 Jan 2027, 15:04 UTC", "Domain": "münchen.com", "Kind": "register", "Failure": "It is taken.", "Operation": "op_1",
		"Order": "ord_1", "Charged": true, "ExpiresAt": &expires, "NameServers": []string{"ns1.example.net", "ns2.example.net"},
		"Payment": "pay_1", "Provider": "stripe", "Ref": "cs_test_1", "Registry": "sandbox-a", "Command": "cmd_1", "Note": "crDate lies outside the window",
		"Holder": "Zoë <Ltd>", "Price": "12.00 USD",
		"Policy": "errp", "Brake": "brk_1", "Notices": 300, "Names": 10_000, "Limit": 200, "Mirror": "FOSSBilling", "Purge": false, "Count": 2, "Missed": []string{"a.shop (week)", "b.shop (month)"},
		"From": "eve@example.org", "Message": "May I buy <it>?", "Name": "Zoë <Ltd>",
		"Email": "zoe@example.org", "New": "zoe@new.example", "At": expires, "Agent": "Firefox on Linux", "IP": "192.0.2.1",
		"Ticket": "TICKET-1", "Role": "technical", "What": "A passkey was added.", "Inviter": "Zoë <Ltd>",
		"URL": "https://hooks.example/in", "Description": "billing", "Webhook": "whk_1", "Gone": false, "Left": "Zoë <Ltd>", "Since": &expires, "Staff": false,
		"Paid": "12.00 USD", "Owed": "7.00 USD", "Receivable": "rcv_1", "User": "Zoë <Ltd>", "Reason": "She asked.", "EndsAt": expires,
	}
}

func letters(t *testing.T) *Letters {
	t.Helper()
	l, err := New(sender)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestEveryMailRenders goes through all files, so that a new one is covered by
// being there.
func TestEveryMailRenders(t *testing.T) {
	l := letters(t)
	names, err := fs.Glob(files, "en/*.txt")
	if err != nil || len(names) < 6 {
		t.Fatalf("mails = %v, %v", names, err)
	}
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "en/"), ".txt")
		t.Run(name, func(t *testing.T) {
			subject, text, html, err := l.Render(name, "de-AT", sample())
			if err != nil {
				t.Fatal(err)
			}
			if subject == "" || text == "" || !strings.HasPrefix(html, "<!doctype html>") {
				t.Errorf("subject %q\ntext %q\nhtml %q", subject, text, html)
			}
			for _, out := range []string{subject, text, html} {
				if strings.Contains(out, "<no value>") || strings.Contains(out, "ZgotmplZ") {
					t.Errorf("a value is missing: %s", out)
				}
			}
			if strings.Contains(html, "TICKET-1") != strings.Contains(text, "?ticket=TICKET-1") {
				t.Error("the ticket is in one of text and HTML only")
			}
			if strings.Contains(html, "<Ltd>") {
				t.Error("values are not escaped in HTML")
			}
			if !strings.Contains(html, "Sandbox: nothing in this mail is real.") {
				t.Error("the sandbox does not show")
			}
		})
	}
}

func TestFailureTellsKindAndMoney(t *testing.T) {
	l := letters(t)
	data := sample()
	data["Kind"], data["Charged"] = "nameservers", false
	subject, text, _, err := l.Render("operation_failed", "en", data)
	if err != nil {
		t.Fatal(err)
	}
	if subject != "The name servers of münchen.com could not be changed" || strings.Contains(text, "charged") || !strings.Contains(text, "It is taken.") {
		t.Errorf("subject %q text %q", subject, text)
	}
}

// TestEachKindIsNamed: no kind of operation is told of in another one's words.
func TestEachKindIsNamed(t *testing.T) {
	l := letters(t)
	kinds := map[string]int{"register": 1, "renew": 1, "nameservers": 1, "transfer_code_end": 1,
		"lock": 2, "unlock": 2, "transfer_code": 2, "delete": 2, "contacts": 2, "registrant": 2, "host": 2, "host_delete": 2, "contact": 2}
	seen := map[string]string{}
	for kind, mails := range kinds {
		for _, name := range []string{"operation_failed", "domain_changed"}[:mails] {
			data := sample()
			data["Kind"] = kind
			subject, text, html, err := l.Render(name, "en", data)
			if err != nil {
				t.Fatal(err)
			}
			if other := seen[subject]; other != "" || !strings.Contains(text, subject+".") {
				t.Errorf("%s of %s has the subject %q, which %s has", name, kind, subject, other)
			}
			seen[subject] = kind
			if strings.Contains(html, "{{") || strings.Contains(text, "{{") {
				t.Errorf("%s of %s: %s", name, kind, text)
			}
		}
	}
}

func TestUnknownExpiryIsSaid(t *testing.T) {
	data := sample()
	data["ExpiresAt"] = (*time.Time)(nil)
	_, text, _, err := letters(t).Render("domain_registered", "en", data)
	if err != nil || !strings.Contains(text, "not told yet") {
		t.Errorf("text %q, %v", text, err)
	}
}

func TestRenderRefuses(t *testing.T) {
	l := letters(t)
	if _, _, _, err := l.Render("no_such_mail", "en", sample()); err == nil {
		t.Error("an unknown mail was rendered")
	}
	data := sample()
	delete(data, "Domain")
	if _, _, _, err := l.Render("domain_registered", "en", data); err == nil {
		t.Error("a mail with a hole was rendered")
	}
	data = sample()
	data["Domain"] = "a\nBcc: x"
	if _, _, _, err := l.Render("domain_registered", "en", data); err == nil {
		t.Error("a subject of two lines was rendered")
	}
}
