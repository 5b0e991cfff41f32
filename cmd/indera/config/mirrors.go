package config

import "github.com/indera/indera/registrar"

// EnvFOSSBillingPassword is read when neither password_file nor password_env is
// given.
const EnvFOSSBillingPassword = "INDERA_FOSSBILLING_PASSWORD"

// Mirrors are the billing systems whose customers and domains are read.
type Mirrors struct {
	FOSSBilling FOSSBilling `key:"fossbilling"`
}

// FOSSBilling is one installation.
type FOSSBilling struct {
	Address    string `key:"address" validate:"omitempty,hostname_port" doc:"host:port of its database server; absent: no FOSSBilling is mirrored."`
	Name       string `key:"name" validate:"required_with=Address" doc:"Its database."`
	User       string `key:"user" validate:"required_with=Address" doc:"A user that may read the columns named in docs/mirrors.md and nothing else."`
	Secret     `key:",squash"`
	TLS        MySQLTLS `key:"tls"`
	Registrars []string `key:"registrars" validate:"required_with=Address,dive,required" doc:"Its registrar modules (tld_registrar.registrar, for example Epp) whose names are sponsored by us."`
	TimeZone   string   `key:"time_zone" default:"UTC" validate:"timezone" doc:"Time zone that FOSSBilling is set to: its dates are in it."`
	Every      Duration `key:"every" default:"6h" validate:"min=1m" doc:"How often everything is imported."`
	Timeout    Duration `key:"timeout" default:"30s" validate:"min=100ms,max=50s" doc:"One query."`
	BrakeShare float64  `key:"brake_share" default:"0.02" validate:"gt=0,max=1" doc:"Share of the mirrored names that one import may find gone; more waits for release by staff."`
	BrakeFloor int      `key:"brake_floor" default:"50" validate:"min=1" doc:"So many pass in any case."`
}

// On reports whether an installation is configured.
func (f FOSSBilling) On() bool { return f.Address != "" }

// Brake translates the limit.
func (f FOSSBilling) Brake() registrar.BrakeLimit {
	return registrar.BrakeLimit{Share: f.BrakeShare, Floor: f.BrakeFloor}
}
