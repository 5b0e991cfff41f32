package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

// control sends a request to the control port and decodes the answer into out.
func (f *fixture) control(wantStatus int, method, path, body string, out any) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, "http://"+f.srv.ControlAddr()+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	if resp.StatusCode != wantStatus {
		f.t.Fatalf("%s %s: %d, want %d: %s", method, path, resp.StatusCode, wantStatus, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			f.t.Fatalf("%s: %v", data, err)
		}
	}
}

func TestControlFaults(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	var added sandbox.Fault
	f.control(200, "POST", "/faults", `{"kind":"code","verb":"check","object":"domain","code":2400,"count":2}`, &added)
	if added.ID == 0 || added.Kind != sandbox.FaultCode {
		t.Fatalf("%+v", added)
	}
	c.want(2400, named("check", domainNS, "a.example"))
	var list []sandbox.Fault
	f.control(200, "GET", "/faults", "", &list)
	if len(list) != 1 || list[0].Hits != 1 || list[0].ID != added.ID {
		t.Fatalf("%+v", list)
	}
	f.control(200, "DELETE", "/faults", "", &list)
	if len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	c.want(1000, named("check", domainNS, "a.example"))
	f.control(400, "POST", "/faults", `{"kind":"explode"}`, nil)
	f.control(400, "POST", "/faults", `{"kind":"cut","typo":1}`, nil)
	f.control(400, "POST", "/faults", `{"kind":`, nil)
	f.control(400, "POST", "/faults", "", nil) // no Content-Type
	f.control(400, "POST", "/faults", `{"name":"`+strings.Repeat("x", 70_000)+`"}`, nil)
	f.control(404, "GET", "/nothing", "", nil)
	f.control(405, "PUT", "/faults", `{}`, nil)
}

func TestControlFunds(t *testing.T) {
	f := start(t)
	var got struct {
		BalanceMinor int64 `json:"balance_minor"`
	}
	for _, tc := range []struct {
		body string
		want int64
	}{
		{`{"account":"alpha","delta_minor":-99999}`, 1}, {`{"account":"alpha","delta_minor":499}`, 500},
		{`{"account":"alpha","set_minor":0}`, 0}, {`{"account":"alpha","set_minor":0}`, 0}, {`{"account":"alpha","set_minor":2500}`, 2500},
	} {
		f.control(200, "POST", "/funds", tc.body, &got)
		if got.BalanceMinor != tc.want {
			t.Errorf("%s: %d", tc.body, got.BalanceMinor)
		}
		f.wantFunds("alpha", tc.want)
	}
	f.control(400, "POST", "/funds", `{"account":"alpha","delta_minor":-2501}`, nil)
	f.control(400, "POST", "/funds", `{"account":"alpha","set_minor":-1}`, nil)
	f.control(400, "POST", "/funds", `{"account":"alpha"}`, nil)
	f.control(400, "POST", "/funds", `{"account":"alpha","delta_minor":1,"set_minor":1}`, nil)
	f.control(404, "POST", "/funds", `{"account":"nobody","delta_minor":1}`, nil)
	f.wantFunds("alpha", 2500)
}

func TestControlStateAndDomain(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createHost("ns1.other.com"))
	c.want(1000, createContact("con-1"))
	c.want(1000, createDomain("s.example", nameServers("ns1.other.com")+`<o:registrant>con-1</o:registrant><o:contact type="tech">con-1</o:contact>`))
	var state sandbox.State
	f.control(200, "GET", "/state", "", &state)
	if state.Name != "sandbox-a" || state.EPP != f.srv.Addr() || state.Sessions != 1 || state.Domains != 1 || state.Hosts != 1 ||
		state.Contacts != 1 || state.Transforms != 3 || state.Commands != 4 || state.Ledger != 3 || len(state.Accounts) != 2 ||
		state.Accounts[0] != (sandbox.AccountState{ClientID: "alpha", Currency: "USD", BalanceMinor: 99_200, Sessions: 1}) {
		t.Fatalf("%+v", state)
	}
	var domain sandbox.DomainState
	f.control(200, "GET", "/domains/S.example", "", &domain)
	if domain.Name != "s.example" || domain.Sponsor != "alpha" || domain.Registrant != "con-1" || domain.ExDate != "2027-01-15T10:30:00.123Z" ||
		strings.Join(domain.Statuses, " ") != "ok" || strings.Join(domain.Hosts, " ") != "ns1.other.com" || domain.Contacts["tech"][0] != "con-1" {
		t.Fatalf("%+v", domain)
	}
	f.control(404, "GET", "/domains/absent.example", "", nil)
	var closed map[string]int
	f.control(200, "POST", "/sessions/close", "{}", &closed)
	if closed["closed"] != 1 {
		t.Fatal(closed)
	}
	c.wantClosed()
	f.control(200, "POST", "/latency", `{"check":50,"*":0}`, nil)
	began := time.Now()
	f.login("alpha").want(1000, named("check", domainNS, "a.example"))
	if time.Since(began) < 50*time.Millisecond {
		t.Error("no latency")
	}
	f.control(400, "POST", "/latency", `{"destroy":50}`, nil)
}
