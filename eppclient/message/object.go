package message

import (
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/maintenance"
	"github.com/indera/indera/eppclient/ext/org"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/ttl"
	"github.com/indera/indera/eppclient/ext/uaepp"
	"github.com/indera/indera/eppclient/ext/verisign"
)

// supplement are extensions that only add to an object's state: whoever applies
// the event reads the object afresh.
var supplement = func() map[string]bool {
	out := map[string]bool{
		rgp.Namespace: true, secdns.Namespace: true, idn.Namespace: true, ttl.Namespace: true,
		org.ExtNamespace: true, verisign.NamestoreNamespace: true, verisign.IDNLangNamespace: true, uaepp.Namespace: true,
	}
	for _, v := range fee.Versions {
		out[string(v)] = true
	}
	return out
}()

// object reads one element of resData. What it cannot read becomes Unknown.
func (rd *reader) object(el *epp.Element) {
	if event := rd.standard(el); event != nil {
		rd.add(event)
		return
	}
	switch el.Space {
	case maintenance.Namespace:
		if items, err := maintenance.Data(rd.resp); err == nil {
			for _, item := range items {
				rd.add(Maintenance{item})
			}
			return
		}
	case verisign.LowBalanceNamespace:
		if data, ok := verisign.LowBalanceData(rd.resp); ok {
			rd.add(LowBalance{data})
			return
		}
	case verisign.RGPPollNamespace:
		if data, ok := verisign.RestoreDueData(rd.resp); ok {
			rd.add(RestoreDue{data})
			return
		}
	case org.Namespace:
		if data, err := org.PendingData(rd.resp); err == nil && el.Local == "panData" {
			rd.add(Pending{Kind: KindOrg, PendingData: data})
			return
		}
	}
	rd.unknown(el)
}

// standard reads data of the RFC mappings; nil when el is none of them or lacks
// what makes it one.
func (rd *reader) standard(el *epp.Element) Event {
	kind, key := rd.kind(el.Space)
	if kind == "" {
		return nil
	}
	switch el.Local {
	case "trnData":
		// Without a status it is something else of that name, as FRED has it.
		if data, err := rd.resp.TransferDataOf(el.Space, key); err == nil && data.Name != "" && data.Status != "" {
			return Transfer{Kind: kind, TransferData: data}
		}
	case "panData":
		if data, err := rd.resp.PendingDataOf(el.Space, key); err == nil && data.Name != "" {
			p := Pending{Kind: kind, PendingData: data, Application: rd.launch}
			rd.launch = nil
			return p
		}
	case "creData":
		if data, err := rd.resp.CreateDataOf(el.Space, key); err == nil && kind == KindDomain {
			return Created{data}
		}
	case "renData":
		if data, err := rd.resp.DomainRenewData(); err == nil && kind == KindDomain {
			return Renewed{data}
		}
	case "infData":
		return rd.state(kind)
	}
	return nil
}

func (rd *reader) state(kind Kind) Event {
	switch kind {
	case KindDomain:
		data, err := rd.resp.DomainInfoData()
		if err != nil {
			return nil
		}
		if rd.launch != nil {
			app := Application{Name: data.Name, InfoData: *rd.launch}
			rd.launch = nil
			return app
		}
		return Domain{DomainInfoData: data, Past: rd.past}
	case KindContact:
		if data, err := rd.resp.ContactInfoData(); err == nil {
			return Contact{ContactInfoData: data, Past: rd.past}
		}
	case KindHost:
		if data, err := rd.resp.HostInfoData(); err == nil {
			return Host{HostInfoData: data, Past: rd.past}
		}
	}
	return nil
}

func (rd *reader) kind(space string) (kind Kind, key string) {
	switch space {
	case rd.objects.Domain:
		return KindDomain, "name"
	case rd.objects.Contact:
		return KindContact, "id"
	case rd.objects.Host:
		return KindHost, "name"
	}
	return "", ""
}
