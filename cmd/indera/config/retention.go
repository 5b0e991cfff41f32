package config

import "github.com/indera/indera/registrar"

// Retention says how long what must go is kept.
type Retention struct {
	Operational        Duration `key:"operational" default:"4320h" validate:"min=24h" doc:"Addresses and payloads of sign-ins, EPP transcripts, mails that belong to no account. Data Retention Specification 1.2: at least 180 days; less needs a waiver by ICANN."`
	Registration       Duration `key:"registration" default:"17520h" validate:"min=24h" doc:"Registration data, contacts and mails, counted from the end of the name or the account. Data Retention Specification 1.1: two years; Registration Data Policy 12: 15 months for what transfer disputes need."`
	Money              Duration `key:"money" default:"87600h" validate:"min=24h" doc:"Payloads of audit events about money. Ten years cover the tax law of most countries; ask yours."`
	AfterAccreditation Duration `key:"after_accreditation" default:"17520h" validate:"min=24h" doc:"Notices and other correspondence, counted from accreditation_ended. RAA 3.4.2: two years."`
	AccreditationEnded Date     `key:"accreditation_ended" doc:"First day after the accreditation; absent: it lasts, and correspondence stays."`
	Brake              int      `key:"brake" default:"50000" validate:"min=1" doc:"Of one kind never more rows go at once; more waits for release by staff, as does more than 100 rows and a twentieth of the kind."`
}

// Rules translates into the engine's words.
func (r Retention) Rules() registrar.Retention {
	return registrar.Retention{Operational: r.Operational, Registration: r.Registration, Money: r.Money, AfterAccreditation: r.AfterAccreditation,
		AccreditationEnded: r.AccreditationEnded.Time, Brake: r.Brake}
}
