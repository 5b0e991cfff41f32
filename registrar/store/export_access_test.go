package store

func init() {
	Rows = append(Rows, userSessionRow{}, ticketRow{}, mailSecretRow{}, totpRow{}, recoveryRow{}, passkeyRow{}, impersonationRow{})
}
