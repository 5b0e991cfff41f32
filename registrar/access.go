package registrar

// AccessReader is the part of Reader about how people get in.
type AccessReader interface {
	SessionReader
	TicketReader
}

// AccessTx is the part of Tx about how people get in.
type AccessTx interface {
	SessionWriter
	TicketWriter
	UserWriter
}
